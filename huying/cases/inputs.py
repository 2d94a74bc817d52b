"""What each step of a case needs. One declaration serves the API, the forms and set-wise callers."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from huying.cases import options
from huying.cases.enums import (
    CaseKind,
    ContactExemption,
    CorrectionReason,
    HandBackReason,
    Means,
    NoCallbackReason,
    Satisfaction,
)
from huying.kernel.inputs import (
    BlankIsNone,
    Countable,
    Input,
    Kept,
    LongText,
    More,
    OneLine,
    OnlyIf,
    Options,
    Past,
    Personal,
    YesNo,
    beside,
)
from huying.matters.blanks import Filled
from huying.matters.enums import Urgency
from huying.people.enums import ContactKind
from huying.people.phones import NOT_A_PHONE, could_be_reached, problem_of

Key = Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z0-9_.\-]*$")]
Files = Annotated[list[UUID], Field(default_factory=list, max_length=20, title="附件")]
AS_WRITTEN = "as_written"  # in the context of a validation: numbers of phones come from a table, nobody is there to ask


def _phone(value: str, *, as_written: bool = False) -> str:
    if value and (problem := problem_of(value)):
        if not as_written:
            raise PydanticCustomError("phone", problem)
        if not could_be_reached(value):
            raise PydanticCustomError("phone", NOT_A_PHONE)
    return value


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
    def looks_like_a_phone(cls, value: str, info: ValidationInfo) -> str:
        as_written = bool(info.context and info.context.get(AS_WRITTEN))
        return _phone(value, as_written=as_written)

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
    anonymous: bool = Field(False, title="匿名")
    confidential: bool = Field(False, title="要求对外保密")
    wants_reply: bool = Field(True, title="要求答复")
    tags: list[Annotated[str, OneLine(20, 1)]] = Field(default_factory=list, max_length=10, title="标签")
    upper_due_at: Annotated[AwareDatetime | None, Countable, BlankIsNone] = Field(None, title="上级要求的办结时间")
    joins: Annotated[str, OneLine(40)] = Field(
        "", title="并入", description="正在办理的同一件事的编号，随它一起办、一起答复"
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

    @field_validator("joins")
    @classmethod
    def goes_alone(cls, value: str) -> str:
        if value:
            raise PydanticCustomError("history_joins", "历史件不能并入别的件")
        return value


class Answer(Input):
    """即时答复: closed while the caller is on the line."""

    reply: Annotated[str, LongText(5000, 2), Filled] = Field(title="答复内容")
    basis: Annotated[str, OneLine(200, 2, free=True)] = Field(
        title="依据", description="知识库条目、文件名称，或能当场答复的理由"
    )
    kind: Annotated[CaseKind | None, BlankIsNone] = Field(None, title="诉求类型")
    category: Annotated[Key, Options(options.categories)] = Field("", title="分类")


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
    tags: list[Annotated[str, OneLine(20, 1)]] = Field(default_factory=list, max_length=10, title="标签")
    upper_due_at: Annotated[AwareDatetime | None, Countable, BlankIsNone, More()] = Field(
        None, title="上级要求的办结时间"
    )
    note: Annotated[str, LongText(2000)] = Field("", title="研判意见")


class Join(Input):
    """并入: the same thing is being handled already."""

    main: Annotated[str, OneLine(40, 1)] = Field(title="并入哪一件", description="正在办理的那一件的编号")
    note: Annotated[str, LongText(1000)] = Field("", title="说明")


class Unjoin(Input):
    reason: Annotated[str, LongText(1000, 2)] = Field(title="为什么要单独办")


class SortAlong(Input):
    """The system's own step when the main case has been triaged."""


class CloseJoined(Input):
    """The system's own step when the main case has been closed."""

    main: Annotated[str, OneLine(40, 1)] = Field(title="同一件事")
    public_reply: Annotated[str, LongText(40_000)] = Field("", title="答复")


class ReturnToReporter(Input):
    question: Annotated[str, LongText(1000, 2), Filled] = Field(title="请诉求人补充什么")


class CorrectContact(Input):
    """更正联系方式: the number was taken down wrongly, or is another now."""

    phone: Annotated[str, OneLine(30, 1), Personal()] = Field(title="正确的联系电话")
    name: Annotated[str, OneLine(60), Personal()] = Field("", title="姓名或单位名称", description="不改则留空")
    reason: CorrectionReason = Field(title="为什么更正")

    @field_validator("phone")
    @classmethod
    def looks_like_a_phone(cls, value: str) -> str:
        return _phone(value)


class AddInformation(Input):
    text: Annotated[str, LongText(5000, 1)] = Field(title="补充内容")
    attachments: Files


class Succeed(Input):
    """The organisation that held it, or helped, is no more."""


class NoAnswer(Input):
    """The system's own step when nobody has answered."""


class Dispatch(Input):
    lead: Annotated[Key, Options(options.handlers)] = Field(title="主办单位", min_length=1)
    co_handlers: Annotated[list[Key], Options(options.handlers), More()] = Field(
        default_factory=list, title="协办单位", max_length=8
    )
    note: Annotated[str, LongText(2000)] = Field("", title="派单意见")


class Remind(Input):
    """催办: the centre presses whoever has it in hand; nothing moves."""

    note: Annotated[str, LongText(500)] = Field("", title="催办意见", description="写明要催什么；单位在办理记录里看到")


class HandBack(Input):
    reason: HandBackReason = Field(title="退回原因")
    explanation: Annotated[str, LongText(1000, 4)] = Field(title="说明和依据", description="写明应由谁办理、依据是什么")
    suggested: Annotated[Key, Options(options.handlers)] = Field("", title="建议承办单位")


class Acknowledge(Input):
    officer: Annotated[str, OneLine(40, 1, free=True)] = Field(title="经办人")


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
    internal_note: Annotated[str, LongText(5000), More()] = Field("", title="内部说明", description="不对外")
    checklist: Annotated[list[int], Options(options.checklist)] = Field(default_factory=list, title="办理清单")
    attachments: Files
    show_files: bool = Field(False, title="附件也给诉求人看", description="审批通过后，诉求人在查进展时能打开")


class SendBack(Input):
    reason: Annotated[str, LongText(1000, 4)] = Field(title="退回原因")


class Approve(Input):
    note: Annotated[str, LongText(1000)] = Field("", title="审批意见")


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


class Recall(Input):
    """撤回: the step before is taken back as if it had not been."""


class WithdrawProposal(Input):
    reason: Annotated[str, LongText(1000)] = Field("", title="撤回原因", description="可以不填")
