"""Taking back what was just done (ADR 10)."""

from __future__ import annotations

from huying.cases import inputs
from huying.cases.flow.states import (
    ACKNOWLEDGED,
    AWAITING_APPROVAL,
    DISPATCHED,
    HANDLING,
    LATE,
    RECEIVED,
    TRIAGED,
    WAITING,
)
from huying.cases.steps import sorting, undoing
from huying.matters.flow import BACK, Outcome, Step
from huying.matters.undoing import slip

STEPS = (
    Step(
        key="recall_triage",
        label="撤回研判",
        permission="cases.triage",
        sources=(TRIAGED,),
        outcomes=(Outcome(RECEIVED, restores=True, done="研判已撤回，回到“{state}”"),),
        input=inputs.Recall,
        check=undoing.check_recall_triage,
        fits=slip("triage"),
        unfit=LATE,
        record=sorting.record_triage,
        note="刚研判错了的，本人马上撤回。",
    ),
    Step(
        key="recall_question",
        label="撤回提问",
        permission="cases.return_to_reporter",
        sources=(WAITING,),
        outcomes=(Outcome(BACK, restores=True, done="提问已撤回，回到“{state}”"),),
        input=inputs.Recall,
        check=undoing.check_recall_question,
        fits=slip("return_to_reporter"),
        unfit=LATE,
        note="刚退回补充错了的，本人马上撤回，问题不再发给诉求人。",
    ),
    Step(
        key="recall_dispatch",
        label="撤回派单",
        permission="cases.dispatch",
        sources=(DISPATCHED,),
        outcomes=(Outcome(TRIAGED, restores=True, done="派单已撤回，回到“{state}”"),),
        input=inputs.Recall,
        check=undoing.check_recall_dispatch,
        fits=slip("dispatch"),
        unfit=LATE,
        note="刚派错了的，本人马上撤回。",
    ),
    Step(
        key="recall_acknowledge",
        label="撤回签收",
        permission="cases.acknowledge",
        sources=(ACKNOWLEDGED,),
        outcomes=(Outcome(DISPATCHED, restores=True, done="签收已撤回，回到“{state}”"),),
        input=inputs.Recall,
        check=undoing.check_recall_acknowledge,
        fits=slip("acknowledge"),
        unfit=LATE,
        record=undoing.record_recall_acknowledge,
        note="刚签收错了的，本人马上撤回，仍可退回派单。",
    ),
    Step(
        key="withdraw_proposal",
        label="撤回办理结果",
        permission="cases.propose",
        sources=(AWAITING_APPROVAL,),
        outcomes=(Outcome(HANDLING, restores=True, done="办理结果已撤回，改好后再提交"),),
        input=inputs.WithdrawProposal,
        check=undoing.check_withdraw_proposal,
        record=undoing.record_withdraw_proposal,
        note="负责人审批之前，承办单位可以撤回来再改。",
    ),
)
