"""The one sweep over clocks: warnings, escalation, and steps that the system takes when a clock runs out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from huying.kernel.bulk import update_rows
from huying.kernel.calendar import Calendar, current_calendar
from huying.matters import clocks
from huying.matters.engine import Move, move
from huying.matters.flow import flows
from huying.matters.messages import Raised, tell_warnings
from huying.matters.models import Clock, Matter
from huying.matters.prompts import Prompted, tell_prompts
from huying.people.actors import SYSTEM

BATCH = 500


def sweep(now: datetime, *, quiet: bool = False, past: bool = False) -> int:
    """Look at every clock that is due for a look; returns how many were. Cost follows what is due, not what is open.

    For simulations: `quiet`, nobody is told; `past`, people are told as of then, and nobody's page is woken.
    """
    looked = 0
    while True:
        found, done = _batch(now, quiet, past)
        looked += done
        if found < BATCH or not done:  # what is left is being moved by others just now
            return looked


def _batch(now: datetime, quiet: bool, past: bool) -> tuple[int, int]:
    """How many clocks were due for a look, and how many of them got it."""
    ids = list(
        Clock.objects.filter(next_alert_at__lte=now).order_by("next_alert_at").values_list("pk", "matter_id")[:BATCH]
    )
    if not ids:
        return 0, 0
    ends: dict[tuple[str, str], list[int]] = {}
    with transaction.atomic():
        # Matters first and in id order, as the engine locks them; whoever is being moved now is looked at next time.
        matters = {
            m.pk: m
            for m in Matter.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(pk__in={matter for _, matter in ids})
            .order_by("pk")
        }
        rows = Clock.objects.filter(pk__in=[pk for pk, _ in ids], matter_id__in=matters, next_alert_at__lte=now)
        calendar = current_calendar()
        raised: list[Raised] = []
        prompted: list[Prompted] = []
        changed: list[Clock] = []
        for clock in rows:
            matter = matters[clock.matter_id]
            kind = flows[matter.kind].clock[clock.kind]
            share = clocks.pass_prompts(clock, kind, now, calendar)
            if kind.on_due and (not kind.prompts or clock.due_at <= now):
                ends.setdefault((matter.kind, kind.on_due), []).append(matter.pk)
                continue
            if kind.on_due:
                clocks.schedule(clock, flows[matter.kind], clocks.hours_of(clock.organisation_id), calendar)
                rose = False
            else:
                rose = clocks.advance(clock, now, calendar, kind)
            if share:
                unit = clock.organisation_id
                prompted.append(Prompted(matter, kind.label, share, unit, clock.due_at, warned=rose))
            if rose:
                helper_due = clock.due_at if clock.aside else None
                raised.append(
                    Raised(matter, kind.label, clock.warning, clock.organisation_id, helper_due, told=kind.told)
                )
            if rose or share:
                changed.append(clock)
        update_rows(
            Clock,
            ("warning", "yellow_at", "red_at", "prompted", "next_alert_at"),
            [(c.pk, c.warning, c.yellow_at, c.red_at, c.prompted, c.next_alert_at) for c in changed],
        )
        worst: dict[int, int] = {}
        for clock in (c for c in changed if not c.aside):
            worst[clock.matter_id] = max(worst.get(clock.matter_id, 0), clock.warning)
        update_rows(Matter, ("warning",), [(pk, level) for pk, level in worst.items() if level > matters[pk].warning])
        if not quiet:
            tell_warnings(raised, at=now, past=past)
            tell_prompts(prompted, at=now, past=past)
    done = len(changed)
    for (kind_key, step), due_ones in ends.items():
        moves = [Move(pk, SYSTEM, {}) for pk in due_ones]
        done += sum(r.refusal is None for r in move(flows[kind_key], step, moves, now=now, quiet=quiet or past))
    return len(ids), done


class Settled(NamedTuple):
    """Of how many running clocks the due time has changed, and how many matters they are of."""

    clocks: int
    matters: int


def recompute_provisional() -> Settled:
    """Once a year's holidays are announced, give provisional due times their final value."""
    changed = touched = 0
    calendar = current_calendar()
    last = 0
    while ids := list(
        Clock.objects.filter(provisional=True, stopped_at=None, matter_id__gt=last)
        .order_by("matter_id")
        .values_list("matter_id", flat=True)
        .distinct()[:BATCH]
    ):
        last = ids[-1]
        with transaction.atomic():
            matters = {m.pk: m for m in Matter.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")}
            by_matter: dict[int, list[Clock]] = {}
            for clock in Clock.objects.filter(matter_id__in=matters, stopped_at=None):
                by_matter.setdefault(clock.matter_id, []).append(clock)
            batch = _recompute(matters, by_matter, calendar)
        changed, touched = changed + batch.clocks, touched + batch.matters
    return Settled(changed, touched)


def _recompute(matters: dict[int, Matter], by_matter: dict[int, list[Clock]], calendar: Calendar) -> Settled:
    rewritten: list[Clock] = []
    for pk, running in by_matter.items():
        flow = flows[matters[pk].kind]
        rewritten += [clock for clock in running if clock.provisional and clocks.settle(clock, flow, calendar)]
    update_rows(
        Clock,
        ("due_at", "provisional", "next_alert_at"),
        [(c.pk, c.due_at, c.provisional, c.next_alert_at) for c in rewritten],
    )
    touched = {c.matter_id for c in rewritten}
    _write_standing([(pk, clocks.standing(by_matter[pk])) for pk in sorted(touched)])
    return Settled(len(rewritten), len(touched))


def _write_standing(rows: Sequence[tuple[int, dict[str, object]]]) -> None:
    update_rows(
        Matter,
        ("next_due_at", "next_due_provisional", "warning"),
        [(pk, s["next_due_at"], s["next_due_provisional"], s["warning"]) for pk, s in rows],
    )
