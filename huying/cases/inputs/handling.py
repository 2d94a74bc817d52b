"""Inputs of what a unit does."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field, model_validator

from huying.cases import options
from huying.cases.enums import (
    AnswerClass,
    ContactExemption,
    Means,
)
from huying.cases.inputs.words import Files
from huying.kernel.inputs import (
    BlankIsNone,
    Countable,
    Input,
    LongText,
    More,
    OneLine,
    Options,
    YesNo,
    beside,
)
from huying.matters.blanks import Filled


class Contact(Input):
    """办前沟通: either what was said, or why nobody was contacted."""

    at: Annotated[AwareDatetime | None, Countable, BlankIsNone] = Field(None, title="联系时间")
    whom: Annotated[str, OneLine(20, free=True)] = Field(
        "", title="联系对象", description="如“诉求人”“其家属”，不写姓名"
    )
    means: Annotated[Means | None, BlankIsNone] = Field(None, title="联系方式")
    reached: Annotated[bool | None, BlankIsNone, YesNo("联系上了", "没有联系上")] = Field(None, title="联系结果")
    outcome: Annotated[str, LongText(2000), Filled] = Field("", title="沟通情况")
    exemption: Annotated[ContactExemption | None, BlankIsNone, More()] = Field(None, title="免联系理由")
    attachments: Files

    @model_validator(mode="after")
    def act_or_exemption(self) -> Contact:
        if self.exemption is not None:
            if self.reached:
                raise beside(["exemption"], "both", "已经联系上就不要选免联系理由")
            return self
        wanted: dict[str, object] = {"reached": self.reached, "at": self.at, "means": self.means}
        missing = [name for name, value in wanted.items() if value is None]
        if not self.outcome:
            missing.append("outcome")
        if missing:
            raise beside(missing, "contact_missing", "请填写这一项；不用联系的，选择免联系理由")
        return self


class Propose(Input):
    """办理结果: everything a resolution needs."""

    true: bool = Field(title="诉求是否属实")
    solved: bool = Field(title="是否已解决")
    done: Annotated[str, LongText(5000, 4)] = Field(title="办理情况", description="做了什么、结果如何")
    by_whom: Annotated[str, OneLine(60, 2, free=True)] = Field(title="办理人")
    public_reply: Annotated[str, LongText(5000, 4), Filled] = Field(title="给诉求人的答复")
    without_parts: Annotated[str, LongText(1000), More()] = Field(
        "", title="协办没有了结，为什么不再等", description="所有协办都了结了的不用填"
    )
    internal_note: Annotated[str, LongText(5000), More()] = Field("", title="内部说明", description="不对外")
    checklist: Annotated[list[int], Options(options.checklist)] = Field(default_factory=list, title="办理清单")
    attachments: Files
    show_files: bool = Field(False, title="附件也给诉求人看", description="审批通过后，诉求人在查进展时能打开")
    answer_class: Annotated[AnswerClass | None, BlankIsNone, More()] = Field(
        None, title="答复类别", description="议提案必填；填了的，属实和解决可以不填"
    )
    letter_number: Annotated[str, OneLine(40), More()] = Field(
        "", title="发文字号", description="答复函的编号，如“武城管函〔2026〕12号”；不填则留空"
    )
    copies: Annotated[str, OneLine(200), More()] = Field("", title="抄送", description="印在答复函末页")
    without_meeting: Annotated[str, LongText(500), More()] = Field(
        "", title="没有面商的原因", description="这一轮当面沟通过的不用填"
    )

    @model_validator(mode="before")
    @classmethod
    def told_by_class(cls, data: object) -> object:
        """A motion is neither true nor untrue, and how far it is solved its class says."""
        if isinstance(data, dict) and data.get("answer_class"):
            return {"true": True, "solved": data["answer_class"] == AnswerClass.SOLVED} | data
        return data


class SendBack(Input):
    reason: Annotated[str, LongText(1000, 4)] = Field(title="退回原因")


class Approve(Input):
    note: Annotated[str, LongText(1000)] = Field("", title="审批意见")
