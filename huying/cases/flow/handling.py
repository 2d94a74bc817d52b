"""What the unit does, and what its chief says to it."""

from __future__ import annotations

from huying.cases import inputs
from huying.cases.flow.public import TO_REVIEW
from huying.cases.flow.states import ACKNOWLEDGED, AWAITING_APPROVAL, HANDLING, RESOLVED
from huying.cases.steps import handling
from huying.matters.flow import STAY, Notice, Outcome, Step

STEPS = (
    Step(
        key="contact",
        label="办前沟通",
        permission="cases.contact",
        sources=(ACKNOWLEDGED, HANDLING),
        outcomes=(
            Outcome(HANDLING, stops=("contact",), done="办前沟通已记下：联系上了"),
            Outcome(STAY, done="办前沟通已记下：这次没有联系上"),
        ),
        input=inputs.Contact,
        check=handling.check_contact,
        fits=handling.contacts,
        unfit="办前沟通由承办单位进行；诉求人要求保密的，由区中心联系",
        record=handling.record_contact,
        note="先联系诉求人再办理；没联系上的记一次，满规定次数可免。要求保密的由区中心联系。",
    ),
    Step(
        key="propose",
        label="提交办理结果",
        permission="cases.propose",
        sources=(HANDLING,),
        outcomes=(
            Outcome(AWAITING_APPROVAL, notices=(Notice("chiefs", "proposed"),), done="办理结果已提交，等负责人审批"),
        ),
        input=inputs.Propose,
        check=handling.check_propose,
        fits=handling.may_propose,
        unfit="这一轮还没有办前沟通记录，请先联系诉求人，或者选择免联系理由；转来的件办好后交回，由主办单位提交",
        record=handling.record_propose,
        primary=True,
        reverse="withdraw_proposal",
        released_by="approve",
        note="办理情况、答复和办理清单齐全才能提交；办理时限继续计时。",
    ),
    Step(
        key="send_back",
        label="退回重拟",
        permission="cases.send_back",
        sources=(AWAITING_APPROVAL,),
        outcomes=(
            Outcome(HANDLING, notices=(Notice("holder", "sent_back"),), done="已退回，由{holder}修改后重新提交"),
        ),
        input=inputs.SendBack,
        check=handling.check_send_back,
        record=handling.record_send_back,
        note="负责人不同意，退回经办人。",
    ),
    Step(
        key="approve",
        label="审批通过",
        permission="cases.approve",
        sources=(AWAITING_APPROVAL,),
        outcomes=(
            Outcome(
                RESOLVED,
                starts=("callback",),
                stops=("handle", "rework", "contact", "revise"),
                notices=(Notice("reporter", "resolved"), Notice("units", "part_overtaken")),
                done="已审批通过，答复发给诉求人，转区中心回访",
            ),
            TO_REVIEW,
        ),
        input=inputs.Approve,
        check=handling.check_approve,
        record=handling.record_approve,
        primary=True,
        confirm="答复会发给诉求人，转区中心回访；答复公开的渠道先由区中心审核。",
        note="负责人审批，不得审批自己提交的结果。",
    ),
)
