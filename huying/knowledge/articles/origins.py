"""Drafts that begin with the answer of a closed matter. `knowledge` knows no case: the room that owns them tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from huying.people.actors import Actor


@dataclass(frozen=True, slots=True)
class Beginning:
    """What is known before anybody writes; nobody's name or number is in it. `owner`: the unit that answered."""

    matter_id: int
    number: str
    question: str
    answer: str
    category: str = ""
    owner: int | None = None


class _Source:
    """The one source there is; None of it where nobody has registered, or this actor may not see the matter."""

    def __init__(self) -> None:
        self._source: Callable[[Actor, str], Beginning | None] | None = None

    def register(self, source: Callable[[Actor, str], Beginning | None]) -> None:
        if self._source is not None:
            raise ValueError("a source of beginnings is registered already")
        self._source = source

    def begin(self, actor: Actor, number: str) -> Beginning | None:
        return self._source(actor, number) if self._source is not None else None


origins = _Source()
