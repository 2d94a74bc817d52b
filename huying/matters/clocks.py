"""Clocks: what a step does to them, and the one sweep that warns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter

from psycopg.types.json import Jsonb

from huying.kernel.bulk import insert_rows, update_rows
from huying.kernel.calendar import (
    Calendar,
    Due,
    Unit,
    WorkingHours,
    after_working_days,
    current_calendar,
    due,
    resume_due,
    share_at,
    working_minutes_between,
    yellow_at,
)
from huying.kernel.errors import Conflict, Refusal
from huying.kernel.rows import columns_of
from huying.matters.enums import Warning
from huying.matters.flow import ALL, Change, ClockKind, Flow, Hours
from huying.matters.limits import Case, limit_for
from huying.matters.models import Clock
from huying.people.directory import directory

CHIEF_AFTER = 1  # working days past the limit until the unit's chief is told
ENDED, PAUSED = "ended:", "paused:"  # why figures leave a clock out: the step that cancelled it, the state it waits in
DISTRICT_AFTER = 5  # … until the district is told


@dataclass(slots=True)
class Plan:
    """What a batch of changes does to clocks: rows to insert and rows to rewrite."""

    started: list[Clock] = field(default_factory=list)
    rewritten: list[Clock] = field(default_factory=list)
    restored: list[Clock] = field(default_factory=list)

    def write(self) -> None:
        # What ends goes first, because of one kind only one clock (aside: one for each helper) runs at a time.
        update_rows(Clock, _REWRITTEN, [(clock.pk, *_rewritten(clock)) for clock in self.rewritten])
        insert_rows(Clock, _INSERTED, [_inserted(clock) for clock in self.started])
        update_rows(Clock, _REWRITTEN, [(clock.pk, *_rewritten(clock)) for clock in self.restored])


_REWRITTEN = (
    "lead",
    "amount",
    "ceiling_at",
    "due_at",
    "provisional",
    "paused_at",
    "pauses",
    "stopped_at",
    "stopped_seq",
    "met",
    "minutes",
    "ended_by",
    "excused",
    "warning",
    "yellow_at",
    "red_at",
    "prompted",
    "next_alert_at",
)
_INSERTED = (
    *("matter", "kind", "started_seq", "started_at", "unit", "organisation", "aside"),
    *_REWRITTEN,
)
_PAUSES = _REWRITTEN.index("pauses")
_beginning = attrgetter(*columns_of(Clock, _INSERTED[: -len(_REWRITTEN)]))
_standing = attrgetter(*columns_of(Clock, _REWRITTEN))


def _rewritten(clock: Clock) -> list[object]:
    values = list(_standing(clock))
    values[_PAUSES] = Jsonb(values[_PAUSES])
    return values


def _inserted(clock: Clock) -> list[object]:
    return [*_beginning(clock), *_rewritten(clock)]


def hours_of(organisation_id: int) -> WorkingHours:
    return directory().by_id[organisation_id].hours


def plan(changes: Sequence[Change]) -> Plan:
    """Work out clocks of all changes and put `next_due_at`, `warning` and the clock facts into each change.

    A change whose limit nobody has set, or whose times lie outside the calendar, is refused; the others go on.
    """
    result = Plan()
    calendar = current_calendar()
    for change in changes:
        own = Plan()
        try:
            _plan_one(change, calendar, own)
        except Refusal as refusal:
            change.refuse(refusal)
        else:
            result.started += own.started
            result.rewritten += own.rewritten
            result.restored += own.restored
    return result


def _plan_one(change: Change, calendar: Calendar, result: Plan) -> None:
    outcome = change.outcome
    running = list(change.clocks)
    told: dict[str, object] = {}
    if outcome.restores:
        running = _restore(change, calendar, result, told)
    for clock in [c for c in running if _ends(c, change)]:
        running.remove(clock)
        result.rewritten.append(clock)
        told.setdefault("stopped", {})
        waited = _as_paused(clock)
        fulfilled = _names(outcome.stops, clock, change) and not _names(outcome.cancels, clock, change)
        minutes = _stop(clock, change, calendar, cancelled=not fulfilled)
        clock.minutes = minutes
        stopped = told["stopped"]
        assert isinstance(stopped, dict)
        stopped[name_of(clock)] = {
            "due": clock.due_at.isoformat(),
            "met": clock.met,
            "minutes": minutes,
            "started": clock.started_at.isoformat(),
            **waited,
        }
    if outcome.resumes:
        for clock in running:
            if clock.paused_at is not None:
                _resume(clock, change.flow, change.at, calendar)
                result.rewritten.append(clock)
                told.setdefault("resumed", {})[name_of(clock)] = clock.due_at.isoformat()  # type: ignore[index]
    for kind, days in change.extends.items():
        found = next((clock for clock in running if clock.kind == kind and not clock.aside), None)
        if found is None:
            raise Conflict("这个时限已经结束，不能再延长。", code="no_clock")
        before = found.due_at
        extend(found, days, change.flow, change.at, calendar)
        result.rewritten.append(found)
        told.setdefault("extended", {})[kind] = {  # type: ignore[index]
            "days": days,
            "from": before.isoformat(),
            "due": found.due_at.isoformat(),
        }
    if outcome.pauses:
        for clock in running:
            if clock.paused_at is None:
                clock.paused_at = change.at
                clock.excused = clock.excused or f"{PAUSED}{change.target}"
                clock.next_alert_at = None
                result.rewritten.append(clock)
                told.setdefault("paused", []).append(name_of(clock))  # type: ignore[attr-defined]
    if (lead := change.columns.get("lead_id")) is not None and lead != change.matter.lead_id:
        for clock in running:  # whoever takes over is counted for what goes on
            if clock.lead_id is not None:
                clock.lead_id = int(str(lead))
                if clock not in result.rewritten and clock not in result.restored:
                    result.rewritten.append(clock)
    for clock in running:
        ceiling = change.ceilings.get(clock.kind)
        if ceiling is not None and (clock.ceiling_at is None or ceiling < clock.ceiling_at):
            _tighten(clock, ceiling, change.flow, calendar)
            result.rewritten.append(clock)
            told.setdefault("tightened", {})[clock.kind] = clock.due_at.isoformat()  # type: ignore[index]
    for kind in outcome.starts:
        own: list[int | None] = [None]
        for helper in change.aside.get(kind, ()) if change.flow.clock[kind].aside else own:
            clock = _start(kind, change, calendar, running, helper)
            running.append(clock)
            result.started.append(clock)
            told.setdefault("started", {})[name_of(clock)] = clock.due_at.isoformat()  # type: ignore[index]
    if told:
        change.facts["clocks"] = told
    change.set(**standing(running))


def name_of(clock: Clock) -> str:
    """What a line calls it: its kind, and whose it is where several run."""
    return f"{clock.kind}:{directory().by_id[clock.organisation_id].code}" if clock.aside else clock.kind


def _tighten(clock: Clock, ceiling: datetime, flow: Flow, calendar: Calendar) -> None:
    """The upper level's deadline has come, or become stricter, while it runs."""
    clock.ceiling_at = ceiling
    if ceiling < clock.due_at:
        clock.due_at, clock.provisional = ceiling, False
        if clock.paused_at is None:
            schedule(clock, flow, hours_of(clock.organisation_id), calendar)


def _as_paused(clock: Clock) -> dict[str, object]:
    """How a clock stood that is stopped while it is paused: what taking the step back needs to know."""
    if clock.paused_at is None:
        return {}
    return {"paused": [clock.paused_at.isoformat(), clock.due_at.isoformat(), clock.provisional]}


def _restore(change: Change, calendar: Calendar, result: Plan, told: dict[str, object]) -> list[Clock]:
    """Let the clocks stand as they stood before the line that is taken back: what it stopped and paused runs again as
    if nothing had been, what it started ends without a verdict. Returns the clocks that run then."""
    assert change.undone is not None
    done = change.undone.facts.get("clocks")
    before = done if isinstance(done, dict) else {}
    running: list[Clock] = []
    voided: list[str] = []
    restored: dict[str, str] = {}
    for clock in change.clocks:
        if clock.started_seq == change.undone.seq:
            clock.stopped_at, clock.stopped_seq, clock.met = change.at, change.seq, None
            clock.ended_by, clock.lead_id = change.step.key, None  # a slip: it never ran
            clock.paused_at = clock.next_alert_at = None
            result.rewritten.append(clock)
            voided.append(name_of(clock))
            continue
        running.append(clock)
        if clock.kind in (lengthened := before.get("extended", {})):
            extend(clock, -lengthened[clock.kind]["days"], change.flow, change.at, calendar)
            result.rewritten.append(clock)
            restored[clock.kind] = clock.due_at.isoformat()
        if clock.paused_at is not None and name_of(clock) in before.get("paused", ()):
            clock.paused_at = None
            _count_again(clock)
            schedule(clock, change.flow, hours_of(clock.organisation_id), calendar)
            result.rewritten.append(clock)
            restored[name_of(clock)] = clock.due_at.isoformat()
    for clock in change.stopped:
        clock.stopped_at = clock.stopped_seq = clock.met = clock.minutes = None
        clock.ended_by = ""
        _count_again(clock)
        if waited := before.get("stopped", {}).get(name_of(clock), {}).get("paused"):
            clock.paused_at, clock.due_at = datetime.fromisoformat(waited[0]), datetime.fromisoformat(waited[1])
            clock.provisional, clock.pauses = waited[2], clock.pauses[:-1]
            clock.excused = clock.excused or f"{PAUSED}{change.target}"
            clock.next_alert_at = None
        else:
            schedule(clock, change.flow, hours_of(clock.organisation_id), calendar)
        result.restored.append(clock)
        running.append(clock)
        restored[name_of(clock)] = clock.due_at.isoformat()
    if voided:
        told["voided"] = voided
    if restored:
        told["restored"] = restored
    return running


def _count_again(clock: Clock) -> None:
    """What had kept figures from counting it is over."""
    if clock.excused.startswith((ENDED, PAUSED)):
        clock.excused = ""


def standing(clocks: Sequence[Clock]) -> dict[str, object]:
    """What the matter's row says of its own clocks: the next due time among those that run, and the worst colour."""
    running = [c for c in clocks if c.paused_at is None and c.stopped_at is None and not c.aside]
    first = min(running, key=lambda c: c.due_at, default=None)
    return {
        "next_due_at": first.due_at if first else None,
        "next_due_provisional": first.provisional if first else False,
        "warning": max((c.warning for c in running), default=Warning.NONE),
    }


def _start(kind: str, change: Change, calendar: Calendar, running: Sequence[Clock], helper: int | None = None) -> Clock:
    holder_id = _after(change, "holder_id")
    declared = change.flow.clock[kind]
    by_centre = declared.hours is Hours.CENTRE
    owner = helper or change.owners.get(kind)
    organisation_id = owner or (directory().centre.id if by_centre else int(str(holder_id)))
    limit = change.limits.get(kind)
    if limit is not None:
        amount, unit = limit[0], Unit(limit[1])
    else:
        case = Case(
            str(_after(change, "subkind")),
            str(_after(change, "category")),
            str(_after(change, "urgency")),
            str(_after(change, "channel")),
            organisation_id,
            frozenset(change.aspects),
        )
        amount, unit = limit_for(change.flow.kind, kind, case, change.at)
    hours = hours_of(organisation_id)
    ceiling = change.ceilings.get(kind)
    at, provisional = _at_most(due(change.at, amount, unit, hours, calendar), ceiling)
    bounds = [Due(c.due_at, c.provisional) for c in running if c.kind in declared.within and c.due_at > change.at]
    at, provisional = min([Due(at, provisional), *bounds], key=lambda end: end.at)
    clock = Clock.fresh(
        matter_id=change.matter.pk,
        kind=kind,
        started_seq=change.seq,
        started_at=change.at,
        amount=amount,
        unit=unit.value,
        organisation_id=organisation_id,
        lead_id=_after(change, "lead_id") if change.flow.clock[kind].counted else None,
        aside=declared.aside,
        due_at=at,
        ceiling_at=ceiling,
        provisional=provisional,
        paused_at=None,
        pauses=[],
        stopped_at=None,
        stopped_seq=None,
        met=None,
        minutes=None,
        ended_by="",
        excused=change.excuses.get(kind, ""),
        warning=Warning.NONE,
        yellow_at=None,
        red_at=None,
        prompted=0,
        next_alert_at=None,
    )
    schedule(clock, change.flow, hours, calendar)
    return clock


def _at_most(end: Due, ceiling: datetime | None) -> Due:
    """The upper level's deadline governs where it is stricter; it is never provisional."""
    return end if ceiling is None or end.at < ceiling else Due(ceiling, False)


def _after(change: Change, name: str) -> object:
    """A column as it will be once the change is written."""
    return change.columns.get(name, getattr(change.matter, name))


def _names(kinds: Sequence[str], clock: Clock, change: Change) -> bool:
    """Whether an outcome that names these kinds means this clock; of clocks aside only those of the organisations that
    the step is about, where it says so."""
    if ALL in kinds:
        return True
    if clock.kind not in kinds:
        return False
    meant = change.aside.get(clock.kind)
    return not clock.aside or meant is None or clock.organisation_id in meant


def _ends(clock: Clock, change: Change) -> bool:
    outcome, where = change.outcome, change.flow.clock[clock.kind].states
    named = _names(outcome.stops, clock, change) or _names(outcome.cancels, clock, change)
    return named or bool(where and change.target not in where)


def _stop(clock: Clock, change: Change, calendar: Calendar, *, cancelled: bool) -> int:
    """Stop it; returns the working minutes it ran without its pauses."""
    if clock.paused_at is not None:
        _resume(clock, change.flow, change.at, calendar)
    if not (kind := change.flow.clock[clock.kind]).on_due:
        advance(clock, change.at, calendar, kind)  # what it passed since the last sweep
    clock.stopped_at = change.at
    clock.stopped_seq = change.seq
    clock.ended_by = change.step.key
    clock.met = None if cancelled else change.at <= clock.due_at
    because = f"{ENDED}{change.step.key}" if cancelled else ""
    clock.excused = clock.excused or change.excuses.get(clock.kind, "") or because
    clock.next_alert_at = None
    hours = hours_of(clock.organisation_id)
    paused = sum(working_minutes_between(a, b, hours, calendar) for a, b in pauses_of(clock))
    return working_minutes_between(clock.started_at, change.at, hours, calendar) - paused


def pauses_of(clock: Clock) -> list[tuple[datetime, datetime]]:
    return [(datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in clock.pauses]


def _resume(clock: Clock, flow: Flow, at: datetime, calendar: Calendar) -> None:
    assert clock.paused_at is not None
    _count_again(clock)
    hours = hours_of(clock.organisation_id)
    again = resume_due(clock.due_at, clock.paused_at, at, Unit(clock.unit), hours, calendar)
    clock.pauses = [*clock.pauses, [clock.paused_at.isoformat(), at.isoformat()]]
    clock.paused_at = None
    # The upper level's deadline does not wait while we ask the reporter.
    clock.due_at, clock.provisional = _at_most(again, clock.ceiling_at)
    schedule(clock, flow, hours, calendar)


def extend(clock: Clock, days: int, flow: Flow, at: datetime, calendar: Calendar) -> None:
    """Lengthen its limit by working days: it stands then as if it had been so long from the start, pauses kept and the
    upper level's deadline still above it. Warnings are given anew, because the old ones judged another limit."""
    clock.amount = longer(clock, days)
    settle(clock, flow, calendar)
    clock.warning, clock.yellow_at, clock.red_at = Warning.NONE, None, None
    kind = flow.clock[clock.kind]
    clock.prompted = 0
    pass_prompts(clock, kind, clock.paused_at or at, calendar)  # nobody is prompted again for what has passed
    schedule(clock, flow, hours_of(clock.organisation_id), calendar)
    if not kind.on_due:
        advance(clock, clock.paused_at or at, calendar, kind)
    if clock.paused_at is not None:
        clock.next_alert_at = None


def extended_due(clock: Clock, days: int, calendar: Calendar) -> Due:
    """When it would be due if it were lengthened by working days."""
    return _counted(clock, longer(clock, days), calendar)


def longer(clock: Clock, days: int) -> float:
    """Its amount with so many working days more.

    Raises:
        Conflict: what counts by the clock on the wall knows no working days.
    """
    match Unit(clock.unit):
        case Unit.WORKING_DAYS:
            return clock.amount + days
        case Unit.WORKING_MINUTES:
            return clock.amount + days * hours_of(clock.organisation_id).minutes
        case _:
            raise Conflict("这个时限按小时计时，不能按工作日延长。", code="by_the_hour")


def _counted(clock: Clock, amount: float, calendar: Calendar) -> Due:
    """From the start through all its pauses."""
    hours, unit = hours_of(clock.organisation_id), Unit(clock.unit)
    end = _at_most(due(clock.started_at, amount, unit, hours, calendar), clock.ceiling_at)
    for paused, resumed in pauses_of(clock):
        end = _at_most(resume_due(end.at, paused, resumed, unit, hours, calendar), clock.ceiling_at)
    return end


def settle(clock: Clock, flow: Flow, calendar: Calendar) -> bool:
    """Count its due time anew, from the start through all its pauses; True when that changed something."""
    end = _counted(clock, clock.amount, calendar)
    if end == (clock.due_at, clock.provisional):
        return False
    clock.due_at, clock.provisional = end
    if clock.paused_at is None:
        schedule(clock, flow, hours_of(clock.organisation_id), calendar)
    return True


def schedule(clock: Clock, flow: Flow, hours: WorkingHours, calendar: Calendar) -> None:
    """Set when the sweep has to look at it next."""
    kind = flow.clock[clock.kind]
    if kind.on_due:
        clock.next_alert_at = _sooner(clock.due_at, _next_prompt(clock, kind, hours, calendar))
    else:
        clock.next_alert_at = _sooner(_next_alert(clock, hours, calendar), _next_prompt(clock, kind, hours, calendar))


def _sooner(a: datetime | None, b: datetime | None) -> datetime | None:
    return min((moment for moment in (a, b) if moment is not None), default=None)


def _next_prompt(clock: Clock, kind: ClockKind, hours: WorkingHours, calendar: Calendar) -> datetime | None:
    if clock.prompted >= len(kind.prompts):
        return None
    share, unit = kind.prompts[clock.prompted], Unit(clock.unit)
    return share_at(clock.started_at, clock.due_at, share, unit, hours, calendar, pauses_of(clock))


def pass_prompts(clock: Clock, kind: ClockKind, now: datetime, calendar: Calendar) -> float:
    """Count the marks that have passed; returns the share of the last of them, 0 where none has: of two that passed
    since the last look only the later is worth a prompt. The caller schedules or advances it then."""
    share = 0.0
    hours = hours_of(clock.organisation_id)
    while (at := _next_prompt(clock, kind, hours, calendar)) is not None and at <= now:
        share = kind.prompts[clock.prompted]
        clock.prompted += 1
    return share


def _next_alert(clock: Clock, hours: WorkingHours, calendar: Calendar) -> datetime | None:
    match clock.warning:
        case Warning.NONE:
            return yellow_at(clock.started_at, clock.due_at, Unit(clock.unit), hours, calendar, pauses_of(clock))
        case Warning.YELLOW:
            return clock.due_at
        case Warning.RED:
            return after_working_days(clock.due_at, CHIEF_AFTER, hours, calendar)
        case Warning.CHIEF:
            return after_working_days(clock.due_at, DISTRICT_AFTER, hours, calendar)
        case _:
            return None


def advance(clock: Clock, now: datetime, calendar: Calendar, kind: ClockKind | None = None) -> bool:
    """Carry its warning up to where it stands at `now`; True when it rose. `kind`: it is looked at for its prompts as
    well, and goes on running."""
    hours = hours_of(clock.organisation_id)
    before = clock.warning
    prompts = kind is not None and bool(kind.prompts) and clock.next_alert_at is not None
    if prompts:
        clock.next_alert_at = _next_alert(clock, hours, calendar)
    while clock.next_alert_at is not None and clock.next_alert_at <= now:
        clock.warning += 1
        if clock.warning == Warning.YELLOW:
            clock.yellow_at = clock.next_alert_at
        elif clock.warning == Warning.RED:
            clock.red_at = clock.next_alert_at
        clock.next_alert_at = _next_alert(clock, hours, calendar)
    if prompts:
        assert kind is not None
        clock.next_alert_at = _sooner(clock.next_alert_at, _next_prompt(clock, kind, hours, calendar))
    return clock.warning > before
