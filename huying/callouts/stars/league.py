"""Stars of all units of one side in one period, from the same responses that every number on a page opens to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils import timezone

from huying.callouts.stars.computing import DIGITS, Tally, added, overall, ranked, shares, shrunk
from huying.callouts.stars.measured import Measured, Side, measured
from huying.callouts.stars.standards import NAMES, Dimension, Standard, standard_for, standard_on, standards
from huying.people.directory import Listed, directory
from huying.people.periods import Period
from huying.places.tree import place_tree

OVERALL = "overall"


@dataclass(frozen=True, slots=True)
class Mark:
    """Stars as they are shown: a row of signs, a word and a number, so that none of them has to be seen."""

    value: float

    @property
    def whole(self) -> int:
        """The nearest number of stars; a half counts up."""
        return min(5, max(1, int(round(self.value, DIGITS) + 0.5)))

    @property
    def signs(self) -> str:
        return "★" * self.whole + "☆" * (5 - self.whole)

    @property
    def name(self) -> str:
        return NAMES[self.whole]

    @property
    def number(self) -> str:
        return f"{self.value:.{DIGITS}f}"


@dataclass(frozen=True, slots=True)
class Part:
    """One dimension of one unit: what was counted, its own mean, the district's, and what comes of both."""

    dimension: Dimension
    tally: Tally
    district: float | None
    drawn: float | None  # after it was drawn towards the district's mean; None without a counted response

    @property
    def mark(self) -> Mark | None:
        return None if self.drawn is None else Mark(self.drawn)

    @property
    def n(self) -> int:
        return self.tally.n


@dataclass(slots=True)
class UnitStars:
    """`n`: responses of which at least one weighed dimension counts; `rows`: all of the period."""

    unit: Listed | None  # None: the district
    parts: Mapping[str, Part]
    n: int
    rows: int
    enough: bool
    overall: float | None = None
    place: int = 0  # 0: not ranked
    shared: bool = False
    shares: Mapping[str, float] = field(default_factory=dict)

    @property
    def mark(self) -> Mark | None:
        return Mark(self.overall) if self.overall is not None and self.enough else None

    @property
    def place_words(self) -> str:
        if not self.place:
            return "—"
        return f"{self.place}（并列）" if self.shared else str(self.place)

    @property
    def left_out(self) -> int:
        """Responses of which nothing counts."""
        return self.rows - self.n

    def number(self, key: str) -> float | None:
        """What it is sorted by; None when it is not compared."""
        if not self.enough:
            return None
        return self.overall if key == OVERALL else self.parts[key].drawn

    @property
    def cells(self) -> list[Part]:
        return list(self.parts.values())


@dataclass(frozen=True, slots=True)
class League:
    side: Side
    standard: Standard
    lines: Sequence[UnitStars]
    district: UnitStars
    tallies: Mapping[int, Mapping[str, Tally]]

    def of(self, unit: int) -> UnitStars | None:
        return next((line for line in self.lines if line.unit and line.unit.id == unit), None)


# --- which responses -------------------------------------------------------------------------------------------------


def called_in(period: Period, purpose: str = "", street: str = "") -> Q:
    """Responses of units that were called in a period, for a purpose and on a street's ground."""
    wanted = Q(matter__opened_at__gte=period.since, matter__opened_at__lt=period.until)
    if purpose:
        wanted &= Q(matter__subkind=purpose)
    if street:
        family = place_tree().family(street)
        wanted &= Q(matter__street=family.street_id if family else None)
    return wanted


def rows_of(period: Period, now: dt.datetime, purpose: str = "", street: str = "") -> list[Measured]:
    """Two statements."""
    return measured(called_in(period, purpose, street), now)


def unit_of(side: Side) -> Callable[[Measured], int]:
    """On whose account a response counts on this side."""
    return (lambda row: row.unit) if side == "called" else (lambda row: row.caller)


# --- the league ------------------------------------------------------------------------------------------------------


def counts_in(row: Measured, weights: Mapping[str, float]) -> bool:
    """Whether anything of it counts: a dimension that is weighed."""
    return any(weight > 0 and key not in row.missing for key, weight in weights.items())


def league(rows: Sequence[Measured], side: Side, period: Period, kind: str = "", by: str = OVERALL) -> League:
    """Every unit that was called (or has called), the best first by `by`; those without enough responses last. Each
    response is rated by the standard of its day; weights, strength and least number are those of the period's first
    day. `kind` narrows whom the list shows and ranks, not the district's means."""
    standard = standard_on(period.first)
    weights = standard.weights(side)
    of_unit = unit_of(side)
    tallies: dict[int, dict[str, Tally]] = {}
    every: dict[int, int] = {}
    counted: dict[int, int] = {}
    for row in rows:
        unit = of_unit(row)
        of = tallies.get(unit)
        if of is None:
            of = tallies[unit] = {key: Tally() for key in weights}
            every[unit] = counted[unit] = 0
        every[unit] += 1
        counted[unit] += counts_in(row, weights)
        holding = standard_for(row)
        for key in weights:
            stars = holding.stars(row, key)
            if stars is None:
                of[key].leave_out(row.missing[key])
            else:
                of[key].add(stars)
    whole = {key: added(of[key] for of in tallies.values()) for key in weights}
    district = _stars(None, whole, whole, standard, side, sum(counted.values()), sum(every.values()))
    book = directory()
    lines = [
        _stars(book.by_id[unit], of, whole, standard, side, counted[unit], every[unit])
        for unit, of in tallies.items()
        if kind in ("", book.by_id[unit].kind)
    ]
    places = ranked({line.unit.id: value for line in lines if line.unit and (value := line.number(by)) is not None})
    for line in lines:
        if line.unit and line.unit.id in places:
            line.place, line.shared = places[line.unit.id]
    last = len(lines) + 1
    lines.sort(key=lambda line: (line.place or last, -line.n, line.unit.code if line.unit else ""))
    return League(side, standard, lines, district, tallies)


def _stars(
    unit: Listed | None,
    of: Mapping[str, Tally],
    whole: Mapping[str, Tally],
    standard: Standard,
    side: Side,
    n: int,
    rows: int,
) -> UnitStars:
    parts: dict[str, Part] = {}
    for dimension in standard.of(side):
        tally, mean = of[dimension.key], whole[dimension.key].mean
        drawn = None
        if tally.n and mean is not None:
            drawn = shrunk(tally.total, tally.n, mean, standard.strength if unit else 0)
        parts[dimension.key] = Part(dimension, tally, mean, drawn)
    there = {key: part.drawn for key, part in parts.items() if part.drawn is not None}
    weights = standard.weights(side)
    return UnitStars(
        unit=unit,
        parts=parts,
        n=n,
        rows=rows,
        enough=n >= max(1, standard.least),
        overall=overall(there, weights),
        shares=shares(weights, there),
    )


# --- the responses behind a number -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Given:
    """What one response got in one dimension, or why nothing."""

    row: Measured
    stars: int | None
    value: float | None
    missing: str


def behind(rows: Sequence[Measured], side: Side, unit: int, key: str) -> list[Given]:
    """All responses of a unit in a dimension, the newest first."""
    of_unit = unit_of(side)
    found = []
    for row in rows:
        if of_unit(row) != unit:
            continue
        standard = standard_for(row)
        found.append(Given(row, standard.stars(row, key), standard.value(row, key), row.missing.get(key, "")))
    return found[::-1]


def changes_within(period: Period) -> list[Standard]:
    """Standards that began inside a period: responses from then on were rated by them."""
    return [one for one in standards() if period.first < one.since < period.end]


def today() -> dt.date:
    return timezone.localdate()
