"""What each step of a call-out and of a response needs."""

from __future__ import annotations

from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator
from pydantic_core import PydanticCustomError

from huying.callouts import options
from huying.callouts.enums import DeclineReason, Justified, Purpose, Solved, Verdict
from huying.cases.enums import Satisfaction
from huying.kernel.inputs import BlankIsNone, Countable, Input, LongText, More, OneLine, Options

MOST_UNITS = 20  # called at once
MOST_CAUSES = 50  # matters that one call-out is linked to in one step

Key = Annotated[str, Field(max_length=60, pattern=r"^[A-Za-z0-9_.\-]*$")]
Files = Annotated[list[UUID], Field(default_factory=list, max_length=20, title="附件")]
Numbers = Annotated[list[Annotated[str, OneLine(40, 1)]], Field(max_length=MOST_CAUSES)]
Units = Annotated[list[Key], Options(options.callable_units), Field(max_length=MOST_UNITS)]
Degree = Annotated[float | None, BlankIsNone]


class Call(Input):
    """发起呼叫: who is called to where, for what."""

    purpose: Purpose = Field(title="呼叫类型")
    title: Annotated[str, OneLine(80, 4, free=True)] = Field(title="标题")
    text: Annotated[str, LongText(10_000, 4)] = Field(title="现场情况", description="发生了什么、有没有人受影响")
    wanted: Annotated[str, LongText(2000, 2)] = Field(title="需要什么", description="请被呼叫的单位做什么、带什么")
    units: Units = Field(title="呼叫哪些单位", min_length=1)
    address: Annotated[str, OneLine(200)] = Field("", title="地点")
    lon: Degree = Field(None, title="经度", description="WGS-84", ge=-180, le=180, allow_inf_nan=False)
    lat: Degree = Field(None, title="纬度", description="WGS-84", ge=-90, le=90, allow_inf_nan=False)
    wanted_at: Annotated[AwareDatetime | None, Countable, BlankIsNone] = Field(None, title="希望何时到场")
    numbers: Numbers = Field(
        default_factory=list, title="关联事项", description="引起这次呼叫的诉求件等的编号，可以写几个"
    )
    attachments: Files

    @model_validator(mode="after")
    def whole_point(self) -> Self:
        if (self.lon is None) != (self.lat is None):
            raise PydanticCustomError("half_point", "经度和纬度要同时填写，或者都不填")
        return self


class Draft(Call):
    submit: bool = Field(True, title="马上提交", description="不勾选的先存为草稿")


class Revise(Call):
    """修改草稿."""


class Submit(Input):
    """提交研判."""


class Analyse(Input):
    """分析研判: kind, units, and whether it repeats another call."""

    purpose: Purpose = Field(title="呼叫类型")
    units: Units = Field(title="呼叫哪些单位", min_length=1)
    note: Annotated[str, LongText(1000)] = Field("", title="研判意见")


class SendBackDraft(Input):
    reason: Annotated[str, LongText(1000, 4)] = Field(title="退回原因")


class Approve(Input):
    note: Annotated[str, LongText(500)] = Field("", title="审批意见")


class AddUnits(Input):
    units: Units = Field(title="增加哪些单位", min_length=1)
    wanted: Annotated[str, LongText(2000, 2)] = Field(title="需要什么")


class Raise(Input):
    reason: Annotated[str, LongText(1000, 4)] = Field(title="为什么提级")


class LinkMatters(Input):
    numbers: Numbers = Field(title="事项编号", min_length=1)


class UnlinkMatters(Input):
    numbers: Numbers = Field(title="事项编号", min_length=1)
    reason: Annotated[str, LongText(500, 2)] = Field(title="为什么取消关联")


class Withdraw(Input):
    reason: Annotated[str, LongText(1000, 4)] = Field(title="撤回原因")


class TurnIntoDocket(Input):
    title: Annotated[str, OneLine(80, 4, free=True)] = Field(title="议题名称")
    reason: Annotated[str, LongText(2000, 4)] = Field(title="为什么要联合解决")


class HandOver(Input):
    target: Annotated[Key, Options(options.receivers)] = Field(title="移交去向", min_length=1)
    receipt: Annotated[str, OneLine(40)] = Field("", title="对方的编号")
    reason: Annotated[str, LongText(1000, 4)] = Field(title="移交原因")


class TakeOver(Input):
    """接收移交: a matter of another room becomes a call."""

    source: Annotated[str, OneLine(40, 1)] = Field(title="移交的事项")
    purpose: Purpose = Field(title="呼叫类型")
    title: Annotated[str, OneLine(80, free=True)] = Field(title="标题")
    text: Annotated[str, LongText(10_000)] = Field(title="现场情况")


class RaiseByClock(Input):
    """Nobody came in time."""

    unit: Annotated[str, OneLine(40)] = Field("", title="未响应的单位")


class Settle(Input):
    """What the responses have come to."""


class Succeed(Input):
    """An organisation that held it, called or was called is no more."""


# --- responses -------------------------------------------------------------------------------------------------------


class BeCalled(Input):
    """被呼叫; taken by the steps of the call-out that issue it or add units."""

    callout: Annotated[str, OneLine(40, 1)] = Field(title="呼叫")
    unit: Annotated[Key, Options(options.callable_units)] = Field(title="被呼叫单位", min_length=1)
    wanted: Annotated[str, LongText(2000)] = Field("", title="需要什么")


class Respond(Input):
    who: Annotated[str, OneLine(60, free=True)] = Field("", title="谁来", description="姓名和职务，可以不填")
    minutes: Annotated[Annotated[int, Field(ge=1, le=10_000)] | None, BlankIsNone] = Field(
        None, title="多少分钟到", description="可以不填"
    )
    note: Annotated[str, LongText(500)] = Field("", title="说明")


class TakeBack(Input):
    """撤回响应: a slip of the finger."""


class Decline(Input):
    cause: DeclineReason = Field(title="退出理由")
    reason: Annotated[str, LongText(2000, 4)] = Field(title="具体说明", description="写明依据")
    suggested: Annotated[Key, Options(options.callable_units)] = Field("", title="建议改呼哪个单位")
    attachments: Files


class Rule(Input):
    verdict: Verdict = Field(title="裁定")
    reason: Annotated[str, LongText(2000, 4)] = Field(title="裁定理由")
    instead: Annotated[Key, Options(options.callable_units)] = Field(
        "", title="改呼单位", description="同意退出的，可以同时改呼另一个单位"
    )


class Arrive(Input):
    note: Annotated[str, LongText(1000)] = Field("", title="到场情况")
    lon: Annotated[Degree, More()] = Field(None, title="经度", ge=-180, le=180, allow_inf_nan=False)
    lat: Annotated[Degree, More()] = Field(None, title="纬度", ge=-90, le=90, allow_inf_nan=False)
    attachments: Files


class Confer(Input):
    note: Annotated[str, LongText(2000, 2)] = Field(title="会商情况", description="和谁、怎么商量的")


class Handle(Input):
    plan: Annotated[str, LongText(2000)] = Field("", title="打算怎么办")


class Report(Input):
    text: Annotated[str, LongText(5000, 4)] = Field(title="进展情况")
    attachments: Files


class FeedBack(Input):
    done: Annotated[str, LongText(5000, 4)] = Field(title="办理结果", description="做了什么、结果如何")
    attachments: Files


class Accept(Input):
    note: Annotated[str, LongText(1000)] = Field("", title="验收意见")


class SendBack(Input):
    reason: Annotated[str, LongText(1000, 4)] = Field(title="退回原因")


class Rate(Input):
    """The caller rates the unit."""

    solved: Solved = Field(title="问题解决了吗")
    satisfaction: Satisfaction = Field(title="满意度")
    comment: Annotated[str, LongText(1000)] = Field("", title="评语")


class RateCaller(Input):
    """The unit rates the caller."""

    justified: Justified = Field(title="这次呼叫有必要吗")
    clear: Annotated[int, Field(ge=1, le=5)] = Field(title="情况说得清楚吗", description="一到五分")
    right_address: bool = Field(True, title="地点准确")
    comment: Annotated[str, LongText(1000)] = Field("", title="评语")


class Press(Input):
    note: Annotated[str, LongText(500)] = Field("", title="催办的话")


class RunOut(Input):
    """Nobody has come when the limit ran out."""


class EndRating(Input):
    """Whoever has not rated by now does not."""


class Cancel(Input):
    """The call-out has ended without it."""
