"""Inputs of going along with another case."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from huying.kernel.inputs import (
    Input,
    LongText,
    OneLine,
)


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
