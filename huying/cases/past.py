"""What knowledge learns from: cases that have been given to a unit, read in batches by key.

A batch is four statements whatever its size: the cases, their first words, their clocks of acknowledgement and
handling, what units have said against having them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.utils import timezone

from huying.cases.enums import Verdict
from huying.cases.flow import CASES
from huying.cases.models import Objection
from huying.knowledge.history import Asked, PastCase
from huying.matters.models import Clock, Matter, Words
from huying.people.actors import SYSTEM

BATCH = 2_000
_COLUMNS = (
    *("pk", "number", "title", "subkind", "category", "urgency", "channel", "street_id", "community_id"),
    *("opened_at", "closed_at", "lead_id", "co_handlers"),
)


class _Row(NamedTuple):
    pk: int
    number: str
    title: str
    subkind: str
    category: str
    urgency: str
    channel: str
    street: int | None
    community: int | None
    opened_at: datetime
    closed_at: datetime | None
    lead: int
    co_handlers: list[int]


class Past:
    """As `huying.knowledge.history.PastCases` asks for it, the oldest first."""

    def since(self, first: date, last: date | None = None, *, closed: bool = False) -> Iterator[list[PastCase]]:
        rows = _given().filter(opened_at__gte=_midnight(first))
        if last is not None:
            rows = rows.filter(opened_at__lt=_midnight(last))
        if closed:
            rows = rows.filter(closed_at__isnull=False)
        at, key = _midnight(first), 0
        while True:
            later = rows.filter(opened_at__gte=at).filter(Q(opened_at__gt=at) | Q(opened_at=at, pk__gt=key))
            found = _read(later.order_by("opened_at", "pk")[:BATCH])
            if not found:
                return
            yield _told(found)
            key, at = found[-1].pk, found[-1].opened_at

    def of(self, numbers: list[str]) -> list[PastCase]:
        found = {row.number: row for row in _read(_given().filter(number__in=numbers))}
        return _told([found[number] for number in numbers if number in found])


def _given() -> QuerySet[Matter]:
    """Cases that a unit leads, or has led to the end."""
    return Matter.objects.visible_to(SYSTEM).filter(kind=CASES.kind, lead__isnull=False)


def _read(rows: QuerySet[Matter]) -> list[_Row]:
    return [_Row(*row) for row in rows.values_list(*_COLUMNS)]


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _told(rows: Sequence[_Row]) -> list[PastCase]:
    keys = [row.pk for row in rows]
    texts = dict(
        Words.objects.filter(matter__in=keys, seq=1, field="text", erased_at=None).values_list("matter_id", "text")
    )
    given: dict[int, list[int]] = defaultdict(list)
    overdue: set[int] = set()
    clocks = Clock.objects.filter(matter__in=keys, kind__in=("acknowledge", "handle"), aside=False).order_by("pk")
    for matter, kind, unit, met, red in clocks.values_list("matter_id", "kind", "organisation_id", "met", "red_at"):
        if kind == "acknowledge":
            given[matter].append(unit)
        elif met is False or red is not None:
            overdue.add(matter)
    said: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for matter, way, verdict in Objection.objects.filter(case__in=keys).values_list("case_id", "way", "verdict"):
        said[matter].append((way, verdict))
    found = []
    for row in rows:
        objected = [verdict for way, verdict in said[row.pk] if way == Objection.Way.OBJECTED]
        text = f"{row.title}\n{texts.get(row.pk, '')}"
        found.append(
            PastCase(
                matter_id=row.pk,
                number=row.number,
                asked=Asked(text, row.subkind, row.category, row.urgency, row.channel, row.street, row.community),
                opened_at=row.opened_at,
                closed_at=row.closed_at,
                first=given[row.pk][0] if given[row.pk] else row.lead,
                final=row.lead,
                helpers=tuple(row.co_handlers),
                dispatches=max(1, len(given[row.pk])),
                objections=len(objected),
                upheld=objected.count(Verdict.UPHELD),
                handed_back=len(said[row.pk]) - len(objected),
                overdue=row.pk in overdue,
            )
        )
    return found
