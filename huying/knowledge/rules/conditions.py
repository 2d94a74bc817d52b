"""What a dispatch rule asks of a matter: readable, kept as data, never code.

All parts that are given must hold together. `categories` hold with everything below them, of `any_words` one must be in
the text, of `all_words` each, of `none_words` none; `places` are codes of streets and communities.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from huying.kernel.search import fold

PARTS = ("categories", "any_words", "all_words", "none_words", "places", "kinds", "urgencies", "channels")
FURTHER = ("any_words", "all_words", "none_words", "kinds", "urgencies", "channels")


@dataclass(frozen=True, slots=True)
class Conditions:
    categories: tuple[str, ...] = ()
    any_words: tuple[str, ...] = ()
    all_words: tuple[str, ...] = ()
    none_words: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    urgencies: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    @classmethod
    def of(cls, kept: Mapping[str, Sequence[str]]) -> Conditions:
        """From what `kept` gave; parts that this release does not know are a mistake and not passed over."""
        return cls(**{part: tuple(values) for part, values in kept.items()})

    def kept(self) -> dict[str, list[str]]:
        """As JSON has it: without the parts that are not asked."""
        return {field.name: list(values) for field in fields(self) if (values := getattr(self, field.name))}

    def __bool__(self) -> bool:
        return any(getattr(self, part) for part in PARTS)

    @property
    def narrows(self) -> bool:
        """Whether it says at all what it is about: a rule of channels alone would catch everything."""
        return bool(self.categories or self.any_words or self.all_words or self.places)

    @property
    def specificity(self) -> tuple[int, int, int]:
        """How narrow it is: first by place (a community 2, a street 1), then by the level of its category, then by how
        many further kinds of conditions it has. Of several the widest counts."""
        place = min((2 if len(code) > 9 else 1 for code in self.places), default=0)
        category = min((code.count(".") + 1 for code in self.categories), default=0)
        return place, category, sum(bool(getattr(self, part)) for part in FURTHER)


def is_below(code: str, above: str) -> bool:
    """Whether a category is another one or lies below it."""
    return code == above or code.startswith(above + ".")


def may_overlap(a: Conditions, b: Conditions) -> bool:
    """Whether some matter could meet both. Words never part two rules, unless one refuses what the other asks for."""
    for part in ("kinds", "urgencies", "channels"):
        one, other = getattr(a, part), getattr(b, part)
        if one and other and not set(one) & set(other):
            return False
    if a.categories and b.categories and not _meet(a.categories, b.categories, is_below):
        return False
    if a.places and b.places and not _meet(a.places, b.places, str.startswith):
        return False
    return not (_refuses(a, b) or _refuses(b, a))


def _meet(some: Iterable[str], others: Sequence[str], below: object) -> bool:
    assert callable(below)
    return any(below(x, y) or below(y, x) for x in some for y in others)


def _refuses(a: Conditions, b: Conditions) -> bool:
    """Whether a text that `b` asks for always holds a word that `a` refuses."""
    refused = [fold(word) for word in a.none_words]
    if not refused:
        return False

    def holds(word: str) -> bool:
        return any(one in fold(word) for one in refused)

    if any(holds(word) for word in b.all_words):
        return True
    return bool(b.any_words) and all(holds(word) for word in b.any_words)
