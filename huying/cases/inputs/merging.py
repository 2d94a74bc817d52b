"""Inputs of merging cases that had gone their own ways."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from huying.kernel.inputs import (
    Countable,
    Input,
    LongText,
    OneLine,
)


class Merge(Input):
    """并案: it goes along with another from now on."""

    main: Annotated[str, OneLine(40, 1)] = Field(title="并到哪一件", description="主件的编号；由它的单位办理，一起答复")
    note: Annotated[str, LongText(1000)] = Field("", title="并案说明", description="承办单位在办理记录里看到")


class Follow(Input):
    """The system's own step when the main case has itself been merged, or is no longer."""


class Tighten(Input):
    """The system's own step when what was merged has an earlier deadline of the upper level."""

    upper_due_at: Annotated[AwareDatetime, Countable] = Field(title="上级要求的办结时间")
