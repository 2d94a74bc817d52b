"""A reporter takes a case back; whoever went along with it goes on."""

from __future__ import annotations

from collections.abc import Sequence

from huying.cases import inputs, withdrawals
from huying.cases.enums import LinkKind
from huying.cases.models import CaseLink, Resolution
from huying.cases.steps import objecting, parts, reviewing
from huying.cases.steps.handling import pending
from huying.cases.steps.joining import MAIN
from huying.cases.steps.particulars import case_of, data_of, figures, load
from huying.cases.withdrawals import WITHDRAWN
from huying.kernel.bulk import insert_rows, update_rows
from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.matters import alarms
from huying.matters.flow import Change
from huying.people.directory import directory

LINK, PROPOSAL = "link", "proposal"  # in `Change.extra`: what ends with it


def check_withdraw(changes: Sequence[Change]) -> None:
    load(changes)
    objecting.load_open(changes)
    parts.end_with(changes, {change.matter.pk: case_of(change).round for change in changes})
    reviewing.leave(changes)
    _load_ties(changes)
    centre = directory().centre.id
    for change in changes:
        data, matter = data_of(change, inputs.Withdraw), change.matter
        change.facts |= figures(change) | {
            "excluded": WITHDRAWN,
            # A limit that had passed is told: what is taken back too late was late all the same.
            "overdue": sorted(c.kind for c in change.clocks if c.paused_at is None and c.due_at < change.at),
            "by_reporter": withdrawals.speaks_for_itself(change.actor),
        }
        if not withdrawals.speaks_for_itself(change.actor):
            if words := withdrawals.against(matter, change.actor):
                change.refuse(Forbidden(f"{words}。", code="not_own"))
            missing = [name for name in ("means", "reason") if not getattr(data, name)]
            if missing:
                fields = {name: ["由工作人员登记的，请填写这一项"] for name in missing}
                change.refuse(Invalid("请写明诉求人怎么说的。", code="withdrawal_unsaid", fields=fields))
        change.set(holder_id=centre, holder_user_id=None, returns_to="")
        change.mark(WITHDRAWN)
    alarms.scan_changes(changes)


def _load_ties(changes: Sequence[Change]) -> None:
    """What it goes along with, and the result that waits for approval, where there are any. A proposal reaches
    `AWAITING_APPROVAL` alone, and a tie `JOINED`: most batches ask nothing."""
    joined = {c.matter.pk: c for c in changes if c.matter.state == "joined"}
    if joined:
        for link in CaseLink.objects.waiting().filter(case__in=list(joined)).select_related("main__matter"):
            joined[link.case_id].extra[LINK] = link
            joined[link.case_id].facts[MAIN] = link.main.matter.number
    proposed = [c for c in changes if c.matter.state == "awaiting_approval"]
    if proposed:
        found = pending(proposed)
        for change in proposed:
            change.extra[PROPOSAL] = found.get(change.matter.pk)


def record_withdraw(changes: Sequence[Change]) -> None:
    objecting.drop(changes)
    parts.record_ended(changes)
    reviewing.record_left(changes)
    links = [(c.extra.get(LINK), c.at) for c in changes]
    update_rows(CaseLink, ("ended_at",), [(link.pk, at) for link, at in links if isinstance(link, CaseLink)])
    proposals = [(c.extra.get(PROPOSAL), c.at) for c in changes]
    update_rows(Resolution, ("withdrawn_at",), [(row.pk, at) for row, at in proposals if isinstance(row, Resolution)])
    alarms.raise_alarms(changes)


# --- whoever went along with it --------------------------------------------------------------------------------------


def check_lead_on(changes: Sequence[Change]) -> None:
    """The first of them is handled by itself."""
    _load_links(changes)


def record_lead_on(changes: Sequence[Change]) -> None:
    _end(changes)


def check_follow_on(changes: Sequence[Change]) -> None:
    """The others go along with that one."""
    _load_links(changes)
    numbers = [data_of(c, inputs.FollowOn).main for c in changes]
    from huying.matters.models import Matter

    mains = {m.number: m for m in Matter.objects.filter(kind="case", number__in=numbers, closed_at=None)}
    for change in changes:
        main = mains.get(data_of(change, inputs.FollowOn).main)
        if main is None or main.pk == change.matter.pk:
            change.refuse(Conflict("改为并入的件已经不在办理。", code="not_joinable"))
        else:
            change.extra[MAIN] = main.pk


def record_follow_on(changes: Sequence[Change]) -> None:
    _end(changes)
    insert_rows(
        CaseLink,
        ("case", "main", "kind", "by", "at", "answered", "counted"),
        [(c.matter.pk, c.extra[MAIN], LinkKind.JOINED.value, None, c.at, False, True) for c in changes],
    )


def _load_links(changes: Sequence[Change]) -> None:
    rows = CaseLink.objects.waiting().filter(case__in=[c.matter.pk for c in changes])
    found = {link.case_id: link for link in rows}
    for change in changes:
        link = found.get(change.matter.pk)
        if link is None:
            change.refuse(Conflict("这一件没有并入别的件。", code="not_joined"))
        else:
            change.extra[LINK] = link


def _end(changes: Sequence[Change]) -> None:
    links = [(c.extra[LINK], c.at) for c in changes]
    update_rows(CaseLink, ("ended_at",), [(link.pk, at) for link, at in links if isinstance(link, CaseLink)])
