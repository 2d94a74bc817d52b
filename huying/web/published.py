"""核对公开的百分比: whether a rate can come from a denominator at all, and what our own figures say beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice

from django import forms

from huying.callouts.metrics.declared import CLOSED, GROUP, RESPONDED, SATISFIED
from huying.kernel.attainable import Neighbour, denominators, neighbours, numerators, told
from huying.kernel.metrics import Tally
from huying.kernel.registry import Metric
from huying.people.periods import Period
from huying.web.evaluation import district_tallies, rows_url

# What a district has published of 2021: calls, how often units were called by them, and three rates.
CALLS, CALLED = 5_297, 5_812
RATES: tuple[tuple[Metric, Decimal], ...] = (
    (RESPONDED, Decimal("98.05")),
    (CLOSED, Decimal("98.44")),
    (SATISFIED, Decimal("95.41")),
)
OTHERS_SHOWN = 3  # of the denominators that would do


class RateForm(forms.Form):
    use_required_attribute = False

    rate = forms.DecimalField(
        label="公开的百分比",
        min_value=Decimal(0),
        max_value=Decimal(100),
        max_digits=5,
        decimal_places=2,
        help_text="两位小数，例如 98.44。",
        error_messages={
            "required": "请填写百分比。",
            "invalid": "请填写数字，例如 98.44。",
            "min_value": "百分比在 0 到 100 之间。",
            "max_value": "百分比在 0 到 100 之间。",
            "max_decimal_places": "最多两位小数。",
            "max_digits": "最多两位小数，例如 98.44。",
            "max_whole_digits": "百分比在 0 到 100 之间。",
        },
    )
    whole = forms.IntegerField(
        label="分母",
        min_value=1,
        max_value=10_000_000,
        help_text="一共多少次，例如 5812。",
        error_messages={
            "required": "请填写分母。",
            "invalid": "请填写整数，例如 5812。",
            "min_value": "分母至少是 1。",
            "max_value": "分母最多一千万。",
        },
    )


@dataclass(frozen=True, slots=True)
class Checked:
    """One rate against one denominator. `first`, `last`: the numerators that give it; None where none does."""

    rate: Decimal
    whole: int
    first: int | None
    last: int | None
    below: Neighbour | None
    above: Neighbour | None
    others: Sequence[int]  # the next smaller denominators that give it

    @property
    def possible(self) -> bool:
        return self.first is not None


def check(rate: Decimal, whole: int) -> Checked:
    found = numerators(rate, whole)
    below, above = neighbours(rate, whole)
    others = [] if found else list(islice(denominators(rate, whole), OTHERS_SHOWN))
    first, last = (found[0], found[-1]) if found else (None, None)
    return Checked(rate, whole, first, last, below, above, others)


@dataclass(frozen=True, slots=True)
class Line:
    """A published rate: against both denominators, and ours of the same meaning."""

    metric: Metric
    rate: Decimal
    by_calls: Checked
    by_called: Checked
    own: Tally
    own_url: str

    @property
    def own_rate(self) -> Decimal:
        return told(self.own.part, self.own.whole)


def lines(period: Period, now: datetime) -> list[Line]:
    found = district_tallies(GROUP, period, now)
    return [
        Line(metric, rate, check(rate, CALLS), check(rate, CALLED), found[metric.id], rows_url(metric, period, None))
        for metric, rate in RATES
    ]
