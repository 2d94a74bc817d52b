"""Whether a call repeats another: about the same ground, for the same purpose, and in much the same words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import cast

from django.conf import settings

from huying.callouts.states import ANALYSING, APPROVING, ISSUED
from huying.kernel.search import fold
from huying.matters.flow import Change
from huying.matters.models import Matter

WITHIN = timedelta(days=30)
ALIKE = 0.5  # share of pairs of characters that two titles have in common
LOOKED_AT = 200  # newest open calls of one ground


def _pairs(text: str) -> set[str]:
    plain = "".join(fold(text).split())
    return {plain[at : at + 2] for at in range(len(plain) - 1)}


def alike(one: str, other: str) -> float:
    """0–1: of all pairs of characters in either, the share in both (Jaccard)."""
    a, b = _pairs(one), _pairs(other)
    return len(a & b) / len(a | b) if a | b else 0.0


def suspected(changes: Sequence[Change]) -> dict[int, list[Matter]]:
    """By `id(change)`: open calls that each may repeat, the likest first. One query for the batch."""
    streets = {_street(c) for c in changes} - {None}
    open_ones: list[Matter] = []
    if streets:
        since = min(c.at for c in changes) - WITHIN
        rows = Matter.objects.filter(
            district=settings.DISTRICT_CODE,
            kind="callout",
            closed_at=None,
            state__in=(ANALYSING, APPROVING, ISSUED),
            street__in=streets,
            opened_at__gte=since,
        )
        open_ones = list(rows.order_by("-opened_at")[: LOOKED_AT * len(streets)])
    return {id(c): similar(_title(c), c, open_ones) for c in changes}


def _street(change: Change) -> int | None:
    return cast("int | None", change.columns.get("street_id", change.matter.street_id))


def _title(change: Change) -> str:
    return str(change.columns.get("title", change.matter.title))


def similar(title: str, change: Change, open_ones: Sequence[Matter]) -> list[Matter]:
    street = _street(change)
    purpose = change.columns.get("subkind", change.matter.subkind)
    near = [m for m in open_ones if m.pk != change.matter.pk and m.street_id == street and m.subkind == purpose]
    scored = [(alike(title, m.title), m) for m in near]
    return [m for score, m in sorted(scored, key=lambda pair: -pair[0]) if score >= ALIKE]
