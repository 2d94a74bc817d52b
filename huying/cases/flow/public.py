"""What is published is read by the centre first."""

from __future__ import annotations

from huying.cases import inputs
from huying.cases.flow.states import CLOSED, HANDLING, REPLY_REVIEW, RESOLVED
from huying.cases.steps import public
from huying.matters.flow import STAY, Notice, Outcome, Step

TO_REVIEW = Outcome(
    REPLY_REVIEW,
    starts=("reply_review",),
    stops=("handle", "rework", "contact", "revise"),
    notices=(Notice("dispatchers", "reply_to_review"), Notice("units", "part_overtaken")),
    done="已审批通过，公开答复转区中心审核；审核后发布并答复诉求人",
)

STEPS = (
    Step(
        key="publish_reply",
        label="审核发布答复",
        permission="cases.publish",
        sources=(REPLY_REVIEW,),
        outcomes=(
            Outcome(
                RESOLVED,
                starts=("callback",),
                stops=("reply_review",),
                notices=(Notice("reporter", "resolved"), Notice("lead", "reply_passed")),
                done="答复已审核通过，发给诉求人，转回访",
            ),
        ),
        input=inputs.PublishReply,
        check=public.check_publish,
        record=public.record_publish,
        primary=True,
        confirm="答复会发给诉求人；选了公开发布的，所有人都能在“公开答复”里看到。",
        note="答复公开的渠道，单位负责人批准之后由区中心审核：可以作文字修改，有个人信息的不能公开。办理时限以负责人批准为准。",
    ),
    Step(
        key="return_reply",
        label="退回修改答复",
        permission="cases.publish",
        sources=(REPLY_REVIEW,),
        outcomes=(
            Outcome(
                HANDLING,
                starts=("revise",),
                stops=("reply_review",),
                notices=(Notice("holder", "reply_returned"), Notice("chiefs", "reply_returned")),
                done="已退回{holder}修改答复",
            ),
        ),
        input=inputs.ReturnReply,
        check=public.check_return,
        note="答复不合要求的退回承办单位修改，修改另有时限，不改变办理是否按时。",
    ),
    Step(
        key="take_down_reply",
        label="撤下公开答复",
        permission="cases.publish",
        sources=(HANDLING, RESOLVED, CLOSED),
        outcomes=(Outcome(STAY, done="公开的答复已撤下，诉求人收到的答复不变"),),
        input=inputs.TakeDownReply,
        check=public.check_take_down,
        record=public.record_take_down,
        fits=public.may_take_down,
        unfit="这件没有公开发布的答复",
        note="公开之后发现不妥的，从公开页面上撤下。",
    ),
)
