"""Inputs of how a voice becomes a case."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from huying.cases import options
from huying.cases.enums import (
    CaseKind,
)
from huying.cases.inputs.motions import MotionParticulars
from huying.cases.inputs.words import AS_WRITTEN, Files, Key, phone
from huying.kernel.inputs import (
    BlankIsNone,
    Countable,
    Input,
    Kept,
    LongText,
    More,
    OneLine,
    Options,
    Past,
    beside,
)
from huying.matters.blanks import Filled
from huying.matters.enums import Urgency
from huying.people.enums import ContactKind

Tags = Annotated[
    list[Annotated[str, OneLine(20, 1)]],
    Field(
        default_factory=list,
        max_length=10,
        title="标签",
        description="营商环境、季节（如防汛、迎峰度夏）、专题；列表可以按标签筛选",
    ),
]


class Reporter(Input):
    """Who raised it. Every part may be missing."""

    kind: ContactKind = Field(ContactKind.PERSON, title="身份")
    name: Annotated[str, OneLine(60)] = Field("", title="姓名或单位名称")
    phone: Annotated[str, OneLine(30)] = Field("", title="联系电话")
    identity: Annotated[str, OneLine(30)] = Field("", title="证件号码")
    address: Annotated[str, OneLine(200)] = Field("", title="住址")
    handle: Annotated[str, OneLine(80)] = Field("", title="渠道内账号")

    @field_validator("phone")
    @classmethod
    def looks_like_aphone(cls, value: str, info: ValidationInfo) -> str:
        as_written = bool(info.context and info.context.get(AS_WRITTEN))
        return phone(value, as_written=as_written)

    @property
    def is_empty(self) -> bool:
        return not (self.name or self.phone or self.identity or self.address or self.handle)


class Receive(Input):
    """受理: a voice becomes a case."""

    channel: Annotated[Key, Options(options.channels)] = Field(title="来源渠道", min_length=1)
    external_number: Annotated[str, OneLine(80)] = Field(
        "", title="来件编号", description="渠道自己的编号，同一渠道不能重复"
    )
    kind: CaseKind | None = Field(None, title="诉求类型")
    category: Annotated[Key, Options(options.categories)] = Field("", title="分类")
    urgency: Urgency = Field(Urgency.NORMAL, title="紧急程度")
    title: Annotated[str, OneLine(120)] = Field("", title="标题", description="留空则取诉求内容的开头")
    text: Annotated[str, LongText(20_000, 1)] = Field(title="诉求内容")
    happened_at: Annotated[AwareDatetime | None, Countable, Past, BlankIsNone] = Field(None, title="发生时间")
    who: Annotated[str, OneLine(200, free=True)] = Field("", title="涉及何人")
    cause: Annotated[str, OneLine(500, free=True)] = Field("", title="起因")
    effect: Annotated[str, OneLine(500, free=True)] = Field("", title="造成的后果")
    address: Annotated[str, OneLine(200)] = Field("", title="事发地址")
    lon: Annotated[float | None, BlankIsNone] = Field(
        None, title="经度", description="WGS-84", ge=-180, le=180, allow_inf_nan=False
    )
    lat: Annotated[float | None, BlankIsNone] = Field(
        None, title="纬度", description="WGS-84", ge=-90, le=90, allow_inf_nan=False
    )
    reporter: Reporter | None = Field(None, title="诉求人")
    motion: MotionParticulars | None = Field(None, title="议提案信息")
    anonymous: bool = Field(False, title="匿名")
    confidential: bool = Field(False, title="要求对外保密")
    wants_reply: bool = Field(True, title="要求答复")
    tags: Tags
    upper_due_at: Annotated[AwareDatetime | None, Countable, BlankIsNone] = Field(None, title="上级要求的办结时间")
    joins: Annotated[str, OneLine(40)] = Field(
        "", title="并入", description="正在办理的同一件事的编号，随它一起办、一起答复"
    )
    repeats: Annotated[str, OneLine(40)] = Field(
        "",
        title="重复哪一件",
        description="同一诉求人就同一件事反映过的那一件的编号；还在办的随它一起办，办结了的记下是第几次反映",
    )
    attachments: Files

    @model_validator(mode="after")
    def whole_point(self) -> Receive:
        if (self.lon is None) != (self.lat is None):
            raise PydanticCustomError("half_point", "经度和纬度要同时填写，或者都不填")
        if self.anonymous and self.reporter is not None and not self.reporter.is_empty:
            raise PydanticCustomError("anonymous_named", "匿名诉求不要填写诉求人信息；需要保密请选“要求对外保密”")
        return self


class ImportHistory(Receive):
    """历史导入: a case that was closed elsewhere, with its own times. Sends nothing, starts no clock."""

    closed_at: Annotated[AwareDatetime, Countable] = Field(title="办结时间")
    handler: Annotated[str, OneLine(100)] = Field("", title="承办单位", description="单位名称或编码")
    reply: Annotated[str, LongText(40_000)] = Field("", title="答复")

    @field_validator("joins", "repeats")
    @classmethod
    def goes_alone(cls, value: str) -> str:
        if value:
            raise PydanticCustomError("history_joins", "历史件不能并入别的件，也不记为重复件")
        return value


class Answer(Input):
    """即时答复: closed while the caller is on the line."""

    reply: Annotated[str, LongText(5000, 2), Filled] = Field(title="答复内容")
    article: Annotated[str, OneLine(20)] = Field(
        "", title="引用的知识", description="知识库的编号，从旁边的“知识”插入时自动填好"
    )
    basis: Annotated[str, OneLine(200, free=True)] = Field(
        "", title="依据", description="文件名称，或能当场答复的理由；引用了知识的可以不填"
    )
    kind: Annotated[CaseKind | None, BlankIsNone] = Field(None, title="诉求类型")
    category: Annotated[Key, Options(options.categories)] = Field("", title="分类")

    @model_validator(mode="after")
    def rests_on_something(self) -> Answer:
        if not self.article and len(self.basis) < 2:
            raise beside(["basis"], "answer_basis", "没有引用知识的，请写明依据或能当场答复的理由")
        return self


class SpotCheck(Input):
    """抽查: somebody else looks at an answer that was given at once."""

    right: bool = Field(title="答复是否正确")
    reason: Annotated[str, LongText(1000)] = Field(
        "", title="哪里不对", description="认为有误的，写明错在哪里、应当怎样答"
    )
    redo: bool = Field(False, title="答复有误，转重新研判", description="这件诉求回到待研判，重新办理，并告诉诉求人")


class Triage(Input):
    """分析研判: what it is, how urgent, and where."""

    kind: CaseKind = Field(title="诉求类型")
    category: Annotated[Key, Options(options.categories)] = Field(title="分类", min_length=1)
    urgency: Annotated[Urgency | None, BlankIsNone, Kept()] = Field(
        None, title="紧急程度", json_schema_extra={"description": "不写则保持原来的"}
    )
    place: Annotated[Key, Options(options.communities)] = Field(
        "", title="所在社区", description="已按地图或地址判定的可以不改"
    )
    no_place: bool = Field(False, title="没有具体地点")
    title: Annotated[str, OneLine(120, free=True)] = Field("", title="标题", description="不改则留空")
    tags: Tags
    upper_due_at: Annotated[AwareDatetime | None, Countable, BlankIsNone, More()] = Field(
        None, title="上级要求的办结时间"
    )
    note: Annotated[str, LongText(2000)] = Field("", title="研判意见")


class ReturnToReporter(Input):
    question: Annotated[str, LongText(1000, 2), Filled] = Field(title="请诉求人补充什么")


class AddInformation(Input):
    text: Annotated[str, LongText(5000, 1)] = Field(title="补充内容")
    attachments: Files


class NoAnswer(Input):
    """The system's own step when nobody has answered."""
