"""Which offers fit and in which order: what holds for all of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from huying.dockets.pool.ranking import (
    WEIGHTS,
    Match,
    Offered,
    Used,
    Wanted,
    Where,
    covers,
    judge,
    judged,
    open_days,
    ranked,
    services_in,
    when_words,
)

HERE = ZoneInfo("Asia/Shanghai")
MONDAY = dt.datetime(2026, 11, 23, 9, 0, tzinfo=HERE)
FREE = Used()

wheres = st.builds(
    Where,
    street=st.sampled_from([None, 1, 2]),
    community=st.sampled_from([None, 11, 12, 21]),
    point=st.none() | st.tuples(st.floats(114.2, 114.5), st.floats(30.4, 30.7)),
)
hours = st.sampled_from(
    [(None, None), (dt.time(8), dt.time(12)), (dt.time(14), dt.time(17)), (dt.time(18), dt.time(22))]
)


@st.composite
def offers(draw: st.DrawFn, key: int = 0) -> Offered:
    opens, closes = draw(hours)
    rated = draw(st.integers(0, 30))
    return Offered(
        id=key or draw(st.integers(1, 10_000)),
        service=draw(st.sampled_from(["water", "repair"])),
        valid_from=MONDAY.date() + dt.timedelta(days=draw(st.integers(-90, 6))),
        places=frozenset(draw(st.sets(st.sampled_from([1, 2, 11, 12, 21]), max_size=2))),
        home=draw(wheres),
        weekdays=frozenset(draw(st.sets(st.integers(1, 7), max_size=4))),
        months=frozenset(draw(st.sampled_from([(), (11,), (6, 7, 8), (11, 12)]))),
        opens=opens,
        closes=closes,
        valid_to=draw(st.none() | st.just(MONDAY.date() + dt.timedelta(days=draw(st.integers(6, 90))))),
        per_day=draw(st.none() | st.integers(1, 20)),
        per_month=draw(st.none() | st.integers(1, 200)),
        rated=rated,
        stars=rated * draw(st.integers(1, 5)),
    )


@st.composite
def wants(draw: st.DrawFn) -> Wanted:
    starts = MONDAY + dt.timedelta(hours=draw(st.integers(0, 72)))
    return Wanted(
        frozenset({"water"}),
        draw(wheres),
        starts,
        starts + dt.timedelta(hours=draw(st.sampled_from([0, 4, 48, 24 * 14]))),
        draw(st.integers(1, 30)),
    )


many = st.lists(st.integers(1, 500), min_size=1, max_size=15, unique=True).flatmap(
    lambda keys: st.tuples(*(offers(key) for key in keys))
)


@given(many, wants())
def test_only_what_fits_is_offered_and_always_with_every_reason(found: tuple[Offered, ...], wanted: Wanted) -> None:
    for match in ranked(found, wanted, lambda offer, day: FREE):
        one = match.offered
        assert one.service in wanted.services
        assert covers(one, wanted.where)
        assert match.first in open_days(one, wanted.starts, wanted.ends)
        assert [reason.part for reason in match.reasons] == list(WEIGHTS)
        assert all(reason.words and 0 <= reason.share <= 1 for reason in match.reasons)
        assert 0 < match.score <= 100


@given(many, wants())
def test_those_that_do_not_fit_say_why_and_stand_behind(found: tuple[Offered, ...], wanted: Wanted) -> None:
    all_of_them = judged(found, wanted, lambda offer, day: FREE)
    fits = [match.fits for match in all_of_them]
    assert fits == sorted(fits, reverse=True)
    assert all(match.against for match in all_of_them if not match.fits)


@given(many, wants(), st.randoms())
def test_the_order_does_not_depend_on_who_is_asked_first(
    found: tuple[Offered, ...], wanted: Wanted, chance: Random
) -> None:
    mixed = list(found)
    chance.shuffle(mixed)
    assert ranked(mixed, wanted, lambda offer, day: FREE) == ranked(found, wanted, lambda offer, day: FREE)


@given(many, wants())
def test_one_more_or_less_does_not_turn_the_others_around(found: tuple[Offered, ...], wanted: Wanted) -> None:
    whole = [match.offered.id for match in ranked(found, wanted, lambda offer, day: FREE)]
    fewer = [match.offered.id for match in ranked(found[1:], wanted, lambda offer, day: FREE)]
    assert fewer == [key for key in whole if key != found[0].id]


def judged_alone(one: Offered, wanted: Wanted, used: Used = FREE) -> Match:
    return judge(one, wanted, lambda offer, day: used)


@given(offers(), wants(), st.integers(0, 20), st.integers(1, 50))
def test_more_capacity_is_never_worse(one: Offered, wanted: Wanted, taken: int, more: int) -> None:
    less = replace(one, per_day=5, per_month=None)
    large = replace(less, per_day=5 + more)
    used = Used(taken, taken)
    first, second = judged_alone(less, wanted, used), judged_alone(large, wanted, used)
    assert (first.fits, first.score) <= (second.fits, second.score)
    assert judged_alone(replace(less, per_day=None), wanted, used).score >= second.score


@given(offers(), wants(), st.floats(0, 0.3), st.floats(0, 0.3))
def test_nearer_is_never_worse(one: Offered, wanted: Wanted, near: float, far: float) -> None:
    near, far = sorted((near, far))
    there = replace(wanted, where=Where(9, 99, (114.3, 30.5)))
    at = [judged_alone(replace(one, home=Where(point=(114.3 + d, 30.5))), there).score for d in (near, far)]
    assert at[0] >= at[1]
    community = judged_alone(replace(one, home=Where(9, 99)), there).score
    street = judged_alone(replace(one, home=Where(9, 98)), there).score
    assert community >= street >= at[0]


@given(offers(), wants(), st.integers(1, 40))
def test_better_stars_are_never_worse_and_few_count_little(one: Offered, wanted: Wanted, n: int) -> None:
    def score(rated: int, stars: int) -> float:
        return judged_alone(replace(one, rated=rated, stars=stars), wanted).score

    assert score(n, n * 5) >= score(n, n * 4) >= score(n, n)
    assert score(20, 20 * 5) >= score(1, 5)  # one good turn does not beat twenty


def test_full_and_closed_ones_are_told_apart() -> None:
    one = Offered(
        1, "water", MONDAY.date(), per_day=2, weekdays=frozenset({1, 2}), opens=dt.time(9), closes=dt.time(17)
    )
    now = Wanted(frozenset({"water"}), Where(1, 11), MONDAY, MONDAY)
    assert judged_alone(one, now).fits
    assert judged_alone(one, now, Used(2, 2)).against == "11月23日已经约满"
    sunday = MONDAY - dt.timedelta(days=1)
    assert judged_alone(replace(one, valid_from=sunday.date()), replace(now, starts=sunday, ends=sunday)).against == (
        "那时不服务（周一、周二 9:00–17:00）"
    )


def test_times_are_said_as_people_say_them() -> None:
    assert when_words((), (), None, None) == "每天 全天"
    assert when_words((1, 2, 3, 4, 5), (), dt.time(9), dt.time(17, 30)) == "周一至周五 9:00–17:30"
    assert when_words((6, 7), (6, 7, 8, 9), None, None) == "6月至9月 周六、周日 全天"


def test_what_a_text_needs_is_understood_from_its_words() -> None:
    words = {"water": ("供水抢修", "停水", "水管"), "elderly": ("助老服务", "老人"), "lift": ("电梯",)}
    assert services_in("独居老人家里水管漏水，停水两天", words) == ["water", "elderly"]
    assert services_in("小区门口路灯不亮", words) == []
