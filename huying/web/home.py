"""What each role begins its day with: figures of today, of what waits, what is late and what is its own, and the list
of what to do first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.urls import reverse

from huying.cases import options
from huying.cases.queries import Row, listed, rows_of
from huying.cases.queues import NEWEST, PRESSING, cases_for
from huying.kernel.paging import CappedCount
from huying.matters.enums import Warning
from huying.matters.models import Delivery
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.models import Organisation, Session, User
from huying.places.enums import Level
from huying.places.tree import place_tree
from huying.web.figures import (
    DAYS,
    FIGURES,
    Narrowing,
    Share,
    address,
    numbers,
    on_time,
    on_time_by,
    since,
    today,
)

SHOWN = 7  # rows of the list of what to do first: with the figures they fill one screen
ROWS_OF_A_TABLE = 12


@dataclass(frozen=True, slots=True)
class Home:
    """`first`: the figures whose rows together make the list `title`, in the order of `ordering`. `groups`: heading →
    figures. `tables`: further tables of this module by name."""

    groups: tuple[tuple[str, tuple[str, ...]], ...]
    title: str = ""
    first: tuple[str, ...] = ()
    empty: tuple[str, str] = ("现在没有等着您办的件", "新的件会自动出现在这里。")
    tables: tuple[str, ...] = ()
    ordering: tuple[str, ...] = PRESSING


_UNIT = Home(
    title="先办这些",
    first=("dispatched", "acknowledged", "handling"),
    groups=(
        ("待办", ("dispatched", "acknowledged", "handling")),
        ("超时", ("own-late", "own-yellow")),
        ("我的", ("mine", "mine-today")),
        ("督办", ("supervisions-issued", "supervisions-working")),
        ("呼叫", ("responses-turn", "responses-waiting", "callouts-turn", "callouts-mine")),
        ("其他", ("waiting", "awaiting-approval", "deferred", "joint")),
        ("议题", ("dockets-led", "dockets-asked", "docket-work")),
    ),
)
_GROUND = Home(
    title="先办这些",
    first=_UNIT.first,
    groups=(
        ("待办", ("dispatched", "acknowledged", "handling")),
        ("超时", ("own-late", "own-yellow")),
        ("督办", ("supervisions-issued", "supervisions-working")),
        ("呼叫", ("callouts-turn", "callouts-mine", "responses-turn", "responses-waiting")),
        ("我的", ("mine", "mine-today")),
        ("辖区", ("received-today", "open", "late")),
        ("议题", ("dockets-led", "dockets-asked", "docket-work")),
    ),
)
HOMES: dict[str, Home] = {
    "call_taker": Home(
        title="先办这些",
        first=("received", "resolved", "confidential"),
        groups=(
            ("待办", ("received", "resolved", "confidential")),
            ("超时", ("own-late", "own-yellow")),
            ("今天", ("received-today", "answered-today", "closed-today")),
            ("我的", ("mine-today",)),
        ),
    ),
    "dispatcher": Home(
        title="先派这些",
        first=("triaged", "received"),
        groups=(
            ("待办", ("triaged", "received", "requests", "reply-review", "upper-urged", "resolved")),
            ("超时", ("own-late", "own-yellow")),
            ("呼叫", ("callouts-analyse", "responses-ruling", "callouts-running")),
            ("今天", ("received-today", "dispatched", "closed-today")),
            ("我的", ("mine-today",)),
        ),
    ),
    "handler": _UNIT,
    "assistance": _UNIT,
    "street_clerk": _GROUND,
    "community_clerk": _GROUND,
    "chief": Home(
        title="先批这些",
        first=("awaiting-approval", "requests-to-chief"),
        groups=(
            ("待办", ("awaiting-approval", "requests-to-chief")),
            ("超时", ("own-late", "own-yellow")),
            ("督办", ("supervisions-reviewing", "supervisions", "supervisions-late")),
            ("本单位", ("dispatched", "acknowledged", "handling", "reworking")),
            ("呼叫", ("callouts-turn", "responses-turn", "responses-waiting")),
            ("我的", ("mine-today",)),
            ("议题", ("dockets-led", "dockets-asked", "docket-work")),
        ),
    ),
    "supervisor": Home(
        title="先催这些",
        first=("late", "yellow"),
        groups=(
            ("超时", ("late", "yellow")),
            ("险情", ("alarm",)),
            ("申请", ("requests", "deferral-due", "deferred")),
            ("抽查", ("spot-check", "spot-checked", "found-wrong")),
            ("第三方评价", ("review-split", "in-review")),
            ("督办", ("supervisions-reported", "supervisions-unassigned", "supervisions-late", "instructions-to-do")),
            ("呼叫", ("callouts-running", "responses-waiting", "responses-ruling")),
            ("质量", ("reworking", "reworked")),
            ("今天", ("received-today", "closed-today", "open")),
            ("议题", ("dockets-turn", "dockets-open", "docket-work-open")),
        ),
        empty=("没有超时的，也没有快到期的", "在办的件都在时限之内。"),
    ),
    "leader": Home(
        groups=(
            ("今天", ("received-today", "answered-today", "closed-today")),
            ("在办", ("open", "handling", "resolved")),
            ("超时", ("late", "yellow")),
            ("要紧", ("alarm", "reworked")),
            ("督办", ("supervisions-to-sign", "instructions", "supervisions", "supervisions-late")),
            ("呼叫", ("callouts-running", "responses-waiting")),
            ("议题", ("dockets-turn", "dockets-open")),
        ),
        tables=("on_time", "streets", "units"),
    ),
    "analyst": Home(
        groups=(
            ("今天", ("received-today", "closed-today")),
            ("在办", ("open", "late", "callouts-running")),
            (f"近 {DAYS} 天", ("received-lately", "closed-lately")),
            ("质量", ("reworking", "reworked")),
        ),
        tables=("on_time", "categories", "channels"),
    ),
    "third_party": Home(
        title="等您评价的件",
        first=("to-review",),
        groups=(("待办", ("to-review",)), ("交给过您的", ("open", "closed"))),
        empty=("没有等您评价的件", "交给您独立评价的件会出现在这里。"),
    ),
    "grid_worker": Home(
        title="网格里在办的",
        first=("open",),
        groups=(
            ("网格", ("open", "late", "yellow")),
            ("今天", ("received-today", "closed-today")),
            ("我的", ("mine-today",)),
        ),
        empty=("网格里没有在办的件", "在您的网格里发生的诉求，还没有结案的会出现在这里。"),
    ),
}


# --- what a page shows ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    """A figure on the page."""

    label: str
    value: str
    url: str = ""
    pressing: bool = False  # not nothing, and late
    note: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    label: str
    figures: Sequence[Told]


@dataclass(frozen=True, slots=True)
class First:
    """The rows to begin with. `all_url`: where all of them stand, when that is one list."""

    title: str
    rows: Sequence[Row]
    empty: tuple[str, str]
    order: str


@dataclass(frozen=True, slots=True)
class Cell:
    value: str
    url: str = ""
    pressing: bool = False


@dataclass(frozen=True, slots=True)
class TableRow:
    label: str
    url: str
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    heads: Sequence[str]  # of the first column and of each figure
    rows: Sequence[TableRow]
    note: str = ""
    all_url: str = ""
    all_label: str = ""


@dataclass(frozen=True, slots=True)
class Overview:
    groups: Sequence[Group]
    first: First | None = None
    share: Share | None = None
    tables: Sequence[Table] = ()


_LATE = {"late", "own-late", "alarm", "supervisions-late", "supervisions-to-sign"}
_ORDER_WORDS: dict[tuple[str, ...], str] = {PRESSING: "最急的在前", NEWEST: "最新的在前"}


def overview(actor: Actor, now: datetime) -> Overview:
    """Everything of one role, in a handful of queries however many cases there are."""
    home = HOMES[actor.role.key]
    counted = numbers([key for _, keys in home.groups for key in keys], actor, now)
    groups = [Group(label, [_told(key, counted[key], actor, label) for key in keys]) for label, keys in home.groups]
    order = _ORDER_WORDS[home.ordering]
    return Overview(
        groups=groups,
        first=First(home.title, first_rows(actor, now), home.empty, order) if home.first else None,
        share=district_share(actor, now) if "on_time" in home.tables else None,
        tables=[_TABLES[name](actor, now) for name in home.tables if name in _TABLES],
    )


def _told(key: str, count: CappedCount, actor: Actor, heading: str) -> Told:
    """What the heading says already is not said again."""
    figure = FIGURES[key]
    label = _LATE_OF.get(actor.scope, figure.label) if key == "late" else figure.label
    label = label.removeprefix(heading).strip() or label
    return Told(label, str(count), address(key), bool(key in _LATE and count.n), figure.note)


_LATE_OF = {"all": "全区超时", "street": "辖区超时", "community": "辖区超时", "grids": "网格超时"}


def first_rows(actor: Actor, now: datetime) -> list[Row]:
    """What presses most of all that this role begins with."""
    wanted = Q()
    for key in HOMES[actor.role.key].first:
        wanted |= Q(FIGURES[key].condition(actor, now))
    rows = listed(cases_for(actor).filter(wanted)).order_by(*HOMES[actor.role.key].ordering)[:SHOWN]
    return rows_of(list(rows), actor, now)


def district_share(actor: Actor, now: datetime) -> Share:
    (found,) = on_time_by(cases_for(actor), now)
    return on_time(Narrowing(), found["part"], found["whole"])


# --- tables -----------------------------------------------------------------------------------------------------------


def _cell(value: int, url: str, *, pressing: bool = False) -> Cell:
    return Cell(f"{value:,}", url if value else "", pressing and value > 0)


def streets(actor: Actor, now: datetime) -> Table:
    """Received today, open and late, for each street; what has no place is a row as well."""
    begun = today(now)
    found = {
        row["street_id"]: row
        for row in cases_for(actor)
        .filter(Q(closed_at=None) | Q(opened_at__gte=begun))
        .order_by()
        .values("street_id")
        .annotate(
            received=Count("pk", filter=Q(opened_at__gte=begun)),
            open=Count("pk", filter=Q(closed_at=None)),
            late=Count("pk", filter=Q(closed_at=None, next_due_at__lt=now)),
        )
    }
    rows = []
    for place in place_tree().by_code.values():
        if place.level == Level.STREET:
            got, part = found.get(place.id, {"received": 0, "open": 0, "late": 0}), Narrowing(place=place)
            cells = [
                _cell(got["received"], address("received-today", part)),
                _cell(got["open"], address("open", part)),
                _cell(got["late"], address("late", part), pressing=True),
            ]
            rows.append(TableRow(place.name, "", cells))
    return Table("各街道", ("街道", "今天收到", "在办", "超时"), rows)


def units(actor: Actor, now: datetime) -> Table:
    """The units with most that is late, then with most that is open."""
    found = list(
        cases_for(actor)
        .filter(closed_at=None)
        .order_by()
        .values("holder_id")
        .annotate(
            open=Count("pk"),
            late=Count("pk", filter=Q(next_due_at__lt=now)),
            yellow=Count("pk", filter=Q(warning=Warning.YELLOW, next_due_at__gte=now)),
        )
    )
    found.sort(key=lambda row: (-row["late"], -row["yellow"], -row["open"]))
    rows = []
    for row in found[:ROWS_OF_A_TABLE]:
        unit = directory().by_id.get(row["holder_id"])
        if unit is not None:
            part = Narrowing(unit=unit)
            cells = [
                _cell(row["open"], address("open", part)),
                _cell(row["yellow"], address("yellow", part)),
                _cell(row["late"], address("late", part), pressing=True),
            ]
            rows.append(TableRow(unit.label, reverse("web:unit", args=[unit.code]), cells))
    return Table(
        "各单位",
        ("轮到谁办", "在办", "快到期", "超时"),
        rows,
        note="超时最多的在前",
        all_url=reverse("web:units"),
        all_label="全部单位",
    )


def categories(actor: Actor, now: datetime) -> Table:
    """What people came with lately, by the first level of the categories."""
    counted: dict[str, int] = {}
    lately = cases_for(actor).filter(opened_at__gte=since(now)).order_by()
    for row in lately.values("category").annotate(n=Count("pk")):
        top = row["category"].partition(".")[0]
        counted[top] = counted.get(top, 0) + row["n"]
    names = options.category_names()
    rows = [
        TableRow(
            names.get(code, "尚未分类"),
            "",
            [_cell(n, address("received-lately", Narrowing(category=code)) if code in names else "")],
        )
        for code, n in sorted(counted.items(), key=lambda pair: -pair[1])[:ROWS_OF_A_TABLE]
    ]
    return Table("收到最多的分类", ("分类", "件数"), rows, note=f"近 {DAYS} 天")


def channels(actor: Actor, now: datetime) -> Table:
    lately = cases_for(actor).filter(opened_at__gte=since(now)).order_by()
    found = sorted(lately.values("channel").annotate(n=Count("pk")), key=lambda row: -row["n"])
    names = options.channel_names()
    rows = [
        TableRow(
            names.get(row["channel"], row["channel"]),
            "",
            [_cell(row["n"], address("received-lately", Narrowing(channel=row["channel"])))],
        )
        for row in found[:ROWS_OF_A_TABLE]
    ]
    return Table("从哪里来", ("渠道", "件数"), rows, note=f"近 {DAYS} 天")


_TABLES = {"streets": streets, "units": units, "categories": categories, "channels": channels}


# --- the administrator ------------------------------------------------------------------------------------------------


def administration() -> Overview:
    """Nobody's appeal is shown to an administrator: accounts, sessions, units, places and messages are."""
    levels: dict[str, int] = {}
    for place in place_tree().by_code.values():
        levels[place.level] = levels.get(place.level, 0) + 1
    accounts = User.objects.aggregate(
        active=Count("pk", filter=Q(is_active=True)),
        fresh=Count("pk", filter=Q(is_active=True, last_login=None, kind="staff")),
    )
    statuses = Delivery.Status
    unsent = {
        row["status"]: row["n"]
        for row in Delivery.objects.filter(status__in=(statuses.PENDING, statuses.UNKNOWN, statuses.FAILED))
        .order_by()
        .values("status")
        .annotate(n=Count("pk"))
    }
    accounts_url, places_url = reverse("people:accounts"), reverse("web:places")

    def plain(label: str, value: int, url: str = "", *, pressing: bool = False) -> Told:
        return Told(label, f"{value:,}", url, pressing and value > 0)

    return Overview(
        groups=[
            Group(
                "账号",
                [
                    plain("启用的账号", accounts["active"], accounts_url),
                    plain("从未登录", accounts["fresh"], accounts_url),
                    plain("在线会话", Session.objects.live().count(), reverse("people:sessions")),
                ],
            ),
            Group("单位", [plain("单位", Organisation.objects.current().count(), reverse("people:organisations"))]),
            Group(
                "区域",
                [
                    plain("街道", levels.get(Level.STREET, 0), places_url),
                    plain("社区", levels.get(Level.COMMUNITY, 0), places_url),
                    plain("网格", levels.get(Level.GRID, 0), places_url),
                ],
            ),
            Group(
                "消息",
                [
                    plain("等待发送", unsent.get(statuses.PENDING, 0)),
                    plain("待核实", unsent.get(statuses.UNKNOWN, 0), pressing=True),
                    plain("发送失败", unsent.get(statuses.FAILED, 0), pressing=True),
                ],
            ),
        ]
    )
