"""Regimes: a time of emergency, started and ended by hand, in which other limits hold."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from huying.kernel.errors import Conflict, Missing
from huying.matters.models import Limit, Regime
from huying.matters.settings import PERMISSION
from huying.matters.settings.choices import regime_names
from huying.matters.settings.limits import amount_words, clock_label, conditions
from huying.people.access import desk
from huying.people.forms import LineInput, MomentInput
from huying.people.requests import UserRequest
from huying.people.settings import Cell, Kind, Line, Link, Listing, RowForm, Table, ask, changing, edit, listing
from huying.ui.components import Confirmation
from huying.ui.text import short_moment

REGIMES = Kind("应急状态", "应急状态", "matters:regimes", ("limits",))
PAST = 50


class RegimeForm(RowForm[Regime]):
    """Start one: a known one again, or one that is named here for the first time."""

    known = forms.ChoiceField(label="应急状态", required=False)
    name = forms.CharField(
        label="新的名称", max_length=20, required=False, widget=LineInput, help_text="上面没有的才填，例如“防汛”。"
    )
    until = forms.DateTimeField(
        label="预计结束时间", required=False, widget=MomentInput, help_text="可以不填，结束时再手动结束。"
    )

    class Meta:
        model = Regime
        fields = ("until",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known: forms.ChoiceField = self.fields["known"]  # type: ignore[assignment]
        brings = Counter(Limit.objects.exclude(regime="").values_list("regime", flat=True))
        names = [(key, f"{name}（{brings[key]} 条时限）") for key, name in regime_names().items()]
        known.choices = [*names, ("", "新的应急状态")]
        known.initial = names[0][0] if names else ""
        self.instance.since = timezone.now()
        self.order_fields(["known", "name", "until"])

    def clean(self) -> dict[str, Any]:
        chosen = super().clean() or {}
        name = (chosen.get("name") or "").strip()
        key = chosen.get("known") or next((k for k, n in regime_names().items() if name in {k, n}), name)
        if chosen.get("known") and name:
            self.add_error("name", "已经选了应急状态，这里就不填；要启动新的，上面请选“新的应急状态”。")
        elif not key:
            self.add_error("name", "请选择应急状态，或者填写新的名称。")
        until = chosen.get("until")
        if until and until <= self.instance.since:
            self.add_error("until", "结束时间要晚于现在。")
        if key and _running().filter(key=key).exists():
            self.add_error("known", f"“{regime_names().get(key, key)}”已经在进行中。")
        self.instance.key, self.instance.name = key, regime_names().get(key, name)
        return chosen


def _running() -> Any:
    now = timezone.now()
    return Regime.objects.filter(Q(until=None) | Q(until__gt=now), since__lte=now)


@desk(PERMISSION)
@require_GET
def regimes_page(request: UserRequest) -> HttpResponse:
    running = list(_running().order_by("since"))
    past = Regime.objects.exclude(pk__in=[one.pk for one in running]).order_by("-since")[:PAST]
    limits = list(Limit.objects.exclude(regime="").order_by("regime", "matter_kind", "clock", "-priority"))
    brings: dict[str, int] = {}
    for limit in limits:
        brings[limit.regime] = brings.get(limit.regime, 0) + 1
    tables = [
        Table(
            caption="正在进行的应急状态",
            headers=("应急状态", "开始", "结束", "带来的时限"),
            lines=[
                Line(
                    [
                        Cell(one.name),
                        Cell(short_moment(one.since)),
                        Cell(short_moment(one.until) if one.until else "手动结束"),
                        Cell(f"{brings.get(one.key, 0)} 条"),
                    ],
                    questions=[_end_question(one)],
                )
                for one in running
            ],
            id="running",
            title="正在进行",
            nothing="现在没有应急状态，按平时的时限办理。",
        ),
        Table(
            caption="应急状态带来的时限",
            headers=("应急状态", "时限", "情形", "多久", "优先级"),
            lines=[
                Line(
                    [
                        Cell(regime_names().get(limit.regime, limit.regime)),
                        Cell(clock_label(limit)),
                        Cell(conditions(limit), reverse("matters:limit", args=[limit.pk])),
                        Cell(amount_words(limit.amount, limit.unit)),
                        Cell(str(limit.priority)),
                    ]
                )
                for limit in limits
            ],
            id="limits",
            title="启动后生效的时限",
            nothing="还没有时限与应急状态挂钩。请在“时限”里新增一条，在“更多”中填上应急状态的名称。",
        ),
        Table(
            caption="以前的和以后的应急状态",
            headers=("应急状态", "开始", "结束"),
            lines=[
                Line(
                    [Cell(one.name), Cell(short_moment(one.since)), Cell(short_moment(one.until) if one.until else "")]
                )
                for one in past
            ],
            id="past",
            title="以前的",
            nothing="以前没有启动过。",
        ),
    ]
    shown = Listing(
        kind=REGIMES,
        tables=tables,
        lead="启动后，新起算的时限按应急状态的条目计算；结束后恢复平时的。已经在走的时限不变。",
        links=[
            Link("新增时限", reverse("matters:new-limit")),
            Link("启动应急状态", reverse("matters:start-regime"), "btn btn-primary"),
        ],
    )
    return listing(request, shown)


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def start_regime(request: UserRequest) -> HttpResponse:
    return edit(
        request,
        RegimeForm(request.POST or None, instance=Regime()),
        kind=REGIMES,
        title="启动应急状态",
        done="已启动，从现在起新起算的时限按它计算。",
        lead="立即对全区生效：以后起算的件按这个应急状态的时限计算。请确认后再启动。",
        verb="现在启动",
    )


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def end_regime(request: UserRequest, pk: int) -> HttpResponse:
    one = Regime.objects.filter(pk=pk).first()
    if one is None:
        raise Missing("没有这个应急状态。")

    def act() -> None:
        with transaction.atomic():
            held = Regime.objects.select_for_update().get(pk=pk)
            now = timezone.now()
            if held.until is not None and held.until <= now:
                raise Conflict(f"“{held.name}”早已结束。")
            with changing(held, by=request.user, kind=REGIMES):
                held.until = now
                held.save(update_fields=["until"])

    return ask(request, _end_question(one), act, f"“{one.name}”已结束，恢复平时的时限。")


def _end_question(one: Regime) -> Confirmation:
    return Confirmation(
        id=f"end-{one.pk}",
        label="现在结束",
        title=f"结束“{one.name}”？",
        body="从现在起，新起算的件恢复平时的时限；应急期间已经起算的件仍按应急时限。",
        verb="结束",
        action=reverse("matters:end-regime", args=[one.pk]),
        danger=True,
        back_url=REGIMES.url,
    )
