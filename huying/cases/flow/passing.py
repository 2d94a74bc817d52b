"""Passing a case on as it stands: one body has it in hand, the lead answers for it."""

from __future__ import annotations

from huying.cases import inputs
from huying.cases import passing as where
from huying.cases.flow.states import ACKNOWLEDGED, CHECKING, HANDLING, PASSED, WAITING
from huying.cases.steps import passing
from huying.matters.flow import STAY, Notice, Outcome, Step

GIVEN_BACK = (Notice("holder", "given_back"),)
CALLED_OFF = (Notice("sent_there", "check_off"),)
TAKEN_BACK = (Notice("units", "taken_back"), *CALLED_OFF)
CHECKED = (Notice("holder_user", "check_reported"),)

STEPS = (
    Step(
        key="take_on",
        label="接收转办",
        permission="cases.pass",
        sources=(PASSED,),
        outcomes=(
            Outcome(HANDLING, stops=("take_on",), done="已接收，办好后交回主办单位"),
            Outcome(ACKNOWLEDGED, stops=("take_on",), done="已接收，接下来办前沟通"),
        ),
        input=inputs.TakeOn,
        check=passing.check_take_on,
        record=passing.record_take_on,
        primary=True,
        note="接手转来的件，从原来的环节接着办；主办责任一并转移的，自此由接收单位负责。",
    ),
    Step(
        key="report_check",
        label="报回核查情况",
        permission="cases.check_on_site",
        sources=(CHECKING,),
        outcomes=(
            Outcome(HANDLING, stops=("site_check",), notices=CHECKED, done="核查情况已报回社区，谢谢"),
            Outcome(ACKNOWLEDGED, stops=("site_check",), notices=CHECKED, done="核查情况已报回社区，谢谢"),
        ),
        input=inputs.ReportCheck,
        check=passing.check_report_check,
        record=passing.record_report_check,
        whose=where.walks_there,
        unfit="",
        primary=True,
        note="网格员到现场看过，报回看到的情况、照片和位置。",
    ),
    Step(
        key="pass_down",
        label="转社区办理",
        permission="cases.pass",
        sources=(ACKNOWLEDGED, HANDLING),
        outcomes=(
            Outcome(
                PASSED, starts=("take_on",), notices=(Notice("holder", "passed_on"),), done="已转{holder}，等待接收"
            ),
        ),
        input=inputs.PassDown,
        check=passing.check_pass_down,
        record=passing.record_pass,
        fits=where.may_pass_down,
        unfit="街道主办的件才能转给社区",
        note="街道把自己主办的件转给下面的社区；办理时限照走，社区另有接收时限，默认主办责任不变。",
    ),
    Step(
        key="pass_up",
        label="转街道办理",
        permission="cases.pass",
        sources=(ACKNOWLEDGED, HANDLING),
        outcomes=(
            Outcome(
                PASSED, starts=("take_on",), notices=(Notice("holder", "passed_on"),), done="已转{holder}，等待接收"
            ),
        ),
        input=inputs.PassUp,
        check=passing.check_pass_up,
        record=passing.record_pass,
        fits=where.may_pass_up,
        unfit="社区主办的件才能转街道；街道转来的请交回",
        note="社区办不了的，写明原因转所属街道；默认主办责任不变。",
    ),
    Step(
        key="give_back",
        label="交回主办单位",
        permission="cases.pass",
        sources=(PASSED, ACKNOWLEDGED, HANDLING),
        outcomes=(
            Outcome(HANDLING, cancels=("take_on",), notices=GIVEN_BACK, done="已交回{holder}"),
            Outcome(ACKNOWLEDGED, cancels=("take_on",), notices=GIVEN_BACK, done="已交回{holder}"),
        ),
        input=inputs.GiveBack,
        check=passing.check_give_back,
        record=passing.record_back,
        fits=where.may_give_back,
        unfit="这一件没有转办，就在主办单位手上",
        primary=True,
        note="转来的件办好了，或者不该转来，交回主办单位接着办。",
    ),
    Step(
        key="take_back",
        label="收回转办",
        permission="cases.pass",
        sources=(PASSED, CHECKING, ACKNOWLEDGED, HANDLING),
        outcomes=(
            Outcome(HANDLING, cancels=("take_on", "site_check"), notices=TAKEN_BACK, done="已收回，由{holder}接着办"),
            Outcome(
                ACKNOWLEDGED, cancels=("take_on", "site_check"), notices=TAKEN_BACK, done="已收回，由{holder}接着办"
            ),
        ),
        input=inputs.TakeBack,
        check=passing.check_take_back,
        record=passing.record_back,
        fits=where.may_take_back,
        unfit="这一件没有转给别的单位",
        whose=where.leads,
        note="主办单位随时可以把转出去的件收回来自己办。",
    ),
    Step(
        key="send_to_grid",
        label="请网格员核查",
        permission="cases.pass",
        sources=(ACKNOWLEDGED, HANDLING),
        outcomes=(
            Outcome(
                CHECKING,
                starts=("site_check",),
                notices=(Notice("holder_user", "check_wanted"),),
                done="已请网格员到现场核查",
            ),
        ),
        input=inputs.SendToGrid,
        check=passing.check_send_to_grid,
        record=passing.record_send_to_grid,
        fits=where.may_send_to_grid,
        unfit="社区手上、事发地在本社区网格里的件，才能请网格员去看",
        note="社区请事发网格的网格员到现场看，看完报回社区；办理时限照走。",
    ),
    Step(
        key="call_off_check",
        label="取消核查",
        permission="cases.pass",
        sources=(CHECKING,),
        outcomes=(
            Outcome(HANDLING, cancels=("site_check",), notices=CALLED_OFF, done="核查已取消，接着办理"),
            Outcome(ACKNOWLEDGED, cancels=("site_check",), notices=CALLED_OFF, done="核查已取消，接着办理"),
        ),
        input=inputs.CallOffCheck,
        check=passing.check_call_off,
        record=passing.record_back,
        note="不用再看的，社区取消核查，从原来的环节接着办。",
    ),
    Step(
        key="reassign",
        label="改派经办人",
        permission="cases.reassign",
        sources=(ACKNOWLEDGED, HANDLING, WAITING),
        outcomes=(Outcome(STAY, notices=(Notice("holder_user", "reassigned"),), done="经办人已改派"),),
        input=inputs.Reassign,
        check=passing.check_reassign,
        record=passing.record_reassign,
        side=True,
        note="单位内部换人经办，时限和责任单位不变。",
    ),
)
