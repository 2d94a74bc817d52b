"""What became of cases, told to the rooms that learn from it (`huying.knowledge.history`). Read in batches by key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time

from django.db.models import Q, QuerySet
from django.utils import timezone

from huying.cases.enums import Verdict
from huying.cases.models import Objection
from huying.cases.queues import cases_for
from huying.knowledge.history import Asked, PastCase, past_cases
from huying.matters.models import LedgerLine, Matter, Words
from huying.people.actors import SYSTEM
from huying.people.directory import directory

BATCH = 1_000


class Cases:
    """Cases that a unit leads or has led, oldest first. Four queries a batch."""

    def since(self, first: date, last: date | None = None, *, closed: bool = False) -> Iterator[list[PastCase]]:
        rows = _given().filter(opened_at__gte=_start(first))
        if last is not None:
            rows = rows.filter(opened_at__lt=_start(last))
        if closed:
            rows = rows.filter(closed_at__isnull=False)
        after: tuple[datetime, int] | None = None
        while True:
            page = rows
            if after is not None:
                page = rows.filter(Q(opened_at__gt=after[0]) | Q(opened_at=after[0], pk__gt=after[1]))
            batch = list(page.order_by("opened_at", "pk")[:BATCH])
            if batch:
                yield _told(batch)
            if len(batch) < BATCH:
                return
            after = batch[-1].opened_at, batch[-1].pk

    def of(self, numbers: list[str]) -> list[PastCase]:
        known = {told.number: told for told in _told(list(_given().filter(number__in=numbers)))}
        return [known[number] for number in numbers if number in known]


def _given() -> QuerySet[Matter]:
    return cases_for(SYSTEM).filter(lead__isnull=False)


def _start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _told(batch: Sequence[Matter]) -> list[PastCase]:
    keys = [matter.pk for matter in batch]
    if not keys:
        return []
    said = dict(Words.objects.filter(matter__in=keys, seq=1, field="text").values_list("matter", "text"))
    gifts: dict[int, list[str]] = {}
    lines = LedgerLine.objects.filter(matter__in=keys, step="dispatch").order_by("matter", "seq")
    for pk, facts in lines.values_list("matter", "facts"):
        gifts.setdefault(pk, []).append(str(json.loads(facts).get("lead", "")))
    verdicts: dict[int, list[str]] = {}
    for pk, verdict in Objection.objects.filter(case__in=keys).values_list("case", "verdict"):
        verdicts.setdefault(pk, []).append(verdict)
    return [_past(m, said.get(m.pk, ""), gifts.get(m.pk, []), verdicts.get(m.pk, [])) for m in batch]


def _past(matter: Matter, said: str, gifts: list[str], verdicts: list[str]) -> PastCase:
    assert matter.lead_id is not None
    first = directory().by_code.get(gifts[0]) if gifts else None
    return PastCase(
        matter_id=matter.pk,
        number=matter.number,
        asked=asked_of(matter, said),
        opened_at=matter.opened_at,
        closed_at=matter.closed_at,
        first=first.id if first is not None else matter.lead_id,
        final=matter.lead_id,
        helpers=tuple(matter.co_handlers),
        dispatches=max(len(gifts), 1),
        objections=len(verdicts),
        upheld=sum(verdict == Verdict.UPHELD for verdict in verdicts),
    )


def asked_of(matter: Matter, said: str) -> Asked:
    """A case as knowledge sees it: its words, and what is known of it besides."""
    return Asked(
        text=f"{matter.title}\n{said}",
        kind=matter.subkind,
        category=matter.category,
        urgency=matter.urgency,
        channel=matter.channel,
        street=matter.street_id,
        community=matter.community_id,
    )


def register() -> None:
    past_cases.register(Cases())
