from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from huying.kernel.attainable import denominators, neighbours, numerators, told

WHOLES = st.integers(1, 3_000)
RATES = st.integers(0, 10_000).map(lambda n: Decimal(n) / 100)


@given(WHOLES, st.data())
def test_whatever_is_told_can_be_found_again(whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    assert part in numerators(told(part, whole), whole)


@given(RATES, WHOLES)
def test_every_numerator_found_is_told_so_and_no_other_is(rate: Decimal, whole: int) -> None:
    found = numerators(rate, whole)
    assert all(told(part, whole) == rate for part in found)
    below, above = neighbours(rate, whole)
    assert below is None or below.rate < rate
    assert above is None or above.rate > rate


def test_published_rates_that_their_denominators_cannot_give() -> None:
    for whole in (5_297, 5_812):
        assert not numerators(Decimal("98.44"), whole)
        assert not numerators(Decimal("98.05"), whole)
    assert numerators(Decimal("95.41"), 5_812) == range(5_545, 5_546)
    below, above = neighbours(Decimal("98.44"), 5_812)
    assert below and above
    assert (below.part, str(below.rate), above.part, str(above.rate)) == (5_721, "98.43", 5_722, "98.45")
    assert next(denominators(Decimal("98.44"), 5_812)) < 5_812
