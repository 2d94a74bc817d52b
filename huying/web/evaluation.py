"""考核指标: what is declared as metrics, told of one unit, of all side by side, and as the rows behind one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from huying.cases import options
from huying.cases.flow import CASES
from huying.cases.metrics.declared import VOLUME
from huying.cases.metrics.targets import targets
from huying.cases.parameters import SMALL_NUMBER
from huying.cases.queries import title_of
from huying.cases.queues import cases_for
from huying.kernel.errors import Missing
from huying.kernel.generation import cached
from huying.kernel.metrics import Span, Tallies, Tally, narrowed, sliced, tallies
from huying.kernel.paging import CappedCount, Page, capped_counts, keyset
from huying.kernel.registry import Counted, Metric, metric_sources, metrics
from huying.matters.detail import TONES
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.people.directory import Listed, directory
from huying.people.periods import Period
from huying.ui.components import Tone

PERMISSION = "matters.evaluation"
COUNTED_TO = 10_000
PAGE = 50
KEPT, MOST_KEPT = 60.0, 100  # seconds; periods
NONE = "—"


def everybody() -> tuple[int, ...]:
    """Whose figures the district's are made of: also of bodies that are no more."""
    return tuple(directory().by_id)


def span(period: Period, unit: Listed | None, *, each: bool = False) -> Span:
    return Span(period.since, period.until, (unit.id,) if unit else everybody(), each)


# --- how a figure is told --------------------------------------------------------------------------------------------


def value_of(metric: Metric, tally: Tally) -> str:
    if metric.is_time:
        return f"{tally.average / 60:.1f} 小时" if tally.average is not None else NONE
    if metric.is_rate:
        return f"{tally.rate:.1%}" if tally.rate is not None else NONE
    return f"{tally.whole:,}"


def ninetieth_of(metric: Metric, tally: Tally) -> str:
    return f"九成在 {tally.ninetieth / 60:.1f} 小时以内" if tally.ninetieth is not None else ""


def number_of(metric: Metric, tally: Tally) -> float | None:
    """What it is compared by."""
    if metric.is_time:
        return tally.average
    return tally.rate if metric.is_rate else float(tally.whole)


def is_small(metric: Metric, tally: Tally) -> bool:
    return (metric.is_rate or metric.is_time) and 0 < tally.whole < SMALL_NUMBER.value


def change_of(metric: Metric, now: Tally, before: Tally) -> str:
    """Against the period before, in words."""
    new, old = number_of(metric, now), number_of(metric, before)
    if new is None or old is None:
        return ""
    if metric.is_rate:
        by, unit = round(abs(new - old) * 100, 1), "个百分点"
    elif metric.is_time:
        by, unit = round(abs(new - old) / 60, 1), "小时"
    else:
        by, unit = abs(new - old), "件"
    if not by:
        return "持平"
    words = f"{by:,.0f}" if unit == "件" else f"{by:.1f}"
    return f"{'升' if new > old else '降'} {words} {unit}"


def reasons_of(metric: Metric, tally: Tally) -> list[tuple[str, int]]:
    """Why rows were left out, in words, and how many; the most frequent first."""
    found: dict[str, int] = {}
    for key, n in tally.excluded.items():
        words = metric_sources[metric.main.source].reason(key)
        found[words] = found.get(words, 0) + n
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))


# --- one unit --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MetricLine:
    """One metric of one unit: now, before, and in the whole district. Each number with an address opens to its rows."""

    metric: Metric
    value: str
    more: str  # the 90th percentile, where there is one
    small: bool
    part: int
    whole: int
    left_out: int
    reasons: Sequence[tuple[str, int]]
    before: str
    change: str
    district: str
    whole_url: str
    part_url: str
    left_url: str


@dataclass(frozen=True, slots=True)
class ChannelLine:
    channel: str
    n: int
    before: int
    target: int | None

    @property
    def over(self) -> int:
        return 0 if self.target is None else max(0, self.n - self.target)


@dataclass(frozen=True, slots=True)
class UnitMetrics:
    period: Period
    before: Period
    lines: Sequence[MetricLine]
    channels: Sequence[ChannelLine]
    export_url: str

    @property
    def empty(self) -> bool:
        return not any(line.whole or line.left_out for line in self.lines)


def unit_metrics(unit: Listed, period: Period, now: datetime) -> UnitMetrics:
    """Two queries, whatever there is: figures and volumes. The whole district's are up to `KEPT` seconds old."""
    before = period.before
    wanted = list(metrics)
    own = {"now": span(period, unit), "before": span(before, unit)}
    units = _kept(period)
    district = units[None] if units else None
    found = tallies(wanted, own if district else own | {"district": span(period, None)}, now)
    if district is None:
        district = _keep(period, {None: found["district"][None]})[None]
    figures = {name: found[name][None] for name in own} | {"district": district}
    volumes = sliced(VOLUME.main, own, "channel", now)
    aims = targets(unit.id, period.months_in_it)
    names = options.channel_names()
    lines = []
    for metric in wanted:
        tally, earlier = figures["now"][metric.id], figures["before"][metric.id]
        url = rows_url(metric, period, unit)
        lines.append(
            MetricLine(
                metric=metric,
                value=value_of(metric, tally),
                more=ninetieth_of(metric, tally),
                small=is_small(metric, tally),
                part=tally.part,
                whole=tally.whole,
                left_out=tally.left_out,
                reasons=reasons_of(metric, tally),
                before=value_of(metric, earlier),
                change=change_of(metric, tally, earlier),
                district=value_of(metric, figures["district"][metric.id]),
                whole_url=url,
                part_url=f"{url}&show=part",
                left_url=f"{url}&show=left",
            )
        )
    channels = [
        ChannelLine(name, volumes["now"].get(key, 0), volumes["before"].get(key, 0), aims.get(key))
        for key, name in names.items()
        if key in volumes["now"] or key in volumes["before"] or key in aims
    ]
    export = f"{reverse('web:unit-evaluation-sheet', args=[unit.code])}?{period.query}"
    return UnitMetrics(period, before, lines, channels, export)


@cached("district_figures")
def _of_district() -> dict[tuple[datetime, datetime], tuple[float, Tallies]]:
    """The whole district, with each unit by itself where that has been asked for: period → until when it is kept,
    figures. They read every unit's rows, which one unit's page should not do each time it is opened, nor a table each
    time it is sorted by another column."""
    return {}


def _kept(period: Period) -> Tallies | None:
    until, found = _of_district().get((period.since, period.until), (0.0, None))
    return found if until > monotonic() else None


def _keep(period: Period, found: Tallies) -> Tallies:
    kept = _of_district()
    if len(kept) >= MOST_KEPT:
        kept.clear()
    kept[period.since, period.until] = (monotonic() + KEPT, found)
    return found


# --- all units -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TableCell:
    metric: Metric
    value: str
    under: str  # numerator and denominator
    small: bool
    url: str


@dataclass(frozen=True, slots=True)
class TableLine:
    unit: Listed | None  # None: all together
    rank: str
    cells: Sequence[TableCell]
    url: str = ""


@dataclass(frozen=True, slots=True)
class DistrictTable:
    period: Period
    sorted_by: Metric
    lines: Sequence[TableLine]
    total: TableLine
    tallies: Mapping[int | None, Mapping[str, Tally]]


def district_table(period: Period, kind: str, sorted_by: Metric, now: datetime) -> DistrictTable:
    """Units of a kind ("" = of all), the best first; those with too few to compare come last. One query, and none
    while it is kept: up to `KEPT` seconds old."""
    wanted = list(metrics)
    found = _kept(period)
    if found is None or len(found) == 1:  # not there, or the district alone
        found = _keep(period, tallies(wanted, {"now": span(period, None, each=True)}, now)["now"])
    blank = {metric.id: Tally() for metric in wanted}
    handlers = {unit.id for unit in directory().handlers()}
    shown = [
        unit
        for unit in directory().by_id.values()
        if (unit.id in found or unit.id in handlers) and kind in ("", unit.kind)
    ]
    of = {unit.id: found.get(unit.id, blank) for unit in shown}
    ranks = ranked({unit: of[unit][sorted_by.id] for unit in of}, sorted_by)
    shown.sort(key=lambda unit: (ranks[unit.id][0] or len(shown) + 1, -of[unit.id][sorted_by.id].whole, unit.code))
    lines = [
        TableLine(unit, ranks[unit.id][1], _cells(of[unit.id], period, unit), _unit_url(unit, period)) for unit in shown
    ]
    return DistrictTable(period, sorted_by, lines, TableLine(None, "", _cells(found[None], period, None)), found)


def ranked(of: Mapping[int, Tally], by: Metric) -> dict[int, tuple[int, str]]:
    """Place (0: not compared) and its words. Equal figures share a place, and the next one is left out."""
    values = {
        key: round(value, 6)
        for key, tally in of.items()
        if (value := number_of(by, tally)) is not None and tally.whole and not is_small(by, tally)
    }
    places: dict[int, tuple[int, str]] = {}
    for key in of:
        if key not in values:
            places[key] = (0, NONE)
            continue
        mine = values[key]
        better = sum(other < mine if by.good == "low" else other > mine for other in values.values())
        shared = sum(other == mine for other in values.values()) > 1
        places[key] = (better + 1, f"{better + 1}（并列）" if shared else str(better + 1))
    return places


def _cells(of: Mapping[str, Tally], period: Period, unit: Listed | None) -> list[TableCell]:
    cells = []
    first = next(iter(metrics))
    before, after = rows_url(first, period, unit).split(first.id, 1)  # addresses differ in the metric alone
    for metric in metrics:
        tally = of[metric.id]
        under = f"{tally.part:,} / {tally.whole:,}" if metric.is_rate and tally.whole else ""
        if metric.is_time and tally.whole:
            under = f"九成 {tally.ninetieth / 60:.1f}" if tally.ninetieth is not None else ""
        url = f"{before}{metric.id}{after}" if tally.whole or tally.excluded else ""
        cells.append(TableCell(metric, value_of(metric, tally), under, is_small(metric, tally), url))
    return cells


def _unit_url(unit: Listed, period: Period) -> str:
    return f"{reverse('web:unit', args=[unit.code])}?{period.query}#evaluation"


# --- the rows behind one ---------------------------------------------------------------------------------------------


def metric_door(key: str) -> Metric:
    """
    Raises:
        Missing
    """
    metric = metrics.get(key)
    if metric is None:
        raise Missing("没有这项指标。")
    return metric


def rows_url(metric: Metric, period: Period, unit: Listed | None) -> str:
    name, of = ("web:unit-evaluation-rows", [unit.code]) if unit else ("web:evaluation-rows", [])
    return f"{reverse(name, args=[*of, metric.id])}?{period.query}"


@dataclass(frozen=True, slots=True)
class Tab:
    key: str
    label: str
    count: CappedCount
    current: bool


@dataclass(frozen=True, slots=True)
class MetricRow:
    number: str
    title: str
    state: str
    tone: Tone
    unit: str
    at: datetime
    what: str
    verdict: str
    counts: bool
    excluded: str
    hours: float | None


@dataclass(frozen=True, slots=True)
class RowsPage:
    metric: Metric
    tabs: Sequence[Tab]
    rows: Sequence[MetricRow]
    page: Page[Any]
    falls: str
    hidden: int  # rows of matters that lie elsewhere by now, where this reader may not see them


def rows_page(
    metric: Metric, period: Period, unit: Listed | None, actor: Actor, show: str, cursor: str | None, now: datetime
) -> RowsPage:
    parts = _parts(metric, span(period, unit), now)
    chosen = show if show in parts else "whole"
    seen = {key: _seen(rows, actor) for key, (_, _, rows) in parts.items()}
    counts = capped_counts({**seen, "all": parts[chosen][2]}, COUNTED_TO)
    tabs = [Tab(key, label, counts[key], key == chosen) for key, (label, _, _) in parts.items()]
    _, counted, _ = parts[chosen]
    page = keyset(seen[chosen], ("-falls_at",), cursor, PAGE)
    return RowsPage(
        metric=metric,
        tabs=[tab for tab in tabs if tab.current or tab.key in ("whole", "left") or tab.count.n],
        rows=list(_told(metric, counted, page.rows, actor)),
        page=page,
        falls=metric_sources[counted.source].falls,
        hidden=counts["all"].n - counts[chosen].n,
    )


def all_rows(
    metric: Metric, period: Period, unit: Listed | None, actor: Actor, most: int, now: datetime
) -> Iterator[MetricRow]:
    """Every row of a metric that this actor may see, excluded ones among them: page by page, the newest first."""
    for counted in metric.counts:
        rows = _seen(narrowed(counted, span(period, unit), now), actor)
        cursor: str | None = None
        done = 0
        while done < most:
            page = keyset(rows, ("-falls_at",), cursor, 1_000, max_size=1_000)
            yield from _told(metric, counted, page.rows, actor)
            done += len(page.rows)
            cursor = page.next
            if cursor is None:
                break


def how_many(metric: Metric, period: Period, unit: Listed | None, actor: Actor, most: int, now: datetime) -> int:
    """Rows of an export, counted up to a bound."""
    of = {str(i): _seen(narrowed(one, span(period, unit), now), actor) for i, one in enumerate(metric.counts)}
    return sum(count.n for count in capped_counts(of, most + 1).values())


def _parts(metric: Metric, of: Span, now: datetime) -> dict[str, tuple[str, Counted, QuerySet[Any, Any]]]:
    """The tabs: what counts, in the numerator and not, what is left out."""
    rows = narrowed(metric.main, of, now)
    counted = rows.filter(excluded="")
    found = {"whole": ("计算在内", metric.main, counted)}
    if metric.is_rate:
        found["part"] = (metric.yes, metric.main, counted.filter(counts=True))
        found["rest"] = (metric.no, metric.main, counted.filter(counts=False))
    found["left"] = ("不计算", metric.main, rows.filter(~Q(excluded="")))
    for i, further in enumerate(metric.counts[1:]):
        found[f"beside{i}"] = ("不计算：并入的和历史件", further, narrowed(further, of, now))
    return found


def _seen(rows: QuerySet[Any, Any], actor: Actor) -> QuerySet[Any, Any]:
    """Rows of matters that this actor may see; whoever sees all need not be asked about each."""
    if actor.scope == "all" and not actor.channel:
        return rows
    return rows.filter(matter_key__in=cases_for(actor).order_by().values("pk"))


def _told(metric: Metric, counted: Counted, rows: Sequence[Any], actor: Actor) -> Iterator[MetricRow]:
    source, book = metric_sources[counted.source], directory()
    matters = cases_for(actor).in_bulk([row.matter_key for row in rows])
    for row in rows:
        matter: Matter | None = matters.get(row.matter_key)
        if matter is None:  # it went elsewhere between two queries
            continue
        excluded = source.reason(row.excluded) if row.excluded else ""
        minutes: int | None = getattr(row, counted.value) if counted.value else None
        state = CASES.state[matter.state]
        verdict = "计算在内"
        if excluded:
            verdict = "不计算"
        elif metric.is_rate:
            verdict = metric.yes if row.counts else metric.no
        yield MetricRow(
            number=matter.number,
            title=title_of(matter, actor),
            state=state.label,
            tone=TONES[state.tone],
            unit=book.name_of(row.unit_key),
            at=row.falls_at,
            what=source.named(row.what),
            verdict=verdict,
            counts=bool(row.counts),
            excluded=excluded,
            hours=round(minutes / 60, 1) if minutes is not None and not excluded else None,
        )
