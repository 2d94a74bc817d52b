"""The year as it is counted: announced working days, the district's own, and what is not announced yet."""

from __future__ import annotations

import datetime as dt
from calendar import Calendar as Weeks
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db import models, transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from huying.kernel import jobs
from huying.kernel.calendar import FIRST_DAY, LAST_DAY, Calendar, current_calendar, published
from huying.kernel.errors import Invalid, Missing
from huying.kernel.models import CalendarOverride
from huying.matters.tasks import CALENDAR as LOGGED
from huying.matters.tasks import settle_clocks
from huying.people.access import desk
from huying.people.forms import DayInput, LineInput
from huying.people.models import User
from huying.people.requests import UserRequest
from huying.people.settings import Cell, Kind, Line, RowForm, Table, ask, removed, save, who
from huying.ui.components import Confirmation
from huying.ui.text import day as day_words

CALENDAR = Kind(LOGGED, "工作日历", "web:calendar", ("calendar",))


class OverrideForm(RowForm[CalendarOverride]):
    """One day that is worked, or not, against the announcement."""

    working = forms.TypedChoiceField(
        label="这一天",
        choices=[("0", "休息"), ("1", "上班")],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
        initial="0",
    )

    class Meta:
        model = CalendarOverride
        fields = ("date", "working", "note")
        widgets = {"date": DayInput, "note": LineInput}
        help_texts = {"note": "例如：区里防汛停工一天。"}
        error_messages = {"date": {"unique": "这一天已经调整过，请先撤销原来的调整。"}}

    def clean_date(self) -> dt.date:
        day: dt.date = self.cleaned_data["date"]
        if not FIRST_DAY <= day <= LAST_DAY:
            raise forms.ValidationError(f"请填写 {FIRST_DAY.year} 至 {LAST_DAY.year} 年之间的日期。")
        return day

    def clean(self) -> dict[str, Any]:
        chosen = super().clean() or {}
        day, working = chosen.get("date"), chosen.get("working")
        if day and working is not None and published().is_workday(day) == working and day.year in published().years:
            self.add_error("working", f"按国家安排，{day_words(day)}本来就{'上班' if working else '休息'}，不用调整。")
        return chosen


@dataclass(frozen=True, slots=True)
class Day:
    """`mark`: 休 or 班 where it is not what the day of the week says; `kind` is a class."""

    day: dt.date
    kind: str
    mark: str
    words: str


@dataclass(frozen=True, slots=True)
class Month:
    title: str
    weeks: list[list[Day | None]]
    working: int


@desk("settings.manage")
@require_http_methods(["GET", "POST"])
def calendar_page(request: UserRequest) -> HttpResponse:
    """A year, the adjustments of it, and a form for one more."""
    form = OverrideForm(request.POST if request.method == "POST" else None, initial={"date": request.GET.get("day")})
    if form.is_valid():
        with transaction.atomic():
            row = save(form, by=request.user, kind=CALENDAR, before=None)
            _recount(request.user, row)
        messages.success(
            request, f"已调整：{row}。从现在起按新的日历计算时限；暂定的到期时间随后重算，改了多少见设置修改记录。"
        )
        return redirect(f"{reverse('web:calendar')}?year={form.cleaned_data['date'].year}")
    year = _year(request, form)
    calendar = current_calendar()
    overrides = {one.date: one for one in CalendarOverride.objects.filter(date__year=year)}
    months = [_month(year, month, calendar, overrides) for month in range(1, 13)]
    context = {
        "title": CALENDAR.title,
        "crumbs": CALENDAR.crumbs(),
        "form": form,
        "year": year,
        "before": year - 1 if year > FIRST_DAY.year else None,
        "after": year + 1 if year < LAST_DAY.year else None,
        "announced": year in published().years,
        "last_announced": max(published().years),
        "months": months,
        "working": sum(month.working for month in months),
        "table": _table(list(overrides.values())),
    }
    return render(request, "web/settings/calendar.html", context, status=422 if form.errors else 200)


def _year(request: UserRequest, form: OverrideForm) -> int:
    chosen = form.cleaned_data.get("date") if form.is_bound else None
    if isinstance(chosen, dt.date):
        return chosen.year
    text = request.GET.get("year", "")
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else timezone.localdate().year
    if not FIRST_DAY.year <= year <= LAST_DAY.year:
        raise Invalid(f"日历只有 {FIRST_DAY.year} 至 {LAST_DAY.year} 年。")
    return year


def _month(year: int, month: int, calendar: Calendar, overrides: dict[dt.date, CalendarOverride]) -> Month:
    weeks = [
        [_day(day, calendar, overrides) if day.month == month else None for day in week]
        for week in Weeks().monthdatescalendar(year, month)
    ]
    days = [day for week in weeks for day in week if day]
    return Month(f"{month}月", weeks, sum(calendar.is_workday(day.day) for day in days))


def _day(day: dt.date, calendar: Calendar, overrides: dict[dt.date, CalendarOverride]) -> Day:
    working = calendar.is_workday(day)
    usual = day.weekday() < 5
    word = "上班" if working else "休息"
    if (own := overrides.get(day)) is not None:
        words = f"本区调整为{word}" + (f"：{own.note}" if own.note else "")
        return Day(day, "is-own", "班" if working else "休", words)
    if calendar.is_provisional(day):
        return Day(day, "is-open" if working else "is-rest is-open", "", f"{word}（暂定）")
    if working == usual:
        return Day(day, "" if working else "is-rest", "", word)
    return Day(day, "is-work" if working else "is-rest", "班" if working else "休", f"国家安排{word}")


def _table(rows: list[CalendarOverride]) -> Table:
    return Table(
        caption="本区的调整",
        headers=("日期", "调整为", "说明"),
        lines=[
            Line(
                [Cell(day_words(one.date)), Cell("上班" if one.working else "休息"), Cell(one.note)],
                questions=[_question(one)],
                of=day_words(one.date),
            )
            for one in sorted(rows, key=lambda one: one.date)
        ],
        id="own",
        title="本区的调整",
        nothing="这一年没有本区自己的调整，全按国家安排。",
    )


def _question(one: CalendarOverride) -> Confirmation:
    return Confirmation(
        id=f"undo-{one.pk}",
        label="撤销",
        title=f"撤销 {day_words(one.date)} 的调整？",
        body="这一天重新按国家安排计算；已经开始计时的件，暂定的到期时间会重算，其他的不变。",
        verb="撤销调整",
        action=reverse("web:calendar-remove", args=[one.pk]),
        back_url=f"{reverse('web:calendar')}?year={one.date.year}",
    )


@desk("settings.manage")
@require_http_methods(["GET", "POST"])
def remove(request: UserRequest, pk: int) -> HttpResponse:
    one = CalendarOverride.objects.filter(pk=pk).first()
    if one is None:
        raise Missing("没有这条调整，可能刚被撤销。")

    def act() -> None:
        with transaction.atomic():
            removed(one, by=request.user, kind=CALENDAR)
            _recount(request.user, one)

    return ask(request, _question(one), act, f"已撤销 {day_words(one.date)} 的调整。")


def _recount(by: User, day: models.Model) -> None:
    """Due times that were provisional get their new value soon, there may be many of them; how many it were is noted
    beside the change."""
    jobs.defer(settle_clocks, lock="matters.settle", who=who(by), cause=f"因 {day}")
