"""Inputs of co-handlers' parts."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from huying.cases import options
from huying.cases.inputs.words import Files, Key
from huying.kernel.inputs import BlankIsNone, Input, LongText, More, OneLine, Options

OneHelper = Annotated[Key, Options(options.handlers)]
PartDays = Annotated[Annotated[int, Field(ge=1, le=60)] | None, BlankIsNone]


class AskParts(Input):
    """请单位协办."""

    units: Annotated[list[Key], Options(options.handlers)] = Field(title="请哪些单位协办", min_length=1, max_length=8)
    task: Annotated[str, LongText(2000, 4)] = Field(
        title="请他们做什么", description="写明协办什么、要什么结果；要求不同的单位，分几次请"
    )
    days: Annotated[PartDays, More()] = Field(
        None, title="协办时限", description="多少个工作日；不填按时限表，不晚于办理时限"
    )


class TakePart(Input):
    """签收协办."""

    officer: Annotated[str, OneLine(40, 1, free=True)] = Field(title="经办人")


class ReportPart(Input):
    """提交协办意见."""

    opinion: Annotated[str, LongText(5000, 4)] = Field(title="协办意见", description="做了什么、结果如何，或意见和依据")
    attachments: Files


class DeclinePart(Input):
    """不属本单位: the lead or a dispatcher decides."""

    reason: Annotated[str, LongText(1000, 4)] = Field(
        title="为什么不属本单位", description="写明依据；由主办单位或派单员决定"
    )


class AcceptPart(Input):
    """采纳协办意见."""

    unit: OneHelper = Field(title="哪个单位的意见", min_length=1)
    note: Annotated[str, LongText(1000)] = Field("", title="说明")


class ReturnPart(Input):
    """退回协办单位: the opinion does not do, or it is theirs after all."""

    unit: OneHelper = Field(title="退回哪个单位", min_length=1)
    reason: Annotated[str, LongText(1000, 4)] = Field(title="退回原因", description="还要做什么，或为什么仍请他们协办")
    days: Annotated[PartDays, More()] = Field(
        None, title="重新计的时限", description="多少个工作日；不填按时限表，不晚于办理时限"
    )


class DropPart(Input):
    """取消协办."""

    unit: OneHelper = Field(title="取消哪个单位", min_length=1)
    reason: Annotated[str, LongText(1000, 4)] = Field(title="取消原因")
