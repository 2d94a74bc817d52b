"""What must hold for every start and every amount, around holidays, year ends and pauses."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from huying.kernel.calendar import (
    DEFAULT_HOURS,
    SHANGHAI,
    Calendar,
    Published,
    Unit,
    WorkingHours,
    after_working_days,
    due,
    published,
    remaining_words,
    resume_due,
    working_minutes_between,
    yellow_at,
)

KNOWN = Published(
    frozenset(y for y in published().years if y <= 2026),
    frozenset(d for d in published().holidays if d.year <= 2026),
    frozenset(d for d in published().workdays if d.year <= 2026),
)
CALENDAR = Calendar(known=KNOWN)
NIGHT_SHIFT = WorkingHours(((time(0), time(6)), (time(20), time(0))))
ODD_HOURS = WorkingHours(((time(8, 15), time(11, 45)), (time(13, 1), time(13, 2)), (time(14), time(18))))

# Spring Festival, National Day and the year end that nobody has announced are all inside.
moments = st.datetimes(datetime(2026, 1, 20), datetime(2027, 1, 20)).map(lambda m: m.replace(tzinfo=SHANGHAI))
hours = st.sampled_from([DEFAULT_HOURS, NIGHT_SHIFT, ODD_HOURS])
units = st.sampled_from(Unit)
working_units = st.sampled_from([Unit.WORKING_MINUTES, Unit.WORKING_DAYS])
amounts = st.integers(1, 3000)
few = settings(max_examples=300, deadline=None)


def clamp(amount: int, unit: Unit) -> int:
    return amount if unit is Unit.WORKING_MINUTES else 1 + amount % 60


def is_working_time(moment: datetime, its_hours: WorkingHours) -> bool:
    """By the notice and the clock on the wall, without the arithmetic under test; both edges of a span belong to it."""
    wall = moment.astimezone(SHANGHAI)
    day = wall.date()
    if any(
        KNOWN.is_workday(day) and b <= wall.time() and (wall.time() <= e or e == time(0)) for b, e in its_hours.spans
    ):
        return True
    ends_at_midnight = its_hours.spans[-1][1] == time(0)
    return ends_at_midnight and wall.time() == time(0) and KNOWN.is_workday(day - timedelta(1))


def minute_by_minute(a: datetime, b: datetime) -> int:
    """Working minutes between two full minutes, counted one by one."""
    n = 0
    while a < b:
        if KNOWN.is_workday(a.date()) and any(begin <= a.time() < end for begin, end in DEFAULT_HOURS.spans):
            n += 1
        a += timedelta(minutes=1)
    return n


@few
@given(moments, amounts, working_units, hours)
def test_due_falls_in_working_time_and_after_the_start(s: datetime, n: int, unit: Unit, h: WorkingHours) -> None:
    found = due(s, clamp(n, unit), unit, h, CALENDAR)
    assert found.at > s
    assert is_working_time(found.at, h)


@few
@given(moments, amounts, hours)
def test_exactly_so_many_working_minutes_lie_between(s: datetime, n: int, h: WorkingHours) -> None:
    assert working_minutes_between(s, due(s, n, Unit.WORKING_MINUTES, h, CALENDAR).at, h, CALENDAR) == n


@few
@given(moments, st.integers(1, 60), hours)
def test_exactly_so_many_working_days_lie_between(s: datetime, n: int, h: WorkingHours) -> None:
    end = due(s, n, Unit.WORKING_DAYS, h, CALENDAR).at
    last = (end - timedelta(microseconds=1)).date()
    days = [s.date() + timedelta(i) for i in range(1, (last - s.date()).days + 1)]
    assert sum(KNOWN.is_workday(day) for day in days) == n
    assert working_minutes_between(s, end, h, CALENDAR) >= n * h.minutes


@few
@given(moments, st.integers(1, 60), hours, st.floats(0, 1), st.booleans())
def test_nobody_is_told_of_more_days_than_were_given(
    s: datetime, n: int, h: WorkingHours, part: float, after_a_pause: bool
) -> None:
    end = due(s, n, Unit.WORKING_DAYS, h, CALENDAR).at
    begins = s
    if after_a_pause:
        begins = s + timedelta(days=3, hours=5)
        end = resume_due(end, s, begins, Unit.WORKING_DAYS, h, CALENDAR).at
    now = begins + (end - begins) * part
    words = remaining_words(now, end, Unit.WORKING_DAYS, h, CALENDAR, n)
    if "工作日" in words:
        told = int(words.split()[1])
        assert 1 <= told <= n
        assert told * h.minutes <= working_minutes_between(now, end, h, CALENDAR)


@few
@given(moments, st.timedeltas(timedelta(0), timedelta(days=20)), amounts, st.integers(0, 500), units, hours)
def test_later_starts_and_larger_amounts_never_end_earlier(
    s: datetime, later: timedelta, n: int, more: int, unit: Unit, h: WorkingHours
) -> None:
    first = due(s, n, unit, h, CALENDAR)
    assert due(s + later, n, unit, h, CALENDAR).at >= first.at
    assert due(s, n + more, unit, h, CALENDAR).at >= first.at


@few
@given(moments, amounts, units, hours)
def test_provisional_exactly_when_a_day_counted_is_not_announced(
    s: datetime, n: int, unit: Unit, h: WorkingHours
) -> None:
    amount = clamp(n, unit)
    found = due(s, amount, unit, h, CALENDAR)
    last = (found.at - timedelta(microseconds=1)).year
    assert found.provisional is (unit is not Unit.CALENDAR_HOURS and last > 2026)


@settings(max_examples=60, deadline=None)
@given(moments, st.timedeltas(timedelta(0), timedelta(days=6)))
def test_minutes_between_agree_with_counting_them_one_by_one(a: datetime, span: timedelta) -> None:
    a = a.replace(second=0, microsecond=0)
    b = (a + span).replace(second=0, microsecond=0)
    assert working_minutes_between(a, b, DEFAULT_HOURS, CALENDAR) == minute_by_minute(a, b)


@few
@given(moments, st.timedeltas(timedelta(0), timedelta(9)), st.timedeltas(timedelta(0), timedelta(9)), hours)
def test_working_minutes_add_up(a: datetime, x: timedelta, y: timedelta, h: WorkingHours) -> None:
    a = a.replace(second=0, microsecond=0)
    b = (a + x).replace(second=0, microsecond=0)
    c = (b + y).replace(second=0, microsecond=0)

    def between(first: datetime, second: datetime) -> int:
        return working_minutes_between(first, second, h, CALENDAR)

    assert between(a, b) + between(b, c) == between(a, c)
    assert between(c, a) == -between(a, c)


@few
@given(moments, amounts, units, hours, st.floats(0, 1), st.timedeltas(timedelta(0), timedelta(days=30)))
def test_a_pause_keeps_what_was_left(
    s: datetime, n: int, unit: Unit, h: WorkingHours, share: float, length: timedelta
) -> None:
    end = due(s, clamp(n, unit), unit, h, CALENDAR).at
    paused = s + (end - s) * share
    resumed = paused + length
    moved = resume_due(end, paused, resumed, unit, h, CALENDAR)
    assert moved.at >= end
    assert resume_due(end, paused, paused, unit, h, CALENDAR).at == end
    longer = resume_due(end, paused, resumed + timedelta(hours=5), unit, h, CALENDAR)
    assert longer.at >= moved.at
    if unit is Unit.CALENDAR_HOURS:
        assert moved.at - resumed == end - paused or paused >= end
    elif unit is Unit.WORKING_MINUTES and paused < end:
        left = working_minutes_between(paused, end, h, CALENDAR)
        assert working_minutes_between(resumed, moved.at, h, CALENDAR) == left


@few
@given(moments, amounts, units, hours)
def test_yellow_lies_between_and_leaves_the_lesser_of_a_day_and_a_quarter(
    s: datetime, n: int, unit: Unit, h: WorkingHours
) -> None:
    end = due(s, clamp(n, unit), unit, h, CALENDAR).at
    yellow = yellow_at(s, end, unit, h, CALENDAR)
    assert s <= yellow <= end
    if unit is Unit.CALENDAR_HOURS:
        assert end - yellow == min((end - s) / 4, timedelta(microseconds=h.total))
    else:
        left = working_minutes_between(yellow, end, h, CALENDAR)
        limit = working_minutes_between(s, end, h, CALENDAR)
        assert left <= min(h.minutes, (limit + 1) / 4)
        assert left >= min(h.minutes, limit // 4) - 1


@few
@given(moments, st.integers(1, 30), hours)
def test_the_ladder_climbs(moment: datetime, n: int, h: WorkingHours) -> None:
    rung = after_working_days(moment, n, h, CALENDAR)
    assert rung > moment
    assert is_working_time(rung, h)
    assert working_minutes_between(moment, rung, h, CALENDAR) == n * h.minutes
    assert after_working_days(moment, n + 1, h, CALENDAR) > rung


@settings(max_examples=50, deadline=None)
@given(st.dates(date(1992, 1, 2), date(2100, 12, 30)))
def test_the_table_agrees_with_the_announcement_day_by_day(day: date) -> None:
    assert CALENDAR.is_workday(day) is KNOWN.is_workday(day)
    assert CALENDAR.is_provisional(day) is (day.year not in KNOWN.years)
    assert CALENDAR.workdays_between(day - timedelta(1), day) == CALENDAR.is_workday(day)


@settings(max_examples=200, deadline=None)
@given(st.datetimes(datetime(1992, 1, 2), datetime(2100, 6, 1)), st.integers(1, 5000))
def test_wall_clock_never_jumps(moment: datetime, n: int) -> None:
    end = due(moment.replace(tzinfo=SHANGHAI), n, Unit.CALENDAR_HOURS, DEFAULT_HOURS, CALENDAR).at
    assert end.replace(tzinfo=None) - moment == timedelta(hours=n)
