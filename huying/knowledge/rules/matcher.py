"""Rules made ready to decide: pure, nothing in here asks the database.

Rules stand in one order of precedence, the first that holds decides:

1. whose place is narrower: a community before a street before none,
2. whose category lies deeper,
3. which has more further kinds of conditions (words, kind, urgency, channel),
4. whose priority is the smaller number,
5. whose code comes first.

For one category only the rules that could hold at all are gone through, in that order; that list is made once for
each category. Words are looked for where a rule asks for them (`in` of a short word takes a tenth of a microsecond):
after the category only a few are left to ask, and one pass for all words of all rules would take longer than that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from huying.kernel.search import fold
from huying.knowledge.history import Asked
from huying.knowledge.rules.conditions import Conditions, is_below

STREET, COMMUNITY = "@street", "@community"  # in place of a unit's code: whoever answers for the place
TERRITORIAL = (STREET, COMMUNITY)


@dataclass(frozen=True, slots=True)
class Ruling:
    """One version of a rule, as it is matched. `lead` and `helpers` are codes of units or `TERRITORIAL`."""

    rule: int
    version: int
    code: str
    n: int
    subject: str
    conditions: Conditions
    exceptions: tuple[Conditions, ...]
    lead: str
    helpers: tuple[str, ...] = ()
    document: str = ""
    clause: str = ""
    priority: int = 5

    @property
    def order(self) -> tuple[int, int, int, int, str]:
        place, category, further = self.conditions.specificity
        return -place, -category, -further, self.priority, self.code


@dataclass(frozen=True, slots=True)
class Units:
    """Who stands behind what rules name: code → unit that there is now, place → unit that answers for it."""

    by_code: Mapping[str, int]
    by_place: Mapping[int, int]

    def of(self, named: str, asked: Asked) -> int | None:
        if named == STREET:
            return self.by_place.get(asked.street or 0)
        if named == COMMUNITY:
            return self.by_place.get(asked.community or 0)
        return self.by_code.get(named)


@dataclass(frozen=True, slots=True)
class RuleHit:
    """A rule that holds for what was asked. `lead`, `helpers`: ids of units that there are now; `words`: which of its
    words the text says."""

    rule: int
    version: int
    code: str
    n: int
    subject: str
    document: str
    clause: str
    lead: int
    helpers: tuple[int, ...]
    words: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        return f"{self.document}{self.clause}"


@dataclass(slots=True)
class _Test:
    """Conditions with words folded and places as ids."""

    categories: tuple[str, ...]
    any_words: tuple[str, ...]
    all_words: tuple[str, ...]
    none_words: tuple[str, ...]
    places: frozenset[int]
    nowhere: bool  # it names places, none of which there is any more
    kinds: frozenset[str]
    urgencies: frozenset[str]
    channels: frozenset[str]

    @classmethod
    def of(cls, conditions: Conditions, places: Mapping[str, int]) -> _Test:
        known = frozenset(places[code] for code in conditions.places if code in places)
        return cls(
            conditions.categories,
            _folded(conditions.any_words),
            _folded(conditions.all_words),
            _folded(conditions.none_words),
            known,
            bool(conditions.places) and not known,
            frozenset(conditions.kinds),
            frozenset(conditions.urgencies),
            frozenset(conditions.channels),
        )

    def holds(self, asked: Asked, text: str) -> bool:
        """But for the category, which has been asked before."""
        if self.kinds and asked.kind not in self.kinds:
            return False
        if self.places and asked.street not in self.places and asked.community not in self.places:
            return False
        if self.nowhere:
            return False
        if self.urgencies and asked.urgency not in self.urgencies:
            return False
        if self.channels and asked.channel not in self.channels:
            return False
        for word in self.all_words:
            if word not in text:
                return False
        if self.any_words:
            for word in self.any_words:
                if word in text:
                    break
            else:
                return False
        return all(word not in text for word in self.none_words) if self.none_words else True

    def covers(self, category: str) -> bool:
        return not self.categories or any(is_below(category, above) for above in self.categories)


def _folded(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(fold(word) for word in words)


@dataclass(slots=True)
class _Ready:
    ruling: Ruling
    test: _Test
    exceptions: tuple[_Test, ...]

    def holds(self, asked: Asked, text: str) -> bool:
        if not self.test.holds(asked, text):
            return False
        for exception in self.exceptions:
            if exception.covers(asked.category) and exception.holds(asked, text):
                return False
        return True


@dataclass(slots=True)
class Matcher:
    """All rules that are in force on one day."""

    rulings: Sequence[Ruling]
    units: Units
    places: Mapping[str, int]
    _ready: list[_Ready] = field(init=False)
    _for: dict[str, tuple[_Ready, ...]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.rulings = sorted(self.rulings, key=lambda ruling: ruling.order)
        self._ready = [
            _Ready(
                ruling,
                _Test.of(ruling.conditions, self.places),
                tuple(_Test.of(exception, self.places) for exception in ruling.exceptions),
            )
            for ruling in self.rulings
        ]

    def _candidates(self, category: str) -> tuple[_Ready, ...]:
        found = self._for.get(category)
        if found is None:
            found = tuple(one for one in self._ready if one.test.covers(category))
            self._for[category] = found
        return found

    def holding(self, asked: Asked, text: str) -> Iterator[tuple[Ruling, int]]:
        """Rules that hold, the deciding one first, each with the unit that it gives the matter to. `text`: folded.

        One that names a unit that is no more, or a place's unit where there is no place, decides nothing.
        """
        for one in self._candidates(asked.category):
            if one.holds(asked, text):
                lead = self.units.of(one.ruling.lead, asked)
                if lead is not None:
                    yield one.ruling, lead

    def says(self, asked: Asked, text: str) -> bool:
        """Whether the conditions of any rule hold, whoever it names."""
        return any(one.holds(asked, text) for one in self._candidates(asked.category))

    def first(self, asked: Asked, text: str) -> tuple[Ruling, int] | None:
        return next(self.holding(asked, text), None)

    def hits(self, asked: Asked) -> list[RuleHit]:
        text = fold(asked.text)
        return [self._told(ruling, lead, asked, text) for ruling, lead in self.holding(asked, text)]

    def decide(self, asked: Asked) -> RuleHit | None:
        text = fold(asked.text)
        found = self.first(asked, text)
        return None if found is None else self._told(*found, asked, text)

    def _told(self, ruling: Ruling, lead: int, asked: Asked, text: str) -> RuleHit:
        named = (self.units.of(code, asked) for code in ruling.helpers)
        helpers = dict.fromkeys(unit for unit in named if unit is not None and unit != lead)
        said = (*ruling.conditions.any_words, *ruling.conditions.all_words)
        return RuleHit(
            rule=ruling.rule,
            version=ruling.version,
            code=ruling.code,
            n=ruling.n,
            subject=ruling.subject,
            document=ruling.document,
            clause=ruling.clause,
            lead=lead,
            helpers=tuple(helpers),
            words=tuple(word for word in said if fold(word) in text),
        )
