"""How a draft would do on last month's cases, while it is being written: bounded, and good enough for that."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from huying.kernel.search import fold
from huying.knowledge.history import Asked, past_cases
from huying.knowledge.rules.actions import Content
from huying.knowledge.rules.book import matcher_of
from huying.knowledge.rules.matcher import Ruling

DAYS = 30
MOST = 3_000  # cases that are looked at
KNOWN_FOR = 600  # seconds


@dataclass(frozen=True, slots=True)
class Tried:
    """How many of the cases looked at would hit; `whole`: these were all of the last thirty days."""

    hits: int
    of: int
    whole: bool


class _Lately:
    """Last month's cases with their texts folded; each process for itself, for some minutes."""

    def __init__(self) -> None:
        self._cases: Sequence[tuple[Asked, str]] = ()
        self._whole = True
        self._until = 0.0

    def __call__(self) -> tuple[Sequence[tuple[Asked, str]], bool]:
        if time.monotonic() >= self._until:
            self._cases, self._whole = self._read()
            self._until = time.monotonic() + KNOWN_FOR
        return self._cases, self._whole

    @staticmethod
    def _read() -> tuple[Sequence[tuple[Asked, str]], bool]:
        try:
            source = past_cases.get()
        except LookupError:
            return (), True
        found: list[tuple[Asked, str]] = []
        for batch in source.since(timezone.localdate() - dt.timedelta(days=DAYS)):
            found += [(case.asked, fold(case.asked.text)) for case in batch]
            if len(found) >= MOST:
                return found[:MOST], False
        return found, True

    def forget(self) -> None:
        self._until = 0.0


lately = _Lately()


def try_on(content: Content) -> Tried:
    cases, whole = lately()
    if not content.conditions.narrows:
        return Tried(0, len(cases), whole)
    ruling = Ruling(0, 0, "", 0, "", content.conditions, content.exceptions, content.lead or "@", ())
    matcher = matcher_of([ruling])
    hits = sum(matcher.says(asked, text) for asked, text in cases)
    return Tried(hits, len(cases), whole)
