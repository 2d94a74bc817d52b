"""Reads that pages of every kind of matter share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet

from huying.kernel.calendar import Calendar, Unit, current_calendar, remaining_words
from huying.matters.channels import IN_APP
from huying.matters.clocks import hours_of
from huying.matters.enums import Warning
from huying.matters.flow import Flow, Hours
from huying.matters.models import Alarm, Clock, Delivery, Matter
from huying.people.actors import Actor
from huying.people.directory import directory


@dataclass(frozen=True, slots=True)
class Remaining:
    """How a clock stands, as `{% remaining %}` draws it."""

    label: str
    words: str
    warning: str  # "none" | "yellow" | "red"
    due_at: datetime
    provisional: bool
    paused: bool


def remaining_of(clock: Clock, flow: Flow, now: datetime, calendar: Calendar) -> Remaining:
    paused = clock.paused_at is not None
    hours = hours_of(clock.organisation_id)
    words = "" if paused else remaining_words(now, clock.due_at, Unit(clock.unit), hours, calendar, clock.amount)
    if flow.clock[clock.kind].on_due:
        warning = "none"
    elif now >= clock.due_at:
        warning = "red"
    else:
        warning = "yellow" if clock.warning >= Warning.YELLOW else "none"
    return Remaining(label_of(clock, flow), words, warning, clock.due_at, clock.provisional, paused)


def label_of(clock: Clock, flow: Flow) -> str:
    """What a clock is called; where it measures the centre although a unit has the matter in hand, or a unit that
    helps, that is said."""
    kind = flow.clock[clock.kind]
    if clock.aside:
        return f"{kind.label}（{directory().name_of(clock.organisation_id)}）"
    lent = kind.hours is Hours.HOLDER and clock.organisation_id == directory().centre.id
    return f"{kind.label}（区中心）" if lent else kind.label


def most_pressing(
    matters: Iterable[Matter], flow: Flow, now: datetime, helper: int | None = None
) -> dict[int, Remaining]:
    """For each matter that has a clock, the one that presses most; a paused one only when it is all there is to tell.
    An organisation that helps (`helper`) reads how long it has itself.

    One query, however many matters; none where their clocks were fetched with `prefetch_related_objects`.
    """
    of = list(matters)
    holders = {matter.pk: matter.holder_id for matter in of}
    running: dict[int, list[Clock]] = {}
    helping: dict[int, Clock] = {}
    for clock in _running(of):
        if not clock.aside:
            running.setdefault(clock.matter_id, []).append(clock)
        elif clock.organisation_id == helper != holders[clock.matter_id]:
            helping[clock.matter_id] = clock
    running |= {matter_id: [clock] for matter_id, clock in helping.items()}
    calendar = current_calendar()
    found: dict[int, Remaining] = {}
    for matter_id, clocks in running.items():
        # A paused matter waits for its reporter: the clock of the waiting itself presses nobody at the desk. One that
        # waits for a ruling has a clock that presses whoever rules.
        paused = [c for c in clocks if c.paused_at is not None]
        pressing = [c for c in clocks if c.paused_at is None and not flow.clock[c.kind].on_due] if paused else clocks
        first = min(pressing or paused, key=lambda c: c.due_at)
        found[matter_id] = remaining_of(first, flow, now, calendar)
    return found


def _running(matters: Sequence[Matter]) -> Iterable[Clock]:
    if all("clocks" in getattr(matter, "_prefetched_objects_cache", {}) for matter in matters):
        return [clock for matter in matters for clock in matter.clocks.all() if clock.stopped_at is None]
    return Clock.objects.filter(matter_id__in=[matter.pk for matter in matters], stopped_at=None)


def clocks_of(matter: Matter) -> list[Clock]:
    """All clocks of a matter, the running ones first, the one that is due first foremost."""
    rows = matter.clocks.all()
    return sorted(rows, key=lambda c: (c.stopped_at is not None, c.stopped_at or c.due_at))


# --- messages --------------------------------------------------------------------------------------------------------


# What one may look for among one's messages: key → words, condition on the delivery.
ABOUT: Mapping[str, tuple[str, Q]] = {
    "work": ("办理", ~Q(message__key__startswith="warning.") & ~Q(message__key="alarm")),
    "limits": ("时限提醒", Q(message__key__startswith="warning.")),
    "alarms": ("险情", Q(message__key="alarm")),
}


def messages_to(actor: Actor) -> QuerySet[Delivery]:
    """Deliveries inside Huying to this person."""
    if actor.user_id is None:
        return Delivery.objects.none()
    return Delivery.objects.filter(user_id=actor.user_id, channel=IN_APP)


def inbox(actor: Actor) -> QuerySet[Delivery]:
    """The same with what they say."""
    return messages_to(actor).select_related("message")


def unread(actor: Actor, most: int = 1000) -> int:
    """How many of them are not read, counted up to `most`."""
    rows = messages_to(actor).filter(read_at=None)
    return rows.order_by().values("pk")[:most].count()


# --- alarms ----------------------------------------------------------------------------------------------------------


def alarms_for(actor: Actor) -> QuerySet[Alarm]:
    """Alarms over matters that this actor may see."""
    return Alarm.objects.filter(matter__in=Matter.objects.visible_to(actor)).select_related("matter", "acknowledged_by")


def newest_alarm(matter: Matter) -> Alarm | None:
    """The one that waits to be acknowledged, else the last one there was."""
    return Alarm.objects.filter(matter=matter).select_related("acknowledged_by").order_by("-pk").first()


@dataclass(frozen=True, slots=True)
class WordTruth:
    """How often a word raised an alarm that somebody has judged, and how often it was a false one."""

    word: str
    judged: int
    false: int


def truth_of_words(most: int = 20) -> Sequence[WordTruth]:
    """The words with the most false alarms; those that never were false are left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word, count(*), count(*) FILTER (WHERE NOT a.real) FROM matters_alarm a, "
            "jsonb_array_elements_text(a.words) AS word WHERE a.real IS NOT NULL GROUP BY word "
            "HAVING count(*) FILTER (WHERE NOT a.real) > 0 ORDER BY 3 DESC, 1 LIMIT %s",
            [most],
        )
        return [WordTruth(*row) for row in cursor.fetchall()]
