"""From measures to stars: arithmetic alone, no row, no clock, no database.

The way, for one unit and one period:

1. Each response has a measure in each dimension (share of the limit used, points of a rating), or none and a reason.
2. Bands turn a measure into one to five stars. They are four edges, so that no measure falls between two bands or into
   both; which way they run says whether more or less is better.
3. A unit's stars in a dimension are counted (`Tally`: how many responses got one star, two …). Only counts go on from
   here: in which order responses come cannot matter.
4. The mean of few responses is drawn towards the district's mean (`shrunk`).
5. The dimensions' means are added up by weight (`overall`); a dimension without data gives its weight to the others in
   their own proportions.
6. Units are ranked as in sports (1, 2, 2, 4); what reads the same is a tie (`ranked`).

Why a Bayesian average in step 4: of 60 units, some are called 300 times a year and some 6 times. The plain mean of six
ratings says more about chance than about the unit, so that the top and the bottom of a league would belong to those
who are hardly ever called. `(n·x̄ + k·m) / (n + k)` is the posterior mean of a unit's true level when levels vary
around the district's mean m and k responses say as much about a unit as knowing m does: k = σ²(within units) /
τ²(between units). Empirical Bayes would take k from each period's data; with a few dozen units that estimate is itself
mostly noise, changes from month to month, and nobody can redo it with a pencil. So k is a figure that the district
sets and publishes, beside the estimate (`estimated_strength`) that tells it whether it is far off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

MOST, LEAST = 5, 1
DIGITS = 2  # of all that is shown; what is shown as equal is a tie
Edges = tuple[float, float, float, float]  # of five, four, three and two stars; whatever lies beyond has one


def runs_up(edges: Edges) -> bool:
    """Whether less is better: five stars up to the first edge, four up to the second …"""
    return edges[0] < edges[-1]


def is_band(edges: Sequence[float]) -> bool:
    """Whether edges make bands that cover everything once: strictly falling or strictly rising."""
    pairs = list(pairwise(edges))
    return len(edges) == 4 and (all(a > b for a, b in pairs) or all(a < b for a, b in pairs))


def stars_of(measure: float, edges: Edges) -> int:
    """One to five; an edge belongs to the better side."""
    up = runs_up(edges)
    for stars, edge in zip((5, 4, 3, 2), edges, strict=True):
        if measure <= edge if up else measure >= edge:
            return stars
    return LEAST


@dataclass(slots=True)
class Tally:
    """How many responses got how many stars, and why the others are not counted."""

    counts: list[int] = field(default_factory=lambda: [0] * MOST)
    left_out: dict[str, int] = field(default_factory=dict)

    def add(self, stars: int) -> None:
        self.counts[stars - 1] += 1

    def leave_out(self, reason: str) -> None:
        self.left_out[reason] = self.left_out.get(reason, 0) + 1

    @property
    def n(self) -> int:
        return sum(self.counts)

    @property
    def total(self) -> int:
        return sum(stars * count for stars, count in enumerate(self.counts, 1))

    @property
    def mean(self) -> float | None:
        return self.total / self.n if self.n else None

    @property
    def squares(self) -> int:
        return sum(stars * stars * count for stars, count in enumerate(self.counts, 1))

    @property
    def excluded(self) -> int:
        return sum(self.left_out.values())


def added(tallies: Iterable[Tally]) -> Tally:
    whole = Tally()
    for tally in tallies:
        whole.counts = [mine + other for mine, other in zip(whole.counts, tally.counts, strict=True)]
        for reason, n in tally.left_out.items():
            whole.left_out[reason] = whole.left_out.get(reason, 0) + n
    return whole


def shrunk(total: float, n: int, mean: float, strength: float) -> float:
    """The mean of n responses that have `total` stars together, drawn towards `mean` as if `strength` further responses
    lay exactly there. Without any response, and for a strength that nothing outweighs, it is `mean`; for very many
    responses it is their own."""
    return mean if n + strength == 0 else (total + strength * mean) / (n + strength)


def shares(weights: Mapping[str, float], there: Iterable[str]) -> dict[str, float]:
    """The weights of the dimensions that have data, as shares of 1: what the others leave is shared in proportion.
    Empty where nothing that is weighed has data."""
    known = set(there)
    found = {key: weight for key, weight in weights.items() if key in known and weight > 0}
    whole = sum(found.values())
    return {key: weight / whole for key, weight in found.items()}


def overall(stars: Mapping[str, float], weights: Mapping[str, float]) -> float | None:
    """The weighted mean of the dimensions that have data; None when there is none."""
    parts = shares(weights, stars)
    if not parts:
        return None
    mean = sum(stars[key] * share for key, share in parts.items())
    return min(max(mean, min(stars[key] for key in parts)), max(stars[key] for key in parts))  # but for rounding


def ranked(values: Mapping[int, float]) -> dict[int, tuple[int, bool]]:
    """Place, and whether it is shared: two at the second place are followed by the fourth."""
    shown = {key: round(value, DIGITS) for key, value in values.items()}
    by_value: dict[float, list[int]] = {}
    for key, value in shown.items():
        by_value.setdefault(value, []).append(key)
    places: dict[int, tuple[int, bool]] = {}
    before = 0
    for value in sorted(by_value, reverse=True):
        for key in by_value[value]:
            places[key] = (before + 1, len(by_value[value]) > 1)
        before += len(by_value[value])
    return places


def estimated_strength(tallies: Sequence[Tally]) -> float | None:
    """What the data say k should be: variance within units over variance between them (one-way analysis of variance,
    unbalanced; the moments of Bühlmann and Straub). None when there are too few units or responses to tell, infinite
    when units do not differ by more than chance."""
    groups = [tally for tally in tallies if tally.n]
    n = sum(tally.n for tally in groups)
    if len(groups) < 2 or n <= len(groups):
        return None
    mean = sum(tally.total for tally in groups) / n
    within = sum(tally.squares - tally.total**2 / tally.n for tally in groups) / (n - len(groups))
    apart = sum(tally.n * (tally.total / tally.n - mean) ** 2 for tally in groups)
    typical = (n - sum(tally.n**2 for tally in groups) / n) / (len(groups) - 1)
    between = (apart / (len(groups) - 1) - within) / typical
    if within <= 0:
        return 0.0 if between > 0 else None
    return within / between if between > 0 else float("inf")
