"""The standard in force: kept in memory, chosen by month. After a change: `bump("star_standards")`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone

from huying.callouts.stars.computing import Edges, stars_of
from huying.callouts.stars.measured import MEASURES, Measure, Measured, Side
from huying.kernel.errors import Conflict
from huying.kernel.generation import cached

CACHE = "star_standards"
NAMES = {5: "五星", 4: "四星", 3: "三星", 2: "二星", 1: "一星"}


@dataclass(frozen=True, slots=True)
class Band:
    """How many stars, and for which measures in words."""

    stars: int
    words: str

    @property
    def name(self) -> str:
        return NAMES[self.stars]


@dataclass(frozen=True, slots=True)
class Dimension:
    """`weight` in per cent of its side."""

    key: str
    name: str
    weight: int
    edges: Edges

    @property
    def measure(self) -> Measure:
        return MEASURES[self.key]

    @property
    def bands(self) -> list[Band]:
        """From five stars down; each begins where the better one ends."""
        unit, low = self.measure.unit, self.measure.low
        found = []
        better: float | None = None
        for stars, edge in zip((5, 4, 3, 2), self.edges, strict=True):
            mark = f"{edge:g}{_spaced(unit)}"
            if better is None:
                words = f"{mark}以内" if low else f"{mark}及以上"
            else:
                side = f"{better:g}{_spaced(unit)}"
                words = f"超过 {side}，{mark}以内" if low else f"{mark}及以上，不到 {side}"
            found.append(Band(stars, words))
            better = edge
        last = f"{better:g}{_spaced(unit)}"
        return [*found, Band(1, f"超过 {last}" if low else f"不到 {last}")]


def _spaced(unit: str) -> str:
    return unit if unit == "%" else f" {unit}"


@dataclass(frozen=True, slots=True)
class Standard:
    id: int
    since: dt.date
    strength: int
    least: int
    residents: int
    dimensions: Mapping[str, Dimension]

    @property
    def since_words(self) -> str:
        return f"{self.since.year}年{self.since.month}月起"

    def of(self, side: Side) -> list[Dimension]:
        return [one for one in self.dimensions.values() if one.measure.side == side]

    def weights(self, side: Side) -> dict[str, float]:
        return {one.key: float(one.weight) for one in self.of(side)}

    def stars(self, row: Measured, key: str) -> int | None:
        """What a response gets in a dimension; None where it has no measure (`row.missing` says why)."""
        value = self.value(row, key)
        return None if value is None else stars_of(value, self.dimensions[key].edges)

    def value(self, row: Measured, key: str) -> float | None:
        return row.satisfaction(self.residents) if key == "satisfaction" else row.values.get(key)


@cached(CACHE)
def standards() -> Sequence[Standard]:
    """All versions, the oldest first."""
    from huying.callouts.stars.models import StarStandard

    found = []
    for row in StarStandard.objects.prefetch_related("dimensions").order_by("since"):
        of = {one.key: one for one in row.dimensions.all()}
        dimensions = {
            key: Dimension(key, one.name, one.weight, (one.five, one.four, one.three, one.two))
            for key in MEASURES
            if (one := of.get(key)) is not None
        }
        found.append(Standard(row.pk, row.since, row.strength, row.least, row.residents, dimensions))
    return tuple(found)


def standard_on(day: dt.date) -> Standard:
    """The newest that had begun by a day; before the first one, the first."""
    known = standards()
    if not known:
        raise Conflict("还没有设置评星标准，请管理员先设置。", code="no_standard")
    return next((one for one in reversed(known) if one.since <= day), known[0])


def standard_for(row: Measured) -> Standard:
    """By which a response gets its stars: that of the day on which it was called, whatever is set later."""
    return standard_on(timezone.localdate(row.at))
