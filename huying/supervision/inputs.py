"""What each step of a supervision and of an instruction needs. One declaration serves forms and set-wise callers."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from huying.cases import options
from huying.kernel.inputs import BlankIsNone, Countable, Input, LongText, More, OneLine, Options, Past
from huying.supervision.enums import Colour, FirstRung, HandBackReason, InstructionKind, SupervisionKind

Key = Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z0-9_.\-]*$")]
Number = Annotated[str, OneLine(40, 1)]
Files = Annotated[list[UUID], Field(default_factory=list, max_length=20, title="附件")]
Days = Annotated[int | None, BlankIsNone]


def upper(numbers: list[str]) -> list[str]:
    """As numbers are stored, each once."""
    return list(dict.fromkeys(number.upper() for number in numbers))


class Issue(Input):
    """发起督办."""

    kind: SupervisionKind = Field(title="督办类别")
    title: Annotated[str, OneLine(120, 4, free=True)] = Field(title="督办事项", description="一句话写清督办什么")
    matters: list[Number] = Field(
        default_factory=list, max_length=50, title="所督办的件", description="编号；几件用逗号隔开"
    )
    lead: Annotated[Key, Options(options.handlers)] = Field(title="被督办单位", min_length=1)
    requirement: Annotated[str, LongText(3000, 4)] = Field(title="督办要求", description="写进督办文书正文")
    rung: FirstRung = Field(FirstRung.NOTICE, title="发什么")
    colour: Annotated[Colour | None, BlankIsNone, More()] = Field(
        None, title="颜色", description="不选的，提醒单为蓝色、督办通知为黄色"
    )
    days: Days = Field(None, title="几个工作日内反馈", description="不填的按规定时限", ge=1, le=90)
    upper_due_at: Annotated[AwareDatetime | None, Countable, BlankIsNone, More()] = Field(
        None, title="上级要求的反馈时间", description="比规定时限早的，以它为准"
    )
    source: Annotated[str, OneLine(130), More()] = Field(
        "", title="来源", description="日报期号、媒体名称、留言板或催办单编号"
    )
    instruction: Annotated[str, OneLine(40), More()] = Field("", title="所属交办件")
    attachments: Files

    _numbers = field_validator("matters")(upper)


class Acknowledge(Input):
    officer: Annotated[str, OneLine(40, 1, free=True)] = Field(title="经办人")


class HandBack(Input):
    reason: HandBackReason = Field(title="退回原因")
    explanation: Annotated[str, LongText(1000, 4)] = Field(title="说明和依据", description="写明应由谁负责、依据是什么")


class Readdress(Input):
    lead: Annotated[Key, Options(options.handlers)] = Field(title="改由哪个单位办理", min_length=1)
    reason: Annotated[str, LongText(1000, 2)] = Field(title="改派理由")
    days: Days = Field(None, title="几个工作日内反馈", description="不填的按规定时限", ge=1, le=90)


class Feedback(Input):
    """反馈: what was done about it."""

    solved: bool = Field(title="是否办结")
    done: Annotated[str, LongText(5000, 4)] = Field(title="办理情况", description="做了什么、结果如何")
    cause: Annotated[str, LongText(2000)] = Field("", title="原因和责任", description="为什么会超时、反复或被催办")
    plan: Annotated[str, LongText(2000)] = Field(
        "", validate_default=True, title="下一步措施", description="没有办结的要写明何时办完"
    )
    attachments: Files

    @field_validator("plan")
    @classmethod
    def tells_when(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("solved") is False and not value:
            raise PydanticCustomError("plan_missing", "没有办结的，请写明下一步措施和完成时间")
        return value


class SendBack(Input):
    reason: Annotated[str, LongText(1000, 4)] = Field(title="退回原因")


class Endorse(Input):
    note: Annotated[str, LongText(1000)] = Field("", title="负责人意见")


class Accept(Input):
    note: Annotated[str, LongText(1000)] = Field("", title="审核意见")


class ReturnFeedback(Input):
    reason: Annotated[str, LongText(1000, 4)] = Field(title="退回原因", description="哪里没有办到位，要补办什么")


class Notify(Input):
    reason: Annotated[str, LongText(2000, 4)] = Field(title="督办理由和要求", description="写进督办通知正文")
    colour: Annotated[Colour | None, BlankIsNone] = Field(None, title="颜色", description="不选为黄色")


class Summon(Input):
    reason: Annotated[str, LongText(2000, 4)] = Field(title="约谈事由", description="写进约谈通知正文")
    talk_at: Annotated[AwareDatetime, Countable] = Field(title="约谈时间")
    talk_place: Annotated[str, OneLine(80, 2)] = Field(title="约谈地点")


class Publish(Input):
    reason: Annotated[str, LongText(3000, 4)] = Field(title="通报内容", description="事实、原因和要求，写进通报正文")
    to: Annotated[str, OneLine(100)] = Field("", title="主送机关", description="不填的按文书抬头的设置")


class HandOver(Input):
    reason: Annotated[str, LongText(3000, 4)] = Field(title="移交事由", description="事实、经过和依据，写进移交函正文")
    to: Annotated[str, OneLine(100)] = Field("", title="移交给", description="不填的按文书抬头的设置")


class Sign(Input):
    note: Annotated[str, LongText(1000)] = Field("", title="签发意见")


class Decline(Input):
    reason: Annotated[str, LongText(1000, 2)] = Field(title="理由")


class Cancel(Input):
    reason: Annotated[str, LongText(1000, 4)] = Field(title="撤销理由")


class Succeed(Input):
    """The organisation that held it is no more."""


# --- instructions ----------------------------------------------------------------------------------------------------


class Record(Input):
    """登记: a leader's instruction, a task of the upper level, an item of a daily report."""

    kind: InstructionKind = Field(title="类别")
    title: Annotated[str, OneLine(120, 4, free=True)] = Field(title="事项")
    source: Annotated[str, OneLine(60, 2)] = Field(
        title="批示人或交办单位", description="领导姓名和职务、交办单位，或日报名称"
    )
    dated: Annotated[AwareDatetime, Countable, Past] = Field(title="批示或交办时间")
    reference: Annotated[str, OneLine(60)] = Field("", title="来文号或期号")
    text: Annotated[str, LongText(5000, 2)] = Field(title="批示或交办内容", description="照原文录入")
    upper_due_at: Annotated[AwareDatetime | None, Countable, BlankIsNone] = Field(
        None, title="要求报告的时间", description="不填的按规定时限"
    )
    matters: list[Number] = Field(
        default_factory=list, max_length=50, title="涉及的件", description="编号；几件用逗号隔开"
    )
    attachments: Annotated[list[UUID], Field(default_factory=list, max_length=20, title="原件扫描页")]

    _numbers = field_validator("matters")(upper)


class Assign(Input):
    """分解任务: one supervision for each unit."""

    leads: Annotated[list[Key], Options(options.handlers)] = Field(title="承办单位", min_length=1, max_length=30)
    requirement: Annotated[str, LongText(3000, 4)] = Field(title="任务要求", description="各单位要求不同的，分几次分解")
    days: Days = Field(None, title="几个工作日内反馈", description="不填的按规定时限", ge=1, le=90)
    matters: list[Number] = Field(
        default_factory=list, max_length=50, title="涉及的件", description="编号；几件用逗号隔开"
    )

    _numbers = field_validator("matters")(upper)


class Gather(Input):
    """The system's own step when no task is open any more."""


class Report(Input):
    report: Annotated[str, LongText(8000, 10)] = Field(title="办理情况报告", description="报给批示人或交办单位")
    attachments: Files


class InstructAgain(Input):
    text: Annotated[str, LongText(3000, 2)] = Field(title="再次批示的内容")
    upper_due_at: Annotated[AwareDatetime | None, Countable, BlankIsNone] = Field(None, title="要求报告的时间")
    attachments: Annotated[list[UUID], Field(default_factory=list, max_length=20, title="原件扫描页")]
