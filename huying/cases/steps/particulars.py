"""The case rows of a batch, read once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from huying.cases.models import Case
from huying.kernel.bulk import select_rows
from huying.kernel.inputs import Input
from huying.matters.flow import Change
from huying.people.directory import directory

I = TypeVar("I", bound=Input)  # noqa: E741


def load(changes: Sequence[Change]) -> None:
    """Put its `Case` into each change. The matters are locked, so the rows stand still."""
    rows = select_rows(Case, '"matter_id" = ANY(%s)', [[c.matter.pk for c in changes]])
    cases = {case.matter_id: case for case in rows}
    for change in changes:
        change.particulars = cases[change.matter.pk]


def case_of(change: Change) -> Case:
    assert isinstance(change.particulars, Case)
    return change.particulars


def data_of(change: Change, kind: type[I]) -> I:
    """The change's input with its type."""
    assert isinstance(change.data, kind)
    return change.data


def figures(change: Change, round: int | None = None) -> dict[str, object]:
    """Facts that every published rate of a handler needs, as they stood before the step. `round`: of the `Case` that
    has been loaded, unless it is given."""
    lead = directory().by_id.get(change.matter.lead_id or 0)
    return {
        "handler": lead.code if lead else "",
        "category": change.matter.category,
        "kind": change.matter.subkind,
        "channel": change.matter.channel,
        "round": case_of(change).round if round is None else round,
    }
