"""When and through which channel people come, and what with: seasons, weeks, hours, rain."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from random import Random

import numpy as np

from huying.cases.enums import CaseKind
from huying.kernel.calendar import SHANGHAI, Calendar
from huying.simulator.situations import EVENING, NIGHT, Situation, situations

YEAR = 187_300  # cases of a year at scale 1

# Month → how much more or less is raised than on average.
_MONTHS = (0.0, 1.02, 0.78, 0.95, 0.95, 1.0, 1.08, 1.2, 1.16, 1.02, 0.92, 0.98, 1.02)
# Calls by hour of the day; the hotline never sleeps.
_HOURS = (
    0.9, 0.5, 0.35, 0.25, 0.25, 0.5, 1.2, 3.0, 6.2, 8.6, 8.8, 7.4,
    4.6, 4.2, 6.6, 7.2, 6.8, 6.0, 5.0, 5.2, 5.4, 4.6, 3.2, 1.8,
)  # fmt: skip
_REST_DAY = 0.62
_RAINY_MONTHS = {4: 0.06, 5: 0.1, 6: 0.22, 7: 0.2, 8: 0.08, 9: 0.04}  # share of days with heavy rain
_IN_RAIN, _IN_SEASON, _OUT_OF_SEASON = 14.0, 3.0, 0.04


@dataclass(slots=True)
class Arrival:
    """One voice to come. What is left empty is drawn; a demo asks for what its pages must show."""

    index: int
    at: dt.datetime
    rainy: bool = False
    hold: str = ""  # the state it stays in
    unit: str = ""  # code of the unit that it goes to
    helper: str = ""  # code of a unit that helps
    place: str = ""  # beginning of the grid's code
    owner: str = ""  # user name of the account that files it
    channel: str = ""
    reworks: int | None = None
    mark: str = ""  # that its situation must have
    alone: bool = False  # its alarm, if any, is still to be acknowledged
    same: int = 0  # cases with the same number here are about the same thing …
    leads: bool = False  # … of which this one is the first, and those after it are joined to it
    sample: bool = False  # the one that is shown to people without an account


def arrivals(
    first: dt.datetime, last: dt.datetime, *, scale: float, seed: int, calendar: Calendar, start_index: int = 0
) -> Iterator[Arrival]:
    """Everybody who comes between two moments, in order of time."""
    chance = np.random.default_rng([seed, 1])
    hours = np.array(_HOURS) / sum(_HOURS)
    index = start_index
    day = first.astimezone(SHANGHAI).date()
    end = last.astimezone(SHANGHAI).date()
    while day <= end:
        rainy = bool(chance.random() < _RAINY_MONTHS.get(day.month, 0.0))
        mean = YEAR / 365 / _AVERAGE_DAY * _MONTHS[day.month] * (1.0 if calendar.is_workday(day) else _REST_DAY)
        number = int(chance.poisson(mean * scale * (1.25 if rainy else 1.0)))
        seconds = np.sort(chance.choice(24, size=number, p=hours) * 3600 + chance.random(number) * 3600)
        midnight = dt.datetime.combine(day, dt.time(), SHANGHAI)
        for second in seconds.tolist():
            at = midnight + dt.timedelta(seconds=int(second))
            if first <= at < last:
                yield Arrival(index, at, rainy)
                index += 1
        day += dt.timedelta(days=1)


_AVERAGE_DAY = (250 + 115 * _REST_DAY) / 365 * (sum(_MONTHS) / 12) * 1.018


def _band(hour: int) -> str:
    return NIGHT if hour >= 22 or hour < 6 else EVENING if hour >= 18 else ""


@cache
def _weights(month: int, band: str, rainy: bool) -> list[float]:
    """Running totals over `situations()`."""

    def weight(situation: Situation) -> float:
        w = situation.weight
        if situation.months:
            w *= _IN_SEASON if month in situation.months else _OUT_OF_SEASON
        if situation.has("雨"):
            w *= _IN_RAIN if rainy else 0.25
        if situation.time:
            w *= 2.5 if situation.time == band else 0.6 if not band else 1.2
        if situation.kind in (CaseKind.CONSULT, CaseKind.SUGGESTION, CaseKind.MOTION) and band == NIGHT:
            w *= 0.2
        return w

    return list(accumulate(weight(situation) for situation in situations()))


def situation_for(arrival: Arrival, chance: Random) -> Situation:
    known = situations()
    if arrival.same:
        chance = Random(arrival.same)  # noqa: S311
    if arrival.unit or arrival.mark or arrival.owner or arrival.hold or arrival.reworks:
        return _wanted(arrival, chance)
    totals = _weights(arrival.at.month, _band(arrival.at.hour), arrival.rainy)
    return known[bisect_left(totals, chance.random() * totals[-1])]


def _wanted(arrival: Arrival, chance: Random) -> Situation:
    """One that fits what the demo asks for."""
    month = arrival.at.month
    fit = [
        situation
        for situation in situations()
        if (not arrival.mark or situation.has(arrival.mark))
        and (not arrival.unit or _answers(situation, arrival.unit))
        and (not situation.months or month in situation.months)
        and (arrival.mark == "特急" or not situation.has("特急"))
        and (arrival.owner != "qiye" or situation.has("企业"))
        and (arrival.owner != "jumin" or not (situation.marks & {"企业", "匿", "密", "无地点"}))
        and situation.kind != CaseKind.MOTION
        and not ((arrival.hold or arrival.reworks) and (situation.has("即答") or situation.kind == CaseKind.PRAISE))
    ]
    return chance.choices(fit, [situation.weight for situation in fit])[0]


def _answers(situation: Situation, unit: str) -> bool:
    if unit.isdigit():
        return ("社区" if len(unit) == 12 else "街道") in situation.units
    return unit == situation.units[0]


# Channel → share. Phone desks of the centre and visits have office hours.
_CHANNELS = {
    "hotline": 62.0, "mayor": 6.0, "phone": 8.5, "neighbours": 7.5, "city_board": 4.0, "leaders_board": 1.4,
    "portal": 4.0, "grid": 4.6, "visit": 1.0,
}  # fmt: skip
_BY_DAY_ONLY = {"phone": (8, 20), "visit": (9, 17), "grid": (8, 19)}
_FOR_ENTERPRISES = {"enterprise": 55.0, "hotline": 25.0, "mayor": 8.0, "phone": 12.0}


def channel_for(arrival: Arrival, situation: Situation, chance: Random) -> str:
    if arrival.channel:
        return arrival.channel
    if situation.kind == CaseKind.MOTION:
        return "proposal"
    if situation.has("特急"):
        return "hotline" if chance.random() < 0.7 else "phone"
    hour = arrival.at.hour
    shares = _FOR_ENTERPRISES if situation.has("企业") else _CHANNELS
    open_now = [
        (key, share) for key, share in shares.items() if key not in _BY_DAY_ONLY or _within(hour, _BY_DAY_ONLY[key])
    ]
    return chance.choices([key for key, _ in open_now], [share for _, share in open_now])[0]


def _within(hour: int, span: tuple[int, int]) -> bool:
    return span[0] <= hour < span[1]
