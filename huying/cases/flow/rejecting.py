"""What is not accepted here: with reason and where to go, and handed over where that can be done."""

from __future__ import annotations

from huying.cases import inputs, rejections
from huying.cases.flow.states import CLOSED, RECEIVED, REJECTING, TRIAGED
from huying.cases.steps import rejecting
from huying.matters.flow import BACK, STAY, Notice, Outcome, Step

STEPS = (
    Step(
        key="propose_rejection",
        label="提请不予受理",
        permission="cases.propose_rejection",
        sources=(RECEIVED, TRIAGED),
        outcomes=(
            Outcome(
                REJECTING,
                starts=("rejection",),
                pauses=True,
                notices=(Notice("dispatchers", "rejection_proposed"),),
                done="已提请不予受理，等另一位派单审核员审核",
            ),
            Outcome(
                CLOSED,
                cancels=("triage", "dispatch", "ruling"),
                notices=(Notice("reporter", "rejected"),),
                done="已按不予受理结案，请当场告诉诉求人找谁；移交了的请登记移交",
            ),
        ),
        input=inputs.ProposeRejection,
        check=rejecting.check_propose,
        note="不该由本平台受理的，写明理由和去向，由另一人审核；110、119、120 的当场生效。",
    ),
    Step(
        key="approve_rejection",
        label="同意不予受理",
        permission="cases.approve_rejection",
        sources=(REJECTING,),
        outcomes=(
            Outcome(
                CLOSED,
                stops=("rejection",),
                cancels=("triage", "dispatch", "ruling"),
                notices=(Notice("reporter", "rejected"),),
                done="已不予受理，理由和去向发给诉求人；能移交的请登记移交",
            ),
        ),
        input=inputs.ApproveRejection,
        check=rejecting.check_approve,
        fits=rejections.may_approve,
        unfit="不能审核自己提请的不予受理，请由另一位派单审核员审核",
        primary=True,
        confirm="理由和去向会发给诉求人，这件诉求随即结案，不计入办理指标。",
        note="由提请人以外的派单审核员审核；不计入各项办理指标，件上标明。",
    ),
    Step(
        key="decline_rejection",
        label="不同意不予受理",
        permission="cases.approve_rejection",
        sources=(REJECTING,),
        outcomes=(Outcome(BACK, stops=("rejection",), resumes=True, done="没有同意不予受理，回到“{state}”接着办"),),
        input=inputs.DeclineRejection,
        check=rejecting.check_decline,
        note="应当受理的，退回原来的环节接着办。",
    ),
    Step(
        key="hand_over",
        label="登记移交",
        permission="cases.hand_over",
        sources=(CLOSED,),
        outcomes=(Outcome(STAY, notices=(Notice("reporter", "handed_over"),), done="移交已登记，并告诉了诉求人"),),
        input=inputs.HandOver,
        check=rejecting.check_hand_over,
        fits=rejections.may_hand_over,
        unfit="只有不予受理的件要登记移交",
        record=rejecting.record_hand_over,
        note="不予受理、转给了别处的，登记移交给谁、怎么移交、对方的编号。",
    ),
)
