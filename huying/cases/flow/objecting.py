"""A unit says that a case is not its own, its chief agrees, the centre rules; and who has it when several say so."""

from __future__ import annotations

from huying.cases import inputs, objections
from huying.cases.flow.states import ACKNOWLEDGED, DISPATCHED, HANDLING, OBJECTED, OBJECTING, TRIAGED
from huying.cases.steps import objecting
from huying.matters.flow import BACK, Notice, Outcome, Step

OF_THE_UNIT = ("acknowledge", "contact", "handle", "rework")  # clocks that wait for the ruling

STEPS = (
    Step(
        key="object",
        label="派单申诉",
        permission="cases.object",
        sources=(DISPATCHED, ACKNOWLEDGED, HANDLING),
        outcomes=(
            Outcome(
                OBJECTING, notices=(Notice("chiefs", "objected"),), done="申诉已提出，等本单位负责人审核后报区中心"
            ),
        ),
        input=inputs.Object,
        check=objecting.check_object,
        fits=objections.may_object,
        unfit="申诉要在派单后的规定时间内提出，重办的、经过裁定的件不能再申诉",
        record=objecting.record_object,
        side=True,
        note="承办单位认为不该由本单位办理，派单后规定时间内申诉；负责人同意之前办理时限照常计时。",
    ),
    Step(
        key="endorse_objection",
        label="同意申诉",
        permission="cases.endorse_objection",
        sources=(OBJECTING,),
        outcomes=(
            Outcome(
                OBJECTED,
                starts=("ruling",),
                pauses=True,
                notices=(Notice("dispatchers", "to_rule"),),
                done="已同意申诉，报区中心裁定，裁定之前各项时限暂停",
            ),
            Outcome(
                OBJECTED,
                starts=("ruling",),
                pauses=True,
                notices=(Notice("dispatchers", "disputed"), Notice("supervisors", "disputed")),
                done="已同意申诉。不止一次有单位说不归自己管，转为责任争议，由区中心裁定承办单位",
            ),
        ),
        input=inputs.EndorseObjection,
        check=objecting.check_endorse,
        fits=objections.may_endorse,
        unfit="不能审核自己提出的申诉，请由另一位负责人审核",
        record=objecting.record_endorse,
        primary=True,
        note="负责人同意，申诉才报出本单位；不审核自己提出的。裁定之前各时钟暂停。",
    ),
    Step(
        key="decline_objection",
        label="不同意申诉",
        permission="cases.endorse_objection",
        sources=(OBJECTING,),
        outcomes=(
            Outcome(
                BACK,
                resumes=True,
                notices=(Notice("holder", "objection_declined"),),
                done="没有同意申诉，由{holder}接着办，回到“{state}”",
            ),
        ),
        input=inputs.DeclineObjection,
        check=objecting.check_return,
        record=objecting.record_decline,
        note="负责人不同意申诉，本单位接着办。",
    ),
    Step(
        key="withdraw_objection",
        label="撤回申诉",
        permission="cases.object",
        sources=(OBJECTING, OBJECTED),
        outcomes=(Outcome(BACK, resumes=True, cancels=("ruling",), done="申诉已撤回，回到“{state}”"),),
        input=inputs.WithdrawObjection,
        check=objecting.check_return,
        record=objecting.record_withdraw,
        whose=objections.is_own_unit,
        note="裁定之前，申诉单位可以撤回，接着办。",
    ),
    Step(
        key="rule",
        label="裁定申诉",
        permission="cases.rule",
        sources=(OBJECTED,),
        outcomes=(
            Outcome(
                TRIAGED,
                starts=("dispatch",),
                stops=("ruling",),
                cancels=OF_THE_UNIT,
                notices=(Notice("left", "objection_upheld"),),
                done="申诉成立，转重新派单",
            ),
            Outcome(
                BACK,
                stops=("ruling",),
                resumes=True,
                notices=(Notice("holder", "objection_rejected"), Notice("chiefs", "objection_rejected")),
                done="申诉不成立，仍由{holder}办理，回到“{state}”，暂停的时间补给单位",
            ),
        ),
        input=inputs.Rule,
        check=objecting.check_rule,
        fits=objections.may_rule,
        unfit="派单的人、提出和审核申诉的人不能裁定；已成责任争议的，用“裁定承办”",
        record=objecting.record_rule,
        primary=True,
        confirm="裁定结果会通知申诉单位。",
        note="由派单人以外的派单审核员裁定：成立的重新派单，不成立的回到原来的环节，暂停的时间补给单位。",
    ),
    Step(
        key="assign_by_ruling",
        label="裁定承办",
        permission="cases.assign_by_ruling",
        sources=(TRIAGED, OBJECTED),
        outcomes=(
            Outcome(
                DISPATCHED,
                starts=("acknowledge", "handle", "part"),
                stops=("ruling", "dispatch"),
                cancels=OF_THE_UNIT,
                notices=(
                    Notice("holder", "assigned_by_ruling"),
                    Notice("chiefs", "assigned_by_ruling"),
                    Notice("co_handlers", "dispatched_co"),
                    Notice("left", "objection_upheld"),
                ),
                done="已裁定由{holder}承办，等待签收；该单位不能再申诉、退回",
            ),
        ),
        input=inputs.AssignByRuling,
        check=objecting.check_assign,
        fits=objections.may_assign,
        unfit="只用于责任争议的件；以前派过这件的人不能裁定",
        record=objecting.record_assign,
        primary=True,
        confirm="裁定之后，被指定的单位不能再申诉，也不能退回。",
        note="责任争议由没有派过这件的派单审核员或督导员裁定承办单位，到此为止。",
    ),
)
