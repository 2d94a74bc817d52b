"""Inputs of what passes between the upper level and us."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field, model_validator

from huying.cases.enums import Satisfaction
from huying.cases.inputs.words import Files
from huying.kernel.inputs import BlankIsNone, Countable, Input, LongText, OneLine, Past, YesNo, beside
from huying.matters.blanks import Filled

Item = Annotated[str, OneLine(80, 1)]
When = Annotated[AwareDatetime | None, Countable, Past, BlankIsNone]
Until = Annotated[AwareDatetime | None, Countable, BlankIsNone]
ITEM = "上级自己的编号，同一单号只登记一次"
GOVERNS = "比我们自己的时限严的，以上级的为准"


def _in_order(at: datetime | None, until: datetime | None, name: str) -> None:
    if at is not None and until is not None and until <= at:
        raise beside([name], "upper_order", "要晚于上级提出的时间")


class UrgeFromAbove(Input):
    """上级催办."""

    item: Item = Field(title="催办单号", description=ITEM)
    at: When = Field(None, title="催办时间", description="不填就是现在")
    words: Annotated[str, LongText(2000, 2)] = Field(title="催办内容")
    answer_by: Until = Field(None, title="上级要求何时答复", description=GOVERNS)

    @model_validator(mode="after")
    def in_order(self) -> UrgeFromAbove:
        _in_order(self.at, self.answer_by, "answer_by")
        return self


class AnswerAbove(Input):
    """答复上级: what we tell the upper level, in between or as our result."""

    text: Annotated[str, LongText(5000, 4), Filled] = Field(title="给上级的答复")
    final: bool = Field(False, title="这是办理结果的报告")
    attachments: Files


class CallBackFromAbove(Input):
    """上级回访: what the reporter told the upper level."""

    item: Item = Field(title="回访单号", description=ITEM)
    at: When = Field(None, title="回访时间", description="不填就是现在")
    solved: bool = Field(title="问题是否解决")
    satisfied: Satisfaction = Field(title="满意度")
    note: Annotated[str, LongText(2000)] = Field("", title="回访记录")


class ReworkFromAbove(Input):
    """上级重办."""

    item: Item = Field(title="重办单号", description=ITEM)
    at: When = Field(None, title="下达时间", description="不填就是现在")
    reason: Annotated[str, LongText(2000, 2)] = Field(title="重办要求")
    due_at: Until = Field(None, title="上级要求的办结时间", description=GOVERNS)

    @model_validator(mode="after")
    def in_order(self) -> ReworkFromAbove:
        _in_order(self.at, self.due_at, "due_at")
        return self


class RuleFromAbove(Input):
    """上级审核: whether our report is accepted."""

    item: Item = Field(title="审核单号", description=ITEM)
    at: When = Field(None, title="审核时间", description="不填就是现在")
    accepted: Annotated[bool, YesNo("认可", "退回")] = Field(title="上级是否认可")
    reason: Annotated[str, LongText(2000)] = Field("", title="上级意见", description="退回的必填")
    due_at: Until = Field(None, title="上级要求的办结时间", description=GOVERNS)

    @model_validator(mode="after")
    def whole(self) -> RuleFromAbove:
        if not self.accepted and len(self.reason) < 2:
            raise beside(["reason"], "upper_reason", "退回的请写明上级意见")
        if self.accepted and self.due_at is not None:
            raise beside(["due_at"], "upper_due", "认可的不用填")
        _in_order(self.at, self.due_at, "due_at")
        return self
