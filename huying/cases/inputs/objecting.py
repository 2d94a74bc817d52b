"""Inputs of saying that a case is not one's own, and of the ruling on it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from huying.cases import options
from huying.cases.enums import ObjectionCause
from huying.cases.inputs.giving import Dispatch
from huying.cases.inputs.words import Files, Key
from huying.kernel.inputs import (
    Input,
    LongText,
    OneLine,
    Options,
    YesNo,
)
from huying.knowledge.rules.book import citable


class Object(Input):
    """派单申诉: the unit that was given a case says why it is not its own."""

    cause: ObjectionCause = Field(title="申诉理由")
    explanation: Annotated[str, LongText(1000, 4)] = Field(title="说明", description="写明为什么不该由本单位办理")
    basis: Annotated[str, OneLine(200, 2, free=True)] = Field(title="依据", description="哪一份文件、哪一条规定")
    suggested: Annotated[list[Key], Options(options.handlers)] = Field(
        default_factory=list, title="建议承办单位", max_length=3
    )
    attachments: Files


class EndorseObjection(Input):
    note: Annotated[str, LongText(1000)] = Field("", title="审核意见", description="可以不填；派单审核员裁定时看到")


class DeclineObjection(Input):
    reason: Annotated[str, LongText(1000, 4)] = Field(title="不同意的原因", description="这件诉求回到本单位接着办")


class WithdrawObjection(Input):
    reason: Annotated[str, LongText(1000)] = Field("", title="撤回原因", description="可以不填")


class Rule(Input):
    """裁定: whether the unit is right, with the reason either way."""

    upheld: Annotated[bool, YesNo("申诉成立，重新派单", "申诉不成立，仍由原单位办理")] = Field(title="裁定结果")
    cited: Annotated[Key, Options(citable)] = Field(
        "", title="引用口径", description="按哪一条派单口径裁定；没有合适的不填，申诉成立后可以据此改口径"
    )
    reason: Annotated[str, LongText(1000, 4)] = Field(title="裁定理由", description="申诉单位看得到")


class AssignByRuling(Dispatch):
    """裁定承办: who has it, once several have said that it is not theirs. That is the end of it."""

    cited: Annotated[Key, Options(citable)] = Field(
        "", title="引用口径", description="按哪一条派单口径裁定，没有的不填"
    )
    reason: Annotated[str, LongText(1000, 4)] = Field(title="裁定理由", description="写明依据；各有关单位看得到")
