"""Replies that were approved, as the reply check of `knowledge` learns from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet, Subquery

from huying.cases.models import Resolution
from huying.knowledge.replies.source import Answered, answered
from huying.matters.models import Words


class AnsweredCases:
    """Source of `huying.knowledge.replies.source`."""

    def since(self, at: datetime | None, most: int) -> Sequence[Answered]:
        rows = _approved() if at is None else _approved().filter(approved_at__gte=at)
        return _with_texts(rows.order_by("approved_at", "pk")[:most])

    def newest(self, most: int) -> Sequence[Answered]:
        return _with_texts(_approved().order_by("-approved_at", "-pk")[:most])

    def of(self, lines: Sequence[tuple[int, int]]) -> Sequence[Answered]:
        wanted = Q(pk__in=())
        for case, seq in lines:
            wanted |= Q(case=case, seq=seq)
        return _with_texts(_approved().filter(wanted))


def _approved() -> QuerySet[Resolution]:
    return Resolution.objects.filter(approved_at__isnull=False)


def _with_texts(rows: QuerySet[Resolution]) -> Sequence[Answered]:
    """In one statement, whatever the number."""
    said = Words.objects.filter(matter=OuterRef("case_id"), erased_at=None)
    rows = rows.annotate(
        message=Subquery(said.filter(seq=1, field="text").values("text")[:1]),
        reply=Subquery(said.filter(seq=OuterRef("seq"), field="public_reply").values("text")[:1]),
    )
    columns = ("case_id", "seq", "case__matter__number", "approved_at", "case__matter__title", "message", "reply")
    return [
        Answered(case, seq, number, at, f"{title}\n{message or ''}", reply)
        for case, seq, number, at, title, message, reply in rows.values_list(*columns)
        if at is not None and reply
    ]


def register() -> None:
    answered.register(AnsweredCases())
