"""From measures to stars: what must hold whatever the numbers are."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from huying.callouts.stars.computing import (
    Edges,
    Tally,
    estimated_strength,
    is_band,
    overall,
    ranked,
    runs_up,
    shares,
    shrunk,
    stars_of,
)

NUMBERS = st.floats(-1000, 1000, allow_nan=False)
MEANS = st.floats(1, 5)
STARS = st.integers(1, 5)
STRENGTHS = st.integers(0, 500)
KEYS = ("speed", "on_time", "solved", "satisfaction")


@st.composite
def edges(draw: st.DrawFn) -> Edges:
    found = sorted(draw(st.sets(st.integers(-1000, 1000), min_size=4, max_size=4)), reverse=draw(st.booleans()))
    return (found[0], found[1], found[2], found[3])


def tally_of(given_stars: list[int]) -> Tally:
    tally = Tally()
    for stars in given_stars:
        tally.add(stars)
    return tally


# --- bands -----------------------------------------------------------------------------------------------------------


@given(edges(), NUMBERS)
def test_every_measure_falls_into_one_band(of: Edges, measure: float) -> None:
    assert is_band(of)
    assert 1 <= stars_of(measure, of) <= 5


@given(edges(), NUMBERS, NUMBERS)
def test_a_better_measure_never_has_fewer_stars(of: Edges, one: float, other: float) -> None:
    worse, better = sorted((one, other), reverse=runs_up(of))
    assert stars_of(better, of) >= stars_of(worse, of)


@given(edges())
def test_an_edge_belongs_to_the_better_side(of: Edges) -> None:
    assert [stars_of(edge, of) for edge in of] == [5, 4, 3, 2]


@pytest.mark.parametrize("bad", [(5, 4, 4, 3), (5, 4, 3), (5, 3, 4, 2), (1, 1, 1, 1), ()])
def test_edges_that_leave_gaps_or_overlap_are_no_bands(bad: tuple[float, ...]) -> None:
    assert not is_band(bad)


# --- one dimension ---------------------------------------------------------------------------------------------------


@given(st.lists(STARS, min_size=1, max_size=60), st.randoms())
def test_the_order_of_responses_does_not_matter(stars: list[int], random: object) -> None:
    mixed = list(stars)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert tally_of(stars) == tally_of(mixed)


@given(st.lists(STARS, max_size=60), MEANS, STRENGTHS)
def test_drawn_towards_the_mean_and_never_past_it(stars: list[int], mean: float, strength: int) -> None:
    tally = tally_of(stars)
    drawn = shrunk(tally.total, tally.n, mean, strength)
    own = mean if tally.mean is None else tally.mean
    assert min(own, mean) - 1e-9 <= drawn <= max(own, mean) + 1e-9
    assert 1 - 1e-9 <= drawn <= 5 + 1e-9


@given(MEANS, STRENGTHS)
def test_without_a_response_it_is_the_districts_mean(mean: float, strength: int) -> None:
    assert math.isclose(shrunk(0, 0, mean, strength), mean)


@given(STARS, MEANS, STRENGTHS)
def test_with_very_many_responses_it_is_their_own_mean(stars: int, mean: float, strength: int) -> None:
    n = 10**9
    assert math.isclose(shrunk(stars * n, n, mean, strength), stars, abs_tol=1e-5)


@given(st.lists(STARS, min_size=1, max_size=40), MEANS)
def test_without_strength_nothing_is_drawn(stars: list[int], mean: float) -> None:
    tally = tally_of(stars)
    assert math.isclose(shrunk(tally.total, tally.n, mean, 0), tally.total / tally.n)


@given(st.lists(STARS, min_size=1, max_size=40), STRENGTHS, MEANS, st.data())
def test_a_better_rating_never_lowers_the_stars(
    stars: list[int], strength: int, rest: float, data: st.DataObject
) -> None:
    """Of the unit that gets it: its own rating is part of the district's mean as well, which can only rise with it."""
    at = data.draw(st.integers(0, len(stars) - 1))
    assume(stars[at] < 5)
    better = [*stars[:at], stars[at] + 1, *stars[at + 1 :]]
    others = 100  # responses of other units

    def result(of: list[int]) -> float:
        tally = tally_of(of)
        district = (tally.total + rest * others) / (tally.n + others)
        drawn = shrunk(tally.total, tally.n, district, strength)
        whole = overall({"speed": drawn, "solved": 3.0}, {"speed": 60.0, "solved": 40.0})
        assert whole is not None
        return whole

    assert result(better) >= result(stars)


# --- all dimensions --------------------------------------------------------------------------------------------------


@given(
    st.dictionaries(st.sampled_from(KEYS), MEANS, min_size=1),
    st.fixed_dictionaries({key: st.integers(0, 100) for key in KEYS}),
)
def test_the_whole_lies_between_its_dimensions(stars: dict[str, float], weights: dict[str, float]) -> None:
    whole = overall(stars, weights)
    weighed = [stars[key] for key in stars if weights[key]]
    if not weighed:
        assert whole is None
    else:
        assert whole is not None
        assert min(weighed) <= whole <= max(weighed)
        assert math.isclose(sum(shares(weights, stars).values()), 1)


def test_a_dimension_without_data_shares_its_weight_in_proportion() -> None:
    weights = {"speed": 20.0, "on_time": 20.0, "solved": 30.0, "satisfaction": 30.0}
    found = shares(weights, ["speed", "on_time", "solved"])
    assert {key: round(share, 4) for key, share in found.items()} == {
        "speed": 0.2857, "on_time": 0.2857, "solved": 0.4286,
    }  # fmt: skip
    whole = overall({"speed": 5.0, "on_time": 5.0, "solved": 1.5}, weights)
    assert whole is not None
    assert round(whole, 4) == 3.5


def test_with_all_the_weight_on_one_dimension_it_alone_counts() -> None:
    assert overall({"speed": 2.0, "solved": 5.0}, {"speed": 100.0, "solved": 0.0}) == 2.0


def test_without_any_data_there_is_nothing_to_show() -> None:
    assert overall({}, {"speed": 100.0}) is None


# --- ranks -----------------------------------------------------------------------------------------------------------


def test_what_reads_the_same_is_a_tie_and_the_next_place_is_left_out() -> None:
    assert ranked({1: 4.5, 2: 4.301, 3: 4.299, 4: 4.2}) == {
        1: (1, False), 2: (2, True), 3: (2, True), 4: (4, False),
    }  # fmt: skip


@given(st.dictionaries(st.integers(1, 50), MEANS, max_size=30))
def test_a_place_says_how_many_are_better(values: dict[int, float]) -> None:
    places = ranked(values)
    shown = {key: round(value, 2) for key, value in values.items()}
    for key, (place, shared) in places.items():
        assert place == 1 + sum(other > shown[key] for other in shown.values())
        assert shared == (sum(other == shown[key] for other in shown.values()) > 1)
    in_order = sorted(places.values())
    assert all(b[0] >= a[0] for a, b in pairwise(in_order))


# --- how strong ------------------------------------------------------------------------------------------------------


def test_the_data_say_how_strongly_to_draw() -> None:
    alike = [tally_of([3, 5, 4, 4]), tally_of([5, 3, 4, 4]), tally_of([4, 4, 3, 5])]
    assert estimated_strength(alike) == float("inf"), "units differ by no more than chance"
    apart = [tally_of([5, 5, 4, 5]), tally_of([2, 1, 1, 2]), tally_of([3, 3, 4, 3])]
    k = estimated_strength(apart)
    assert k is not None
    assert 0 < k < 1, "each response says much about its unit"
    assert estimated_strength([tally_of([5, 4])]) is None
    assert estimated_strength([]) is None
