"""Inputs of asking, closing and doing over."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator, model_validator

from huying.cases.enums import (
    CorrectionReason,
    NoCallbackReason,
    Satisfaction,
)
from huying.cases.inputs.words import Files, phone
from huying.kernel.inputs import (
    BlankIsNone,
    Input,
    LongText,
    OneLine,
    OnlyIf,
    Personal,
    beside,
)

IF_REACHED = OnlyIf("reached", "true")


class CallBack(Input):
    """回访."""

    reached: bool = Field(title="是否接通")
    solved: Annotated[bool | None, BlankIsNone, IF_REACHED] = Field(
        None, title="问题是否解决", description="接通的必填"
    )
    satisfied: Annotated[Satisfaction | None, BlankIsNone, IF_REACHED] = Field(
        None, title="满意度", description="接通的必填"
    )
    real: Annotated[bool | None, BlankIsNone, IF_REACHED] = Field(None, title="答复情况是否属实")
    note: Annotated[str, LongText(2000)] = Field("", title="回访记录")

    @model_validator(mode="after")
    def answers(self) -> CallBack:
        said = {"solved": self.solved, "satisfied": self.satisfied, "real": self.real}
        missing = [name for name in ("solved", "satisfied") if said[name] is None]
        if self.reached and missing:
            raise beside(missing, "callback_answers", "接通的回访要填写这一项")
        if not self.reached and (too_much := [name for name, value in said.items() if value is not None]):
            raise beside(too_much, "callback_unreached", "没有接通，这一项不要填")
        return self


class Rework(Input):
    reason: Annotated[str, LongText(1000, 2)] = Field(title="哪里没有解决")
    attachments: Files


class CloseWithoutCallback(Input):
    reason: NoCallbackReason = Field(title="免回访原因")
    note: Annotated[str, LongText(1000)] = Field("", title="说明")


class Rate(Input):
    satisfied: Satisfaction = Field(title="满意度")
    text: Annotated[str, LongText(1000)] = Field("", title="想说的话")


class CorrectContact(Input):
    """更正联系方式: the number was taken down wrongly, or is another now."""

    phone: Annotated[str, OneLine(30, 1), Personal()] = Field(title="正确的联系电话")
    name: Annotated[str, OneLine(60), Personal()] = Field("", title="姓名或单位名称", description="不改则留空")
    reason: CorrectionReason = Field(title="为什么更正")

    @field_validator("phone")
    @classmethod
    def looks_like_aphone(cls, value: str) -> str:
        return phone(value)
