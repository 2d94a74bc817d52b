"""Parts that several inputs share."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field
from pydantic_core import PydanticCustomError

from huying.people.phones import NOT_A_PHONE, could_be_reached, problem_of

Key = Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z0-9_.\-]*$")]
Files = Annotated[list[UUID], Field(default_factory=list, max_length=20, title="附件")]
AS_WRITTEN = "as_written"  # in the context of a validation: numbers of phones come from a table, nobody is there to ask


def phone(value: str, *, as_written: bool = False) -> str:
    if value and (problem := problem_of(value)):
        if not as_written:
            raise PydanticCustomError("phone", problem)
        if not could_be_reached(value):
            raise PydanticCustomError("phone", NOT_A_PHONE)
    return value
