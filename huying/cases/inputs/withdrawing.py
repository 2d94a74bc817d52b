"""Inputs of a reporter's taking a case back, and of what becomes of those who went along with it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from huying.cases.enums import Means
from huying.kernel.inputs import BlankIsNone, Input, LongText, OneLine


class Withdraw(Input):
    """撤诉: the reporter wants no more to be done."""

    means: Annotated[Means | None, BlankIsNone] = Field(
        None, title="诉求人怎么说的", description="诉求人以什么方式要求撤诉；由工作人员登记的必填"
    )
    reason: Annotated[str, LongText(1000)] = Field(
        "", title="撤诉原因", description="诉求人的原话；由工作人员登记的必填"
    )


class LeadOn(Input):
    """The system's own step when the case that others went along with has been taken back."""

    main: Annotated[str, OneLine(40, 1)] = Field(title="原来并入的件")


class FollowOn(Input):
    """The system's own step: it goes along with another one from now on."""

    main: Annotated[str, OneLine(40, 1)] = Field(title="改为并入")
