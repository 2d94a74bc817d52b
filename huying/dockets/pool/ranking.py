"""Which offers fit what is wanted, in which order, and why: arithmetic over plain values, no database.

An offer fits when it is of the service wanted, covers the place, is open some time while it is wanted, and has capacity
left then. Those that fit are ordered by a score of 0 to 100, the sum of five parts of which each is told in words:

    范围  15  named for this very community, its street, or the whole district
    远近  25  the provider's home: here, in the street, or so many kilometres away
    时间  20  share of the days wanted on which it is open
    余量  20  share of the quantity wanted that can still be had on the first such day
    评价  20  stars of the past, drawn towards 3.5 while there are few of them

Ties go to the older offer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import cos, hypot, radians
from typing import Literal

Point = tuple[float, float]  # longitude, latitude
Part = Literal["service", "range", "near", "time", "capacity", "useful"]
WEIGHTS: Mapping[Part, int] = {"range": 15, "near": 25, "time": 20, "capacity": 20, "useful": 20}
USUAL_STARS, AS_IF_RATED = 3.5, 4  # where there are few ratings
HERE, IN_STREET, ELSEWHERE, NOWHERE = 1.0, 0.7, 0.6, 0.3  # shares of being near
FAR_KM = 20.0
MOST_DAYS = 62  # of what is wanted that are looked at


@dataclass(frozen=True, slots=True)
class Where:
    street: int | None = None
    community: int | None = None
    point: Point | None = None


@dataclass(frozen=True, slots=True)
class Offered:
    """One offer as it is judged. Empty collections mean all of them; no times, the whole day."""

    id: int
    service: str
    valid_from: dt.date
    places: frozenset[int] = frozenset()
    home: Where = field(default_factory=Where)
    weekdays: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()
    opens: dt.time | None = None
    closes: dt.time | None = None
    valid_to: dt.date | None = None
    per_day: int | None = None
    per_month: int | None = None
    rated: int = 0
    stars: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted, `starts` and `ends` in local time; the same moment twice: just then."""

    services: frozenset[str]
    where: Where
    starts: dt.datetime
    ends: dt.datetime
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Used:
    """How much of an offer has been given away on a day and in its month."""

    day: int = 0
    month: int = 0


UsedOn = Callable[[int, dt.date], Used]


@dataclass(frozen=True, slots=True)
class Reason:
    part: Part
    words: str
    share: float  # 0 to 1


@dataclass(frozen=True, slots=True)
class Match:
    """`against`: why it does not fit, "" where it does. `first`: the first day on which it is open."""

    offered: Offered
    score: float
    reasons: tuple[Reason, ...]
    against: str = ""
    first: dt.date | None = None

    @property
    def fits(self) -> bool:
        return not self.against


def ranked(offers: Iterable[Offered], wanted: Wanted, used: UsedOn) -> list[Match]:
    """Those that fit, the best first."""
    return [match for match in judged(offers, wanted, used) if match.fits]


def judged(offers: Iterable[Offered], wanted: Wanted, used: UsedOn) -> list[Match]:
    """All of the service that cover the place: those that fit, the best first, then those that do not, and why."""
    found = [judge(one, wanted, used) for one in offers if one.service in wanted.services and covers(one, wanted.where)]
    return sorted(found, key=lambda match: (not match.fits, -match.score, match.offered.id))


def judge(offered: Offered, wanted: Wanted, used: UsedOn) -> Match:
    """One offer that is of the service and covers the place."""
    days = open_days(offered, wanted.starts, wanted.ends)
    if not days:
        return Match(offered, 0.0, (), _closed_words(offered, wanted))
    first = days[0]
    left, capacity = _capacity(offered, wanted.quantity, used(offered.id, first))
    if left is not None and left <= 0:
        return Match(offered, 0.0, (), f"{first.month}月{first.day}日已经约满", first)
    wanted_days = min(MOST_DAYS, (wanted.ends.date() - wanted.starts.date()).days + 1)
    reasons = (
        _range(offered, wanted.where),
        _near(offered.home, wanted.where),
        _time(offered, days, wanted_days),
        capacity,
        _useful(offered),
    )
    score = sum(WEIGHTS[reason.part] * reason.share for reason in reasons)
    return Match(offered, round(score, 3), reasons, "", first)


# --- place -----------------------------------------------------------------------------------------------------------


def covers(offered: Offered, where: Where) -> bool:
    if not offered.places:
        return True
    return bool(offered.places & {key for key in (where.community, where.street) if key is not None})


def _range(offered: Offered, where: Where) -> Reason:
    if where.community is not None and where.community in offered.places:
        return Reason("range", "专门服务本社区", 1.0)
    if where.street is not None and where.street in offered.places:
        return Reason("range", "服务本街道", 0.8)
    return Reason("range", "服务全区", 0.6)


def _near(home: Where, where: Where) -> Reason:
    if home.community is not None and home.community == where.community:
        return Reason("near", "就在本社区", HERE)
    if home.street is not None and home.street == where.street:
        return Reason("near", "就在本街道", IN_STREET)
    if home.point is not None and where.point is not None:
        km = kilometres(home.point, where.point)
        share = NOWHERE + (ELSEWHERE - NOWHERE) * max(0.0, 1 - km / FAR_KM)
        return Reason("near", f"相距约 {km:.1f} 公里", share)
    return Reason("near", "没有登记所在地", NOWHERE)


def kilometres(one: Point, other: Point) -> float:
    """As the crow flies; exact enough within a city."""
    middle = radians((one[1] + other[1]) / 2)
    return 111.32 * hypot((one[0] - other[0]) * cos(middle), one[1] - other[1])


# --- time ------------------------------------------------------------------------------------------------------------


def open_days(offered: Offered, starts: dt.datetime, ends: dt.datetime) -> list[dt.date]:
    """Days on which it is open some time between these two moments."""
    found = []
    day = starts.date()
    for _ in range(MOST_DAYS):
        if day > ends.date():
            break
        if _offers_on(offered, day) and _meets(offered, day, starts, ends):
            found.append(day)
        day += dt.timedelta(days=1)
    return found


def _offers_on(offered: Offered, day: dt.date) -> bool:
    return (
        offered.valid_from <= day
        and (offered.valid_to is None or day <= offered.valid_to)
        and (not offered.weekdays or day.isoweekday() in offered.weekdays)
        and (not offered.months or day.month in offered.months)
    )


def _meets(offered: Offered, day: dt.date, starts: dt.datetime, ends: dt.datetime) -> bool:
    if offered.opens is None or offered.closes is None:
        return True
    opens = dt.datetime.combine(day, offered.opens, starts.tzinfo)
    closes = dt.datetime.combine(day, offered.closes, starts.tzinfo)
    return opens <= ends and starts <= closes


def _time(offered: Offered, days: Sequence[dt.date], wanted_days: int) -> Reason:
    share = min(1.0, len(days) / wanted_days)
    hours = hours_words(offered)
    if wanted_days == 1:
        return Reason("time", f"那时有空（{hours}）", share)
    return Reason("time", f"{wanted_days} 天里有 {len(days)} 天可以（{hours}）", share)


def _closed_words(offered: Offered, wanted: Wanted) -> str:
    if offered.valid_to is not None and offered.valid_to < wanted.starts.date():
        return "有效期已过"
    if offered.valid_from > wanted.ends.date():
        return f"{offered.valid_from.month}月{offered.valid_from.day}日才开始"
    return f"那时不服务（{hours_words(offered)}）"


WEEKDAYS = ("一", "二", "三", "四", "五", "六", "日")


def hours_words(offered: Offered) -> str:
    """每天全天, 周一至周五 9:00–17:00, 6月至9月 周六、周日 全天."""
    return when_words(offered.weekdays, offered.months, offered.opens, offered.closes)


def when_words(
    weekdays: Collection[int], months: Collection[int], opens: dt.time | None, closes: dt.time | None
) -> str:
    parts = []
    if months and len(months) < 12:
        parts.append(_listed(sorted(months), lambda n: f"{n}月"))
    days = "每天" if not weekdays or len(weekdays) == 7 else _listed(sorted(weekdays), lambda n: f"周{WEEKDAYS[n - 1]}")
    times = "全天" if opens is None or closes is None else f"{opens:%-H:%M}–{closes:%-H:%M}"
    return " ".join([*parts, f"{days} {times}"])


def _listed(numbers: Sequence[int], named: Callable[[int], str]) -> str:
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{named(numbers[0])}至{named(numbers[-1])}"
    return "、".join(named(n) for n in numbers)


# --- capacity and usefulness -----------------------------------------------------------------------------------------


def left_on(offered: Offered, used: Used) -> int | None:
    """How much can still be had; None where there is no bound."""
    bounds = [
        bound - taken
        for bound, taken in ((offered.per_day, used.day), (offered.per_month, used.month))
        if bound is not None
    ]
    return min(bounds) if bounds else None


def _capacity(offered: Offered, quantity: int, used: Used) -> tuple[int | None, Reason]:
    left = left_on(offered, used)
    if left is None:
        return None, Reason("capacity", "数量不限", 1.0)
    share = max(0.0, min(1.0, left / max(1, quantity)))
    words = f"还有 {left} 个余量" if left >= quantity else f"只剩 {left} 个余量，需要 {quantity} 个"
    return left, Reason("capacity", words, share)


def mean_stars(rated: int, stars: int) -> float:
    """Drawn towards the usual while there are few ratings, so that one good turn does not beat twenty."""
    return (stars + USUAL_STARS * AS_IF_RATED) / (rated + AS_IF_RATED)


def _useful(offered: Offered) -> Reason:
    share = mean_stars(offered.rated, offered.stars) / 5
    if not offered.rated:
        return Reason("useful", "还没有评价", share)
    return Reason("useful", f"以往 {offered.rated} 次，平均 {offered.stars / offered.rated:.1f} 星", share)


# --- words -----------------------------------------------------------------------------------------------------------


def services_in(text: str, words: Mapping[str, Collection[str]], most: int = 3) -> list[str]:
    """Keys of the services that a text speaks of, those with the most of their words first."""
    hits = {key: sum(1 for word in said if word and word in text) for key, said in words.items()}
    found = sorted((key for key, n in hits.items() if n), key=lambda key: -hits[key])
    return found[:most]
