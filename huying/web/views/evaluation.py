"""考核指标: all units side by side, the rows behind a figure, and both as sheets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from huying.cases.models import ExportRun
from huying.cases.parameters import SMALL_NUMBER
from huying.kernel.errors import Invalid
from huying.kernel.files import kinds, store
from huying.kernel.privacy import mask_text
from huying.kernel.registry import Metric, metric_groups, metrics
from huying.kernel.tabular import Cell
from huying.people.access import desk
from huying.people.directory import Listed
from huying.people.periods import PeriodForm
from huying.people.requests import UserRequest
from huying.ui.components import Crumb
from huying.web import evaluation, evaluation_sheets
from huying.web.evaluation import PERMISSION, district_table, group_of, metric_door, rows_page, unit_metrics
from huying.web.units import OWN, door, kind_tabs, unit_url
from huying.web.units import PERMISSION as UNITS

MOST = 20_000  # rows of one sheet
ALL = "all"  # units of every kind


def period_of(request: UserRequest) -> PeriodForm:
    return PeriodForm(request.GET, timezone.localdate())


@desk(PERMISSION)
@require_GET
def table(request: UserRequest) -> HttpResponse:
    form, sort, kind = _asked(request)
    shown = district_table(form.period, "" if kind == ALL else kind, sort, timezone.now())
    context = {
        "table": shown,
        "form": form,
        "presets": form.presets,
        "kept": {"kind": kind, "sort": sort.id, "of": sort.owner},
        "groups": list(metric_groups),
        "tabs": kind_tabs(kind),
        "kind": kind,
        "metrics": shown.group.metrics,
        "small": SMALL_NUMBER.words,
        "running": form.period.runs(timezone.localdate()),
        "sheet_url": f"{reverse('web:evaluation-sheet')}?{form.period.query}&kind={kind}&sort={sort.id}",
    }
    return render(request, "web/evaluation.html", context, status=form.status)


def _asked(request: UserRequest) -> tuple[PeriodForm, Metric, str]:
    kind = request.GET.get("kind", "")
    group = group_of(request.GET.get("of", ""))
    sort = next((m for m in metrics if m.id == request.GET.get("sort")), None) or group.metrics[0]
    there = [tab.key for tab in kind_tabs(kind)]
    return period_of(request), sort, kind if kind in (*there, ALL) else next(iter(there), ALL)


@desk(PERMISSION)
@require_GET
def table_sheet(request: UserRequest) -> HttpResponseBase:
    form, sort, kind = _asked(request)
    shown = district_table(form.period, "" if kind == ALL else kind, sort, timezone.now())
    return _book(f"考核指标 {shown.period.words}", lambda path: evaluation_sheets.of_district(path, shown))


@desk(UNITS)
@require_GET
def unit_sheet(request: UserRequest, code: str) -> HttpResponseBase:
    unit = door(request.actor, code)
    group = group_of(request.GET.get("of", ""))
    shown = unit_metrics(unit, period_of(request).period, group, timezone.now())
    name = f"{unit.label} 考核指标 {shown.period.words}"
    return _book(name, lambda path: evaluation_sheets.of_unit(path, unit, shown))


@desk(UNITS)
@require_GET
def unit_rows(request: UserRequest, code: str, key: str) -> HttpResponse:
    return _rows(request, door(request.actor, code), metric_door(key))


@desk(PERMISSION)
@require_GET
def district_rows(request: UserRequest, key: str) -> HttpResponse:
    return _rows(request, None, metric_door(key))


def _rows(request: UserRequest, unit: Listed | None, metric: Metric) -> HttpResponse:
    actor, form = request.actor, period_of(request)
    now, period = timezone.now(), form.period
    cursor = request.GET.get("cursor")
    shown = rows_page(metric, period, unit, actor, request.GET.get("show", ""), cursor, now)
    current = next(tab for tab in shown.tabs if tab.current)
    crumbs = []
    if unit is None:
        crumbs = [Crumb("考核指标", f"{reverse('web:evaluation')}?{period.query}&of={metric.owner}")]
    else:
        crumbs = [] if actor.scope in OWN else [Crumb("单位", reverse("web:units"))]
        crumbs.append(Crumb(unit.label, f"{unit_url(unit)}?{period.query}&of={metric.owner}"))
    route, of = ("web:unit-evaluation-export", [unit.code]) if unit else ("web:evaluation-export", [])
    context = {
        "shown": shown,
        "metric": metric,
        "unit": unit,
        "form": form,
        "presets": form.presets,
        "kept": {"show": current.key if current.key != "whole" else ""},
        "period": period,
        "crumbs": [*crumbs, Crumb(metric.label)],
        "summary": f"{current.count} 条",
        "export_url": f"{reverse(route, args=[*of, metric.id])}?{period.query}" if actor.may("cases.export") else "",
    }
    return render(request, "web/evaluation_rows.html", context, status=form.status)


@desk("cases.export")
@require_POST
def unit_rows_export(request: UserRequest, code: str, key: str) -> HttpResponseBase:
    return _export(request, door(request.actor, code), metric_door(key))


@desk("cases.export")
@require_POST
def district_rows_export(request: UserRequest, key: str) -> HttpResponseBase:
    return _export(request, None, metric_door(key))


def _export(request: UserRequest, unit: Listed | None, metric: Metric) -> HttpResponseBase:
    """All rows of a figure as a sheet; the log of exports says who took them."""
    actor, now = request.actor, timezone.now()
    period = period_of(request).period
    n = evaluation.how_many(metric, period, unit, actor, MOST, now)
    if n > MOST:
        raise Invalid(f"超过 {MOST:,} 条，一次导不完，请选短一些的时间。", code="too_many")
    of = unit.label if unit else "全区"
    what = f"考核指标“{metric.label}”，{of}，{period.words}"
    ExportRun.objects.create(
        by=request.user,
        post_id=actor.post_id,
        what=what[:300],
        state=ExportRun.State.DONE,
        expected=n,
        rows=n,
        finished_at=now,
    )

    def rows() -> Iterator[list[Cell]]:
        for row in evaluation.all_rows(metric, period, unit, actor, MOST, now):
            yield [row.number, mask_text(row.title), row.unit, row.at, row.what, row.verdict, row.excluded, row.hours]

    return _book(
        f"{of} {metric.label} {period.words}", lambda path: evaluation_sheets.of_rows(path, metric, period, of, rows())
    )


def _book(name: str, write: Callable[[Path], None]) -> FileResponse:
    with store.incoming() as path:
        sheet = path.with_suffix(".xlsx")
        write(sheet)
        response = FileResponse(
            sheet.open("rb"), content_type=kinds.XLSX.media_type, as_attachment=True, filename=f"{name}.xlsx"
        )
    response["X-Content-Type-Options"] = "nosniff"
    return response
