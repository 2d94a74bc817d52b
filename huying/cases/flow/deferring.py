"""What cannot be solved now is put by, looked at again, and taken up again."""

from __future__ import annotations

from huying.cases import inputs
from huying.cases.enums import RequestKind
from huying.cases.flow.requests import BY_THE_UNIT, NOT_YOURS_TO_DECIDE
from huying.cases.flow.states import DEFERRED, HANDLING
from huying.cases.steps import deferring, requests
from huying.matters.flow import STAY, Notice, Outcome, Step

BACK_TO_WORK = (
    Notice("holder", "resumed"),
    Notice("holders_chiefs", "resumed"),
    Notice("reporter", "taken_up"),
)
CLOCKS = ("deferral_review", "deferral")

STEPS = (
    Step(
        key="ask_deferral",
        label="申请挂账",
        permission="cases.ask_request",
        sources=(HANDLING,),
        outcomes=(
            Outcome(STAY, notices=(Notice("chiefs", "request_asked"),), done="挂账申请已提交，等负责人审核；照常办理"),
        ),
        input=inputs.AskDeferral,
        check=deferring.check_ask_deferral,
        record=requests.record_asked,
        whose=requests.own_unit,
        fits=requests.may_ask,
        unfit=BY_THE_UNIT,
        side=True,
        note="一时办不了的，写明理由、推进计划和最迟日期，经负责人和区中心批准后挂账。",
    ),
    Step(
        key="defer",
        label="批准挂账",
        permission="cases.decide_request",
        sources=(HANDLING,),
        outcomes=(
            Outcome(
                DEFERRED,
                starts=CLOCKS,
                pauses=True,
                notices=(Notice("holder", "request_granted"), Notice("reporter", "deferred")),
                done="已批准挂账，办理时限暂停，并告知诉求人",
            ),
        ),
        input=inputs.Defer,
        check=deferring.check_defer,
        record=requests.record_decided,
        whose=requests.by_centre,
        fits=requests.may_decide(RequestKind.DEFERRAL),
        unfit=f"{NOT_YOURS_TO_DECIDE}；在“办理中”时才能批",
        primary=True,
        note="办理时限暂停，定期复核；批准的挂账单独统计，不计入按时办结率的分母。",
    ),
    Step(
        key="deferral_review_due",
        label="到期复核挂账",
        permission="cases.review_deferral",
        sources=(DEFERRED,),
        outcomes=(
            Outcome(
                STAY,
                stops=("deferral_review",),
                notices=(
                    Notice("holder", "deferral_review"),
                    Notice("holders_chiefs", "deferral_review"),
                    Notice("supervisors", "deferral_review"),
                ),
            ),
        ),
        input=inputs.ReviewDue,
        check=deferring.check_review_due,
        by_system=True,
        note="到了复核的日子，由系统提醒承办单位和督导员。",
    ),
    Step(
        key="review_deferral",
        label="复核挂账",
        permission="cases.review_deferral",
        sources=(DEFERRED,),
        outcomes=(
            Outcome(
                STAY,
                cancels=("deferral_review",),
                starts=("deferral_review",),
                done="复核已记下，继续挂账，到下次复核再提醒",
            ),
            Outcome(
                HANDLING, cancels=CLOCKS, resumes=True, notices=BACK_TO_WORK, done="复核已记下，转{holder}恢复办理"
            ),
        ),
        input=inputs.ReviewDeferral,
        check=deferring.check_review_deferral,
        whose=requests.by_centre,
        primary=True,
        note="区中心定期复核：是否仍需挂账、推进到哪一步、下次何时复核。",
    ),
    Step(
        key="resume",
        label="恢复办理",
        permission="cases.resume",
        sources=(DEFERRED,),
        outcomes=(
            Outcome(
                HANDLING, cancels=CLOCKS, resumes=True, notices=BACK_TO_WORK, done="已恢复办理，剩下的时限接着计时"
            ),
        ),
        input=inputs.Resume,
        check=deferring.check_resume,
        note="条件具备了就恢复办理，剩下的时限接着计时；办结要先恢复办理。",
    ),
    Step(
        key="deferral_ends",
        label="挂账到期，恢复办理",
        permission="cases.resume",
        sources=(DEFERRED,),
        outcomes=(
            Outcome(HANDLING, stops=("deferral",), cancels=("deferral_review",), resumes=True, notices=BACK_TO_WORK),
        ),
        input=inputs.DeferralEnds,
        check=deferring.check_resume,
        by_system=True,
        note="到了批准的最迟日期，由系统恢复办理；还办不了的重新申请。",
    ),
)
