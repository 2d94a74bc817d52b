"""Asking whoever raised it, closing, doing it over."""

from __future__ import annotations

from dataclasses import replace

from huying.cases import inputs
from huying.cases.flow.reviewing import OPENED
from huying.cases.flow.states import (
    ACKNOWLEDGED,
    AWAITING_APPROVAL,
    CLOSED,
    DISPATCHED,
    HANDLING,
    JOINED,
    RECEIVED,
    REPLY_REVIEW,
    RESOLVED,
    TRIAGED,
    UNDER_REVIEW,
    WAITING,
)
from huying.cases.steps import closing, correcting
from huying.matters.flow import STAY, Notice, Outcome, Step

STEPS = (
    Step(
        key="callback",
        label="回访",
        permission="cases.callback",
        sources=(RESOLVED,),
        outcomes=(
            Outcome(
                CLOSED,
                stops=("callback",),
                notices=(Notice("reporter", "closed"),),
                done="回访已记下，这件诉求已结案",
            ),
            Outcome(
                HANDLING,
                starts=("rework",),
                stops=("callback",),
                notices=(
                    Notice("holder", "rework"),
                    Notice("chiefs", "rework"),
                    Notice("centre_if_confidential", "contact_again"),
                ),
                done="回访已记下，转{holder}重办",
            ),
            Outcome(STAY, done="回访已记下：这次没有接通，仍在待回访"),
            OPENED,
        ),
        input=inputs.CallBack,
        check=closing.check_callback,
        record=closing.record_callback,
        primary=True,
        note="问是否解决、是否满意；未解决或不满意的自动转重办，没接通的留在队列。",
    ),
    Step(
        key="rework",
        label="要求重办",
        permission="cases.rework",
        sources=(RESOLVED, CLOSED),
        outcomes=(
            Outcome(
                HANDLING,
                starts=("rework",),
                cancels=("callback",),
                notices=(
                    Notice("holder", "rework"),
                    Notice("chiefs", "rework"),
                    Notice("centre_if_confidential", "contact_again"),
                ),
                done="已转{holder}重办",
            ),
            Outcome(RECEIVED, starts=("triage",), cancels=("callback",), done="已转重新研判"),
            replace(OPENED, stops=(), cancels=("callback",)),
        ),
        input=inputs.Rework,
        check=closing.check_rework,
        fits=closing.may_rework,
        unfit="结案已经超过可以要求重办的天数，或者是导入的历史件；问题还在的请重新登记",
        record=closing.record_rework,
        note="结案后规定天数内可要求重办；当场答复过的重新研判。",
    ),
    Step(
        key="close_without_callback",
        label="免回访结案",
        permission="cases.close_without_callback",
        sources=(RESOLVED,),
        outcomes=(Outcome(CLOSED, stops=("callback",), done="已免回访结案"),),
        input=inputs.CloseWithoutCallback,
        check=closing.check_close_without_callback,
        confirm="不再回访，直接结案。",
        note="匿名、不要求答复或多次未接通的，审核后结案。",
    ),
    Step(
        key="rate",
        label="评价",
        permission="cases.rate",
        sources=(CLOSED,),
        outcomes=(Outcome(STAY, done="评价已记下"),),
        input=inputs.Rate,
        check=closing.check_rate,
        fits=closing.may_rate,
        unfit="已经评价过，或者是导入的历史件",
        record=closing.record_rate,
        primary=True,
        note="诉求人结案后评价一次。",
    ),
    Step(
        key="correct_contact",
        label="更正联系方式",
        permission="cases.correct_contact",
        sources=(
            RECEIVED,
            TRIAGED,
            DISPATCHED,
            ACKNOWLEDGED,
            HANDLING,
            JOINED,
            WAITING,
            AWAITING_APPROVAL,
            REPLY_REVIEW,
            RESOLVED,
            UNDER_REVIEW,
            CLOSED,
        ),
        outcomes=(Outcome(STAY, done="联系方式已更正，以后的联系和消息都用新号码"),),
        input=inputs.CorrectContact,
        check=correcting.check_correct_contact,
        fits=correcting.may_correct,
        unfit="这件没有留下联系方式；诉求人要求保密的，由区中心更正",
        record=correcting.record_correct_contact,
        note="号码写错或者换了，由区中心更正；号码和姓名只存在联系人里，不进办理记录。",
    ),
)
