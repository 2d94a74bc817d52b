"""Figures of the desk and the rows behind them, from one declaration: a number opens to exactly what it counted.

A figure that is a work list of its own opens that list; any other, or one narrowed to a unit or a place, opens
`/desk/figures/<key>/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from huying.callouts import queues as calls
from huying.callouts.queries import callouts_for, responses_for
from huying.cases import options
from huying.cases.filters import ORDERS
from huying.cases.models import SpotCheck
from huying.cases.queues import NEWEST, PRESSING, QUEUES, Queue, cases_for
from huying.dockets import queries as dockets
from huying.kernel.errors import Missing
from huying.kernel.paging import CappedCount, capped_counts
from huying.matters.models import Clock, LedgerLine, Matter
from huying.people.actors import Actor
from huying.people.directory import Listed, directory
from huying.places.enums import Level
from huying.places.tree import Family, place_tree
from huying.supervision.queues import QUEUES as SUPERVISION_QUEUES
from huying.supervision.queues import instructions_for, supervisions_for
from huying.supervision.views.lists import queue_url

COUNTED_TO = 10_000
DAYS = 30  # what "近 30 天" means

Condition = Callable[[Actor, datetime], Q]


@dataclass(frozen=True, slots=True)
class Figure:
    """`note` says to readers what is counted; `unit` by which column a unit's share of it is taken."""

    key: str
    label: str
    condition: Condition
    note: str = ""
    ordering: tuple[str, ...] = PRESSING
    unit: Literal["holder", "lead", "co_handlers"] = "holder"
    queue: Queue | None = None
    rows: Callable[[Actor], QuerySet[Matter]] = cases_for  # every matter of its kind that this actor may see
    url: Callable[[], str] | None = None  # where another room lists exactly these


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Of what part of the district a figure is told."""

    unit: Listed | None = None
    place: Family | None = None
    category: str = ""
    channel: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Narrowing:
        """From an address.

        Raises:
            Missing: nobody of that code
        """
        unit, place = given.get("unit", ""), given.get("place", "")
        category, channel = given.get("category", ""), given.get("channel", "")
        found = cls(directory().by_code.get(unit), place_tree().by_code.get(place), category, channel)
        if (
            bool(unit) != bool(found.unit)
            or bool(place) != bool(found.place)
            or (category and category not in options.category_names())
            or (channel and channel not in options.channel_names())
        ):
            raise Missing("没有这个单位、区域、分类或渠道，请从列表里重新选择。")
        return found

    @property
    def query(self) -> str:
        given = {
            "unit": self.unit.code if self.unit else "",
            "place": self.place.code if self.place else "",
            "category": self.category,
            "channel": self.channel,
        }
        return urlencode({key: value for key, value in given.items() if value})

    @property
    def words(self) -> list[str]:
        """The part in words, for headings."""
        return [
            *([self.unit.label] if self.unit else []),
            *([self.place.name] if self.place else []),
            *([options.category_names()[self.category]] if self.category else []),
            *([options.channel_names()[self.channel]] if self.channel else []),
        ]

    def condition(self, figure: Figure) -> Q:
        found = Q()
        if self.unit:
            found &= Q(**_of_unit(figure, self.unit.id))
        if self.place:
            found &= Q(**{f"{_COLUMNS.get(Level(self.place.level), 'street')}_id": self.place.id})
        if self.category:
            below = f"{self.category}."
            found &= Q(category__in=[c for c in options.category_names() if f"{c}.".startswith(below)])
        if self.channel:
            found &= Q(channel=self.channel)
        return found


_COLUMNS = {Level.STREET: "street", Level.COMMUNITY: "community", Level.GRID: "grid"}


def _of_unit(figure: Figure, unit: int) -> dict[str, object]:
    return {"co_handlers__contains": [unit]} if figure.unit == "co_handlers" else {f"{figure.unit}_id": unit}


EVERYWHERE = Narrowing()


def today(now: datetime) -> datetime:
    """The midnight before."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def since(now: datetime) -> datetime:
    """The midnight with which the last days that figures tell of begin."""
    return today(now) - timedelta(days=DAYS - 1)


_OPEN = Q(closed_at=None)


def _late(now: datetime) -> Q:
    return _OPEN & Q(next_due_at__lt=now)


def _own(actor: Actor) -> Q:
    return Q(holder_id=actor.organisation_id)


def _touched_today(actor: Actor, now: datetime) -> Q:
    lines = LedgerLine.objects.filter(at__gte=today(now), actor_id=actor.user_id)
    return Q(pk__in=lines.values("matter_id"))


def _answered_today(actor: Actor, now: datetime) -> Q:
    line = LedgerLine.objects.filter(matter=OuterRef("pk"), step="answer", at__gte=today(now))
    return Q(closed_at__gte=today(now)) & Q(Exists(line))


def _checked(now: datetime, **found: bool) -> Q:
    return Q(Exists(SpotCheck.objects.filter(case=OuterRef("pk"), at__gte=since(now), **found)))


def _closed(now: datetime) -> Q:
    """Handled by a unit and closed lately; what was imported as history has no clocks to judge it by."""
    return Q(closed_at__gte=since(now), lead__isnull=False, case__imported=False)


def _missed() -> Q:
    clocks = Clock.objects.filter(
        matter=OuterRef("pk"), kind__in=("handle", "rework"), met=False, organisation=OuterRef("lead")
    )
    return Q(Exists(clocks))


_CLOSED_NOTE = f"近 {DAYS} 天内结案、由单位办理的件；当场答复的和导入的历史件不算。"
_ON_TIME_NOTE = f"{_CLOSED_NOTE}办理和重办都没有超过时限的算按时，时限暂停的时间不算。"

_EXTRA = (
    Figure(
        "received-today", "今天收到", lambda actor, now: Q(opened_at__gte=today(now)), "今天零点以后受理的件。", NEWEST
    ),
    Figure(
        "closed-today", "今天结案", lambda actor, now: Q(closed_at__gte=today(now)), "今天零点以后结案的件。", NEWEST
    ),
    Figure("answered-today", "今天当场答复", _answered_today, "今天即时答复并结案的件。", NEWEST),
    Figure("mine-today", "今天经我手", _touched_today, "今天由我办过一个或几个环节的件。", NEWEST),
    Figure(
        "mine", "我经办的", lambda actor, now: _OPEN & Q(holder_user_id=actor.user_id), "由我签收、还没有结案的件。"
    ),
    Figure("own-late", "本单位超时", lambda actor, now: _late(now) & _own(actor), "轮到本单位办、已经超过时限的件。"),
    Figure(
        "own-yellow",
        "本单位快到期",
        lambda actor, now: QUEUES["yellow"].condition(actor, now) & _own(actor),
        "轮到本单位办、亮了黄牌、还没有超时的件。",
    ),
    Figure(
        "reworking", "重办中", lambda actor, now: _OPEN & Q(rework_count__gte=1), "诉求人要求重办、还没有结案的件。"
    ),
    Figure("spot-checked", "已抽查", lambda actor, now: _checked(now), f"近 {DAYS} 天抽查过的即时答复。", NEWEST),
    Figure(
        "found-wrong",
        "抽查有误",
        lambda actor, now: _checked(now, right=False),
        f"近 {DAYS} 天抽查认为有误的即时答复。",
        NEWEST,
    ),
    Figure(
        "received-lately",
        f"近 {DAYS} 天收到",
        lambda actor, now: Q(opened_at__gte=since(now)),
        f"近 {DAYS} 天内受理的件。",
        NEWEST,
    ),
    Figure("closed-lately", f"近 {DAYS} 天办结", lambda actor, now: _closed(now), _CLOSED_NOTE, NEWEST, "lead"),
    Figure("on-time", "按时办结", lambda actor, now: _closed(now) & ~_missed(), _ON_TIME_NOTE, NEWEST, "lead"),
    Figure("overdue", "超时办结", lambda actor, now: _closed(now) & _missed(), _ON_TIME_NOTE, NEWEST, "lead"),
    Figure(
        "co-handled",
        "协办",
        lambda actor, now: _OPEN & ~Q(co_handlers=[]),
        "由别的单位主办、请本单位协办、还没有结案的件。",
        unit="co_handlers",
    ),
)


def _supervised(queue: str, key: str, label: str = "") -> Figure:
    """A work list of supervisions as a figure."""
    shown = SUPERVISION_QUEUES[queue]
    return Figure(
        key,
        label or shown.label,
        shown.condition,
        ordering=shown.ordering,
        rows=supervisions_for,
        url=lambda: queue_url(shown),
    )


_SUPERVISION = (
    _supervised("open", "supervisions", "督办在办"),
    _supervised("late", "supervisions-late", "督办超时"),
    _supervised("issued", "supervisions-issued", "督办待签收"),
    _supervised("working", "supervisions-working", "督办待反馈"),
    _supervised("reviewing", "supervisions-reviewing", "督办反馈待审核"),
    _supervised("reported", "supervisions-reported", "督办待督导审核"),
    _supervised("unassigned", "supervisions-unassigned", "督办待改派"),
    _supervised("to-sign", "supervisions-to-sign", "督办文书待签发"),
    Figure(
        "instructions",
        "批示交办在办",
        lambda actor, now: _OPEN,
        rows=instructions_for,
        url=lambda: reverse("supervision:instructions"),
    ),
    Figure(
        "instructions-to-do",
        "批示交办待分解或报告",
        lambda actor, now: _OPEN & ~Q(state="tasked"),
        rows=instructions_for,
        url=lambda: f"{reverse('supervision:instructions')}?list=to-do",
    ),
)


def _elsewhere(
    key: str, label: str, condition: Callable[[Actor], Q], rows: Callable[[Actor], QuerySet[Matter]], url: str
) -> Figure:
    """One whose rows stand in a list of another room; `url`: name of its address and what follows."""
    name, _, chosen = url.partition("?")
    return Figure(key, label, lambda actor, now: condition(actor), rows=rows, url=lambda: f"{reverse(name)}?{chosen}")


_DOCKETS = (
    _elsewhere("dockets-turn", "议题等我们办", dockets.my_turn, dockets.dockets_for, "dockets:list?list=turn"),
    _elsewhere("dockets-led", "牵头的议题", dockets.led, dockets.dockets_for, "dockets:list?list=led"),
    _elsewhere("dockets-open", "在办议题", dockets.running, dockets.dockets_for, "dockets:list?list=open"),
    _elsewhere("dockets-asked", "待回复会议", dockets.to_answer, dockets.dockets_for, "dockets:list?list=asked"),
    _elsewhere("docket-work", "议题任务", dockets.my_work, dockets.work_for, "dockets:work?list=turn"),
    _elsewhere("docket-work-open", "在办议题任务", dockets.running, dockets.work_for, "dockets:work?list=open"),
)

_CALLOUTS = (
    _elsewhere("callouts-turn", "呼叫等我们办", calls.my_turn, callouts_for, "callouts:list?list=turn"),
    _elsewhere("callouts-mine", "我们发起的呼叫", calls.mine, callouts_for, "callouts:list?list=mine"),
    _elsewhere("callouts-analyse", "待研判呼叫", calls.to_analyse, callouts_for, "callouts:list?list=analyse"),
    _elsewhere("callouts-running", "呼应中的呼叫", calls.running, callouts_for, "callouts:list?list=running"),
    _elsewhere(
        "responses-turn", "响应等我们办", calls.waiting_responses, responses_for, "callouts:responses?list=turn"
    ),
    _elsewhere("responses-waiting", "呼叫待响应", calls.waiting, responses_for, "callouts:responses?list=waiting"),
    _elsewhere("responses-ruling", "退出待裁定", calls.to_rule, responses_for, "callouts:responses?list=ruling"),
)

FIGURES: dict[str, Figure] = {
    **{
        queue.slug: Figure(queue.slug, queue.label, queue.condition, ordering=queue.ordering, queue=queue)
        for queue in QUEUES.values()
        if queue.key
    },
    **{figure.key: figure for figure in (*_EXTRA, *_SUPERVISION, *_DOCKETS, *_CALLOUTS)},
}


def address(key: str, part: Narrowing = EVERYWHERE) -> str:
    """Where the rows of a figure stand."""
    figure, query = FIGURES[key], part.query
    if figure.url is not None:
        return figure.url()
    if figure.queue is not None and not query:
        # An address without filters opens what the reader last narrowed the list to: name the order, to open all of it.
        order = next(name for name, (_, ordering) in ORDERS.items() if ordering == figure.ordering)
        return f"{reverse(figure.queue.url_name)}?order={order}"
    return reverse("web:figure", args=[key]) + (f"?{query}" if query else "")


def rows_behind(key: str, actor: Actor, now: datetime, part: Narrowing = EVERYWHERE) -> QuerySet[Matter]:
    figure = FIGURES[key]
    return figure.rows(actor).filter(figure.condition(actor, now), part.condition(figure))


def numbers(keys: Iterable[str], actor: Actor, now: datetime, part: Narrowing = EVERYWHERE) -> dict[str, CappedCount]:
    """All of them in one query, each counted up to a bound."""
    return capped_counts({key: rows_behind(key, actor, now, part) for key in dict.fromkeys(keys)}, COUNTED_TO)


@dataclass(frozen=True, slots=True)
class Share:
    """A rate with what it is made of; each of both opens to its rows."""

    part: int
    whole: int
    part_url: str
    whole_url: str

    @property
    def words(self) -> str:
        return f"{self.part / self.whole:.1%}" if self.whole else "—"


def on_time(part: Narrowing, of: int, whole: int) -> Share:
    return Share(of, whole, address("on-time", part), address("closed-lately", part))


def on_time_by(rows: QuerySet[Matter], now: datetime, *columns: str) -> list[dict[str, int]]:
    """Closed lately (`whole`) and of these on time (`part`), for each value of the columns; one row in all without."""
    closed = rows.filter(_closed(now)).order_by()
    figures = {"whole": Count("pk"), "part": Count("pk", filter=~_missed())}
    if columns:
        return list(closed.values(*columns).annotate(**figures))
    return [closed.aggregate(**figures)]
