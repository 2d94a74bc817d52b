"""平急转换: a time of emergency, started and ended by hand with a reason, in which other limits and rhythms hold and of
which every unit has to confirm that it knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huying.kernel.errors import Missing
from huying.matters import regimes
from huying.matters.models import Limit, Regime, RegimeNotice, RegimeRhythm
from huying.matters.regimes import PERMISSION as SWITCHES
from huying.matters.rhythms import rhythms
from huying.matters.settings import PERMISSION
from huying.matters.settings.choices import regime_names
from huying.matters.settings.limits import amount_words, clock_label, conditions
from huying.people.access import desk, safe_next
from huying.people.directory import directory
from huying.people.forms import LineInput, MomentInput
from huying.people.requests import UserRequest
from huying.people.settings import (
    Cell,
    Kind,
    Line,
    Link,
    Listing,
    RowForm,
    Table,
    ask,
    changing,
    edit,
    listing,
    removed,
)
from huying.ui.components import Confirmation, Crumb, Fact
from huying.ui.pages import confirm_page
from huying.ui.text import short_moment

REGIMES = Kind("应急状态", "应急状态", "matters:regimes", ("limits",), under="")
RHYTHMS = Kind("应急频次", "应急状态", "matters:regimes", ("limits",), under="")
PAST = 50


class RegimeForm(RowForm[Regime]):
    """Start one: a known one again, or one that is named here for the first time."""

    known = forms.ChoiceField(label="应急状态", required=False)
    name = forms.CharField(
        label="新的名称", max_length=20, required=False, widget=LineInput, help_text="上面没有的才填，例如“防汛”。"
    )
    reason = forms.CharField(
        label="为什么启动",
        min_length=4,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="写明依据，例如“市气象台发布暴雨橙色预警。”，各单位会在通知里读到。",
    )
    until = forms.DateTimeField(
        label="预计结束时间", required=False, widget=MomentInput, help_text="可以不填，结束时再手动结束。"
    )

    class Meta:
        model = Regime
        fields = ("reason", "until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known: forms.ChoiceField = self.fields["known"]  # type: ignore[assignment]
        brings = Counter(Limit.objects.exclude(regime="").values_list("regime", flat=True))
        names = [(key, f"{name}（{brings[key]} 条时限）") for key, name in regime_names().items()]
        known.choices = [*names, ("", "新的应急状态")]
        known.initial = names[0][0] if names else ""
        self.instance.since = timezone.now()
        self.order_fields(["known", "name", "reason", "until"])

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
        if key and regimes.running(timezone.now()).filter(key=key).exists():
            self.add_error("known", f"“{regime_names().get(key, key)}”已经在进行中。")
        self.instance.key, self.instance.name = key, regime_names().get(key, name)
        return chosen

    def save(self, commit: bool = True) -> Regime:
        regime: Regime = super().save(commit)
        regimes.begin(regime, at=regime.since)
        return regime


class EndForm(forms.Form):
    reason = forms.CharField(label="为什么结束", min_length=4, max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class RhythmForm(RowForm[RegimeRhythm]):
    regime = forms.ChoiceField(label="应急状态")
    rhythm = forms.ChoiceField(label="频次")
    minutes = forms.IntegerField(label="多少分钟一次", min_value=1, max_value=24 * 60)

    class Meta:
        model = RegimeRhythm
        fields = ("regime", "rhythm", "minutes")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        regime: forms.ChoiceField = self.fields["regime"]  # type: ignore[assignment]
        rhythm: forms.ChoiceField = self.fields["rhythm"]  # type: ignore[assignment]
        regime.choices = [("", "请选择"), *regime_names().items()]
        rhythm.choices = [("", "请选择"), *((one.key, f"{one.label}（平时 {one.minutes.words}）") for one in rhythms)]


# --- the list --------------------------------------------------------------------------------------------------------


@desk(PERMISSION, SWITCHES)
@require_GET
def regimes_page(request: UserRequest) -> HttpResponse:
    now, switches = timezone.now(), request.actor.may(SWITCHES)
    running = regimes.standing(now)
    past = Regime.objects.exclude(pk__in=[one.id for one in running]).select_related("started_by", "ended_by")
    limits = list(Limit.objects.exclude(regime="").order_by("regime", "matter_kind", "clock", "-priority"))
    links = [Link("启动应急状态", reverse("matters:start-regime"), "btn btn-primary")] if switches else []
    if configures := request.actor.may(PERMISSION):
        rhythm, limit = reverse("matters:new-regime-rhythm"), reverse("matters:new-limit")
        links = [Link("新增频次", rhythm), Link("新增时限", limit), *links]
    shown = Listing(
        kind=REGIMES,
        tables=[
            _running_table(running, limits, switches=switches),
            _limits_table(limits, configures=configures),
            _rhythms_table(configures=configures),
            _past_table(list(past.order_by("-since")[:PAST])),
        ],
        lead="启动后，新起算的时限按应急状态的条目计算，频次也随之改变，各单位收到通知要逐个确认；"
        "结束后恢复平时的。已经在走的时限不变。",
        links=links,
    )
    return listing(request, shown)


def _running_table(running: Sequence[regimes.Standing], limits: Sequence[Limit], *, switches: bool) -> Table:
    names = regime_names()
    brings = Counter(names.get(limit.regime, limit.regime) for limit in limits)
    return Table(
        caption="正在进行的应急状态",
        headers=("应急状态", "开始", "结束", "启动人", "带来的时限", "没有确认的单位"),
        lines=[
            Line(
                [
                    Cell(one.name, one.url),
                    Cell(short_moment(one.since)),
                    Cell(short_moment(one.until) if one.until else "手动结束"),
                    Cell(one.by),
                    Cell(f"{brings[one.name]} 条"),
                    Cell(f"{one.unconfirmed} 个，共通知 {one.told} 个"),
                ],
                questions=[_end_question(one.id, one.name)] if switches else [],
                of=one.name,
            )
            for one in running
        ],
        id="running",
        title="正在进行",
        nothing="现在没有应急状态，按平时的时限办理。",
    )


def _limits_table(limits: Sequence[Limit], *, configures: bool) -> Table:
    names = regime_names()
    return Table(
        caption="应急状态带来的时限",
        headers=("应急状态", "时限", "情形", "多久", "优先级"),
        lines=[
            Line(
                [
                    Cell(names.get(limit.regime, limit.regime)),
                    Cell(clock_label(limit)),
                    Cell(conditions(limit), reverse("matters:limit", args=[limit.pk]) if configures else ""),
                    Cell(amount_words(limit.amount, limit.unit)),
                    Cell(str(limit.priority)),
                ]
            )
            for limit in limits
        ],
        id="limits",
        title="启动后生效的时限",
        nothing="还没有时限与应急状态挂钩。请管理员在“时限”里新增一条，在“更多”中填上应急状态的名称。",
    )


def _rhythms_table(*, configures: bool) -> Table:
    names = regime_names()
    rows = list(RegimeRhythm.objects.all())
    return Table(
        caption="应急状态改变的频次",
        headers=("应急状态", "频次", "期间", "平时"),
        lines=[
            Line(
                [
                    Cell(names.get(row.regime, row.regime)),
                    Cell(known.label if (known := rhythms.get(row.rhythm)) else row.rhythm),
                    Cell(f"{row.minutes} 分钟"),
                    Cell(known.minutes.words if known else ""),
                ],
                questions=[_remove_question(row)] if configures else [],
                of=names.get(row.regime, row.regime),
            )
            for row in rows
        ],
        id="rhythms",
        title="启动后改变的频次",
        nothing="没有改变：险情告知、应急通知的提醒等都按平时的频次。",
    )


def _past_table(past: Sequence[Regime]) -> Table:
    return Table(
        caption="以前的和以后的应急状态",
        headers=("应急状态", "开始", "结束", "为什么启动", "为什么结束"),
        lines=[
            Line(
                [
                    Cell(one.name, reverse("matters:regime", args=[one.pk])),
                    Cell(short_moment(one.since), soft=one.started_by.display_name if one.started_by else ""),
                    Cell(
                        short_moment(one.until) if one.until else "",
                        soft=one.ended_by.display_name if one.ended_by else "",
                    ),
                    Cell(one.reason),
                    Cell(one.ended_for),
                ]
            )
            for one in past
        ],
        id="past",
        title="以前的",
        nothing="以前没有启动过。",
    )


# --- switching -------------------------------------------------------------------------------------------------------


def _back(request: UserRequest) -> str:
    """Where the switch was pressed: here, or on the board."""
    named = request.POST.get("next") or request.GET.get("next")
    return safe_next(request) if named else REGIMES.url


@desk(SWITCHES)
@require_http_methods(["GET", "POST"])
def start_regime(request: UserRequest) -> HttpResponse:
    n = len(directory().handlers())
    return edit(
        request,
        RegimeForm(request.POST or None, instance=Regime(started_by=request.user)),
        kind=REGIMES,
        title="启动应急状态",
        done="已启动，从现在起新起算的时限按它计算，各单位已收到通知。",
        back=_back(request),
        lead=f"立即对全区生效：以后起算的件按这个应急状态的时限计算，{n} 个单位马上收到通知并逐个确认。请核对。",
        verb="现在启动",
    )


@desk(SWITCHES)
@require_http_methods(["GET", "POST"])
def end_regime(request: UserRequest, pk: int) -> HttpResponse:
    one = Regime.objects.filter(pk=pk).first()
    if one is None:
        raise Missing("没有这个应急状态。")
    form = EndForm(request.POST or None, prefix=f"end-{pk}")
    question = _end_question(pk, one.name, form, back=_back(request))
    if request.method == "GET" or not form.is_valid():
        return confirm_page(request, question)
    with transaction.atomic():
        held = Regime.objects.select_for_update().get(pk=pk)
        with changing(held, by=request.user, kind=REGIMES):
            regimes.finish(held, by=request.actor, reason=form.cleaned_data["reason"], at=timezone.now())
    messages.success(request, f"“{one.name}”已结束，恢复平时的时限。")
    return redirect(question.back_url)


def _end_question(pk: int, name: str, form: EndForm | None = None, back: str = "") -> Confirmation:
    return Confirmation(
        id=f"end-{pk}",
        label="现在结束",
        title=f"结束“{name}”？",
        body="从现在起，新起算的件恢复平时的时限；应急期间已经起算的件仍按应急时限。通知过的单位都会收到。",
        verb="结束",
        action=reverse("matters:end-regime", args=[pk]),
        danger=True,
        form=form or EndForm(prefix=f"end-{pk}"),
        back_url=back or REGIMES.url,
        hidden={"next": back} if back else {},
    )


# --- one of them, and who has confirmed it ---------------------------------------------------------------------------


@desk()
@require_GET
def regime_page(request: UserRequest, pk: int) -> HttpResponse:
    """Whoever was told may read it; who has confirmed is for those who switch and configure."""
    one = Regime.objects.select_related("started_by", "ended_by").filter(pk=pk).first()
    if one is None:
        raise Missing("没有这个应急状态。")
    actor, now = request.actor, timezone.now()
    commands = actor.may(SWITCHES) or actor.may(PERMISSION) or actor.scope == "all"
    own = one.notices.select_related("confirmed_by").filter(organisation=actor.organisation_id or 0).first()
    running = one.since <= now and (one.until is None or one.until > now)
    context = {
        "regime": one,
        "running": running,
        "facts": [
            Fact("开始", short_moment(one.since)),
            Fact("启动人", one.started_by.display_name if one.started_by else ""),
            Fact("为什么启动", one.reason),
            Fact("结束" if not running else "预计结束", short_moment(one.until) if one.until else "手动结束"),
            Fact("结束人", one.ended_by.display_name if one.ended_by else ""),
            Fact("为什么结束", one.ended_for),
        ],
        "own": own,
        "waits": running and own is not None and own.confirmed_at is None,
        "lists": _confirmations(one) if commands else None,
        "end": _end_question(one.pk, one.name) if running and actor.may(SWITCHES) else None,
        "crumbs": REGIMES.crumbs(Crumb(one.name)) if actor.may(SWITCHES) or actor.may(PERMISSION) else [],
    }
    return render(request, "matters/regime.html", context)


def _confirmations(one: Regime) -> dict[str, list[tuple[str, str, str, RegimeNotice]]]:
    """Waiting and confirmed: name, duty phone as written and as dialled, the notice."""
    book = directory()
    found: dict[str, list[tuple[str, str, str, RegimeNotice]]] = {"waiting": [], "confirmed": []}
    for notice in one.notices.select_related("confirmed_by").order_by("confirmed_at", "organisation"):
        listed = book.by_id.get(notice.organisation_id)
        told = (listed.label, listed.duty_phone, listed.dialled) if listed else ("", "", "")
        found["waiting" if notice.confirmed_at is None else "confirmed"].append((*told, notice))
    return found


@desk()
@require_POST
def confirm_regime(request: UserRequest, pk: int) -> HttpResponse:
    regimes.confirm(pk, by=request.actor, at=timezone.now())
    messages.success(request, "已确认收到，区中心能看到。")
    return redirect("matters:regime", pk=pk)


# --- rhythms ---------------------------------------------------------------------------------------------------------


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def new_rhythm(request: UserRequest) -> HttpResponse:
    return edit(
        request,
        RhythmForm(request.POST or None, instance=RegimeRhythm()),
        kind=RHYTHMS,
        title="新增应急频次",
        done="已保存，应急状态期间按它办。",
        lead="应急状态期间隔多久一次；几个应急状态同时进行的，取最短的。",
    )


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def remove_rhythm(request: UserRequest, pk: int) -> HttpResponse:
    row = RegimeRhythm.objects.filter(pk=pk).first()
    if row is None:
        raise Missing("没有这一项频次。")
    return ask(
        request, _remove_question(row), lambda: removed(row, by=request.user, kind=RHYTHMS), "已删除这一项频次。"
    )


def _remove_question(row: RegimeRhythm) -> Confirmation:
    return Confirmation(
        id=f"rhythm-{row.pk}",
        label="删除",
        title="删除这一项频次？",
        body="应急状态期间恢复平时的频次。",
        verb="删除",
        action=reverse("matters:remove-regime-rhythm", args=[row.pk]),
        danger=True,
        back_url=RHYTHMS.url,
    )
