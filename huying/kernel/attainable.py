"""Whether a published percentage can come from a denominator at all.

A rate of k out of n, told with two decimals, takes only the values round(100 k / n). With more than ten thousand rows
every value is taken; with fewer, some are not, and whoever publishes one of those has counted something else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil

PLACES = 2


def told(part: int, whole: int, places: int = PLACES) -> Decimal:
    """The percentage as it would be published: rounded half up."""
    exact = Fraction(100 * part, whole)
    scaled = exact * 10**places
    rounded = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(rounded).scaleb(-places).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def numerators(rate: Decimal, whole: int, places: int = PLACES) -> range:
    """Every numerator that is told as `rate` with this denominator; empty where there is none."""
    half = Fraction(1, 2 * 10**places)
    least = ceil((Fraction(rate) - half) * whole / 100)
    beyond = ceil((Fraction(rate) + half) * whole / 100)
    return range(max(0, least), min(whole + 1, beyond))


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A numerator beside the rate, and how it would be told."""

    part: int
    rate: Decimal


def neighbours(rate: Decimal, whole: int, places: int = PLACES) -> tuple[Neighbour | None, Neighbour | None]:
    """The nearest below and above that this denominator does give; None where there is none."""
    found = numerators(rate, whole, places)
    below, above = found.start - 1, max(found.stop, found.start)

    def neighbour(part: int) -> Neighbour | None:
        return Neighbour(part, told(part, whole, places)) if 0 <= part <= whole else None

    return neighbour(below), neighbour(above)


def denominators(rate: Decimal, most: int, places: int = PLACES) -> Iterator[int]:
    """Denominators that do give the rate, from `most` downwards."""
    return (whole for whole in range(most, 0, -1) if numerators(rate, whole, places))
