"""What each step of a need asks for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Self
from uuid import UUID

from django.db import models
from pydantic import AwareDatetime, Field, model_validator

from huying.dockets.pool.access import communities
from huying.dockets.pool.matching import active_services
from huying.kernel.inputs import (
    BlankIsNone,
    Countable,
    Input,
    LongText,
    More,
    OneLine,
    Options,
    Personal,
    WrittenDay,
    beside,
)
from huying.matters.enums import Urgency


def none() -> Sequence[tuple[str, str]]:
    """Of fields whose choices depend on the need."""
    return ()


Key = Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z0-9_.\-]*$")]
Files = Annotated[list[UUID], Field(default_factory=list, max_length=20, title="附件")]
Quantity = Annotated[int, Field(ge=1, le=10_000)]
Moment = Annotated[AwareDatetime, Countable]
Day = Annotated[Annotated[date, WrittenDay] | None, BlankIsNone]


class Stars(models.TextChoices):
    FIVE = "5", "五星：非常满意"
    FOUR = "4", "四星：满意"
    THREE = "3", "三星：一般"
    TWO = "2", "二星：不满意"
    ONE = "1", "一星：没有解决"


class _Wanted(Input):
    title: Annotated[str, OneLine(60, 4, free=True)] = Field(
        title="需要什么", description="一句话，例如“独居老人家里水管漏水”"
    )
    text: Annotated[str, LongText(2000, 4)] = Field(
        title="具体情况", description="要做什么、注意什么；不写个人的姓名和电话"
    )
    where: Annotated[str, OneLine(100, free=True)] = Field("", title="地点")
    wanted_from: Moment = Field(title="希望从")
    wanted_until: Moment = Field(title="最迟到")
    quantity: Quantity = Field(1, title="数量", description="次、人或户")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.wanted_until <= self.wanted_from:
            raise beside(["wanted_until"], "order", "要晚于“希望从”")
        return self


class Raise(_Wanted):
    """提出需求."""

    service: Annotated[Key, Options(active_services)] = Field(title="服务类别", min_length=1)
    community: Annotated[Key, Options(communities)] = Field(title="社区", min_length=1)
    urgency: Urgency = Field(Urgency.NORMAL, title="紧急程度")
    person_name: Annotated[str, OneLine(60), Personal()] = Field("", title="受助人或现场联系人")
    person_phone: Annotated[str, OneLine(40), Personal()] = Field(
        "", title="联系电话", description="只有提出的社区和认领的单位能查看，查看留痕"
    )
    origin: Annotated[str, OneLine(40), More()] = Field(
        "", title="由哪一件引起", description="诉求件、呼叫等的编号，没有的不填"
    )
    attachments: Files


class Revise(_Wanted):
    """修改需求."""


class Ask(Input):
    """请人认领."""

    offer: Annotated[Key, Options(none)] = Field(title="请谁来做", min_length=1, description="最合适的排在前面")
    planned_on: Day = Field(None, title="约在哪天", description="不填由认领的单位定")
    note: Annotated[str, LongText(1000)] = Field("", title="要说明的")


class Claim(Input):
    """认领."""

    offer: Annotated[Key, Options(none)] = Field(title="用哪项资源", min_length=1)
    planned_on: Annotated[date, WrittenDay] = Field(title="哪天去做")
    who: Annotated[str, OneLine(60, free=True)] = Field("", title="谁去做", description="姓名或班组")
    note: Annotated[str, LongText(1000)] = Field("", title="要说明的")


class Decline(Input):
    reason: Annotated[str, LongText(1000, 4)] = Field(title="为什么不能承接")


class Report(Input):
    """反馈进展."""

    text: Annotated[str, LongText(2000, 4)] = Field(title="进展情况")
    attachments: Files


class Finish(Input):
    """报告完成."""

    text: Annotated[str, LongText(2000, 4)] = Field(title="做了什么", description="结果怎样，还留下什么")
    people: Annotated[int, Field(ge=1, le=10_000)] = Field(1, title="参加人数")
    hours: Annotated[float, Field(gt=0, le=99_999)] = Field(
        title="服务时长", description="所有人加起来多少小时，例如 2 人各 1.5 小时填 3"
    )
    attachments: Files


class Confirm(Input):
    """确认完成."""

    rating: Stars = Field(title="评价")
    hours: Annotated[Annotated[float, Field(ge=0, le=99_999)] | None, BlankIsNone, More()] = Field(
        None, title="核定时长", description="小时；不填按报告的时长"
    )
    note: Annotated[str, LongText(1000)] = Field("", title="评价意见")


class SendBack(Input):
    reason: Annotated[str, LongText(1000, 4)] = Field(title="还有什么没有做好")


class GiveUp(Input):
    reason: Annotated[str, LongText(1000, 4)] = Field(title="为什么没有对接上")


class Withdraw(Input):
    reason: Annotated[str, LongText(1000, 4)] = Field(title="撤销原因")


class Succeed(Input):
    """An organisation that raised it, was asked or has taken it on is no more."""
