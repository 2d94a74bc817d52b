"""What makes some matters unlike the others of their kind (延期, 挂账, 督办 …).

An aspect stands on the matter's own row: a list marks it and filters by it without asking another table, and a page
asks that table only where the aspect stands. Steps put it there and take it away: `Change.mark`, `Change.unmark`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q

from huying.kernel.registry import EntryRegistry
from huying.matters.detail import Mark
from huying.matters.models import Matter
from huying.ui.components import Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Aspect:
    """`label`: the mark in lists, two to four characters; `meaning`: what a filter or a help page says it is.
    `shown`: it is a mark; otherwise it can be filtered by, and its page asks for it, but lists do not tell it."""

    key: str
    label: str
    meaning: str
    tone: Tone = "grey"
    shown: bool = True
    order: int = 100


def _by_order(aspect: Aspect) -> tuple[int, str]:
    return aspect.order, aspect.key


aspects: EntryRegistry[Aspect] = EntryRegistry("aspects of matters", order=_by_order)


def marks(matter: Matter) -> Iterator[Mark]:
    """Those of its aspects that lists tell."""
    if matter.aspects:
        yield from (Mark(a.label, a.tone) for a in aspects if a.shown and a.key in matter.aspects)


def having(key: str) -> Q:
    """Matters on which an aspect stands. The second part lets the index serve, which holds those with any."""
    return Q(aspects__contains=[key]) & ~Q(aspects=[])
