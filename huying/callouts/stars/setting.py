"""评星标准: versions of what stars are given by. One that has begun in an earlier month stays as it is, so that what is
past keeps its stars; a new one begins this month at the earliest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from huying.callouts.stars.computing import is_band
from huying.callouts.stars.defaults import DIMENSIONS
from huying.callouts.stars.measured import MEASURES, SIDES, Measure, Side
from huying.callouts.stars.models import StarDimension, StarStandard
from huying.callouts.stars.standards import CACHE, NAMES, Dimension, standard_on, standards
from huying.kernel.errors import Conflict, Missing
from huying.people.access import desk
from huying.people.forms import LineInput, MonthField
from huying.people.requests import UserRequest
from huying.people.settings import Cell, Kind, Line, Link, Listing, RowForm, Table, ask, edit, listing, removed
from huying.ui.components import Confirmation, Crumb

PERMISSION = "matters.configure"
EDGES = (("five", 5), ("four", 4), ("three", 3), ("two", 2))
MOST_STRENGTH, MOST_LEAST = 500, 100
TITLES = {key: name for key, (name, _, _) in DIMENSIONS.items()}  # what is measured, whatever a version calls it


def month_words(day: dt.date) -> str:
    return f"{day.year}年{day.month}月起"


def _dimensions(standard: StarStandard) -> list[Dimension]:
    of = {one.key: one for one in standard.dimensions.all()}
    return [
        Dimension(key, one.name, one.weight, (one.five, one.four, one.three, one.two))
        for key in MEASURES
        if (one := of.get(key)) is not None
    ]


def _words(standard: StarStandard) -> dict[str, str]:
    words = {
        "从哪个月起": month_words(standard.since),
        "向全区平均靠拢的强度": f"{standard.strength} 件",
        "至少几件才评星": f"{standard.least} 件",
        "满意度里居民占多少": f"{standard.residents}%",
        "说明": standard.note,
    }
    for one in _dimensions(standard):
        bands = "；".join(f"{band.name}：{band.words}" for band in one.bands)
        words[f"维度 {one.key}"] = f"{one.name}，权重 {one.weight}%，{bands}"
    return {name: value for name, value in words.items() if value}


STANDARDS = Kind(
    "评星标准",
    "评星标准",
    "stars:standards",
    (CACHE,),
    named=lambda standard: month_words(standard.since),
    words=_words,
)


def this_month() -> dt.date:
    return timezone.localdate().replace(day=1)


def is_fixed(standard: StarStandard) -> bool:
    """Whether months that are over were judged by it."""
    return standard.since < this_month()


@dataclass(frozen=True, slots=True)
class Group:
    """The fields of one dimension, as the form draws them."""

    measure: Measure
    title: str
    fields: Sequence[BoundField]


@dataclass(frozen=True, slots=True)
class SideGroup:
    side: Side
    label: str
    groups: Sequence[Group]


class StandardForm(RowForm[StarStandard]):
    """One version with its dimensions. The bands are given by their edges, so that they can neither overlap nor leave
    anything out; what has to be checked is that the edges follow each other."""

    since = MonthField(
        label="从哪个月起", help_text="最早从本月起。以前被呼叫的件照原来的分档，以前的月份照原来的权重。"
    )

    class Meta:
        model = StarStandard
        fields = ("since", "strength", "least", "residents", "note")
        widgets = {"note": LineInput}
        help_texts = {
            "strength": "相当于给每个单位添上几件正好在全区平均的响应；件数越少，靠拢得越多。0 表示不靠拢。",
            "least": "计入的响应不到这么多件的单位，只写“样本不足”，不评星、不排名。",
            "residents": "百分之几。呼叫单位和居民都评价了的，按这个比例合计；只有一方的按一方。",
        }

    def __init__(self, *args: Any, held: Sequence[Dimension], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in held:
            measure = one.measure
            self.fields[f"{one.key}_name"] = forms.CharField(
                label="名称", max_length=12, initial=one.name, widget=LineInput
            )
            self.fields[f"{one.key}_weight"] = forms.IntegerField(
                label="权重（%）", min_value=0, max_value=100, initial=one.weight
            )
            how = "以内" if measure.low else "及以上"
            for (name, stars), edge in zip(EDGES, one.edges, strict=True):
                self.fields[f"{one.key}_{name}"] = forms.FloatField(
                    label=f"{NAMES[stars]}（{measure.unit}{how}）", initial=f"{edge:g}"
                )

    @property
    def general(self) -> list[BoundField]:
        return [self[name] for name in self.Meta.fields]

    @property
    def sides(self) -> list[SideGroup]:
        return [
            SideGroup(side, label, [self._group(one) for one in MEASURES.values() if one.side == side])
            for side, label in SIDES.items()
        ]

    def _group(self, measure: Measure) -> Group:
        names = ("name", "weight", *(name for name, _ in EDGES))
        return Group(measure, TITLES[measure.key], [self[f"{measure.key}_{name}"] for name in names])

    def clean_since(self) -> dt.date:
        since: dt.date = self.cleaned_data["since"]
        if since < this_month():
            raise ValidationError("最早从本月起：过去的月份已经按当时的标准评过星。")
        if since.year > timezone.localdate().year + 5:
            raise ValidationError("年份不对，请核对。")
        return since

    def clean_strength(self) -> int:
        return self._within("strength", 0, MOST_STRENGTH)

    def clean_least(self) -> int:
        return self._within("least", 1, MOST_LEAST)

    def clean_residents(self) -> int:
        return self._within("residents", 0, 100)

    def _within(self, name: str, least: int, most: int) -> int:
        value: int = self.cleaned_data[name]
        if not least <= value <= most:
            raise ValidationError(f"请填写 {least} 到 {most} 的整数。")
        return value

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for measure in MEASURES.values():
            self._check_bands(measure, given)
        for side in SIDES:
            self._check_side([one.key for one in MEASURES.values() if one.side == side], given, SIDES[side])
        return given

    def _check_bands(self, measure: Measure, given: dict[str, Any]) -> None:
        edges: list[tuple[str, int, float]] = []
        for name, stars in EDGES:
            field = f"{measure.key}_{name}"
            edge = given.get(field)
            if edge is None:
                return
            if edge <= measure.lowest or (measure.highest is not None and edge > measure.highest):
                top = "" if measure.highest is None else f"，不大于 {measure.highest:g}"
                self.add_error(field, f"应大于 {measure.lowest:g}{top}，否则有的星级谁也得不到。")
                return
            edges.append((field, stars, edge))
        for (_, better, before), (field, stars, edge) in pairwise(edges):
            if (edge <= before) if measure.low else (edge >= before):
                word = "大" if measure.low else "小"
                self.add_error(field, f"{NAMES[stars]}的分界应比{NAMES[better]}的{word}，否则两档重叠。")
                return
        assert is_band([edge for _, _, edge in edges])

    def _check_side(self, keys: Sequence[str], given: dict[str, Any], label: str) -> None:
        weights = [given.get(f"{key}_weight") for key in keys]
        if None not in weights and (whole := sum(weight for weight in weights if weight)) != 100:
            self.add_error(f"{keys[-1]}_weight", f"{label}各维度的权重合计是 {whole}%，应为 100%。")
        names: dict[str, str] = {}
        for key in keys:
            name = given.get(f"{key}_name")
            if name and name in names:
                self.add_error(f"{key}_name", "与另一个维度的名称相同。")
            elif name:
                names[name] = key

    def save(self, commit: bool = True) -> StarStandard:
        standard = super().save(commit)
        standard.dimensions.all().delete()
        StarDimension.objects.bulk_create(
            StarDimension(
                standard=standard,
                key=key,
                name=self.cleaned_data[f"{key}_name"],
                weight=self.cleaned_data[f"{key}_weight"],
                **{name: self.cleaned_data[f"{key}_{name}"] for name, _ in EDGES},
            )
            for key in MEASURES
        )
        return StarStandard.objects.prefetch_related("dimensions").get(pk=standard.pk)


@desk(PERMISSION)
@require_GET
def standards_page(request: UserRequest) -> HttpResponse:
    """The newest first; which one holds now is said beside it."""
    today = timezone.localdate()
    holding = standard_on(today).id if standards() else None
    lines = []
    for one in StarStandard.objects.prefetch_related("dimensions"):
        if one.since > today:
            state = Cell("还没有开始", tone="blue")
        elif one.pk == holding:
            state = Cell("现行", tone="green")
        else:
            state = Cell("已有新的", tone="grey")
        lines.append(
            Line(
                [
                    Cell(month_words(one.since), reverse("stars:standard", args=[one.pk])),
                    state,
                    Cell(_weights(one, "called")),
                    Cell(_weights(one, "caller")),
                    Cell(f"{one.strength} 件", tight=True),
                    Cell(f"{one.least} 件", tight=True),
                    Cell(one.note),
                ],
                questions=[] if is_fixed(one) else [_question(one)],
                of=month_words(one.since),
            )
        )
    headers = ("从哪个月起", "状态", "被呼叫单位的维度", "呼叫单位的维度", "靠拢强度", "至少几件", "说明")
    shown = Listing(
        kind=STANDARDS,
        tables=[Table(caption="评星标准", headers=headers, lines=lines)],
        lead="响应按被呼叫那天的标准评星，以后改标准不改它；已经过去的月份所用的标准不能再改。",
        links=[Link("新增一版", reverse("stars:new-standard"), "btn btn-primary")],
    )
    return listing(request, shown)


def _weights(standard: StarStandard, side: Side) -> str:
    return "、".join(f"{one.name} {one.weight}%" for one in _dimensions(standard) if one.measure.side == side)


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def new_standard(request: UserRequest) -> HttpResponse:
    """Begins with what holds now."""
    now = standard_on(timezone.localdate())
    initial = {
        "since": _next_month(),
        "strength": now.strength,
        "least": now.least,
        "residents": now.residents,
    }
    held = list(now.dimensions.values())
    form = StandardForm(request.POST or None, instance=StarStandard(), initial=initial, held=held)
    return _edit(request, form, "新增一版评星标准", "已新增，从这个月起被呼叫的件按它评星。", "新增")


def _next_month() -> dt.date:
    return (this_month() + dt.timedelta(days=32)).replace(day=1)


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def standard_page(request: UserRequest, pk: int) -> HttpResponse:
    standard = _door(pk)
    title = f"评星标准，{month_words(standard.since)}"
    if is_fixed(standard):
        if request.method == "POST":
            raise Conflict("这一版已经用于过去的月份，不能再改；请新增一版。", code="fixed")
        context = {
            "standard": standard,
            "title": title,
            "sides": [
                (label, [one for one in _dimensions(standard) if one.measure.side == side])
                for side, label in SIDES.items()
            ],
            "crumbs": STANDARDS.crumbs(Crumb(title)),
        }
        return render(request, "callouts/stars/standard.html", context)
    form = StandardForm(request.POST or None, instance=standard, held=_dimensions(standard))
    return _edit(request, form, title, "已保存。", "保存")


def _edit(request: UserRequest, form: StandardForm, title: str, done: str, verb: str) -> HttpResponse:
    return edit(
        request,
        form,
        kind=STANDARDS,
        title=title,
        done=done,
        verb=verb,
        template="callouts/stars/standard_form.html",
        lead="每个维度从五星到二星各有一个分界，正好在分界上的算好的那一档，都够不上的是一星。",
    )


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def remove_standard(request: UserRequest, pk: int) -> HttpResponse:
    standard = _door(pk)
    if is_fixed(standard):
        raise Conflict("这一版已经用于过去的月份，不能删除。", code="fixed")
    return ask(
        request,
        _question(standard),
        lambda: removed(standard, by=request.user, kind=STANDARDS),
        f"“{month_words(standard.since)}”的标准已删除。",
    )


def _door(pk: int) -> StarStandard:
    standard = StarStandard.objects.prefetch_related("dimensions").filter(pk=pk).first()
    if standard is None:
        raise Missing("没有这一版标准。")
    return standard


def _question(standard: StarStandard) -> Confirmation:
    return Confirmation(
        id=f"remove-standard-{standard.pk}",
        label="删除",
        title=f"删除“{month_words(standard.since)}”的评星标准？",
        body="它管的月份改按更早的一版评星。设置修改记录里留有它的内容。",
        verb="删除",
        action=reverse("stars:remove-standard", args=[standard.pk]),
        danger=True,
        back_url=STANDARDS.url,
    )
