"""Inputs of what is asked for beside the main way, and of who decides about it."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated

from pydantic import Field

from huying.cases import options
from huying.cases.enums import RequestKind
from huying.cases.inputs.words import Files, Key
from huying.kernel.inputs import BlankIsNone, Input, LongText, OnlyIf, Options, WrittenDay, YesNo

MOST_DAYS = 60  # no district lets more; what it lets is a figure of its own


def grounds(kind: RequestKind) -> Options:
    return Options(partial(options.grounds, kind.value))


class AskExtension(Input):
    """申请延期."""

    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = Field(
        title="延长几个工作日", description="要在到期之前申请，一轮办理只能延期一次"
    )
    ground: Annotated[Key, grounds(RequestKind.EXTENSION)] = Field(title="理由", min_length=1)
    explanation: Annotated[str, LongText(1000, 4)] = Field(
        title="说明", description="已经办了什么，为什么到期办不完，接下来怎么办"
    )
    attachments: Files


class AskComplex(Input):
    """申请按复杂件办理."""

    ground: Annotated[Key, grounds(RequestKind.COMPLEX)] = Field(title="理由", min_length=1)
    explanation: Annotated[str, LongText(1000, 4)] = Field(title="说明", description="复杂在哪里，打算怎么办")
    attachments: Files


class Endorse(Input):
    note: Annotated[str, LongText(500)] = Field("", title="审核意见")


class GrantExtension(Input):
    days: Annotated[Annotated[int, Field(ge=1, le=MOST_DAYS)] | None, BlankIsNone] = Field(
        None, title="批准几个工作日", description="可以比申请的少；不填按申请的批"
    )
    note: Annotated[str, LongText(500)] = Field("", title="审批意见")


class GrantComplex(Input):
    note: Annotated[str, LongText(500)] = Field("", title="审批意见")


class RefuseRequest(Input):
    refusal: Annotated[str, LongText(1000, 4)] = Field(title="不批的理由", description="申请人会看到")


class WithdrawRequest(Input):
    """The unit does not need it any more."""


class AskDeferral(Input):
    """申请挂账."""

    ground: Annotated[Key, grounds(RequestKind.DEFERRAL)] = Field(title="理由", min_length=1)
    until: Annotated[date, WrittenDay] = Field(
        title="最迟挂到哪天", description="到这一天自动恢复办理；条件具备了可以提前恢复"
    )
    plan: Annotated[str, LongText(1000, 4)] = Field(
        title="推进计划", description="缺什么条件，谁在推进，分几步，各在什么时候"
    )
    attachments: Files


class Defer(Input):
    """批准挂账: by the centre."""

    until: Annotated[date | None, WrittenDay, BlankIsNone] = Field(
        None, title="最迟挂到哪天", description="可以比申请的早；不填按申请的批"
    )
    review_days: Annotated[Annotated[int, Field(ge=1, le=180)] | None, BlankIsNone] = Field(
        None, title="每隔几天复核", description="不填按时限表里的挂账复核"
    )
    note: Annotated[str, LongText(500)] = Field("", title="审批意见")


class ReviewDeferral(Input):
    """挂账复核: is it still needed?"""

    still: Annotated[bool, YesNo("仍需挂账", "条件已经具备，恢复办理")] = Field(title="复核结果")
    finding: Annotated[str, LongText(1000, 4)] = Field(title="复核情况", description="推进到哪一步，依据是什么")
    review_days: Annotated[Annotated[int, Field(ge=1, le=180)] | None, BlankIsNone, OnlyIf("still", "true")] = Field(
        None, title="隔几天再复核", description="不填按时限表里的挂账复核"
    )
    attachments: Files


class Resume(Input):
    reason: Annotated[str, LongText(1000, 4)] = Field(title="恢复办理的原因", description="哪些条件已经具备")


class DeferralEnds(Input):
    """Its last day has come."""


class ReviewDue(Input):
    """It is time to look at a deferral again."""


class ProposeUnreasonable(Input):
    """申请不合理诉求认定."""

    ground: Annotated[Key, grounds(RequestKind.UNREASONABLE)] = Field(title="认定依据", min_length=1)
    times: Annotated[int, Field(ge=1, le=99)] = Field(title="已向诉求人解释几次")
    explanation: Annotated[str, LongText(2000, 4)] = Field(
        title="解释了什么", description="各次怎么答复、依据哪些规定、诉求人怎么说"
    )
    attachments: Files


class ApproveUnreasonable(Input):
    note: Annotated[str, LongText(500)] = Field("", title="认定意见")


class RevokeUnreasonable(Input):
    reason: Annotated[str, LongText(1000, 4)] = Field(title="撤销认定的原因")
