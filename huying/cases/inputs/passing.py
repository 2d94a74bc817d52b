"""Inputs of passing a case down and up, of looking on site, and of another officer."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from huying.cases import options
from huying.cases.inputs.words import Files, Key
from huying.kernel.inputs import BlankIsNone, Input, LongText, More, OneLine, Options


class PassDown(Input):
    """转下级办理."""

    to: Annotated[Key, Options(options.community_units)] = Field(title="转给哪个社区", min_length=1)
    task: Annotated[str, LongText(2000, 4)] = Field(title="要办什么", description="要做的事和要带回的结果")
    lead_too: bool = Field(
        False, title="主办责任一并转移", description="不勾选的，办好后交回，由本单位提交办理结果；时限和考核仍算本单位"
    )


class PassUp(Input):
    """转上级办理."""

    reason: Annotated[str, LongText(2000, 4)] = Field(title="为什么转上级", description="做过什么、为什么本级办不了")
    attachments: Files
    lead_too: bool = Field(
        False, title="主办责任一并转移", description="不勾选的，街道办好后交回，由本社区提交办理结果；考核仍算本社区"
    )


class TakeOn(Input):
    """接收转办."""

    officer: Annotated[str, OneLine(40, 1, free=True)] = Field(title="经办人")


class GiveBack(Input):
    """交回."""

    result: Annotated[str, LongText(5000, 4)] = Field(
        title="办理情况或退回原因", description="做了什么、结果如何；没有接收就交回的，写明为什么不该转来"
    )
    attachments: Files


class TakeBack(Input):
    """收回."""

    reason: Annotated[str, LongText(1000, 4)] = Field(title="为什么收回")


class SendToGrid(Input):
    """请网格员现场核查."""

    grid: Annotated[Key, Options(options.grids)] = Field(title="哪个网格", min_length=1)
    task: Annotated[str, LongText(1000, 4)] = Field(title="去看什么")


class ReportCheck(Input):
    """报回核查情况."""

    true: bool = Field(title="反映的情况是否属实")
    found: Annotated[str, LongText(2000, 4)] = Field(title="看到的情况")
    attachments: Files
    lon: Annotated[float | None, BlankIsNone, More()] = Field(
        None, title="经度", description="按“填上我现在的位置”自动填写", ge=-180, le=180, allow_inf_nan=False
    )
    lat: Annotated[float | None, BlankIsNone, More()] = Field(
        None, title="纬度", description="按“填上我现在的位置”自动填写", ge=-90, le=90, allow_inf_nan=False
    )

    @model_validator(mode="after")
    def whole_point(self) -> ReportCheck:
        if (self.lon is None) != (self.lat is None):
            raise PydanticCustomError("half_point", "经度和纬度要同时填写，或者都不填")
        return self


class CallOffCheck(Input):
    """取消核查."""

    reason: Annotated[str, LongText(1000, 2)] = Field(title="为什么取消")


class Reassign(Input):
    """改派经办人."""

    post: Annotated[Key, Options(options.no_posts)] = Field(title="改由谁经办", min_length=1)
    reason: Annotated[str, LongText(1000)] = Field("", title="说明")
    officer: Annotated[str, OneLine(40, free=True)] = Field("", title="经办人", description="由系统按所选的人填写")
