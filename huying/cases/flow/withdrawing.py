"""The reporter takes a case back, and whoever went along with it goes on."""

from __future__ import annotations

from huying.cases import inputs, withdrawals
from huying.cases.flow.states import (
    ACKNOWLEDGED,
    AWAITING_APPROVAL,
    CHECKING,
    CLOSED,
    DEFERRED,
    DISPATCHED,
    HANDLING,
    JOINED,
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
from huying.cases.steps import withdrawing
from huying.matters.flow import ALL, STAY, Notice, Outcome, Step

STEPS = (
    Step(
        key="withdraw",
        label="撤诉",
        permission="cases.withdraw",
        sources=(
            RECEIVED,
            TRIAGED,
            DISPATCHED,
            ACKNOWLEDGED,
            HANDLING,
            OBJECTING,
            OBJECTED,
            REJECTING,
            PASSED,
            CHECKING,
            JOINED,
            WAITING,
            DEFERRED,
            AWAITING_APPROVAL,
            REPLY_REVIEW,
            RESOLVED,
            UNDER_REVIEW,
        ),
        outcomes=(
            Outcome(
                CLOSED,
                cancels=(ALL,),
                notices=(
                    Notice("reporter", "withdrawn"),
                    Notice("unit", "withdrawn_unit"),
                    Notice("left", "withdrawn_unit"),
                    Notice("units", "withdrawn_unit"),
                    Notice("sent_there", "check_off"),
                ),
                done="已按诉求人的要求撤诉结案；诉求人要继续办的，规定天数内可以要求重办",
            ),
        ),
        input=inputs.Withdraw,
        check=withdrawing.check_withdraw,
        fits=withdrawals.may_withdraw,
        unfit="要求保密的由诉求人本人或区中心撤诉；没有留联系方式的由诉求人凭编号和查询码撤诉",
        record=withdrawing.record_withdraw,
        confirm="这件诉求随即结案，承办单位不再办理，不计入办理指标；会通知诉求人，诉求人可以要求继续办。",
        note="诉求人不要求办了：各时钟停下、不作判定；险情报警照旧；并入这一件的由第一件接着办。",
    ),
    Step(
        key="lead_on",
        label="改为主件办理",
        permission="cases.join",
        sources=(JOINED,),
        outcomes=(Outcome(RECEIVED, starts=("triage",), notices=(Notice("reporter", "unjoined"),)),),
        input=inputs.LeadOn,
        check=withdrawing.check_lead_on,
        record=withdrawing.record_lead_on,
        by_system=True,
        note="所并入的件撤诉或者不予受理的，并入最早的一件由系统改为主件，回到待研判。",
    ),
    Step(
        key="follow_on",
        label="改随另一件办理",
        permission="cases.join",
        sources=(JOINED,),
        outcomes=(Outcome(STAY),),
        input=inputs.FollowOn,
        check=withdrawing.check_follow_on,
        record=withdrawing.record_follow_on,
        by_system=True,
        note="所并入的件撤诉或者不予受理的，其余各件由系统改为随新的主件办理。",
    ),
)
