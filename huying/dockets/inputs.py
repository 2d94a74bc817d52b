"""What each step of a docket and of its work needs."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from huying.dockets import options
from huying.dockets.enums import DocketKind
from huying.kernel.inputs import BlankIsNone, Countable, Input, LongText, More, OneLine, Options, Past

MOST_AT_ONCE = 200  # matters added in one step

Key = Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z0-9_.\-]*$")]
Files = Annotated[list[UUID], Field(default_factory=list, max_length=20, title="附件")]
Numbers = Annotated[list[Annotated[str, OneLine(40, 1)]], Field(max_length=MOST_AT_ONCE)]
Days = Annotated[Annotated[int, Field(ge=1, le=250)] | None, BlankIsNone]


class Draft(Input):
    """提出议题."""

    kind: DocketKind = Field(DocketKind.JOINT, title="议题类型")
    title: Annotated[str, OneLine(80, 4, free=True)] = Field(title="议题名称")
    text: Annotated[str, LongText(10_000, 4)] = Field(
        title="问题和诉求", description="是什么问题、涉及哪里、为什么要联合解决"
    )
    numbers: Numbers = Field(
        default_factory=list, title="有关事项", description="事项编号，可以写几个，用顿号或空格隔开"
    )
    attachments: Files


class Revise(Input):
    """修改草稿."""

    kind: DocketKind = Field(title="议题类型")
    title: Annotated[str, OneLine(80, 4, free=True)] = Field(title="议题名称")
    text: Annotated[str, LongText(10_000, 4)] = Field(title="问题和诉求")


class Open(Input):
    """立项: who leads, who is in charge, who takes part, until when."""

    lead: Annotated[Key, Options(options.handlers)] = Field(title="牵头单位", min_length=1)
    leader: Annotated[Key, Options(options.leaders)] = Field(
        "", title="包案领导", description="领导包案的议题必须指定，由包案领导验收"
    )
    members: Annotated[list[Key], Options(options.member_units)] = Field(
        default_factory=list, title="成员单位", max_length=40
    )
    days: Days = Field(None, title="办结时限", description="多少个工作日；不填按时限表")
    note: Annotated[str, LongText(2000)] = Field("", title="立项意见")


class Adjust(Input):
    """调整分工."""

    lead: Annotated[Key, Options(options.handlers)] = Field(title="牵头单位", min_length=1)
    leader: Annotated[Key, Options(options.leaders)] = Field("", title="包案领导")
    members: Annotated[list[Key], Options(options.member_units)] = Field(
        default_factory=list, title="成员单位", max_length=40
    )
    reason: Annotated[str, LongText(1000, 2)] = Field(title="为什么调整")


class TakeUp(Input):
    """启动办理."""

    officer: Annotated[str, OneLine(40, 1, free=True)] = Field(title="经办人")
    plan: Annotated[str, LongText(5000)] = Field("", title="工作安排")


class AddMatters(Input):
    numbers: Numbers = Field(title="事项编号", description="可以写几个，用顿号、空格或换行隔开", min_length=1)
    note: Annotated[str, LongText(1000)] = Field("", title="说明")


class RemoveMatters(Input):
    numbers: Numbers = Field(title="事项编号", min_length=1)
    reason: Annotated[str, LongText(1000, 2)] = Field(title="为什么移出")


class PlanMeeting(Input):
    at: Annotated[AwareDatetime, Countable] = Field(title="会议时间")
    place: Annotated[str, OneLine(100, 2)] = Field(title="地点")
    agenda: Annotated[str, LongText(5000, 4)] = Field(title="议程")
    invited: Annotated[list[Key], Options(options.none)] = Field(
        title="邀请单位", description="都是成员单位；要请别的单位，先由区中心调整分工", min_length=1
    )
    attachments: Files


class CancelMeeting(Input):
    reason: Annotated[str, LongText(1000, 2)] = Field(title="为什么取消")


class AnswerInvitation(Input):
    attending: bool = Field(title="是否参加")
    who: Annotated[str, OneLine(60, free=True)] = Field("", title="参会人员", description="姓名和职务")
    note: Annotated[str, LongText(500)] = Field("", title="说明", description="不能参加的请写明原因")


class HoldMeeting(Input):
    """登记纪要."""

    at: Annotated[AwareDatetime, Countable, Past] = Field(title="开会时间")
    chair: Annotated[str, OneLine(60, 2, free=True)] = Field(title="主持人", description="姓名和职务")
    attended: Annotated[list[Key], Options(options.none)] = Field(title="到会单位", min_length=1)
    minutes: Annotated[str, LongText(20_000, 10)] = Field(
        title="会议内容", description="按段落写，导出纪要时一段一行；议定事项另行登记，会自动列入纪要"
    )
    attachments: Files


class Decide(Input):
    """议定事项: becomes work of its own."""

    meeting: Annotated[Key, Options(options.none)] = Field("", title="哪次会议", description="会外交办的不选")
    text: Annotated[str, LongText(2000, 4)] = Field(title="议定事项", description="做什么、做到什么程度")
    owner: Annotated[Key, Options(options.handlers)] = Field(title="责任单位", min_length=1)
    days: Days = Field(None, title="时限", description="多少个工作日反馈；不填按时限表")


class ProposeResult(Input):
    result: Annotated[str, LongText(10_000, 10)] = Field(title="办理成效", description="解决了什么，还留下什么")
    attachments: Files


class SendBack(Input):
    reason: Annotated[str, LongText(1000, 4)] = Field(title="退回原因")


class Accept(Input):
    note: Annotated[str, LongText(1000)] = Field("", title="验收意见")


class Withdraw(Input):
    reason: Annotated[str, LongText(1000, 4)] = Field(title="撤销原因")


class Succeed(Input):
    """An organisation that held it, leads it or takes part is no more."""


# --- tracked work ----------------------------------------------------------------------------------------------------


class Assign(Input):
    """A decision becomes work; taken by the step of the docket that decides."""

    docket: Annotated[str, OneLine(40, 1)] = Field(title="议题")
    meeting: int | None = Field(None, title="会议")
    text: Annotated[str, LongText(2000, 4)] = Field(title="议定事项")
    owner: Annotated[Key, Options(options.handlers)] = Field(title="责任单位", min_length=1)
    days: Days = Field(None, title="时限")


class Report(Input):
    """反馈进展."""

    text: Annotated[str, LongText(5000, 4)] = Field(title="进展情况")
    attachments: Files


class FeedBack(Input):
    """反馈结果."""

    done: Annotated[str, LongText(5000, 4)] = Field(title="落实情况", description="做了什么、结果如何")
    attachments: Files


class SendWorkBack(Input):
    reason: Annotated[str, LongText(1000, 4)] = Field(title="退回原因")
    days: Annotated[Days, More()] = Field(None, title="重新反馈的时限", description="多少个工作日；不填按时限表")


class GiveUp(Input):
    reason: Annotated[str, LongText(1000, 4)] = Field(title="为什么不再办")
