"""Replies that have been given, as the room that owns the matters tells of them. `cases` registers one source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Answered:
    """One reply: of line `seq`, let go at `at`. `message` is title and text of the matter as it came in."""

    matter_id: int
    seq: int
    number: str
    at: datetime
    message: str
    reply: str


class AnsweredMatters(Protocol):
    def since(self, at: datetime | None, most: int) -> Sequence[Answered]:
        """The first so many let go at `at` or later, in the order of time; texts erased meanwhile left out."""
        ...

    def newest(self, most: int) -> Sequence[Answered]: ...

    def of(self, lines: Sequence[tuple[int, int]]) -> Sequence[Answered]:
        """Those of these (matter, line), in any order."""
        ...


class _Source:
    """The one source there is; none before a room has registered."""

    def __init__(self) -> None:
        self._source: AnsweredMatters | None = None

    def register(self, source: AnsweredMatters) -> None:
        if self._source is not None:
            raise ValueError("a source of answered matters is registered already")
        self._source = source

    def get(self) -> AnsweredMatters:
        if self._source is None:
            raise LookupError("no room has registered a source of answered matters")
        return self._source


answered = _Source()
