"""What knowledge learns from: cases that have been given to a unit, read in batches by key.

A batch is four statements whatever its size: the cases, their first words, their clocks of acknowledgement and
handling, what units have said against having them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time

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


class Past:
    """As `huying.knowledge.history.PastCases` asks for it, the oldest first."""

    def since(self, first: date, last: date | None = None, *, closed: bool = False) -> Iterator[list[PastCase]]:
        rows = _given().filter(opened_at__gte=_midnight(first))
        if last is not None:
            rows = rows.filter(opened_at__lt=_midnight(last))
        if closed:
            rows = rows.filter(closed_at__isnull=False)
        at, key = _midnight(first), 0
        while found := list(
            rows.filter(Q(opened_at__gt=at) | Q(opened_at=at, pk__gt=key))
            .order_by("opened_at", "pk")
            .values_list(*_COLUMNS)[:BATCH]
        ):
            yield _told(found)
            key, at = found[-1][0], found[-1][9]

    def of(self, numbers: list[str]) -> list[PastCase]:
        found = {row[1]: row for row in _given().filter(number__in=numbers).values_list(*_COLUMNS)}
        return _told([found[number] for number in numbers if number in found])


def _given() -> QuerySet[Matter]:
    """Cases that a unit leads, or has led to the end."""
    return Matter.objects.visible_to(SYSTEM).filter(kind=CASES.kind, lead__isnull=False)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _told(rows: Sequence[tuple[object, ...]]) -> list[PastCase]:
    keys = [row[0] for row in rows]
    texts = dict(
        Words.objects.filter(matter__in=keys, seq=1, field="text", erased_at=None).values_list("matter_id", "text")
    )
    given: dict[object, list[int]] = defaultdict(list)
    overdue: set[object] = set()
    clocks = Clock.objects.filter(matter__in=keys, kind__in=("acknowledge", "handle"), aside=False).order_by("pk")
    for matter, kind, unit, met, red in clocks.values_list("matter_id", "kind", "organisation_id", "met", "red_at"):
        if kind == "acknowledge":
            given[matter].append(unit)
        elif met is False or red is not None:
            overdue.add(matter)
    said: dict[object, list[tuple[str, str]]] = defaultdict(list)
    for matter, way, verdict in Objection.objects.filter(case__in=keys).values_list("case_id", "way", "verdict"):
        said[matter].append((way, verdict))
    return [_one(row, texts.get(row[0], ""), given[row[0]], said[row[0]], row[0] in overdue) for row in rows]  # type: ignore[call-overload]


def _one(
    row: tuple[object, ...], text: str, given: Sequence[int], said: Sequence[tuple[str, str]], overdue: bool
) -> PastCase:
    key, number, title, kind, category, urgency, channel, street, community, opened, closed, lead, helpers = row
    objected = [verdict for way, verdict in said if way == Objection.Way.OBJECTED]
    asked = Asked(f"{title}\n{text}", str(kind), str(category), str(urgency), str(channel), street, community)  # type: ignore[arg-type]
    return PastCase(
        matter_id=key,  # type: ignore[arg-type]
        number=str(number),
        asked=asked,
        opened_at=opened,  # type: ignore[arg-type]
        closed_at=closed,  # type: ignore[arg-type]
        first=given[0] if given else lead,  # type: ignore[arg-type]
        final=lead,  # type: ignore[arg-type]
        helpers=tuple(helpers),  # type: ignore[arg-type, var-annotated]
        dispatches=max(1, len(given)),
        objections=len(objected),
        upheld=objected.count(Verdict.UPHELD),
        handed_back=len(said) - len(objected),
        overdue=overdue,
    )
