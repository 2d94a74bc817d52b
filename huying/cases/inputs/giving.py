"""Inputs of giving a case to a unit."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from huying.cases import options
from huying.cases.enums import (
    HandBackReason,
)
from huying.cases.inputs.words import Key
from huying.kernel.inputs import (
    Input,
    LongText,
    More,
    OneLine,
    Options,
)


class Dispatch(Input):
    lead: Annotated[Key, Options(options.handlers)] = Field(title="主办单位", min_length=1)
    co_handlers: Annotated[list[Key], Options(options.handlers), More()] = Field(
        default_factory=list, title="协办单位", max_length=8
    )
    co_task: Annotated[str, LongText(2000), More()] = Field(
        "", title="请协办单位做什么", description="要求不同的，派单之后由主办单位或派单员再分别请"
    )
    note: Annotated[str, LongText(2000)] = Field("", title="派单意见")


class Succeed(Input):
    """The organisation that held it, or helped, is no more."""


class Remind(Input):
    """催办: the centre presses whoever has it in hand; nothing moves."""

    note: Annotated[str, LongText(500)] = Field("", title="催办意见", description="写明要催什么；单位在办理记录里看到")


class HandBack(Input):
    reason: HandBackReason = Field(title="退回原因")
    explanation: Annotated[str, LongText(1000, 4)] = Field(title="说明和依据", description="写明应由谁办理、依据是什么")
    suggested: Annotated[Key, Options(options.handlers)] = Field("", title="建议承办单位")


class Acknowledge(Input):
    officer: Annotated[str, OneLine(40, 1, free=True)] = Field(title="经办人")
