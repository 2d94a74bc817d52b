"""Inputs of motions and proposals."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from huying.cases.enums import MotionBody, Opinion
from huying.cases.inputs.words import Files
from huying.kernel.inputs import BlankIsNone, Input, LongText, OneLine, OnlyIf, Personal, YesNo, beside

IF_RETURNED = OnlyIf("returned", "true")


class MotionParticulars(Input):
    """What stands at the head of the paper. Names stand in its row: not every reader of the timeline reads them."""

    body: MotionBody = Field(title="建议还是提案")
    term: int = Field(title="第几届", ge=1, le=99)
    session: Annotated[int | None, BlankIsNone] = Field(
        None, title="第几次会议", description="闭会期间提出的不填", ge=1, le=99
    )
    serial: int = Field(title="建议或提案编号", description="会议编的号，只填数字", ge=1, le=999_999_999)
    proposer: Annotated[str, OneLine(60), Personal()] = Field(
        "", title="领衔代表或委员", description="姓名；不填就是诉求人"
    )
    seconders: Annotated[str, OneLine(200), Personal()] = Field(
        "", title="附议人", description="如“张三、李四等 12 人”"
    )
    disclosed: Annotated[bool, YesNo("可以公开", "不公开")] = Field(title="答复是否公开")
    key: bool = Field(False, title="重点督办")


class SetMotion(MotionParticulars):
    """登记议提案信息: for what came without, or with something wrong."""


class RecordOpinion(Input):
    """征求意见表: what the proposer says of the answer."""

    returned: Annotated[bool, YesNo("已经收回", "还没有收回")] = Field(title="征求意见表")
    attitude: Annotated[Opinion | None, BlankIsNone, IF_RETURNED] = Field(
        None, title="对办理态度", description="收回的必填"
    )
    result: Annotated[Opinion | None, BlankIsNone, IF_RETURNED] = Field(
        None, title="对办理结果", description="收回的必填"
    )
    note: Annotated[str, LongText(2000)] = Field(
        "", title="意见和建议", description="代表或委员写了什么；没有收回的，写明怎样催的"
    )
    attachments: Files

    @model_validator(mode="after")
    def whole(self) -> RecordOpinion:
        said = {"attitude": self.attitude, "result": self.result}
        if self.returned and (missing := [name for name, value in said.items() if value is None]):
            raise beside(missing, "opinion_missing", "收回的请填写这一项")
        if not self.returned and (too_much := [name for name, value in said.items() if value is not None]):
            raise beside(too_much, "opinion_unreturned", "还没有收回，这一项不要填")
        return self
