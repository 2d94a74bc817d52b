"""Co-handlers: each has a part of its own, beside the one who holds the case (ADR 14)."""

from __future__ import annotations

from huying.cases import inputs
from huying.cases.flow.states import ACKNOWLEDGED, CHECKING, DISPATCHED, HANDLING, PASSED, SHARED, WAITING
from huying.cases.parts import helping, leading
from huying.cases.steps import parts
from huying.matters.flow import STAY, Notice, Outcome, Step

STEPS = (
    Step(
        key="take_part",
        label="签收协办",
        permission="cases.part",
        sources=SHARED,
        outcomes=(Outcome(STAY, done="协办已签收，请按时提交协办意见"),),
        input=inputs.TakePart,
        check=parts.check_take,
        record=parts.record_take,
        fits=parts.may_take,
        unfit="本单位没有待签收的协办",
        whose=helping,
        primary=True,
        note="协办单位接手自己的一份，指定经办人。",
    ),
    Step(
        key="report_part",
        label="提交协办意见",
        permission="cases.part",
        sources=SHARED,
        outcomes=(
            Outcome(STAY, stops=("part",), notices=(Notice("lead", "part_reported"),), done="协办意见已交主办单位"),
        ),
        input=inputs.ReportPart,
        check=parts.check_report,
        record=parts.record_report,
        fits=parts.may_report,
        unfit="本单位没有正在办的协办，请先签收协办",
        whose=helping,
        primary=True,
        note="协办单位把意见和附件交主办单位，协办时限随之停止。",
    ),
    Step(
        key="decline_part",
        label="不属本单位协办",
        permission="cases.part",
        sources=SHARED,
        outcomes=(
            Outcome(
                STAY,
                notices=(Notice("lead", "part_declined"), Notice("dispatchers", "part_declined")),
                done="已告知主办单位和派单员，等他们决定；决定之前时限照走",
            ),
        ),
        input=inputs.DeclinePart,
        check=parts.check_decline,
        record=parts.record_decline,
        fits=parts.may_decline,
        unfit="本单位没有可以推辞的协办",
        whose=helping,
        note="不属于本单位职责的说明依据，由主办单位或派单员取消协办，或者仍请协办；决定之前时限照走。",
    ),
    Step(
        key="ask_parts",
        label="请单位协办",
        permission="cases.ask_part",
        sources=(DISPATCHED, ACKNOWLEDGED, HANDLING, PASSED, CHECKING, WAITING),
        outcomes=(
            Outcome(STAY, starts=("part",), notices=(Notice("units", "part_asked"),), done="已请协办，等协办单位签收"),
        ),
        input=inputs.AskParts,
        check=parts.check_ask,
        record=parts.record_ask,
        fits=parts.may_ask,
        unfit="还没有主办单位，派单时再选协办单位",
        whose=leading,
        side=True,
        note="主办单位或派单员请别的单位协办，写明要做什么；每个单位单独计时，不晚于办理时限。",
    ),
    Step(
        key="accept_part",
        label="采纳协办意见",
        permission="cases.ask_part",
        sources=SHARED,
        outcomes=(Outcome(STAY, notices=(Notice("units", "part_accepted"),), done="协办意见已采纳，这一份了结"),),
        input=inputs.AcceptPart,
        check=parts.check_accept,
        record=parts.record_accept,
        fits=parts.may_accept,
        unfit="没有待采纳的协办意见",
        whose=leading,
        note="主办单位采纳，这一份协办了结。",
    ),
    Step(
        key="return_part",
        label="退回协办单位",
        permission="cases.ask_part",
        sources=SHARED,
        outcomes=(
            Outcome(
                STAY,
                starts=("part",),
                cancels=("part",),
                notices=(Notice("units", "part_returned"),),
                done="已退回协办单位，重新计时",
            ),
        ),
        input=inputs.ReturnPart,
        check=parts.check_return,
        record=parts.record_return,
        fits=parts.may_return,
        unfit="没有可以退回的协办",
        whose=leading,
        note="意见不够的退回再办；称不属其职责而确属其职责的，仍请协办；重新计时。",
    ),
    Step(
        key="drop_part",
        label="取消协办",
        permission="cases.ask_part",
        sources=SHARED,
        outcomes=(
            Outcome(STAY, cancels=("part",), notices=(Notice("units", "part_dropped"),), done="已不再请这家单位协办"),
        ),
        input=inputs.DropPart,
        check=parts.check_drop,
        record=parts.record_drop,
        fits=parts.may_drop,
        unfit="没有可以取消的协办",
        whose=leading,
        note="不再需要的，或同意不属其职责的，取消协办；这个单位不再看到这一件。",
    ),
)
