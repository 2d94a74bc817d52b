"""The case rows of a batch, read once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from huying.cases.models import Case
from huying.kernel.inputs import Input
from huying.matters.flow import Change

I = TypeVar("I", bound=Input)  # noqa: E741


def load(changes: Sequence[Change]) -> None:
    """Put its `Case` into each change. The matters are locked, so the rows stand still."""
    cases = Case.objects.in_bulk([c.matter.pk for c in changes])
    for change in changes:
        change.particulars = cases[change.matter.pk]


def case_of(change: Change) -> Case:
    assert isinstance(change.particulars, Case)
    return change.particulars


def data_of(change: Change, kind: type[I]) -> I:
    """The change's input with its type."""
    assert isinstance(change.data, kind)
    return change.data
