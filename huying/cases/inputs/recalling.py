"""Inputs of taking back."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from huying.kernel.inputs import (
    Input,
    LongText,
)


class Recall(Input):
    """撤回: the step before is taken back as if it had not been."""


class WithdrawProposal(Input):
    reason: Annotated[str, LongText(1000)] = Field("", title="撤回原因", description="可以不填")
