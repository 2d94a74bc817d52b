"""Metrics added up: from rows that rooms declare (`kernel.registry`) to figures, in one statement.

Nothing here knows what is counted. What else adds up the same rows, as a lake of them does, gets the same figures:
`metric_rows` is one metric as a table of matter, unit, time, numerator, exclusion and value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Case, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Cast

from huying.kernel.registry import Counted, Metric, metric_sources

NINETIETH = 0.9


@dataclass(frozen=True, slots=True)
class Span:
    """A period, and the units it is asked of; with `each`, every unit by itself beside all together."""

    since: datetime
    until: datetime
    units: tuple[int, ...]
    each: bool = False


@dataclass(slots=True)
class Tally:
    """One metric of one unit (or of several) in one period. Minutes are working minutes."""

    part: int = 0
    whole: int = 0
    excluded: dict[str, int] = field(default_factory=dict)
    average: float | None = None
    ninetieth: float | None = None  # percentile_cont: between two rows it is interpolated

    @property
    def left_out(self) -> int:
        return sum(self.excluded.values())

    @property
    def rate(self) -> float | None:
        return self.part / self.whole if self.whole else None


Tallies = Mapping[int | None, Mapping[str, Tally]]  # unit (None: all together) → metric → tally


def narrowed(counted: Counted, span: Span, now: datetime) -> QuerySet[Any, Any]:
    """The rows of a metric in a period, excluded ones among them, with `counts` (in the numerator)."""
    rows: QuerySet[Any, Any] = metric_sources[counted.source].rows(now).filter(counted.where, **_within(span))
    found: QuerySet[Any, Any] = rows.annotate(counts=_as_column(_counts(counted)))
    return found


def metric_rows(metric: Metric, span: Span, now: datetime) -> Iterator[dict[str, object]]:
    """One metric as a table, of all its sources."""
    for counted in metric.counts:
        value = F(counted.value) if counted.value else Value(None, output_field=IntegerField())
        rows = narrowed(counted, span, now).annotate(value=value)
        yield from rows.values("matter_key", "unit_key", "falls_at", "counts", "excluded", "value").order_by()


def tallies(wanted: Sequence[Metric], spans: Mapping[str, Span], now: datetime) -> dict[str, Tallies]:
    """All metrics of all spans. One query, whatever is asked; its cost follows the rows of these units and periods."""
    found: dict[str, dict[int | None, dict[str, Tally]]] = {name: {None: _blank(wanted)} for name in spans}
    parts: list[str] = []
    params: list[Any] = []
    by_source: dict[str, list[tuple[Metric, Counted]]] = {}
    for metric in wanted:
        for counted in metric.counts:
            by_source.setdefault(counted.source, []).append((metric, counted))
    for name, span in spans.items():
        for key, of_source in by_source.items():
            try:
                sql, inner = _summed(key, [counted for _, counted in of_source], span, now)
            except EmptyResultSet:
                continue
            parts.append(f"SELECT %s::text, %s::text, sums.* FROM ({sql}) AS sums")  # noqa: S608
            params += [name, key, *inner]
    if not parts:
        return dict(found)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        for name, key, unit, excluded, figures in cursor.fetchall():
            of_unit = found[name].setdefault(unit, _blank(wanted))
            for i, (metric, _) in enumerate(by_source[key]):
                _add(of_unit[metric.id], excluded, figures[i * _WIDTH : (i + 1) * _WIDTH])
    return dict(found)


def sliced(counted: Counted, spans: Mapping[str, Span], column: str, now: datetime) -> dict[str, dict[str, int]]:
    """How many rows count, by the values of a column. One query."""
    parts: list[str] = []
    params: list[Any] = []
    found: dict[str, dict[str, int]] = {name: {} for name in spans}
    for name, span in spans.items():
        rows = metric_sources[counted.source].rows(now).filter(counted.where, excluded="", **_within(span))
        try:
            sql, inner = rows.order_by().annotate(slice=F(column)).values("slice").query.sql_with_params()
        except EmptyResultSet:
            continue
        parts.append(f'SELECT %s::text, slice, count(*) FROM ({sql}) AS "rows" GROUP BY slice')  # noqa: S608
        params += [name, *inner]
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), params)
            for name, value, n in cursor.fetchall():
                found[name][value] = n
    return found


# --- the statement ---------------------------------------------------------------------------------------------------

_WIDTH = 4  # numbers of one metric: rows, numerator, average, 90th percentile


def _within(span: Span) -> dict[str, object]:
    return {"unit_key__in": span.units, "falls_at__gte": span.since, "falls_at__lt": span.until}


def _counts(counted: Counted) -> Q:
    return Q(excluded="") if counted.part is None else Q(excluded="") & counted.part


def _as_column(condition: Q) -> Case | Value:
    return Case(When(condition, then=Value(True)), default=Value(False)) if condition else Value(True)


def _summed(key: str, counts: Sequence[Counted], span: Span, now: datetime) -> tuple[str, tuple[Any, ...]]:
    columns: dict[str, Any] = {}
    figures: list[str] = []
    for i, counted in enumerate(counts):
        columns[f"w{i}"] = Cast(_as_column(counted.where), BooleanField())
        columns[f"p{i}"] = Cast(_as_column(counted.part or Q()), BooleanField())
        figures += [f"count(*) FILTER (WHERE w{i})", f"count(*) FILTER (WHERE w{i} AND p{i})"]
        if counted.value:
            columns[f"v{i}"] = F(counted.value)
            order = f"percentile_cont({NINETIETH}) WITHIN GROUP (ORDER BY v{i})"
            figures += [f"avg(v{i}) FILTER (WHERE w{i})", f"{order} FILTER (WHERE w{i})"]
        else:
            figures += ["NULL", "NULL"]
    rows = metric_sources[key].rows(now).filter(**_within(span)).order_by()
    sql, params = rows.annotate(**columns).values("unit_key", "excluded", *columns).query.sql_with_params()
    sums = f"ARRAY[{', '.join(figures)}]::float8[]"
    why = 'excluded COLLATE "C"'  # grouped by bytes: percentiles need the rows sorted
    groups = f"GROUPING SETS ((unit_key, {why}), ({why}))" if span.each else why
    unit = "unit_key" if span.each else "NULL::bigint"
    return f'SELECT {unit} AS unit, {why}, {sums} FROM ({sql}) AS "rows" GROUP BY {groups}', params  # noqa: S608


def _blank(wanted: Sequence[Metric]) -> dict[str, Tally]:
    return {metric.id: Tally() for metric in wanted}


def _add(tally: Tally, excluded: str, figures: Sequence[float | None]) -> None:
    whole, part, average, ninetieth = figures
    if excluded:
        if whole:
            tally.excluded[excluded] = tally.excluded.get(excluded, 0) + int(whole)
        return
    tally.whole += int(whole or 0)
    tally.part += int(part or 0)
    if average is not None:
        tally.average, tally.ninetieth = average, ninetieth
