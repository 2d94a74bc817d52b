"""Deadlines: three ways of counting time, as pure functions of their arguments.

* working minutes run inside an organisation's working hours on working days;
* working days end with the last working minute of the n-th working day after the day of the start;
* calendar hours run day and night.

Working days are those the State Council announces (调休 included, by `chinesecalendar`), with the district's own
overrides. For a year that is not announced yet the rule is Monday to Friday, and whatever rests on it is *provisional*.

All times are aware datetimes; results are in Asia/Shanghai, which has known no summer time since 1992, the first year
of the range (`FIRST_DAY` to `LAST_DAY`). Inside, a moment is a number: whole working days before it, from a table made
once per calendar, times the working time of a day, plus the working time that has passed on its own day. Every function
is therefore a few additions and look-ups, however long the span.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import chinese_calendar.constants as announced

from huying.kernel.errors import Invalid
from huying.kernel.generation import cached

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_DAY = date(1992, 1, 1)
LAST_DAY = date(2100, 12, 31)

_EPOCH = FIRST_DAY.toordinal()
_DAYS = LAST_DAY.toordinal() - _EPOCH + 1
_MINUTE = 60_000_000  # the module counts in microseconds, so that a due time keeps the seconds of its start
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


class Unit(StrEnum):
    """What the amount of a limit counts."""

    WORKING_MINUTES = "working_minutes"
    WORKING_DAYS = "working_days"
    CALENDAR_HOURS = "calendar_hours"


class Due(NamedTuple):
    """When a limit ends; provisional when a day between start and end is of a year not announced yet."""

    at: datetime
    provisional: bool


# --- working hours ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """The spans of a working day, in order, not touching each other's inside. An end of 00:00 means midnight.

    `Invalid` when they are empty, out of order or overlap.
    """

    spans: tuple[tuple[time, time], ...] = ((time(9), time(12)), (time(14), time(17, 30)))
    total: int = field(init=False, compare=False, repr=False)  # microseconds of work in a day
    starts: tuple[int, ...] = field(init=False, compare=False, repr=False)  # microseconds since midnight
    ends: tuple[int, ...] = field(init=False, compare=False, repr=False)
    before: tuple[int, ...] = field(init=False, compare=False, repr=False)  # work done before each span, then the total

    def __post_init__(self) -> None:
        starts = tuple(_of_day(begin) for begin, _ in self.spans)
        ends = tuple(_of_day(end) or _DAY for _, end in self.spans)
        before = [0]
        for begin, end in zip(starts, ends, strict=True):
            before.append(before[-1] + end - begin)
        edges = [edge for span in zip(starts, ends, strict=True) for edge in span]
        if not self.spans or any(a >= b for a, b in zip(starts, ends, strict=True)) or edges != sorted(edges):
            raise Invalid("工作时间应按先后填写，每段的结束晚于开始，各段不重叠，例如 09:00–12:00、14:00–17:30。")
        for name, value in (("starts", starts), ("ends", ends), ("before", tuple(before)), ("total", before[-1])):
            object.__setattr__(self, name, value)

    @classmethod
    def parse(cls, spans: Iterable[Sequence[str]]) -> WorkingHours:
        """From stored or typed text, `[["09:00", "12:00"], …]`; `Invalid` when it is not that."""
        try:
            return cls(tuple((time.fromisoformat(begin), time.fromisoformat(end)) for begin, end in spans))
        except (TypeError, ValueError):
            raise Invalid('工作时间的写法是 [["09:00", "12:00"], ["14:00", "17:30"]],请按此填写。') from None

    def as_json(self) -> list[list[str]]:
        """What `parse` reads."""
        return [[f"{begin:%H:%M}", f"{end:%H:%M}"] for begin, end in self.spans]

    @property
    def minutes(self) -> int:
        """Working minutes of one day."""
        return self.total // _MINUTE

    def worked(self, of_day: int) -> int:
        """Microseconds of work between midnight and this moment of a working day."""
        i = bisect_right(self.starts, of_day)
        return self.before[i - 1] + min(of_day, self.ends[i - 1]) - self.starts[i - 1] if i else 0

    def earliest(self, work: int) -> int:
        """First moment of the day with so much work done, 0 < work ≤ total: an end of a span, not the next start."""
        i = bisect_left(self.before, work) - 1
        return self.starts[i] + work - self.before[i]

    def latest(self, work: int) -> int:
        """Last moment of the day with so much work done, 0 ≤ work < total: a start of a span, not the last end."""
        i = bisect_right(self.before, work) - 1
        return self.starts[i] + work - self.before[i]


def _of_day(moment: time) -> int:
    return ((moment.hour * 60 + moment.minute) * 60 + moment.second) * 1_000_000 + moment.microsecond


DEFAULT_HOURS = WorkingHours()


# --- which days are worked -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Published:
    """The announced calendar: the years it knows, and the days of them that differ from Monday to Friday."""

    years: frozenset[int]
    holidays: frozenset[date]
    workdays: frozenset[date]

    def is_workday(self, day: date) -> bool:
        return day in self.workdays or (day.weekday() < 5 and day not in self.holidays)


@lru_cache(maxsize=1)
def published() -> Published:
    """What the installed `chinesecalendar` knows. It knows every year from its first holiday to its last."""
    holidays = frozenset(announced.holidays)
    return Published(
        frozenset(range(min(holidays).year, max(holidays).year + 1)), holidays, frozenset(announced.workdays)
    )


class Calendar:
    """Which days are worked, with running totals that make every question a look-up. Immutable; about 10 ms to make."""

    __slots__ = ("_before", "_known", "_unsure", "_workdays")

    def __init__(self, overrides: Mapping[date, bool] | None = None, known: Published | None = None) -> None:
        """`overrides`: day → worked or not, stronger than the announcement; such a day is not provisional."""
        overrides = overrides or {}
        known = known or published()
        before, unsure, workdays = [0], [0], []
        n = doubts = 0
        for offset in range(_DAYS):
            day = date.fromordinal(_EPOCH + offset)
            override = overrides.get(day)
            if known.is_workday(day) if override is None else override:
                workdays.append(offset)
                n += 1
            if override is None and day.year not in known.years:
                doubts += 1
            before.append(n)
            unsure.append(doubts)
        self._known = known
        self._before = before  # working days before each day
        self._unsure = unsure  # provisional days before each day
        self._workdays = workdays  # day number of each working day

    def is_workday(self, day: date) -> bool:
        i = _number(day)
        return self._before[i + 1] > self._before[i]

    def is_provisional(self, day: date) -> bool:
        """The day's year is not announced and the district has not said anything about it."""
        i = _number(day)
        return self._unsure[i + 1] > self._unsure[i]

    def workdays_between(self, after: date, until: date) -> int:
        """Working days after `after`, up to and with `until`; negative the other way round."""
        return self._before[_number(until) + 1] - self._before[_number(after) + 1]

    # The three below speak of day numbers since FIRST_DAY; they serve this module only.

    def before(self, day: int) -> int:
        return self._before[day]

    def nth(self, n: int) -> int:
        """Number of the day that is working day n, counted from 0."""
        if not 0 <= n < len(self._workdays):
            raise Invalid(_OUT_OF_RANGE)
        return self._workdays[n]

    def doubtful(self, first: int, last: int) -> bool:
        """Is any day from first to last (both included) provisional?"""
        return self._unsure[last + 1] > self._unsure[first]


_OUT_OF_RANGE = f"日期超出可计算的范围（{FIRST_DAY.year}–{LAST_DAY.year} 年），请检查后重填。"


def _number(day: date) -> int:
    i = day.toordinal() - _EPOCH
    if not 0 <= i < _DAYS:
        raise Invalid(_OUT_OF_RANGE)
    return i


@cached("calendar")
def current_calendar() -> Calendar:
    """The announced calendar with the district's overrides. After changing an override: `bump("calendar")`."""
    from huying.kernel.models import CalendarOverride  # the arithmetic above is usable before Django is set up

    return _with(frozenset(CalendarOverride.objects.values_list("date", "working")))


@lru_cache(maxsize=2)
def _with(overrides: frozenset[tuple[date, bool]]) -> Calendar:
    """Made again only when another day is worked than before, not whenever somebody looks."""
    return Calendar(dict(overrides))


# --- moments as numbers ----------------------------------------------------------------------------------------------


_MIDNIGHT = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=SHANGHAI)


def _split(moment: datetime) -> tuple[int, int]:
    """Day number and microseconds of that day in Shanghai. `ValueError` for a naive datetime."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    passed = moment - _MIDNIGHT  # a difference of wall clocks, because the offset never changes in the range
    if not 0 <= passed.days < _DAYS:
        raise Invalid(_OUT_OF_RANGE)
    return passed.days, passed.seconds * 1_000_000 + passed.microseconds


def _moment(day: int, of_day: int) -> datetime:
    return _MIDNIGHT + timedelta(day, 0, of_day)


def _position(day: int, of_day: int, hours: WorkingHours, calendar: Calendar) -> int:
    """All work between the beginning of the calendar and this moment, in microseconds."""
    before = calendar.before(day)
    if calendar.before(day + 1) == before:
        return before * hours.total
    return before * hours.total + hours.worked(of_day)


def _earliest(position: int, hours: WorkingHours, calendar: Calendar) -> tuple[int, int]:
    """First moment at this position (> 0): the end of a span rather than the start of the next."""
    n, work = divmod(position - 1, hours.total)
    return calendar.nth(n), hours.earliest(work + 1)


def _latest(position: int, hours: WorkingHours, calendar: Calendar) -> tuple[int, int]:
    """Last moment at this position: the start of a span rather than the end of the one before."""
    n, work = divmod(position, hours.total)
    return calendar.nth(n), hours.latest(work)


def _is_working(day: int, of_day: int, hours: WorkingHours, calendar: Calendar) -> bool:
    """Inside working time, both edges of a span included."""
    i = bisect_right(hours.starts, of_day) - 1
    return i >= 0 and of_day <= hours.ends[i] and calendar.before(day + 1) > calendar.before(day)


# --- deadlines -------------------------------------------------------------------------------------------------------


def due(start: datetime, amount: float, unit: Unit, hours: WorkingHours, calendar: Calendar) -> Due:
    """When a limit of `amount` units that starts at `start` ends.

    Working minutes: a start outside working time counts from the next working minute; a limit that is used up exactly
    at the end of a span ends there and not at the start of the next one. Seconds of the start are kept.

    Working days: the last working minute of the n-th working day after the day of the start. The day of the start is
    never counted, at whatever hour it began, so that every handler has n whole working days.

    Calendar hours: `amount` may be a fraction (0.5 = 30 minutes). No calendar is looked at, so never provisional.

    `ValueError` for a naive start, a negative amount or a fraction of a working unit; `Invalid` when the result leaves
    the range of the calendar.
    """
    if amount < 0:
        raise ValueError("a limit cannot be negative")
    if unit is Unit.CALENDAR_HOURS:
        return Due(_plus_hours(start, amount), False)
    whole = int(amount)
    if whole != amount:
        raise ValueError("working minutes and working days are whole numbers")
    day, of_day = _split(start)
    if unit is Unit.WORKING_MINUTES:
        end, end_of_day = _after_work(day, of_day, whole * _MINUTE, hours, calendar)
    else:
        end, end_of_day = _after_days(day, of_day, whole, hours, calendar)
    return Due(_moment(end, end_of_day), calendar.doubtful(day, end))


def _plus_hours(start: datetime, amount: float) -> datetime:
    if start.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    try:
        end = (start.astimezone(UTC) + timedelta(hours=amount)).astimezone(SHANGHAI)
    except OverflowError:
        raise Invalid(_OUT_OF_RANGE) from None
    _number(end)
    return end


def _after_work(day: int, of_day: int, work: int, hours: WorkingHours, calendar: Calendar) -> tuple[int, int]:
    position = _position(day, of_day, hours, calendar)
    if work:
        return _earliest(position + work, hours, calendar)
    return (day, of_day) if _is_working(day, of_day, hours, calendar) else _latest(position, hours, calendar)


def _after_days(day: int, of_day: int, n: int, hours: WorkingHours, calendar: Calendar) -> tuple[int, int]:
    """Last working minute of the n-th working day after `day`; n = 0: of this day while it has work left."""
    done = calendar.before(day + 1)  # working days up to and with this one
    today_is_left = done > calendar.before(day) and of_day <= hours.ends[-1]
    if n == 0 and today_is_left:
        return day, hours.ends[-1]
    return calendar.nth(done + max(n, 1) - 1), hours.ends[-1]


def resume_due(
    due_at: datetime,
    paused_at: datetime,
    resumed_at: datetime,
    unit: Unit,
    hours: WorkingHours,
    calendar: Calendar,
) -> Due:
    """The new end of a limit that stood still from `paused_at` to `resumed_at`: what remained then remains now.

    Working minutes: the working time that was left at the pause runs from the resumption.

    Working days keep whole days: the working days that had not begun at the pause, up to and with the day it was due,
    are counted from the resumption as `due` counts; a day whose work had not begun at the resumption is one of them.
    With none left (paused on the last day) it is due with the last working minute of the day of the resumption, or of
    the next working day when that day's work is over. A pause within one day, or without a working minute in it,
    changes nothing.

    Calendar hours: the end moves by the length of the pause.

    A limit that had already passed at the pause stays where it was. Provisional as in `due`, the days between pause
    and old end included, because they were counted.
    """
    paused, paused_of_day = _split(paused_at)
    old, old_of_day = _split(due_at)
    counted = unit is not Unit.CALENDAR_HOURS
    if paused_at >= due_at or resumed_at <= paused_at:
        return Due(due_at, counted and calendar.doubtful(min(paused, old), old))
    if not counted:
        return Due(_plus_hours(due_at, (resumed_at - paused_at) / timedelta(hours=1)), False)
    resumed, resumed_of_day = _split(resumed_at)
    if unit is Unit.WORKING_MINUTES:
        left = _position(old, old_of_day, hours, calendar) - _position(paused, paused_of_day, hours, calendar)
        end, end_of_day = _after_work(resumed, resumed_of_day, left, hours, calendar)
    elif resumed == paused or not _work_between(paused_at, resumed_at, hours, calendar):
        return Due(due_at, calendar.doubtful(paused, old))
    else:
        paused, _ = _day_begun(paused, paused_of_day, hours)
        days = calendar.before(old + 1) - calendar.before(paused + 1)
        end, end_of_day = _after_days(*_day_begun(resumed, resumed_of_day, hours), days, hours, calendar)
    return Due(_moment(end, end_of_day), calendar.doubtful(paused, old) or calendar.doubtful(resumed, end))


def _day_begun(day: int, of_day: int, hours: WorkingHours) -> tuple[int, int]:
    """The day whose work has begun at this moment: before the first working minute, the evening before."""
    return (day, of_day) if of_day >= hours.starts[0] else (day - 1, _DAY - 1)


def working_minutes_between(a: datetime, b: datetime, hours: WorkingHours, calendar: Calendar) -> int:
    """Whole working minutes from a to b; negative when b is earlier."""
    work = _work_between(a, b, hours, calendar)
    return work // _MINUTE if work >= 0 else -(-work // _MINUTE)


def _work_between(a: datetime, b: datetime, hours: WorkingHours, calendar: Calendar) -> int:
    return _position(*_split(b), hours, calendar) - _position(*_split(a), hours, calendar)


def yellow_at(
    start: datetime,
    due_at: datetime,
    unit: Unit,
    hours: WorkingHours,
    calendar: Calendar,
    paused: Iterable[tuple[datetime, datetime]] = (),
) -> datetime:
    """The moment from which less remains than one working day or a quarter of the limit, whichever is less.

    The limit is what lies between start and due without the `paused` spans, measured in working time for the two
    working units and in elapsed time for calendar hours (a working day is then as many hours as it has work).
    Never before the start, never after the due time.
    """
    spans = tuple(paused)
    if unit is Unit.CALENDAR_HOURS:
        whole = due_at - start - sum((b - a for a, b in spans), timedelta())
        least = min(timedelta(microseconds=hours.total), whole / 4)
        return max(min(start, due_at), min(due_at, due_at - least))
    end = _position(*_split(due_at), hours, calendar)
    limit = end - _position(*_split(start), hours, calendar)
    limit -= sum(_work_between(a, b, hours, calendar) for a, b in spans)
    if limit <= 0:
        return due_at
    turning = _moment(*_latest(end - min(hours.total, limit // 4), hours, calendar))
    return max(start, min(due_at, turning))


def share_at(
    start: datetime,
    due_at: datetime,
    share: float,
    unit: Unit,
    hours: WorkingHours,
    calendar: Calendar,
    paused: Iterable[tuple[datetime, datetime]] = (),
) -> datetime:
    """The moment at which this share of a limit has passed, measured as `yellow_at` measures it: 1 is the due time."""
    if share >= 1:
        return due_at
    spans = tuple(paused)
    if unit is Unit.CALENDAR_HOURS:
        whole = due_at - start - sum((b - a for a, b in spans), timedelta())
        return max(min(start, due_at), due_at - whole * (1 - share))
    end = _position(*_split(due_at), hours, calendar)
    limit = end - _position(*_split(start), hours, calendar)
    limit -= sum(_work_between(a, b, hours, calendar) for a, b in spans)
    if limit <= 0:
        return due_at
    passed = _moment(*_latest(end - round(limit * (1 - share)), hours, calendar))
    return max(start, min(due_at, passed))


def after_working_days(moment: datetime, n: int, hours: WorkingHours, calendar: Calendar) -> datetime:
    """n working days of work after `moment`: the same hour on the n-th working day after it.

    From a moment outside working time it is the end of that day's work. Used for the ladder above a missed limit.
    """
    if n < 1:
        raise ValueError("at least one working day")
    position = _position(*_split(moment), hours, calendar) + n * hours.total
    return _moment(*_earliest(position, hours, calendar))


# --- words -----------------------------------------------------------------------------------------------------------


def remaining_words(
    now: datetime, due_at: datetime, unit: Unit, hours: WorkingHours, calendar: Calendar, limit: float | None = None
) -> str:
    """How much is left, or by how much it is late, as people say it: 剩 2 个工作日, 剩 3 小时, 超 1 天.

    What is left is working time for the working units; lateness is time on the wall, because that is how long people
    have been waiting. Rounded down, so nobody is promised more than there is. `limit`: the whole of it in its unit;
    a limit of working days that starts before work does has that day's work besides, and is never told as more days
    than it was given.
    """
    if now >= due_at:
        late = int((now - due_at) / timedelta(minutes=1))
        return f"超 {_duration(late, 24 * 60, '天')}" if late else "刚超时"
    left, day, word = 0, 24 * 60, "天"
    if unit is not Unit.CALENDAR_HOURS:
        left = working_minutes_between(now, due_at, hours, calendar)
        day, word = hours.minutes, "个工作日"
        if unit is Unit.WORKING_DAYS and limit is not None:
            left = min(left, max(int(limit), 1) * day)
    if not left:  # calendar hours, or an end that somebody has set outside working time
        left, day, word = int((due_at - now) / timedelta(minutes=1)), 24 * 60, "天"
    return f"剩 {_duration(left, day, word)}" if left else "剩不到 1 分钟"


def _duration(minutes: int, day: int, word: str) -> str:
    """Days when there is one, else hours; the minutes are told only where they still matter."""
    if minutes >= day:
        return f"{minutes // day} {word}"
    whole, rest = divmod(minutes, 60)
    if not whole:
        return f"{rest} 分钟"
    return f"{whole} 小时 {rest} 分钟" if whole < 3 and rest else f"{whole} 小时"
