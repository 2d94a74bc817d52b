"""Inputs of the same person raising the same thing once more."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from huying.cases.inputs.words import Files
from huying.kernel.inputs import Input, LongText


class Repeat(Input):
    """再次反映: no case of its own; what was said goes to the one that is under way."""

    text: Annotated[str, LongText(5000, 1)] = Field(title="这次反映了什么")
    attachments: Files


class CountRepeats(Input):
    """The system's own step when cases have come in that repeat this one."""

    repeats: int = Field(title="又反映", ge=1)
