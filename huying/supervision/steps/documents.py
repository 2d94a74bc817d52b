"""Writing the documents of the ladder down: drafts, their numbers, what was not signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from huying.kernel.bulk import insert_rows, update_rows
from huying.matters.flow import Change
from huying.matters.models import Clock
from huying.supervision.enums import Rung
from huying.supervision.models import OfficialDocument

_LOCK = 0x48590001  # advisory: numbers of documents are given one after the other


@dataclass(frozen=True, slots=True)
class Drawn:
    """A document that a change writes."""

    change: Change
    rung: Rung
    to: str = ""
    talk_at: datetime | None = None
    talk_place: str = ""


_COLUMNS = (
    "supervision",
    "seq",
    "rung",
    "lead",
    "to",
    "due_at",
    "talk_at",
    "talk_place",
    "drafted_at",
    "drafted_by",
    "year",
    "serial",
    "issued_at",
    "issued_by",
)


def draft_documents(drawn: Sequence[Drawn]) -> None:
    """Those that somebody else has to sign."""
    insert_rows(OfficialDocument, _COLUMNS, [(*row, None, None, None, None) for row in _rows(drawn)])


def issue_documents(drawn: Sequence[Drawn]) -> None:
    """Those that hold at once."""
    numbers = next_numbers([one.change.at for one in drawn])
    rows = [
        (*row, year, serial, one.change.at, one.change.actor.user_id)
        for row, one, (year, serial) in zip(_rows(drawn), drawn, numbers, strict=True)
    ]
    insert_rows(OfficialDocument, _COLUMNS, rows)


def sign_documents(signed: Sequence[tuple[OfficialDocument, Change]]) -> None:
    numbers = next_numbers([change.at for _, change in signed])
    update_rows(
        OfficialDocument,
        ("year", "serial", "issued_at", "issued_by"),
        [
            (document.pk, year, serial, change.at, change.actor.user_id)
            for (document, change), (year, serial) in zip(signed, numbers, strict=True)
        ],
    )


def decline_documents(declined: Sequence[tuple[OfficialDocument, Change]]) -> None:
    update_rows(OfficialDocument, ("declined_at",), [(document.pk, change.at) for document, change in declined])


def drafts_of(changes: Sequence[Change]) -> dict[int, OfficialDocument]:
    """The draft that waits to be signed, by supervision."""
    rows = OfficialDocument.objects.filter(
        supervision__in=[c.matter.pk for c in changes], issued_at=None, declined_at=None
    )
    return {row.supervision_id: row for row in rows.order_by("seq")}


def next_numbers(moments: Sequence[datetime]) -> list[tuple[int, int]]:
    """Year and serial of each, in order. They are never given twice and leave no gap: whoever comes second waits."""
    years = [timezone.localtime(at).year for at in moments]
    if not years:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    given = OfficialDocument.objects.filter(year__in=set(years)).values_list("year").annotate(Max("serial"))
    last = dict(given)
    found = []
    for year in years:
        last[year] = (last.get(year) or 0) + 1
        found.append((year, last[year]))
    return found


def _rows(drawn: Sequence[Drawn]) -> list[tuple[object, ...]]:
    due = dict(
        Clock.objects.filter(
            matter__in=[one.change.matter.pk for one in drawn], kind__in=("feedback", "rework"), stopped_at=None
        ).values_list("matter_id", "due_at")
    )
    return [
        (
            one.change.matter.pk,
            one.change.seq,
            one.rung.value,
            one.change.matter.lead_id,
            one.to,
            due.get(one.change.matter.pk),
            one.talk_at,
            one.talk_place,
            one.change.at,
            one.change.actor.user_id,
        )
        for one in drawn
    ]
