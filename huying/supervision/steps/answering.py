"""What the addressed unit does, and what the centre says to it."""

from __future__ import annotations

from collections.abc import Sequence

from huying.kernel.bulk import update_rows
from huying.kernel.errors import Forbidden
from huying.matters.flow import Change
from huying.people.directory import directory
from huying.supervision import inputs
from huying.supervision.models import Supervision
from huying.supervision.steps.particulars import data_of, figures, load, refuse_draft, supervision_of


def check_acknowledge(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        change.facts |= figures(change)
        change.set(holder_user_id=change.actor.user_id)


def record_acknowledge(changes: Sequence[Change]) -> None:
    rows = [(c.matter.pk, data_of(c, inputs.Acknowledge).officer) for c in changes]
    update_rows(Supervision, ("officer",), rows)


def check_feedback(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        change.facts |= figures(change)


def record_feedback(changes: Sequence[Change]) -> None:
    update_rows(Supervision, ("fed_back_by",), [(c.matter.pk, c.actor.user_id) for c in changes])


def check_send_back(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        change.facts |= figures(change)


def check_endorse(changes: Sequence[Change]) -> None:
    """The chief sees what leaves the house; nobody passes the own feedback on."""
    load(changes)
    centre = directory().centre.id
    for change in changes:
        author = supervision_of(change).fed_back_by_id
        if author is not None and author == change.actor.user_id:
            change.refuse(Forbidden("不能审核自己提交的反馈，请由另一位负责人审核。", code="own_feedback"))
        change.facts |= figures(change)
        change.set(holder_id=centre, holder_user_id=None)


def check_accept(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        refuse_draft(change)
        change.facts |= figures(change) | {"returned": change.matter.rework_count}
        change.set(holder_id=change.matter.lead_id, holder_user_id=None)


def check_return(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        row, matter = supervision_of(change), change.matter
        change.facts |= figures(change)
        change.set(holder_id=matter.lead_id, holder_user_id=None, rework_count=matter.rework_count + 1)
        if row.upper_due_at is not None and row.upper_due_at > change.at:
            change.ceilings["rework"] = row.upper_due_at
