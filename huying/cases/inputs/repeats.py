"""Inputs of the same person raising the same thing once more."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from huying.cases.inputs.words import Files
from huying.kernel.inputs import Input, LongText, OneLine


class Repeat(Input):
    """再次反映: no case of its own; what was said goes to the one that is under way."""

    text: Annotated[str, LongText(5000, 1)] = Field(title="这次反映了什么")
    attachments: Files


class MarkRepeat(Input):
    """记为重复件: it came in by itself, and is found to be what the same person had raised before."""

    earlier: Annotated[str, OneLine(40, 1)] = Field(title="原来是哪一件", description="同一诉求人先前那一件的编号")
    note: Annotated[str, LongText(1000)] = Field("", title="说明")


class CountRepeats(Input):
    """The system's own step when cases have come in that repeat this one."""
