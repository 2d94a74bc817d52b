"""Two from outside judge what was done, where a reporter was dissatisfied twice, or as a sample."""

from __future__ import annotations

from huying.cases import inputs
from huying.cases.flow.states import CLOSED, HANDLING, RECEIVED, UNDER_REVIEW
from huying.cases.steps import reviewing
from huying.matters.flow import STAY, Notice, Outcome, Step

_REDONE = (
    Notice("holder", "rework"),
    Notice("chiefs", "rework"),
    Notice("centre_if_confidential", "contact_again"),
)
OPENED = Outcome(
    UNDER_REVIEW,
    starts=("review",),
    stops=("callback",),
    notices=(Notice("reporter", "review_opened"), Notice("supervisors", "review_begun")),
    done="不是第一次未解决或不满意：已请两位第三方评价员分别评价",
)

STEPS = (
    Step(
        key="judge",
        label="提交评价",
        permission="cases.judge",
        sources=(UNDER_REVIEW, CLOSED),
        outcomes=(  # the second one is `reviewing.SPLITS`
            Outcome(STAY, done="评价已提交；另一位也评完，就得出结果"),
            Outcome(
                STAY,
                notices=(Notice("supervisors", "review_split"),),
                done="评价已提交；意见不一，由督导员裁定或加派第三位",
            ),
            Outcome(
                CLOSED,
                stops=("review",),
                notices=(Notice("reporter", "review_proper"), Notice("chiefs", "review_proper_unit")),
                done="评价已提交：处置得当，这件诉求结案",
            ),
            Outcome(
                HANDLING,
                starts=("rework",),
                stops=("review",),
                notices=(
                    Notice("reporter", "review_improper"),
                    Notice("supervisors", "review_improper_told"),
                    *_REDONE,
                ),
                done="评价已提交：处置不当，转{holder}重办",
            ),
            Outcome(
                RECEIVED,
                starts=("triage",),
                stops=("review",),
                notices=(Notice("reporter", "review_improper"), Notice("supervisors", "review_improper_told")),
                done="评价已提交：处置不当，重新研判",
            ),
        ),
        input=inputs.Judge,
        check=reviewing.check_judge,
        record=reviewing.record_judge,
        fits=reviewing.may_judge,
        unfit="这件没有等您评价：没有交给您，或者您已经评价过",
        whose=reviewing.is_asked,
        primary=True,
        confirm="两位都提交之前，谁也看不到对方的意见。",
        note="两位评价员各评各的，答同样几个问题；意见一致就是结果，不一致的由督导员裁定或者加派第三位。",
    ),
    Step(
        key="assign_reviewer",
        label="更换或加派评价员",
        permission="cases.arrange_review",
        sources=(UNDER_REVIEW, CLOSED),
        outcomes=(Outcome(STAY, done="评价员已指定，时限从现在起算"),),
        input=inputs.AssignReviewer,
        check=reviewing.check_assign_reviewer,
        record=reviewing.record_assign_reviewer,
        fits=reviewing.is_reviewed,
        unfit="这件没有在第三方评价",
        note="还没有提交的可以换人，意见不一的可以加派第三位；与这件有关系的单位和人不能评。",
    ),
    Step(
        key="decide_review",
        label="裁定评价结果",
        permission="cases.arrange_review",
        sources=(UNDER_REVIEW, CLOSED),
        outcomes=(
            Outcome(STAY, done="裁定已记下：处置得当"),
            Outcome(
                CLOSED,
                stops=("review",),
                notices=(Notice("reporter", "review_proper"), Notice("chiefs", "review_proper_unit")),
                done="裁定已记下：处置得当，这件诉求结案",
            ),
            Outcome(
                HANDLING,
                starts=("rework",),
                stops=("review",),
                notices=(Notice("reporter", "review_improper"), *_REDONE),
                done="裁定已记下：处置不当，转{holder}重办",
            ),
            Outcome(
                RECEIVED,
                starts=("triage",),
                stops=("review",),
                notices=(Notice("reporter", "review_improper"),),
                done="裁定已记下：处置不当，重新研判",
            ),
        ),
        input=inputs.DecideReview,
        check=reviewing.check_decide_review,
        record=reviewing.record_result,
        fits=reviewing.is_split,
        unfit="还不用裁定：两位没有评完，或者意见一致",
        primary=True,
        confirm="得当的结案，不当的转承办单位重办。",
        note="两位意见不一，或者抽查的件被评为不当的，由督导员裁定。",
    ),
    Step(
        key="skip_review",
        label="不等评价，直接重办",
        permission="cases.arrange_review",
        sources=(UNDER_REVIEW,),
        outcomes=(
            Outcome(
                HANDLING, starts=("rework",), cancels=("review",), notices=_REDONE, done="不再评价，已转{holder}重办"
            ),
            Outcome(RECEIVED, starts=("triage",), cancels=("review",), done="不再评价，已转重新研判"),
        ),
        input=inputs.SkipReview,
        check=reviewing.check_skip_review,
        record=reviewing.record_skip_review,
        note="事情等不得，或者没有合适的评价员时，由督导员直接转重办。",
    ),
)
