"""Inputs of an event that hundreds call about."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AwareDatetime, Field, model_validator

from huying.cases import options
from huying.cases.inputs.words import Key
from huying.kernel.inputs import (
    BlankIsNone,
    Countable,
    Input,
    LongText,
    OneLine,
    Options,
    beside,
)
from huying.matters.blanks import Filled

_BETWEEN = re.compile(r"[\s、，,；;]+")
MOST_WORDS, LONGEST_WORD = 12, 20


class Batch(Input):
    """批量件: what happened, where, from when to when, and what callers are told."""

    name: Annotated[str, OneLine(60, 2)] = Field(title="是什么事", description="例如：徐东大街爆管停水")
    places: Annotated[list[Key], Options(options.streets_and_communities)] = Field(
        default_factory=list, title="涉及的街道、社区", max_length=60, json_schema_extra={"description": "不选就是全区"}
    )
    category: Annotated[Key, Options(options.categories)] = Field("", title="分类")
    words: Annotated[str, OneLine(200)] = Field(
        "", title="来电常用词", description="用顿号隔开，例如：停水、水压低；来电说到其中一个，就提示是不是这件事"
    )
    begins_at: Annotated[AwareDatetime, Countable] = Field(title="从什么时候开始")
    ends_at: Annotated[AwareDatetime | None, Countable, BlankIsNone] = Field(
        None, title="预计到什么时候", description="过了这个时间不再提示；不填就到主件结案为止"
    )
    announcement: Annotated[str, LongText(1000, 2), Filled] = Field(
        title="告知内容", description="接线员照着读给来电人的话：什么原因、谁在处理、预计什么时候好"
    )

    @model_validator(mode="after")
    def can_be_found(self) -> Batch:
        if self.ends_at is not None and self.ends_at <= self.begins_at:
            raise beside(["ends_at"], "ends_before", "要晚于开始的时间")
        if not self.category and not self.listed:
            raise beside(["words"], "no_sign", "分类和来电常用词至少填一项，否则认不出哪些来电是这件事")
        if len(self.listed) > MOST_WORDS or any(len(word) > LONGEST_WORD for word in self.listed):
            raise beside(["words"], "too_many_words", f"最多 {MOST_WORDS} 个词，每个不超过 {LONGEST_WORD} 个字")
        return self

    @property
    def listed(self) -> list[str]:
        return list(dict.fromkeys(filter(None, _BETWEEN.split(self.words))))


class Announce(Input):
    """发布进展: one text for everybody who goes along."""

    text: Annotated[str, LongText(500, 2), Filled] = Field(
        title="告诉大家什么", description="会发给每一位诉求人，接线员以后也照这段话读给来电人"
    )


class StopBatch(Input):
    note: Annotated[str, LongText(500)] = Field("", title="说明")
