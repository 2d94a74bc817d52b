"""To whom it is given, and that it is taken."""

from __future__ import annotations

from huying.cases import inputs, objections
from huying.cases.flow.states import (
    ACKNOWLEDGED,
    AWAITING_APPROVAL,
    CHECKING,
    DEFERRED,
    DISPATCHED,
    HANDLING,
    OBJECTING,
    PASSED,
    RESOLVED,
    TRIAGED,
    WAITING,
)
from huying.cases.steps import handling, objecting, parts, pressing, sorting, succession
from huying.matters.flow import ALL, STAY, Notice, Outcome, Step

STEPS = (
    Step(
        key="dispatch",
        label="派单",
        permission="cases.dispatch",
        sources=(TRIAGED,),
        outcomes=(
            Outcome(
                DISPATCHED,
                starts=("acknowledge", "handle", "part"),
                stops=("dispatch",),
                notices=(Notice("holder", "dispatched"), Notice("co_handlers", "dispatched_co")),
                done="已派给{holder}，等待签收",
            ),
        ),
        input=inputs.Dispatch,
        check=objecting.check_dispatch,
        record=parts.record_ask,
        fits=sorting.may_dispatch,
        unfit="这一类诉求要由研判人以外的人派单，请交给另一位同事；责任争议的由裁定定下承办单位",
        primary=True,
        reverse="recall_dispatch",
        note="交给唯一的主办单位；规定的分类须由研判人以外的人派单。",
    ),
    Step(
        key="succeed",
        label="单位变更承接",
        permission="cases.dispatch",
        sources=(
            DISPATCHED,
            ACKNOWLEDGED,
            HANDLING,
            OBJECTING,
            PASSED,
            CHECKING,
            WAITING,
            AWAITING_APPROVAL,
            DEFERRED,
        ),
        outcomes=(
            Outcome(STAY, notices=(Notice("holder", "succeeded"),)),
            Outcome(
                TRIAGED,
                starts=("dispatch",),
                cancels=(ALL,),
                notices=(Notice("dispatchers", "holder_dissolved"), Notice("left", "given_anew")),
            ),
        ),
        input=inputs.Succeed,
        check=objecting.check_succeed,
        record=succession.record_succeed,
        by_system=True,
        note="承办单位撤销后，由承接单位接着办；没有承接单位的退回派单。",
    ),
    Step(
        key="hand_back",
        label="退回派单",
        permission="cases.hand_back",
        sources=(DISPATCHED,),
        outcomes=(
            Outcome(
                TRIAGED,
                starts=("dispatch",),
                cancels=("acknowledge", "handle"),
                notices=(Notice("dispatchers", "handed_back"), Notice("units", "part_dropped")),
                done="已退回，由派单员重新派单",
            ),
            Outcome(
                TRIAGED,
                starts=("ruling",),
                cancels=("acknowledge", "handle"),
                notices=(
                    Notice("dispatchers", "disputed"),
                    Notice("supervisors", "disputed"),
                    Notice("units", "part_dropped"),
                ),
                done="已退回。不止一次有单位说不归自己管，转为责任争议，由区中心裁定承办单位",
            ),
        ),
        input=inputs.HandBack,
        check=objecting.check_hand_back,
        fits=objections.may_hand_back,
        unfit="承办单位是裁定定下的，不能再退回；有困难请联系区中心",
        record=objecting.record_hand_back,
        confirm="退回后由派单员重新派单，退回原因计入统计。",
        note="签收之前退回；重新派单另行计时，总用时照算。",
    ),
    Step(
        key="remind",
        label="催办",
        permission="cases.remind",
        sources=(
            DISPATCHED,
            ACKNOWLEDGED,
            HANDLING,
            OBJECTING,
            PASSED,
            CHECKING,
            WAITING,
            AWAITING_APPROVAL,
            RESOLVED,
        ),
        outcomes=(
            Outcome(
                STAY,
                notices=(Notice("holder", "reminded"), Notice("holders_chiefs", "reminded")),
                done="已催办{holder}",
            ),
        ),
        input=inputs.Remind,
        check=pressing.check_remind,
        note="区中心催促手上有这件事的单位，告知其负责人；同一岗位一小时内只催一次。",
    ),
    Step(
        key="acknowledge",
        label="签收",
        permission="cases.acknowledge",
        sources=(DISPATCHED,),
        outcomes=(
            Outcome(
                ACKNOWLEDGED,
                starts=("contact",),
                stops=("acknowledge",),
                notices=(Notice("reporter", "acknowledged"), Notice("centre_if_confidential", "contact")),
                done="已签收，接下来办前沟通",
            ),
        ),
        input=inputs.Acknowledge,
        check=handling.check_acknowledge,
        record=handling.record_acknowledge,
        primary=True,
        reverse="recall_acknowledge",
        note="承办单位接手并指定经办人；首接责任由此转移。",
    ),
)
