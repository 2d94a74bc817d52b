"""呼应评价: all units side by side, one unit's stars worked out step by step, the responses behind each number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from huying.callouts.stars import PERMISSION, sheets
from huying.callouts.stars.asked import Asked
from huying.callouts.stars.computing import estimated_strength
from huying.callouts.stars.league import (
    OVERALL,
    League,
    UnitStars,
    behind,
    changes_within,
    league,
    rows_of,
    unit_of,
)
from huying.callouts.stars.measured import MEASURES, SIDES, Measure
from huying.callouts.stars.queries import behind_page, door, said_about, shown_of
from huying.callouts.stars.queries import rows_of as told
from huying.callouts.stars.standards import standard_on
from huying.callouts.stars.working import worked_out
from huying.kernel.errors import Missing
from huying.kernel.files import kinds, store
from huying.people.access import desk
from huying.people.requests import UserRequest
from huying.ui.components import Crumb, PageLinks, same_page

MOST = 20_000  # rows of one sheet


@dataclass(frozen=True, slots=True)
class Column:
    """A column that the league can be sorted by."""

    label: str
    url: str
    sorted: bool
    under: str = ""


@desk(PERMISSION)
@require_GET
def table(request: UserRequest) -> HttpResponse:
    asked = Asked(request.GET, timezone.localdate())
    shown = _league(asked)
    own = request.actor.organisation_id
    context = {
        "asked": asked,
        "league": shown,
        "own": own,
        "columns": _columns(asked, shown),
        "sorted_by": next((one.name for one in shown.standard.of(asked.side) if one.key == asked.sort), "总星级"),
        "dimensions": shown.standard.of(asked.side),
        "estimates": _estimates(shown),
        "changed": changes_within(asked.period),
        "lines": [(line, _unit_url(line, asked)) for line in shown.lines],
        "sheet_url": f"{reverse('stars:sheet')}?{asked.query()}",
    }
    return render(request, "callouts/stars/league.html", context, status=asked.status)


def _league(asked: Asked) -> League:
    rows = rows_of(asked.period, timezone.now(), asked.purpose, asked.street)
    return league(rows, asked.side, asked.period, asked.kind, asked.sort)


def _unit_url(line: UnitStars, asked: Asked) -> str:
    assert line.unit is not None
    return f"{reverse('stars:unit', args=[line.unit.code])}?{asked.query(kind='', sort='')}"


def _columns(asked: Asked, shown: League) -> list[Column]:
    dimensions = [Column("总星级", f"?{asked.query(sort='')}", asked.sort == OVERALL)]
    return dimensions + [
        Column(one.name, f"?{asked.query(sort=one.key)}", asked.sort == one.key, f"权重 {one.weight}%")
        for one in shown.standard.of(asked.side)
    ]


def _estimates(shown: League) -> list[tuple[str, str]]:
    """What k the data of this period speak for, by dimension."""
    found = []
    for dimension in shown.standard.of(shown.side):
        k = estimated_strength([of[dimension.key] for of in shown.tallies.values()])
        words = "件数太少，估计不出" if k is None else "各单位的差别不超过偶然" if k > 999 else f"约 {k:.1f}"
        found.append((dimension.name, words))
    return found


@desk(PERMISSION)
@require_GET
def table_sheet(request: UserRequest) -> HttpResponseBase:
    asked = Asked(request.GET, timezone.localdate())
    shown = _league(asked)
    words = f"{SIDES[asked.side]}星级 {asked.words}"
    return _book(words, lambda path: sheets.of_league(path, shown, asked.words))


@desk(PERMISSION)
@require_GET
def unit(request: UserRequest, code: str) -> HttpResponse:
    listed = door(code)
    asked = Asked(request.GET, timezone.localdate(), with_kind=False)
    rows = rows_of(asked.period, timezone.now(), asked.purpose, asked.street)
    shown = league(rows, asked.side, asked.period)
    of_side = unit_of(asked.side)
    line = shown.of(listed.id)
    base = reverse("stars:unit", args=[listed.code])
    context = {
        "asked": asked,
        "unit": listed,
        "line": line,
        "league": shown,
        "steps": worked_out(line, shown, asked, base) if line else None,
        "said": said_about([row for row in rows if of_side(row) == listed.id], asked.side, request.actor),
        "changed": changes_within(asked.period),
        "crumbs": [Crumb("呼应评价", f"{reverse('stars:league')}?{asked.query()}"), Crumb(listed.label)],
    }
    return render(request, "callouts/stars/unit.html", context, status=asked.status)


@desk(PERMISSION)
@require_GET
def unit_rows(request: UserRequest, code: str, key: str) -> HttpResponse:
    listed, measure = door(code), _measure(key)
    asked = Asked({**request.GET.dict(), "side": measure.side}, timezone.localdate(), with_kind=False)
    given = behind(rows_of(asked.period, timezone.now(), asked.purpose, asked.street), asked.side, listed.id, key)
    show, page = request.GET.get("show", ""), request.GET.get("page", "")
    shown = behind_page(given, asked.side, measure.unit, show, _number(page), request.actor)
    dimension = standard_on(asked.period.first).dimensions[key]
    links = PageLinks(
        same_page(request, page=str(shown.page - 1)) if shown.page > 1 else "",
        same_page(request, page=str(shown.page + 1)) if shown.page < shown.pages else "",
    )
    context = {
        "asked": asked,
        "unit": listed,
        "dimension": dimension,
        "shown": shown,
        "links": links,
        "summary": f"{shown.n:,} 件" + (f"，第 {shown.page} 页，共 {shown.pages} 页" if shown.pages > 1 else ""),
        "sheet_url": f"{reverse('stars:rows-sheet', args=[code, key])}?{asked.query()}"
        + (f"&show={show}" if show in ("1", "2", "3", "4", "5", "left") else ""),
        "crumbs": [
            Crumb("呼应评价", f"{reverse('stars:league')}?{asked.query()}"),
            Crumb(listed.label, f"{reverse('stars:unit', args=[code])}?{asked.query()}"),
            Crumb(dimension.name),
        ],
    }
    return render(request, "callouts/stars/rows.html", context, status=asked.status)


@desk(PERMISSION)
@require_GET
def unit_rows_sheet(request: UserRequest, code: str, key: str) -> HttpResponseBase:
    listed, measure = door(code), _measure(key)
    asked = Asked({**request.GET.dict(), "side": measure.side}, timezone.localdate(), with_kind=False)
    given = behind(rows_of(asked.period, timezone.now(), asked.purpose, asked.street), asked.side, listed.id, key)
    rows = told(shown_of(given, request.GET.get("show", ""))[:MOST], asked.side, measure.unit, request.actor)
    name = standard_on(asked.period.first).dimensions[key].name
    return _book(f"{listed.label} {name} {asked.words}", lambda path: sheets.of_rows(path, rows, name))


def _measure(key: str) -> Measure:
    measure = MEASURES.get(key)
    if measure is None:
        raise Missing("没有这个维度。")
    return measure


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 1


def _book(name: str, write: Callable[[Path], None]) -> FileResponse:
    with store.incoming() as path:
        sheet = path.with_suffix(".xlsx")
        write(sheet)
        response = FileResponse(
            sheet.open("rb"), content_type=kinds.XLSX.media_type, as_attachment=True, filename=f"{name}.xlsx"
        )
    response["X-Content-Type-Options"] = "nosniff"
    return response
