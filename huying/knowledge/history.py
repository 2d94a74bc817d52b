"""What knowledge learns from: matters that were answered, as the room that owns them tells of them.

`knowledge` stands below `cases` and knows no case. `cases` registers one source; rules are replayed over it, the
recommender is trained and judged on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of a matter before it is given to anybody: all that a rule or a model may look at.

    `category` is a key of the tree ("" = none yet); `street`, `community` are ids of places; `text` is title and words.
    """

    text: str
    kind: str = ""
    category: str = ""
    urgency: str = ""
    channel: str = ""
    street: int | None = None
    community: int | None = None


@dataclass(frozen=True, slots=True)
class PastCase:
    """One matter that has been given to somebody. `first` got it first, `final` led it in the end (organisation ids);
    `dispatches` how often it was given; `objections` how often a unit objected, `upheld` how often rightly;
    `handed_back` how often a unit gave it back, `overdue` whether a limit of its handling was missed."""

    matter_id: int
    number: str
    asked: Asked
    opened_at: datetime
    closed_at: datetime | None
    first: int
    final: int
    helpers: tuple[int, ...] = ()
    dispatches: int = 1
    objections: int = 0
    upheld: int = 0
    handed_back: int = 0
    overdue: bool = False


class PastCases(Protocol):
    """Read in batches by key, never whole into memory; newest first where `newest` is asked."""

    def since(self, first: date, last: date | None = None, *, closed: bool = False) -> Iterator[list[PastCase]]:
        """Those received in the days from `first` to before `last`; `closed`: only those that are closed."""
        ...

    def of(self, numbers: list[str]) -> list[PastCase]:
        """Those with these numbers, in this order; unknown ones are left out."""
        ...


class _Source:
    """The one source there is. `get` raises `LookupError` when no room has registered."""

    def __init__(self) -> None:
        self._source: PastCases | None = None

    def register(self, source: PastCases) -> None:
        if self._source is not None:
            raise ValueError("a source of past cases is registered already")
        self._source = source

    def get(self) -> PastCases:
        if self._source is None:
            raise LookupError("no room has registered a source of past cases")
        return self._source


past_cases = _Source()
