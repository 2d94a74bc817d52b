"""Taking a step back: what a case has to put back beside its state, its clocks and its messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from huying.cases.business import BUSINESS
from huying.cases.models import Case, Resolution
from huying.cases.steps.handling import load_proposals, proposal_of
from huying.cases.steps.particulars import case_of, figures, load
from huying.cases.steps.sorting import TITLE_BEFORE
from huying.kernel.bulk import update_rows
from huying.kernel.errors import Conflict
from huying.matters.flow import Change
from huying.matters.models import Words
from huying.matters.undoing import refuse_all_but_slips
from huying.people.directory import directory


def check_recall_triage(changes: Sequence[Change]) -> None:
    load(changes)
    refuse_all_but_slips(changes)
    titles = _words(changes, TITLE_BEFORE)
    for change in changes:
        before = _before(change)
        if not before.get("business", True):
            change.unmark(BUSINESS)
        change.facts |= figures(change)
        case = case_of(change)
        change.set(
            subkind=before.get("kind", ""),
            category=before.get("category", ""),
            urgency=before.get("urgency", change.matter.urgency),
            title=titles.get(change.matter.pk, change.matter.title),
            street_id=before.get("street"),
            community_id=before.get("community"),
            grid_id=before.get("grid"),
        )
        case.located_by = str(before.get("located_by", case.located_by))
        case.triaged_by_id = before.get("triaged_by")  # type: ignore[assignment]
        tags, due = before.get("tags"), before.get("upper_due_at")
        case.tags = tags if isinstance(tags, list) else []
        case.upper_due_at = datetime.fromisoformat(due) if isinstance(due, str) else None


def _before(change: Change) -> Mapping[str, object]:
    """What the line that is taken back remembers; a line from before it remembered anything cannot be taken back."""
    before = change.undone.facts.get("before") if change.undone else None
    if not isinstance(before, dict):
        change.refuse(Conflict("这一步没有留下撤回所需的记录，不能撤回。", code="nothing_to_undo"))
        return {}
    return before


def _words(changes: Sequence[Change], field: str) -> dict[int, str]:
    """What the lines that are taken back keep under this name, by matter."""
    lines = {(c.matter.pk, c.undone.seq) for c in changes if c.undone}
    rows = Words.objects.filter(matter_id__in=[pk for pk, _ in lines], field=field, erased_at=None)
    return {row.matter_id: row.text for row in rows if (row.matter_id, row.seq) in lines}


def check_recall_dispatch(changes: Sequence[Change]) -> None:
    """To whomever it was given, it had been nobody's before: `TRIAGED` is never reached with a unit."""
    load(changes)
    refuse_all_but_slips(changes)
    centre = directory().centre.id
    for change in changes:
        change.facts |= figures(change)
        change.set(lead_id=None, holder_id=centre, holder_user_id=None, co_handlers=[])


def check_recall_acknowledge(changes: Sequence[Change]) -> None:
    load(changes)
    refuse_all_but_slips(changes)
    for change in changes:
        before = _before(change)
        change.facts |= figures(change)
        change.set(
            first_holder_id=before.get("first_holder", change.matter.first_holder_id),
            holder_user_id=None,
        )


def record_recall_acknowledge(changes: Sequence[Change]) -> None:
    """Whoever was in charge of the round before is so again."""
    rows = Words.objects.filter(matter_id__in=[c.matter.pk for c in changes], field="officer", erased_at=None)
    earlier: dict[int, list[str]] = {}
    undone = {c.matter.pk: c.undone.seq for c in changes if c.undone}
    for row in rows.order_by("seq"):
        if row.seq < undone[row.matter_id]:
            earlier.setdefault(row.matter_id, []).append(row.text)
    update_rows(Case, ("officer",), [(pk, earlier.get(pk, [""])[-1]) for pk in undone])


def check_recall_question(changes: Sequence[Change]) -> None:
    load(changes)
    refuse_all_but_slips(changes)
    for change in changes:
        change.facts |= figures(change)


def check_withdraw_proposal(changes: Sequence[Change]) -> None:
    """As long as the chief has not decided: the chief's own step would find it gone."""
    load_proposals(changes)
    for change in changes:
        change.facts |= figures(change, proposal_of(change).round)


def record_withdraw_proposal(changes: Sequence[Change]) -> None:
    update_rows(
        Resolution,
        ("withdrawn_at", "withdrawn_by"),
        [(proposal_of(c).pk, c.at, c.actor.user_id) for c in changes],
    )
