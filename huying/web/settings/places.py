"""Places: the tree, one of them with its map and its past, and new ones by file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from huying.kernel.errors import Missing
from huying.kernel.geometry import from_wkb, to_geojson
from huying.kernel.paging import keyset
from huying.kernel.tabular import Report
from huying.people.access import desk
from huying.people.forms import LineInput
from huying.people.models import Organisation, Post
from huying.people.requests import UserRequest
from huying.people.settings import Cell, Kind, Line, Link, Listing, Table, ask, changing, form_page, listing, note
from huying.people.uploading import Importing, Outcome, Task, UploadForm
from huying.people.views import tables
from huying.places.actions import remove_alias, rename, write_aliases
from huying.places.enums import AliasKind, Level
from huying.places.importing import COLUMNS, Figures, export_places, import_places, open_places
from huying.places.models import Boundary, Place, PlaceAlias
from huying.places.rows import AliasRow
from huying.places.tree import place_tree
from huying.ui.components import Confirmation, Crumb, Fact
from huying.ui.text import day as day_words
from huying.ui.text import grouped

PAGE = 50
MOST_ALIASES = 300
PLACES = Kind(
    "区域",
    "区域",
    "web:places",
    named=lambda place: f"{place.name}（{place.code}）",
    words=lambda place: {
        name: words
        for name, words in (
            ("名称", place.name),
            ("户数", str(place.households or "")),
            ("人口", str(place.population or "")),
        )
        if words
    },
)
ROOMS = {"places": "挪动重点场所（个）", "posts": "调整网格员岗位（个）", "matters": "挪动未结案的件（件）"}


class SearchForm(forms.Form):
    q = forms.CharField(label="名称、编码或别名", max_length=60, required=False, widget=LineInput)


class PlaceForm(forms.Form):
    name = forms.CharField(label="名称", max_length=60, widget=LineInput)
    households = forms.IntegerField(label="户数", min_value=0, max_value=50_000_000, required=False)
    population = forms.IntegerField(label="人口", min_value=0, max_value=50_000_000, required=False)


class AliasForm(forms.Form):
    words = forms.CharField(
        label="别名",
        min_length=2,
        max_length=40,
        widget=LineInput,
        help_text="居民在地址里会写的小区、单位、道路。",
        error_messages={"min_length": "至少两个字。"},
    )
    kind = forms.ChoiceField(label="类别", choices=AliasKind.choices)
    first_number = forms.IntegerField(label="门牌起号", min_value=1, max_value=99_999, required=False)
    last_number = forms.IntegerField(
        label="门牌止号", min_value=1, max_value=99_999, required=False, help_text="道路只有一段在这里时才填。"
    )
    more = ("first_number", "last_number")

    def clean(self) -> dict[str, Any]:
        chosen = super().clean() or {}
        first, last = chosen.get("first_number"), chosen.get("last_number")
        if (first is None) != (last is None):
            self.add_error("last_number", "起号和止号要同时填写。")
        elif first is not None and last is not None and first > last:
            self.add_error("last_number", "止号不能小于起号。")
        if first is not None and chosen.get("kind") != AliasKind.ROAD:
            self.add_error("first_number", "只有道路才分门牌号段。")
        return chosen


class PlacesUploadForm(UploadForm):
    file = forms.FileField(
        label="文件",
        help_text="GeoJSON、Excel 或 CSV。先检查，确认后才写入。",
        widget=forms.FileInput(attrs={"accept": ".geojson,.json,.xlsx,.csv,.jsonl"}),
    )
    ended = forms.CharField(
        label="同时停用的网格编码",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="拆分、合并网格时填：被替换的网格编码，用空格或顿号隔开；这时文件里只放新画的网格。",
    )
    more = ("ended",)

    def clean_ended(self) -> str:
        text = self.cleaned_data["ended"].replace("、", " ").replace("，", " ").replace(",", " ")
        codes = text.split()
        if wrong := [code for code in codes if not (code.isascii() and code.isdigit() and len(code) == 15)]:
            raise forms.ValidationError(f"“{wrong[0][:20]}”不是网格编码，网格编码为 15 位数字。")
        return " ".join(dict.fromkeys(codes))

    def options(self) -> dict[str, str]:
        return {"停用的网格": self.cleaned_data["ended"]} if self.cleaned_data["ended"] else {}


def _import(task: Task) -> Outcome:
    figures = Figures()
    report = import_places(
        task.path,
        dry_run=task.dry_run,
        error_sheet=task.sheet,
        ended=task.options.get("停用的网格", "").split(),
        figures=figures,
        progress=lambda part: task.tell(min(1.0, 2 * part)),
        also=lambda report: task.also(_outcome(report, figures)),
    )
    return _outcome(report, figures)


def _outcome(report: Report, figures: Figures) -> Outcome:
    return Outcome(report, in_words(figures))


def in_words(figures: Figures) -> list[tuple[str, int]]:
    """What redrawing did, beside the rows it came from."""
    shown = [("新开网格", figures.opened), ("改画边界的网格", figures.reshaped), ("停用网格", figures.ended)]
    shown += [(ROOMS.get(room, room), n) for room, n in figures.moved.items()]
    return [(what, n) for what, n in shown if n]


IMPORT_PLACES = Importing(
    key="places",
    kind=PLACES,
    title="导入区域和边界",
    lead="新的编码新建，已有的更新；改了边界的网格，重点场所、网格员和未结案的件按新边界归属。从当天起生效，以前的边界留作历史。",
    url_name="web:import-places",
    columns=COLUMNS,
    run=_import,
    export=export_places,
    suffixes=frozenset({".geojson", ".json", ".xlsx", ".csv", ".jsonl"}),
    exports=(("导出 GeoJSON", ".geojson"), ("导出 CSV", ".csv")),
    form=PlacesUploadForm,
    reads=open_places,
)


@desk("places.manage")
@require_GET
def places_page(request: UserRequest) -> HttpResponse:
    """Streets of the district with what lies in them, or what was searched for."""
    form = SearchForm(request.GET)
    words = form.cleaned_data["q"].strip() if form.is_valid() else ""
    if words:
        return _found(request, form, words)
    counts: dict[int, dict[str, int]] = {}
    totals: dict[str, int] = {}
    for family in place_tree().by_id.values():
        totals[family.level] = totals.get(family.level, 0) + 1
        if family.street_id is not None and family.level != Level.STREET:
            inside = counts.setdefault(family.street_id, {})
            inside[family.level] = inside.get(family.level, 0) + 1
    streets = Place.objects.current().streets().order_by("code")
    lines = [
        _line(place, counts.get(place.pk, {}).get(Level.COMMUNITY, 0), counts.get(place.pk, {}).get(Level.GRID, 0))
        for place in streets
    ]
    named = [("街道", Level.STREET), ("社区", Level.COMMUNITY), ("网格", Level.GRID)]
    shown = Listing(
        kind=PLACES,
        tables=[
            Table(
                caption="街道",
                headers=("街道", "编码", "社区", "网格", "人口"),
                lines=lines,
                nothing="还没有区域，请先导入。",
            )
        ],
        form=form,
        lead="现有 " + "、".join(f"{grouped(totals.get(level, 0))} 个{word}" for word, level in named) + "。",
        links=[Link("导入导出", reverse("web:import-places"), "btn btn-primary")],
    )
    return listing(request, shown)


def _line(place: Place, communities: int, grids: int) -> Line:
    return Line(
        [
            Cell(place.name, place_url(place)),
            Cell(place.code, verbatim=True),
            Cell(grouped(communities)),
            Cell(grouped(grids)),
            Cell(grouped(place.population) if place.population is not None else ""),
        ]
    )


def _found(request: UserRequest, form: SearchForm, words: str) -> HttpResponse:
    aliased = PlaceAlias.objects.filter(words__contains=words, place__isnull=False).values("place")
    rows = Place.objects.filter(Q(name__contains=words) | Q(code__startswith=words) | Q(pk__in=aliased))
    rows = rows.select_related("parent")
    page = keyset(rows, ["code"], request.GET.get("cursor"), PAGE)
    today = timezone.localdate()
    table = Table(
        caption="找到的区域",
        headers=("名称", "层级", "上级", "编码", "状态"),
        lines=[
            Line(
                [
                    Cell(place.name, place_url(place)),
                    Cell(place.get_level_display()),
                    Cell(place.parent.name if place.parent else ""),
                    Cell(place.code, verbatim=True),
                    Cell("在用", tone="green")
                    if place.valid_to is None or place.valid_to > today
                    else Cell("已停用", tone="grey"),
                ]
            )
            for place in page.rows
        ],
        nothing="没有找到，换一个名称或编码。",
    )
    return listing(request, Listing(kind=PLACES, tables=[table], form=form, page=page))


def place_url(place: Place) -> str:
    return reverse("web:place", args=[place.code])


@desk("places.manage")
@require_http_methods(["GET", "POST"])
def place_page(request: UserRequest, key: str) -> HttpResponse:
    """One place: facts, map, what lies in it, words for it, its past. POST adds an alias."""
    place = _door(key)
    form = AliasForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        chosen = form.cleaned_data
        row = AliasRow(code=place.code, **chosen)
        with transaction.atomic():
            added = write_aliases([row])
            if added:
                note(request.user, PLACES, PLACES.named(place), {}, {"别名": chosen["words"]})
        if added:
            messages.success(request, f"已新增别名“{chosen['words']}”，判断地址时马上用上。")
            return redirect(place_url(place))
        form.add_error("words", "这里已有这个别名。")
    children = list(Place.objects.current().filter(parent=place).order_by("code"))
    aliases = list(PlaceAlias.objects.filter(place=place).order_by("words")[: MOST_ALIASES + 1])
    boundaries = list(Boundary.objects.filter(place=place).order_by("-valid_from"))
    context = {
        "title": place.name,
        "crumbs": PLACES.crumbs(*_above(place), Crumb(place.name)),
        "place": place,
        "ended": place.valid_to is not None and place.valid_to <= timezone.localdate(),
        "drawn": bool(boundaries),
        "facts": _facts(place, boundaries),
        "children": Table(
            caption="下级区域",
            headers=("名称", "编码", "户数", "人口"),
            lines=[
                Line(
                    [
                        Cell(
                            child.name,
                            place_url(child),
                            soft=_special(child),
                        ),
                        Cell(child.code, verbatim=True),
                        Cell(grouped(child.households) if child.households is not None else ""),
                        Cell(grouped(child.population) if child.population is not None else ""),
                    ]
                )
                for child in children
            ],
            nothing="下面没有区域。",
        ),
        "aliases": Table(
            caption="别名",
            headers=("别名", "类别"),
            lines=[
                Line(
                    [Cell(alias.words, soft=_numbers(alias)), Cell(alias.get_kind_display())],
                    questions=[_question(alias, place)],
                )
                for alias in aliases[:MOST_ALIASES]
            ],
            nothing="还没有别名。诉求没有坐标时，靠别名判断社区。",
        ),
        "more_aliases": len(aliases) > MOST_ALIASES,
        "history": Table(
            caption="边界的历史",
            headers=("从哪天起", "到哪天为止", "面积"),
            lines=[
                Line(
                    [
                        Cell(day_words(one.valid_from)),
                        Cell(day_words(one.valid_to) if one.valid_to else "现在"),
                        Cell(f"{one.area_m2 / 1_000_000:.3f} 平方公里"),
                    ]
                )
                for one in boundaries
            ],
            nothing="还没有画过边界。",
        ),
        "form": form,
    }
    return render(request, "web/settings/place.html", context, status=422 if form.errors else 200)


def _special(grid: Place) -> str:
    """What a special grid consists of, unless its name says so."""
    words = grid.get_special_kind_display() if grid.special_kind else ""
    return "" if words in grid.name else words


def _above(place: Place) -> list[Crumb]:
    above = [one for one in (place.street, place.community) if one is not None]
    return [Crumb(one.name, place_url(one)) for one in above]


def _facts(place: Place, boundaries: list[Boundary]) -> list[Fact]:
    today = timezone.localdate()
    answering = Organisation.objects.current().filter(place=place).in_order()
    workers = Post.objects.current().filter(grids=place).select_related("user") if place.level == Level.GRID else []
    return [
        Fact("层级", place.get_level_display()),
        Fact("编码", place.code),
        Fact("网格类型", place.get_kind_display() if place.kind else ""),
        Fact("专属类别", place.get_special_kind_display() if place.special_kind else ""),
        Fact("户数", grouped(place.households) if place.households is not None else ""),
        Fact("人口", grouped(place.population) if place.population is not None else ""),
        Fact("负责的单位", "、".join(str(one) for one in answering)),
        Fact("网格员", "、".join(post.user.display_name for post in workers)),
        Fact("启用日期", day_words(place.valid_from)),
        Fact("停用日期", day_words(place.valid_to) if place.valid_to else ""),
        Fact(
            "边界",
            next(
                (f"{day_words(b.valid_from)}起" for b in boundaries if b.valid_to is None or b.valid_to > today),
                "没有",
            ),
        ),
    ]


def _numbers(alias: PlaceAlias) -> str:
    return f"{alias.first_number}–{alias.last_number} 号" if alias.first_number is not None else ""


def _question(alias: PlaceAlias, place: Place) -> Confirmation:
    return Confirmation(
        id=f"alias-{alias.pk}",
        label="删除",
        title=f"删除别名“{alias.words}”？",
        body=f"以后地址里写“{alias.words}”不再判断到{place.name}；以前的件不变。",
        verb="删除",
        action=reverse("web:remove-alias", args=[alias.pk]),
        back_url=place_url(place),
    )


@desk("places.manage")
@require_http_methods(["GET", "POST"])
def edit_place(request: UserRequest, key: str) -> HttpResponse:
    place = _door(key)
    initial = {"name": place.name, "households": place.households, "population": place.population}
    form = PlaceForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            with changing(place, by=request.user, kind=PLACES):
                rename(place, **form.cleaned_data)
        except ValidationError as error:
            form.add_error("name", error.messages[0])
        else:
            messages.success(request, "已保存。")
            return redirect(place_url(place))
    return form_page(
        request,
        form,
        kind=PLACES,
        title=f"修改：{place.name}",
        back=place_url(place),
        lead="编码和上级不能改；改画边界、拆分合并网格请用“导入导出”。",
    )


@desk("places.manage")
@require_http_methods(["GET", "POST"])
def remove_place_alias(request: UserRequest, pk: int) -> HttpResponse:
    alias = PlaceAlias.objects.select_related("place").filter(pk=pk, place__isnull=False).first()
    if alias is None or alias.place is None:
        raise Missing("没有这个别名，可能刚被删除。")
    place = alias.place

    def act() -> None:
        with transaction.atomic():
            note(request.user, PLACES, PLACES.named(place), {"别名": alias.words}, {})
            remove_alias(alias)

    return ask(request, _question(alias, place), act, f"别名“{alias.words}”已删除。")


@desk("places.manage")
@require_GET
def outlines(request: UserRequest, key: str) -> HttpResponse:
    """The boundary of a place and of what lies directly in it, as GeoJSON."""
    place = _door(key)
    wanted = Boundary.objects.at(timezone.localdate()).filter(Q(place=place) | Q(place__parent=place))
    if not wanted.exists():  # it has ended: as it was last
        wanted = Boundary.objects.filter(place=place).order_by("-valid_from")[:1]
    features = [
        {
            "type": "Feature",
            "properties": {"name": one.place.name},
            "geometry": to_geojson(from_wkb(bytes(one.geometry))),
        }
        for one in wanted.select_related("place")
    ]
    return JsonResponse({"type": "FeatureCollection", "features": features})


@desk("places.manage")
@require_http_methods(["GET", "POST"])
def places_import(request: UserRequest) -> HttpResponseBase:
    return tables.upload_page(request, IMPORT_PLACES)


@desk("places.manage")
@require_GET
def places_import_run(request: UserRequest, pk: int) -> HttpResponse:
    return tables.run_page(request, IMPORT_PLACES, pk)


@desk("places.manage")
@require_http_methods(["GET", "POST"])
def places_import_start(request: UserRequest, pk: int) -> HttpResponse:
    return tables.start_page(request, IMPORT_PLACES, pk)


@desk("places.manage")
@require_GET
def places_import_errors(request: UserRequest, pk: int) -> HttpResponseBase:
    return tables.errors_file(request, IMPORT_PLACES, pk)


def _door(code: str) -> Place:
    place = Place.objects.select_related("street", "community", "parent").filter(code=code).first()
    if place is None:
        raise Missing("没有这个区域。")
    return place
