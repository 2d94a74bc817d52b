"""Limits: how long what may take, under which conditions, and when something dispatched now would be due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from huying.kernel.calendar import SHANGHAI, Unit, current_calendar, due, yellow_at
from huying.kernel.errors import Conflict, Invalid, Missing
from huying.matters.aspects import aspects
from huying.matters.enums import Urgency
from huying.matters.flow import Flow, Hours, flows
from huying.matters.limits import Case, NoLimit, rule_for
from huying.matters.models import Limit
from huying.matters.settings import PERMISSION
from huying.matters.settings.choices import any_of, category_paths, channel_names, organisation_choices, regime_names
from huying.people.access import desk
from huying.people.directory import directory
from huying.people.forms import LineInput, MomentInput
from huying.people.models import Organisation
from huying.people.requests import UserRequest
from huying.people.settings import Cell, Kind, Line, Link, Listing, RowForm, Table, ask, edit, listing, removed
from huying.ui.components import Confirmation
from huying.ui.forms import LongSelect
from huying.ui.text import moment

FINEST = 100_000  # the longest amount that anybody can mean


def clock_label(limit: Limit) -> str:
    flow = flows.get(limit.matter_kind)
    return flow.clock[limit.clock].label if flow and limit.clock in flow.clock else limit.clock


def amount_words(amount: float, unit: str) -> str:
    """0.25 小时 reads 15 分钟; 120 工作分钟 reads 2 个工作小时."""
    if unit == Unit.CALENDAR_HOURS:
        minutes = round(amount * 60)
        if amount > 24 and amount % 24 == 0:
            return f"{amount / 24:g} 天"
        return f"{minutes} 分钟" if minutes < 60 else f"{amount:g} 小时"
    if unit == Unit.WORKING_MINUTES:
        return f"{amount / 60:g} 个工作小时" if amount % 30 == 0 and amount >= 60 else f"{amount:g} 工作分钟"
    return f"{amount:g} 个工作日"


def conditions(limit: Limit) -> str:
    """When it applies, in words."""
    flow = flows.get(limit.matter_kind)
    parts: list[str] = []
    if limit.regime:
        parts.append(f"应急状态“{regime_names().get(limit.regime, limit.regime)}”期间")
    if limit.season_from is not None and limit.season_to is not None:
        parts.append(f"每年 {_day_words(limit.season_from)}至{_day_words(limit.season_to)}")
    if limit.subkind:
        parts.append(dict(flow.subkinds if flow else ()).get(limit.subkind, limit.subkind))
    if limit.category:
        parts.append(f"分类“{category_paths().get(limit.category, limit.category)}”")
    if limit.urgency:
        parts.append(f"{Urgency(limit.urgency).label}件")
    if limit.channel:
        parts.append(f"来自{channel_names().get(limit.channel, limit.channel)}")
    if limit.aspect:
        parts.append(aspects[limit.aspect].meaning if limit.aspect in aspects else limit.aspect)
    if limit.organisation_id is not None:
        parts.append(f"由{directory().name_of(limit.organisation_id)}承办")
    return "，".join(parts) or "其余所有情形"


def _day_words(day: int) -> str:
    return f"{day // 100}月{day % 100}日"


def _told(limit: Limit) -> dict[str, str]:
    found = {
        "时限": clock_label(limit),
        "情形": conditions(limit),
        "多久": amount_words(limit.amount, limit.unit),
        "优先级": str(limit.priority),
        "说明": limit.note,
    }
    return {name: words for name, words in found.items() if words}


LIMITS = Kind(
    "时限",
    "时限",
    "matters:limits",
    ("limits",),
    named=lambda limit: f"{clock_label(limit)}：{conditions(limit)}",
    words=_told,
)


# What two rows have in common that are for the same matters and equally strong.
CONDITIONS = (
    "subkind",
    "category",
    "urgency",
    "channel",
    "organisation",
    "season_from",
    "season_to",
    "regime",
    "aspect",
    "priority",
)


def is_unconditional(limit: Limit) -> bool:
    return not (
        limit.subkind
        or limit.category
        or limit.urgency
        or limit.channel
        or limit.organisation_id
        or limit.regime
        or limit.aspect
        or limit.season_from
    )


def leaves_a_gap(limit: Limit) -> bool:
    """Whether, without this row, some matters would have no limit for this clock at all."""
    others = Limit.objects.filter(matter_kind=limit.matter_kind, clock=limit.clock).exclude(pk=limit.pk)
    return not any(is_unconditional(other) for other in others)


class SeasonField(forms.CharField):
    """A day of any year as people write it: 6-1, 6月1日. Its value is month × 100 + day."""

    def to_python(self, value: object) -> Any:
        text = str(super().to_python(value)).strip()
        if not text:
            return None
        parts = text.replace("月", "-").replace("日", "").replace("/", "-").replace(".", "-").split("-")
        try:
            day = datetime(2024, int(parts[0]), int(parts[1]), tzinfo=SHANGHAI)  # a leap year knows every day
            if len(parts) != 2:
                raise ValueError
        except (ValueError, IndexError):
            raise forms.ValidationError("请写成 6-1 或 6月1日 的样子。") from None
        return day.month * 100 + day.day

    def prepare_value(self, value: object) -> object:
        return f"{value // 100}-{value % 100}" if isinstance(value, int) else value


class LimitForm(RowForm[Limit]):
    clock = forms.ChoiceField(label="时限")
    subkind = forms.ChoiceField(label="诉求类型", required=False)
    category = forms.ChoiceField(label="分类（含下级）", required=False, widget=LongSelect)
    urgency = forms.ChoiceField(label="紧急程度", required=False, choices=any_of(list(Urgency.choices)))
    channel = forms.ChoiceField(label="渠道", required=False)
    organisation = forms.ChoiceField(label="承办单位", required=False, widget=LongSelect)
    season_from = SeasonField(label="每年从哪天起", required=False, help_text="例如 6-1；与“到哪天”一起填。")
    season_to = SeasonField(label="到哪天为止", required=False, help_text="可以跨年，例如 11-15 到 3-15。")
    regime = forms.CharField(
        label="应急状态",
        max_length=20,
        required=False,
        widget=LineInput,
        help_text="填应急状态的名称，例如“防汛”：它启动后这一条才起作用，结束后自动失效。",
    )
    aspect = forms.ChoiceField(label="件的情形", required=False)
    more = ("channel", "organisation", "season_from", "season_to", "regime", "aspect", "priority", "note")

    class Meta:
        model = Limit
        fields = (
            "clock", "amount", "unit", "subkind", "category", "urgency", "channel", "organisation",
            "season_from", "season_to", "regime", "aspect", "priority", "note",
        )  # fmt: skip
        widgets = {"note": LineInput}
        labels = {"amount": "多久", "unit": "按什么算"}
        help_texts = {
            "priority": "同时符合几条时，优先级大的那条算数；一样大的，时间短的算数。-100 至 100，一般为 0。",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        one = self.instance
        chosen: dict[str, forms.ChoiceField] = self.fields  # type: ignore[assignment]
        for field in chosen.values():
            field.error_messages["invalid_choice"] = "请从列表中选择。"
        chosen["clock"].choices = [
            (f"{flow.kind}:{clock.key}", f"{flow.label}：{clock.label}") for flow in flows for clock in flow.clocks
        ]
        chosen["subkind"].choices = any_of([pair for flow in flows for pair in flow.subkinds])
        chosen["category"].choices = any_of(category_paths())
        chosen["channel"].choices = any_of(channel_names())
        chosen["organisation"].choices = any_of(organisation_choices())
        chosen["aspect"].choices = any_of([(aspect.key, aspect.meaning) for aspect in aspects])
        if one.pk:
            self.initial["clock"] = f"{one.matter_kind}:{one.clock}"
            self.initial["regime"] = regime_names().get(one.regime, one.regime)
            held = one.organisation_id
            if held is not None and str(held) not in dict(organisation_choices()):
                chosen["organisation"].choices += [(str(held), directory().by_id[held].name)]

    def clean_amount(self) -> float:
        amount: float = self.cleaned_data["amount"]
        if not 0 < amount <= FINEST:
            raise forms.ValidationError("请填写大于零、合理的数量。")
        return amount

    def clean_priority(self) -> int:
        priority: int = self.cleaned_data["priority"]
        if not -100 <= priority <= 100:
            raise forms.ValidationError("请填写 -100 至 100 的整数。")
        return priority

    def clean_regime(self) -> str:
        words: str = self.cleaned_data["regime"].strip()
        return next((key for key, name in regime_names().items() if words in {key, name}), words)

    def clean_organisation(self) -> object:
        chosen = self.cleaned_data["organisation"]
        if not chosen:
            return None
        return Organisation.objects.get(pk=int(chosen))

    def clean_clock(self) -> str:
        kind, _, clock = self.cleaned_data["clock"].partition(":")
        self.instance.matter_kind = kind
        return str(clock)

    def clean(self) -> dict[str, Any]:
        chosen = super().clean() or {}
        if (chosen.get("season_from") is None) != (chosen.get("season_to") is None) and not (
            {"season_from", "season_to"} & self.errors.keys()
        ):
            self.add_error("season_to", "起止日期要同时填写。")
        if chosen.get("unit") in {Unit.WORKING_DAYS, Unit.WORKING_MINUTES} and (chosen.get("amount") or 0) % 1:
            self.add_error("amount", "工作日和工作分钟必须是整数；要填零头，单位请选“小时”。")
        if not self.errors and (twin := self._twin(chosen)) is not None:
            there = f"“{conditions(twin)}，{amount_words(twin.amount, twin.unit)}”"
            self.add_error(
                "priority",
                f"与已有的{there}情形和优先级相同，两条里只有时间短的算数。请直接改那一条，或者换一个优先级。",
            )
        return chosen

    def _twin(self, chosen: dict[str, Any]) -> Limit | None:
        """Another row for the same case and as strong: only the shorter would count, and nobody would see that."""
        same = {name: chosen[name] for name in CONDITIONS}
        rows = Limit.objects.filter(matter_kind=self.instance.matter_kind, clock=chosen["clock"], **same)
        return rows.exclude(pk=self.instance.pk).first()

    def save(self, commit: bool = True) -> Limit:
        """Raises: Invalid, when matters that no other row fits would be left without a limit."""
        before = Limit.objects.filter(pk=self.instance.pk).first() if self.instance.pk else None
        if before is not None and is_unconditional(before) and leaves_a_gap(before):
            moved = (before.matter_kind, before.clock) != (self.instance.matter_kind, self.instance.clock)
            if moved or not is_unconditional(self.instance):
                raise Invalid(
                    f"“{clock_label(before)}”只有这一条不带条件，加了条件其余的件就没有时限了；请另外新增一条。"
                )
        return super().save(commit)


class TryForm(forms.Form):
    """What a matter might be like, to see what it would get."""

    subkind = forms.ChoiceField(label="诉求类型", required=False)
    category = forms.ChoiceField(label="分类", required=False, widget=LongSelect)
    urgency = forms.ChoiceField(label="紧急程度", choices=Urgency.choices, initial=Urgency.NORMAL, required=False)
    channel = forms.ChoiceField(label="渠道", required=False)
    organisation = forms.ChoiceField(label="承办单位", required=False, widget=LongSelect)
    aspect = forms.ChoiceField(label="件的情形", required=False)
    start = forms.DateTimeField(label="从何时起算", required=False, widget=MomentInput, help_text="不填为现在。")

    def __init__(self, flow: Flow, data: Any = None) -> None:
        super().__init__(data)
        chosen: dict[str, forms.ChoiceField] = self.fields  # type: ignore[assignment]
        chosen["subkind"].choices = any_of(list(flow.subkinds), "未定")
        chosen["category"].choices = any_of(category_paths(), "未定")
        chosen["channel"].choices = list(channel_names().items())
        chosen["organisation"].choices = any_of(organisation_choices(), "还没派单")
        chosen["aspect"].choices = any_of([(aspect.key, aspect.meaning) for aspect in aspects], "一般")


@desk(PERMISSION)
@require_GET
def limits_page(request: UserRequest) -> HttpResponse:
    rows: dict[tuple[str, str], list[Limit]] = {}
    for limit in Limit.objects.order_by("matter_kind", "-priority", "amount", "pk"):
        rows.setdefault((limit.matter_kind, limit.clock), []).append(limit)
    tables = [
        _table(flow, clock, clock_label, rows.get((flow.kind, clock), []))
        for flow in flows
        for clock, clock_label in ((c.key, c.label) for c in flow.clocks)
    ]
    shown = Listing(
        kind=LIMITS,
        tables=tables,
        lead="每个时限从上往下看，第一条符合的算数。改动只对以后起算的有效，已经在走的时限不变。",
        links=[
            Link("试算", reverse("matters:try-limits")),
            Link("新增时限", reverse("matters:new-limit"), "btn btn-primary"),
        ],
    )
    return listing(request, shown)


def _table(flow: Flow, clock: str, label: str, limits: Sequence[Limit]) -> Table:
    kind = flow.clock[clock]
    whose = "按区中心的工作时间" if kind.hours == Hours.CENTRE else "按承办单位的工作时间"
    return Table(
        caption=f"{flow.label}{label}时限",
        headers=("情形", "时限", "优先级", "说明"),
        lines=[
            Line(
                [
                    Cell(conditions(limit), reverse("matters:limit", args=[limit.pk])),
                    Cell(amount_words(limit.amount, limit.unit), tight=True),
                    Cell(str(limit.priority), tight=True),
                    Cell(limit.note),
                ]
            )
            for limit in limits
        ],
        id=f"{flow.kind}-{clock}",
        title=f"{flow.label}：{label}",
        note=whose,
        nothing="还没有设置，这个环节会办不下去，请先新增一条。",
    )


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def new_limit(request: UserRequest) -> HttpResponse:
    form = LimitForm(request.POST or None, instance=Limit(), initial={"clock": request.GET.get("clock", "")})
    return edit(request, form, kind=LIMITS, title="新增时限", done="已新增，以后起算的件按它计算。", verb="新增")


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def limit_page(request: UserRequest, pk: int) -> HttpResponse:
    limit = _door(pk)
    title = f"{clock_label(limit)}：{conditions(limit)}"
    return edit(
        request,
        LimitForm(request.POST or None, instance=limit),
        kind=LIMITS,
        title=title,
        done="已保存，以后起算的件按它计算。",
        context={"questions": [_question(_door(pk))]},
        template="people/settings/form_and_questions.html",
    )


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def remove_limit(request: UserRequest, pk: int) -> HttpResponse:
    limit = _door(pk)

    def act() -> None:
        with transaction.atomic():
            if is_unconditional(limit) and leaves_a_gap(limit):
                raise Conflict(f"“{clock_label(limit)}”只有这一条不带条件，删了就有件没有时限，请先新增另一条。")
            removed(limit, by=request.user, kind=LIMITS)

    return ask(request, _question(limit), act, "已删除这条时限。")


def _question(limit: Limit) -> Confirmation:
    return Confirmation(
        id="remove",
        label="删除这条",
        title=f"删除“{clock_label(limit)}：{conditions(limit)}”？",
        body="以后起算的件改按其他符合的条目计算；已经在走的时限不变。删除记入修改记录。",
        verb="删除",
        action=reverse("matters:remove-limit", args=[limit.pk]),
        danger=True,
        back_url=LIMITS.url,
    )


def _door(pk: int) -> Limit:
    limit = Limit.objects.filter(pk=pk).first()
    if limit is None:
        raise Missing("没有这条时限，可能刚被删除。")
    return limit


@desk(PERMISSION)
@require_GET
def try_limits(request: UserRequest) -> HttpResponse:
    """Every clock of one kind of matter: which row applies, and when it would be due."""
    flow = next(iter(flows))
    form = TryForm(flow, request.GET if request.GET else None)
    lines = _tried(flow, form.cleaned_data) if form.is_valid() else []
    shown = Listing(
        kind=LIMITS,
        title="试算",
        lead="选一件的情形，看各环节用哪一条时限，从起算时间算到什么时候到期。",
        form=form,
        verb="试算",
        tables=[Table(caption="试算结果", headers=("时限", "多久", "到期", "亮黄牌", "用的是哪一条"), lines=lines)]
        if lines
        else [],
    )
    return listing(request, shown)


def _tried(flow: Flow, chosen: dict[str, Any]) -> list[Line]:
    start = chosen.get("start") or timezone.now()
    units = directory()
    unit = units.by_id.get(int(chosen["organisation"])) if chosen.get("organisation") else units.centre
    assert unit is not None
    case = Case(
        chosen.get("subkind") or "",
        chosen.get("category") or "",
        chosen.get("urgency") or Urgency.NORMAL,
        chosen.get("channel") or "",
        unit.id,
        frozenset(filter(None, [chosen.get("aspect")])),
    )
    rows = Limit.objects.in_bulk()
    lines: list[Line] = []
    for clock in flow.clocks:
        hours = (units.centre if clock.hours == Hours.CENTRE else unit).hours
        try:
            rule = rule_for(flow.kind, clock.key, case, start)
        except NoLimit as refusal:
            lines.append(Line([Cell(clock.label), Cell(refusal.message), Cell(), Cell(), Cell()]))
            continue
        ends = due(start, rule.amount, rule.unit, hours, current_calendar())
        yellow = "" if clock.on_due else moment(yellow_at(start, ends.at, rule.unit, hours, current_calendar()))
        lines.append(
            Line(
                [
                    Cell(clock.label),
                    Cell(amount_words(rule.amount, rule.unit), tight=True),
                    Cell(moment(ends.at), soft="暂定" if ends.provisional else ""),
                    Cell(yellow),
                    Cell(conditions(rows[rule.id]), reverse("matters:limit", args=[rule.id]))
                    if rule.id in rows
                    else Cell(),
                ]
            )
        )
    return lines
