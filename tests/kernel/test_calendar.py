"""Deadlines as a clerk would work them out with the holiday notice in hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

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
from huying.kernel.errors import Invalid

CALENDAR = Calendar()
DAYS, MINUTES, HOURS = Unit.WORKING_DAYS, Unit.WORKING_MINUTES, Unit.CALENDAR_HOURS


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def due_at(start: str, amount: float, unit: Unit) -> str:
    return f"{due(at(start), amount, unit, DEFAULT_HOURS, CALENDAR).at:%Y-%m-%d %H:%M}"


# --- which days are worked ---


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2026-01-01", False),  # New Year
        ("2026-01-04", True),  # Sunday worked for it
        ("2026-02-14", True),  # Saturday before the Spring Festival
        ("2026-02-16", False),
        ("2026-02-23", False),
        ("2026-02-24", True),
        ("2026-02-28", True),  # Saturday after it
        ("2026-09-20", True),  # Sunday worked for National Day
        ("2026-10-01", False),
        ("2026-10-07", False),
        ("2026-10-08", True),
        ("2026-10-10", True),  # Saturday
        ("2026-11-23", True),
        ("2026-11-22", False),
    ],
)
def test_announced_holidays_and_exchanged_days(day: str, worked: bool) -> None:
    assert CALENDAR.is_workday(date.fromisoformat(day)) is worked
    assert not CALENDAR.is_provisional(date.fromisoformat(day))


def test_a_year_not_announced_goes_by_weekdays_and_says_so() -> None:
    assert max(published().years) < 2099
    assert CALENDAR.is_workday(date(2099, 10, 1))  # a Thursday; nobody has announced anything yet
    assert not CALENDAR.is_workday(date(2099, 10, 3))
    assert CALENDAR.is_provisional(date(2099, 10, 1))


def test_the_district_overrides_the_announcement() -> None:
    calendar = Calendar({date(2026, 11, 23): False, date(2026, 11, 22): True, date(2099, 10, 1): False})
    assert not calendar.is_workday(date(2026, 11, 23))
    assert calendar.is_workday(date(2026, 11, 22))
    assert not calendar.is_workday(date(2099, 10, 1))
    assert not calendar.is_provisional(date(2099, 10, 1))
    assert calendar.is_provisional(date(2099, 10, 2))
    assert calendar.workdays_between(date(2026, 11, 20), date(2026, 11, 23)) == 1


# --- three ways of counting ---


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-11-23 09:00", 30, "2026-11-23 09:30"),
        ("2026-11-23 11:50", 30, "2026-11-23 14:20"),  # over lunch
        ("2026-11-23 11:30", 30, "2026-11-23 12:00"),  # ends with the morning, not with the first minute after lunch
        ("2026-11-23 12:30", 30, "2026-11-23 14:30"),  # starts at lunch
        ("2026-11-23 17:20", 30, "2026-11-24 09:20"),
        ("2026-11-23 23:00", 120, "2026-11-24 11:00"),  # at night
        ("2026-11-23 03:00", 120, "2026-11-23 11:00"),
        ("2026-11-21 10:00", 120, "2026-11-23 11:00"),  # Saturday
        ("2026-02-14 17:00", 60, "2026-02-24 09:30"),  # the Saturday before the Spring Festival is worked
        ("2026-09-30 17:30", 30, "2026-10-08 09:30"),
        ("2026-11-23 09:00", 390, "2026-11-23 17:30"),
        ("2026-11-23 09:00", 391, "2026-11-24 09:01"),
    ],
)
def test_working_minutes(start: str, minutes: int, end: str) -> None:
    assert due_at(start, minutes, MINUTES) == end


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-23 09:00", 1, "2026-11-24 17:30"),
        ("2026-11-23 17:29", 1, "2026-11-24 17:30"),
        ("2026-11-23 20:00", 1, "2026-11-24 17:30"),
        ("2026-11-20 16:00", 1, "2026-11-23 17:30"),
        ("2026-11-21 16:00", 1, "2026-11-23 17:30"),  # Saturday
        ("2026-02-12 10:00", 5, "2026-02-26 17:30"),  # 13, 14 (exchanged), holidays, 24, 25, 26
        ("2026-09-29 10:00", 5, "2026-10-12 17:30"),  # 30, 8, 9, 10 (exchanged Saturday), 12
    ],
)
def test_working_days(start: str, days: int, end: str) -> None:
    assert due_at(start, days, DAYS) == end


def test_calendar_hours_run_through_the_night_and_take_fractions() -> None:
    assert due_at("2026-09-30 20:00", 24, HOURS) == "2026-10-01 20:00"
    assert due_at("2026-12-31 23:50", 0.5, HOURS) == "2027-01-01 00:20"
    assert not due(at("2098-12-31 23:50"), 24, HOURS, DEFAULT_HOURS, CALENDAR).provisional


def test_seconds_of_the_start_are_kept() -> None:
    start = at("2026-11-23 09:00:42.000007")
    assert due(start, 30, MINUTES, DEFAULT_HOURS, CALENDAR).at == start + timedelta(minutes=30)


def test_the_start_may_be_in_any_time_zone() -> None:
    start = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    assert due(start, 60, MINUTES, DEFAULT_HOURS, CALENDAR).at.isoformat() == "2026-11-23T11:00:00+08:00"


# --- over the end of the announced calendar ---


KNOWN_TO_2026 = Calendar(
    known=Published(
        frozenset(range(2004, 2027)),
        frozenset(d for d in published().holidays if d.year < 2027),
        frozenset(d for d in published().workdays if d.year < 2027),
    )
)


@pytest.mark.parametrize("unit", [DAYS, MINUTES])
def test_over_the_year_end_a_due_time_is_provisional(unit: Unit) -> None:
    start = at("2026-12-30 10:00")
    amount = 5 if unit is DAYS else 5 * 390
    found = due(start, amount, unit, DEFAULT_HOURS, KNOWN_TO_2026)
    # 31 December, then 1 January, which is a Friday and not announced as a holiday yet, 4, 5, 6
    assert found.at == (at("2027-01-06 17:30") if unit is DAYS else at("2027-01-06 10:00"))
    assert found.provisional
    within = due(start, 1, unit, DEFAULT_HOURS, KNOWN_TO_2026)
    assert not within.provisional
    assert within.at.year == 2026


def test_once_announced_it_is_certain() -> None:
    announced = Calendar(
        known=Published(published().years | {2027}, published().holidays | {date(2027, 1, 1)}, published().workdays)
    )
    found = due(at("2026-12-30 10:00"), 5, DAYS, DEFAULT_HOURS, announced)
    assert (found.at, found.provisional) == (at("2027-01-07 17:30"), False)


# --- pauses ---


def resumed(due_text: str, paused: str, back: str, unit: Unit) -> str:
    found = resume_due(at(due_text), at(paused), at(back), unit, DEFAULT_HOURS, CALENDAR)
    return f"{found.at:%Y-%m-%d %H:%M}"


def test_working_minutes_keep_what_was_left() -> None:
    # due Monday 15:00, paused Monday 11:00: one hour of the morning and one of the afternoon are left
    assert resumed("2026-11-23 15:00", "2026-11-23 11:00", "2026-11-25 09:00", MINUTES) == "2026-11-25 11:00"
    assert resumed("2026-11-23 15:00", "2026-11-23 11:00", "2026-11-28 10:00", MINUTES) == "2026-11-30 11:00"


def test_calendar_hours_move_by_the_pause() -> None:
    assert resumed("2026-11-23 15:00", "2026-11-23 11:00", "2026-11-24 12:00", HOURS) == "2026-11-24 16:00"


@pytest.mark.parametrize(
    ("due_text", "paused", "back", "end"),
    [
        ("2026-11-27 17:30", "2026-11-24 10:00", "2026-11-30 15:00", "2026-12-03 17:30"),  # three days are left
        ("2026-11-27 17:30", "2026-11-27 10:00", "2026-11-30 15:00", "2026-11-30 17:30"),  # the last day
        ("2026-11-27 17:30", "2026-11-27 10:00", "2026-11-30 18:00", "2026-12-01 17:30"),  # …resumed after work
        ("2026-11-27 17:30", "2026-11-27 10:00", "2026-11-28 12:00", "2026-11-30 17:30"),  # …on a Saturday
        ("2026-11-27 17:30", "2026-11-24 10:00", "2026-11-24 15:00", "2026-11-27 17:30"),  # within one day
    ],
)
def test_working_days_keep_whole_days(due_text: str, paused: str, back: str, end: str) -> None:
    assert resumed(due_text, paused, back, DAYS) == end


@pytest.mark.parametrize("unit", list(Unit))
def test_a_pause_does_not_mend_what_was_late(unit: Unit) -> None:
    assert resumed("2026-11-23 15:00", "2026-11-23 16:00", "2026-11-25 09:00", unit) == "2026-11-23 15:00"


# --- yellow, and the ladder above red ---


def yellow(start: str, end: str, unit: Unit) -> str:
    return f"{yellow_at(at(start), at(end), unit, DEFAULT_HOURS, CALENDAR):%Y-%m-%d %H:%M}"


def test_yellow_is_a_quarter_of_a_short_limit() -> None:
    assert yellow("2026-11-23 09:00", "2026-11-23 11:00", MINUTES) == "2026-11-23 10:30"
    assert yellow("2026-11-23 11:00", "2026-11-23 15:00", MINUTES) == "2026-11-23 14:30"
    assert yellow("2026-11-23 09:00", "2026-11-23 13:00", HOURS) == "2026-11-23 12:00"


def test_yellow_is_one_working_day_of_a_long_limit() -> None:
    # twenty days; one is left when the last one begins
    assert yellow("2026-10-26 10:00", "2026-11-23 17:30", DAYS) == "2026-11-23 09:00"
    # a quarter of 24 hours is less than the six and a half hours of a working day, a quarter of 72 is more
    assert yellow("2026-11-23 00:00", "2026-11-24 00:00", HOURS) == "2026-11-23 18:00"
    assert yellow("2026-11-23 00:00", "2026-11-26 00:00", HOURS) == "2026-11-25 17:30"


def test_a_pause_does_not_make_yellow_come_earlier() -> None:
    start, paused, back = at("2026-11-23 09:00"), at("2026-11-23 10:00"), at("2026-11-25 09:00")
    moved = resume_due(at("2026-11-23 11:00"), paused, back, MINUTES, DEFAULT_HOURS, CALENDAR).at
    assert moved == at("2026-11-25 10:00")
    turning = yellow_at(start, moved, MINUTES, DEFAULT_HOURS, CALENDAR, paused=[(paused, back)])
    assert turning == at("2026-11-25 09:30")


def test_the_ladder_counts_working_days_after_the_limit() -> None:
    def after(text: str, n: int) -> str:
        return f"{after_working_days(at(text), n, DEFAULT_HOURS, CALENDAR):%Y-%m-%d %H:%M}"

    assert after("2026-11-23 17:30", 1) == "2026-11-24 17:30"
    assert after("2026-09-30 10:20", 1) == "2026-10-08 10:20"
    assert after("2026-11-20 17:30", 5) == "2026-11-27 17:30"
    assert after("2026-11-22 03:00", 1) == "2026-11-23 17:30"


def test_working_minutes_between_counts_both_ways() -> None:
    a, b = at("2026-09-30 17:00"), at("2026-10-08 09:15:59")
    assert working_minutes_between(a, b, DEFAULT_HOURS, CALENDAR) == 45
    assert working_minutes_between(b, a, DEFAULT_HOURS, CALENDAR) == -45


# --- words ---


@pytest.mark.parametrize(
    ("now", "end", "unit", "words"),
    [
        ("2026-11-23 09:00", "2026-11-25 17:30", DAYS, "剩 3 个工作日"),
        ("2026-11-23 10:00", "2026-11-25 17:30", DAYS, "剩 2 个工作日"),
        ("2026-11-25 10:00", "2026-11-25 17:30", DAYS, "剩 5 小时"),
        ("2026-11-25 14:10", "2026-11-25 16:30", MINUTES, "剩 2 小时 20 分钟"),
        ("2026-11-25 14:30", "2026-11-25 16:30", MINUTES, "剩 2 小时"),
        ("2026-11-25 16:00", "2026-11-25 16:30", MINUTES, "剩 30 分钟"),
        ("2026-11-25 16:29:30", "2026-11-25 16:30", MINUTES, "剩不到 1 分钟"),
        ("2026-11-20 18:00", "2026-11-23 10:00", MINUTES, "剩 1 小时"),  # the weekend does not count
        ("2026-11-20 18:00", "2026-11-22 10:00", DAYS, "剩 1 天"),  # an end that somebody put on a Sunday
        ("2026-11-23 09:00", "2026-11-23 12:00", HOURS, "剩 3 小时"),
        ("2026-11-23 09:00", "2026-11-24 12:00", HOURS, "剩 1 天"),
        ("2026-11-23 17:30", "2026-11-23 17:30", DAYS, "刚超时"),
        ("2026-11-23 17:50", "2026-11-23 17:30", DAYS, "超 20 分钟"),
        ("2026-11-24 17:30", "2026-11-23 17:30", DAYS, "超 1 天"),
    ],
)
def test_words(now: str, end: str, unit: Unit, words: str) -> None:
    assert remaining_words(at(now), at(end), unit, DEFAULT_HOURS, CALENDAR) == words


def test_a_limit_that_starts_before_work_is_not_told_as_longer_than_it_is() -> None:
    early = at("2026-11-23 08:00")
    end = due(early, 1, DAYS, DEFAULT_HOURS, CALENDAR).at
    assert end == at("2026-11-24 17:30")
    assert remaining_words(early, end, DAYS, DEFAULT_HOURS, CALENDAR, 1) == "剩 1 个工作日"
    assert remaining_words(at("2026-11-24 10:00"), end, DAYS, DEFAULT_HOURS, CALENDAR, 1) == "剩 5 小时"


# --- working hours and bad input ---


def test_other_working_hours() -> None:
    hours = WorkingHours.parse([["08:00", "20:00"], ["22:00", "00:00"]])
    assert hours.minutes == 14 * 60
    assert due(at("2026-11-23 19:30"), 60, MINUTES, hours, CALENDAR).at == at("2026-11-23 22:30")
    assert due(at("2026-11-23 21:00"), 120, MINUTES, hours, CALENDAR).at == at("2026-11-24 00:00")
    assert due(at("2026-11-23 21:00"), 1, DAYS, hours, CALENDAR).at == at("2026-11-25 00:00")
    assert WorkingHours.parse(hours.as_json()) == hours
    assert WorkingHours.parse(DEFAULT_HOURS.as_json()) == DEFAULT_HOURS


@pytest.mark.parametrize(
    "spans",
    [
        [],
        [["12:00", "09:00"]],
        [["09:00", "12:00"], ["11:00", "13:00"]],
        [["14:00", "17:00"], ["09:00", "12:00"]],
        [["09:00"]],
        [["九点", "12:00"]],
        [[9, 12]],
    ],
)
def test_impossible_working_hours_are_explained(spans: list[list[str]]) -> None:
    with pytest.raises(Invalid, match="工作时间"):
        WorkingHours.parse(spans)


def test_hours_are_compared_by_their_spans() -> None:
    assert WorkingHours(((time(9), time(12)), (time(14), time(17, 30)))) == DEFAULT_HOURS
    assert hash(WorkingHours()) == hash(DEFAULT_HOURS)


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        due(datetime(2026, 11, 23), 1, DAYS, DEFAULT_HOURS, CALENDAR)
    with pytest.raises(ValueError, match="negative"):
        due(at("2026-11-23 09:00"), -1, DAYS, DEFAULT_HOURS, CALENDAR)
    with pytest.raises(ValueError, match="whole"):
        due(at("2026-11-23 09:00"), 1.5, DAYS, DEFAULT_HOURS, CALENDAR)
    for unit in Unit:
        with pytest.raises(Invalid, match="范围"):
            due(at("2026-11-23 09:00"), 10**9, unit, DEFAULT_HOURS, CALENDAR)
        with pytest.raises(Invalid, match="范围"):
            due(at("1991-11-23 09:00"), 1, unit, DEFAULT_HOURS, CALENDAR)


@pytest.mark.parametrize(
    ("due_text", "paused", "back", "end"),
    [
        ("2026-11-23 17:30", "2026-11-17 18:00", "2026-11-18 08:00", "2026-11-23 17:30"),  # one evening
        ("2026-11-23 17:30", "2026-11-20 18:00", "2026-11-23 08:59", "2026-11-23 17:30"),  # a weekend
        ("2026-11-23 17:30", "2026-11-17 18:00", "2026-11-19 08:00", "2026-11-24 17:30"),  # one working day
        ("2026-11-23 17:30", "2026-11-18 08:00", "2026-11-19 08:00", "2026-11-24 17:30"),  # before work to before work
    ],
)
def test_only_time_in_which_work_was_possible_is_given_back(due_text: str, paused: str, back: str, end: str) -> None:
    assert resumed(due_text, paused, back, DAYS) == end
