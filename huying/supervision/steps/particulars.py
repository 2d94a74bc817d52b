"""The rows of a batch beside its matters, read once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from huying.kernel.bulk import select_rows
from huying.kernel.errors import Conflict
from huying.kernel.inputs import Input
from huying.matters.flow import Change
from huying.people.directory import Listed, directory
from huying.supervision.enums import Rung
from huying.supervision.models import Instruction, Supervision

I = TypeVar("I", bound=Input)  # noqa: E741


def load(changes: Sequence[Change]) -> None:
    """Put its `Supervision` into each change. The matters are locked, so the rows stand still."""
    rows = select_rows(Supervision, '"matter_id" = ANY(%s)', [[c.matter.pk for c in changes]])
    found = {row.matter_id: row for row in rows}
    for change in changes:
        change.particulars = found[change.matter.pk]


def load_instructions(changes: Sequence[Change]) -> None:
    rows = select_rows(Instruction, '"matter_id" = ANY(%s)', [[c.matter.pk for c in changes]])
    found = {row.matter_id: row for row in rows}
    for change in changes:
        change.particulars = found[change.matter.pk]


def supervision_of(change: Change) -> Supervision:
    assert isinstance(change.particulars, Supervision)
    return change.particulars


def instruction_of(change: Change) -> Instruction:
    assert isinstance(change.particulars, Instruction)
    return change.particulars


def data_of(change: Change, kind: type[I]) -> I:
    """The change's input with its type."""
    assert isinstance(change.data, kind)
    return change.data


def figures(change: Change) -> dict[str, object]:
    """Facts that the figures of a unit need, as they stood before the step."""
    lead = directory().by_id.get(change.matter.lead_id or 0)
    row = supervision_of(change)
    return {
        "handler": lead.code if lead else "",
        "kind": change.matter.subkind,
        "rung": row.rung,
        "colour": row.colour,
    }


def handler_by(code: str) -> Listed | None:
    """A body that something can be given to, by its code."""
    listed = directory().by_code.get(code)
    return listed if listed in directory().handlers() else None


def refuse_draft(change: Change) -> None:
    """While a document waits to be signed nothing ends."""
    draft = supervision_of(change).draft
    if draft is not None:
        label = Rung(draft).label
        change.refuse(Conflict(f"还有一份{label}文书等着签发，请先签发或不予签发。", code="draft_waits"))
