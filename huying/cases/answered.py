"""Replies that were approved, as the reply check of `knowledge` learns from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

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
    found = list(rows.values_list("case_id", "seq", "approved_at", "case__matter__number", "case__matter__title"))
    fields = Words.objects.filter(field__in=("text", "public_reply"), erased_at=None)
    words = fields.filter(matter_id__in=[case for case, *_ in found]).values_list("matter_id", "seq", "field", "text")
    texts = {(matter, seq, field): text for matter, seq, field, text in words}
    return [
        Answered(case, seq, number, at, f"{title}\n{texts.get((case, 1, 'text'), '')}", reply)
        for case, seq, at, number, title in found
        if at is not None and (reply := texts.get((case, seq, "public_reply"), ""))
    ]


def register() -> None:
    answered.register(AnsweredCases())
