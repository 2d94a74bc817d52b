"""Inputs of serving an enterprise."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from huying.cases import options
from huying.cases.enums import Means
from huying.cases.inputs.words import Files, Key
from huying.kernel.inputs import Countable, Input, LongText, OneLine, Options, YesNo


class NameManager(Input):
    """The system looks up who serves."""


class SetManager(Input):
    """指定服务专员."""

    post: Annotated[Key, Options(options.no_posts)] = Field(title="由谁服务", min_length=1)
    phone: Annotated[str, OneLine(40)] = Field("", title="办公电话", description="企业看得到；不填用单位值班电话")


class NoteService(Input):
    """服务记录: one contact with the enterprise."""

    at: Annotated[AwareDatetime, Countable] = Field(title="联系时间")
    means: Means = Field(title="联系方式")
    reached: Annotated[bool, YesNo("联系上了", "没有联系上")] = Field(title="联系结果")
    note: Annotated[str, LongText(2000, 4)] = Field(
        title="服务情况", description="企业说了什么，答应了什么，帮了什么忙"
    )
    attachments: Files
