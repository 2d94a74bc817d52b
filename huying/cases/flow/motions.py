"""Motions and proposals: what stands on the paper, and what the proposer says of the answer."""

from __future__ import annotations

from huying.cases import inputs
from huying.cases.flow.states import (
    ACKNOWLEDGED,
    AWAITING_APPROVAL,
    CHECKING,
    CLOSED,
    DEFERRED,
    DISPATCHED,
    HANDLING,
    OBJECTED,
    OBJECTING,
    PASSED,
    RECEIVED,
    REJECTING,
    REPLY_REVIEW,
    RESOLVED,
    TRIAGED,
    UNDER_REVIEW,
    WAITING,
)
from huying.cases.motions import goes_out
from huying.cases.steps import motions
from huying.matters.flow import STAY, Notice, Outcome, Step

STEPS = (
    Step(
        key="set_motion",
        label="登记议提案信息",
        permission="cases.motion",
        sources=(
            *(RECEIVED, TRIAGED, REJECTING, DISPATCHED, ACKNOWLEDGED, HANDLING, OBJECTING, OBJECTED),
            *(PASSED, CHECKING, WAITING, DEFERRED, AWAITING_APPROVAL, REPLY_REVIEW, RESOLVED, UNDER_REVIEW, CLOSED),
        ),
        outcomes=(Outcome(STAY, done="议提案信息已登记"),),
        input=inputs.SetMotion,
        check=motions.check_set,
        record=motions.record_set,
        fits=motions.may_set,
        unfit="类型是议提案的件才登记；已经提交办理结果、当时没有登记的，不再登记",
        note="届次、编号、领衔代表或委员、附议人、是否公开和重点督办；写错了由区中心更正。",
    ),
    Step(
        key="record_opinion",
        label="登记征求意见",
        permission="cases.callback",
        sources=(RESOLVED,),
        outcomes=(
            Outcome(
                CLOSED,
                stops=("callback",),
                notices=(Notice("reporter", "closed"),),
                done="代表或委员的意见已记下，这件议提案已结案",
            ),
            Outcome(
                HANDLING,
                starts=("rework",),
                stops=("callback",),
                notices=(Notice("holder", "rework"), Notice("chiefs", "rework")),
                done="代表或委员的意见已记下，转{holder}重新办理、再次答复",
            ),
            Outcome(STAY, done="已记下：征求意见表还没有收回"),
        ),
        input=inputs.RecordOpinion,
        check=motions.check_opinion,
        record=motions.record_opinion,
        fits=goes_out,
        unfit="不是议提案，或者没有登记议提案信息，请用“回访”",
        primary=True,
        note="收回征求意见表，代替电话回访；态度和结果有一项不满意的，重新办理、再次答复。",
    ),
)
