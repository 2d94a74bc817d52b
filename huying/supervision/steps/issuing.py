"""Issuing a supervision, giving it to another unit, and ending it."""

from __future__ import annotations

from collections.abc import Sequence

from huying.kernel.bulk import insert_rows, update_rows
from huying.kernel.errors import Invalid
from huying.kernel.search import index_text
from huying.matters.flow import Change
from huying.matters.models import Matter
from huying.matters.scopes import scope_of
from huying.people.directory import directory
from huying.supervision import inputs
from huying.supervision.enums import COLOUR_OF, Rung
from huying.supervision.models import SupervisedMatter, Supervision
from huying.supervision.steps.documents import Drawn, issue_documents
from huying.supervision.steps.particulars import data_of, figures, handler_by, load, refuse_draft, supervision_of

ABOUT = "about"  # in `Change.extra`: ids of the matters it is about
PARENT = "parent"  # … the instruction it is a task of


def check_issue(changes: Sequence[Change]) -> None:
    matters, parents = _named(changes)
    for change in changes:
        data = data_of(change, inputs.Issue)
        lead = handler_by(data.lead)
        if lead is None:
            change.refuse(Invalid("没有这个单位。", fields={"lead": ["没有这个单位，请重新选择"]}))
            continue
        _tie(change, data.matters, matters)
        if data.instruction:
            parent = parents.get(data.instruction)
            if parent is None or parent.closed_at is not None:
                change.refuse(Invalid("没有这件在办的交办件。", fields={"instruction": ["没有这件在办的交办件"]}))
                continue
            change.extra[PARENT] = parent.pk
        rung = Rung(data.rung.value)
        colour = data.colour or COLOUR_OF[rung]
        change.particulars = Supervision(
            instruction_id=change.extra.get(PARENT),
            rung=rung.value,
            colour=colour.value,
            source=data.source,
            upper_due_at=data.upper_due_at,
        )
        change.set(
            title=data.title,
            subkind=data.kind.value,
            channel="",
            holder_id=lead.id,
            first_holder_id=lead.id,
            lead_id=lead.id,
        )
        change.facts["colour"] = colour.value
        change.document = index_text(data.title, data.requirement, data.source, *data.matters)
        _limit(change, data.days)


def _named(changes: Sequence[Change]) -> tuple[dict[str, Matter], dict[str, Matter]]:
    """Matters that are named by number: what is supervised, and instructions."""
    wanted: set[str] = set()
    for change in changes:
        data = data_of(change, inputs.Issue)
        wanted |= {*data.matters, *([data.instruction] if data.instruction else [])}
    rows = list(Matter.objects.filter(number__in=wanted)) if wanted else []
    return supervisable(rows), {row.number: row for row in rows if row.kind == "instruction"}


def supervisable(rows: Sequence[Matter]) -> dict[str, Matter]:
    """By number: anything but what is supervision itself."""
    return {row.number: row for row in rows if row.kind not in ("supervision", "instruction")}


def _tie(change: Change, numbers: Sequence[str], matters: dict[str, Matter]) -> None:
    refuse_unknown(change, numbers, matters)
    change.extra[ABOUT] = [matters[n].pk for n in numbers if n in matters]


def refuse_unknown(change: Change, numbers: Sequence[str], matters: dict[str, Matter]) -> None:
    """What is not there and what this actor may not see sound the same."""
    scope = scope_of(change.actor)
    unknown = [n for n in numbers if n not in matters or not scope.allows(change.actor, matters[n])]
    if unknown:
        sentence = f"没有这些件，或者您的岗位无权查看：{'、'.join(unknown)}"
        change.refuse(Invalid(f"{sentence}。", code="no_matter", fields={"matters": [sentence]}))


def _limit(change: Change, days: int | None) -> None:
    row = supervision_of(change)
    if days is not None:
        change.limits["feedback"] = (days, "working_days")
    if row.upper_due_at is not None:
        change.ceilings["feedback"] = row.upper_due_at


def record_issue(changes: Sequence[Change]) -> None:
    insert_rows(
        Supervision,
        ("matter", "instruction", "rung", "colour", "source", "upper_due_at", "officer"),
        [
            (c.matter.pk, s.instruction_id, s.rung, s.colour, s.source, s.upper_due_at, "")
            for c in changes
            for s in (supervision_of(c),)
        ],
    )
    pairs = [(c.matter.pk, about) for c in changes for about in _about(c)]
    insert_rows(SupervisedMatter, ("supervision", "matter"), pairs)
    issue_documents([Drawn(c, Rung(supervision_of(c).rung)) for c in changes])


def _about(change: Change) -> list[int]:
    found = change.extra.get(ABOUT)
    return found if isinstance(found, list) else []


# --- to another unit -------------------------------------------------------------------------------------------------


def check_hand_back(changes: Sequence[Change]) -> None:
    load(changes)
    centre = directory().centre.id
    for change in changes:
        change.facts |= figures(change)
        change.set(holder_id=centre, holder_user_id=None)


def check_readdress(changes: Sequence[Change]) -> None:
    """Whoever had it sees it no more."""
    load(changes)
    for change in changes:
        data = data_of(change, inputs.Readdress)
        lead = handler_by(data.lead)
        if lead is None:
            change.refuse(Invalid("没有这个单位。", fields={"lead": ["没有这个单位，请重新选择"]}))
            continue
        if lead.id == change.matter.holder_id:
            change.refuse(Invalid("现在就由这个单位办理。", fields={"lead": ["现在就由这个单位办理，请选择别的单位"]}))
            continue
        refuse_draft(change)
        change.facts |= {**figures(change), "lead": lead.code}
        change.set(holder_id=lead.id, lead_id=lead.id, holder_user_id=None)
        _limit(change, data.days)


def record_readdress(changes: Sequence[Change]) -> None:
    """The new unit gets a document of its own, and begins no higher than with a notice: it has not been talked to."""
    rows, drawn = [], []
    for change in changes:
        row = supervision_of(change)
        rung = min(Rung(row.rung), Rung.NOTICE)
        rows.append((change.matter.pk, "", rung.value, row.colour if rung == row.rung else COLOUR_OF[rung].value))
        drawn.append(Drawn(change, rung))
    update_rows(Supervision, ("officer", "rung", "colour"), rows)
    issue_documents(drawn)


def check_succeed(changes: Sequence[Change]) -> None:
    """Whoever has taken over goes on; where nobody has, somebody must be found."""
    load(changes)
    book = directory()
    for change in changes:
        matter = change.matter
        holder, heir = book.by_id[matter.holder_id], book.heir_of(matter.holder_id)
        change.facts |= {**figures(change), "dissolved": holder.code}
        if heir is None:
            change.choose("unassigned")
            change.set(holder_id=book.centre.id, holder_user_id=None, lead_id=matter.lead_id)
            continue
        change.facts["heir"] = heir.code
        change.set(holder_id=heir.id, holder_user_id=None, lead_id=heir.id)


# --- the end ---------------------------------------------------------------------------------------------------------


def check_cancel(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        refuse_draft(change)
        change.facts |= figures(change)
        change.set(holder_id=change.matter.lead_id or change.matter.holder_id, holder_user_id=None)
