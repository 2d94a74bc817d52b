"""Whole months of which figures are told: this one, the last one, this quarter, this year, or chosen ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django import forms
from django.utils import timezone

from huying.people.forms import MonthInput

MOST = 12  # months at once
PRESETS = (("month", "本月"), ("last", "上月"), ("quarter", "本季"))
YEAR = ("year", "本年")  # for figures of which a month has too few
OWN = "own"
FIRST_YEAR = 2000


@dataclass(frozen=True, slots=True)
class Period:
    """`months` months from the first of `first` on; `key` says how it was chosen."""

    key: str
    first: dt.date
    months: int

    @property
    def end(self) -> dt.date:
        """The first day that is no more in it."""
        return _plus(self.first, self.months)

    @property
    def since(self) -> dt.datetime:
        return _midnight(self.first)

    @property
    def until(self) -> dt.datetime:
        return _midnight(self.end)

    @property
    def before(self) -> Period:
        """As many months before it."""
        return Period(OWN, _plus(self.first, -self.months), self.months)

    @property
    def months_in_it(self) -> list[dt.date]:
        return [_plus(self.first, n) for n in range(self.months)]

    @property
    def words(self) -> str:
        last = _plus(self.end, -1)
        if self.months == 1:
            return f"{self.first.year}年{self.first.month}月"
        if self.months == 12 and self.first.month == 1:
            return f"{self.first.year}年"
        if self.months == 3 and self.first.month % 3 == 1:
            return f"{self.first.year}年第 {(self.first.month + 2) // 3} 季度"
        year = f"{last.year}年" if last.year != self.first.year else ""
        return f"{self.first.year}年{self.first.month}月至{year}{last.month}月"

    @property
    def query(self) -> str:
        """As an address says it. A preset moves on with the calendar, a chosen one stays."""
        if self.key != OWN:
            return urlencode({"period": self.key})
        last = _plus(self.end, -1)
        return urlencode({"period": OWN, "first": f"{self.first:%Y-%m}", "last": f"{last:%Y-%m}"})

    def runs(self, today: dt.date) -> bool:
        return today < self.end


class PeriodForm(forms.Form):
    """Which months an address asks for."""

    first = forms.CharField(label="从", required=False, widget=MonthInput)
    last = forms.CharField(label="到", required=False, widget=MonthInput)

    def __init__(
        self, given: Mapping[str, str], today: dt.date, offered: Sequence[tuple[str, str]] = PRESETS, default: str = ""
    ) -> None:
        """`offered`: the presets of this page, the first of them the default unless `default` names another."""
        self.offered = offered
        self.key = given.get("period", "") or default or offered[0][0]
        super().__init__(given if self.key == OWN else None)
        self.today = today
        self.period = self._preset()
        if self.key == OWN and self.is_valid():
            self.period = self._own()
        if not self.is_bound:
            last = _plus(self.period.end, -1)
            self.initial = {"first": f"{self.period.first:%Y-%m}", "last": f"{last:%Y-%m}"}

    @property
    def status(self) -> int:
        return 422 if self.is_bound and self.errors else 200

    @property
    def presets(self) -> list[tuple[str, str, bool]]:
        """Key, label, and whether it is the chosen one."""
        return [(key, label, self.period.key == key) for key, label in self.offered]

    def _preset(self) -> Period:
        first = self.today.replace(day=1)
        match self.key:
            case "last":
                return Period("last", _plus(first, -1), 1)
            case "quarter":
                return Period("quarter", first.replace(month=first.month - (first.month - 1) % 3), 3)
            case "year":
                return Period("year", first.replace(month=1), 12)
            case _:
                return Period("month", first, 1)

    def _own(self) -> Period:
        first, last = self.cleaned_data["first"], self.cleaned_data["last"]
        return Period(OWN, first, (last.year - first.year) * 12 + last.month - first.month + 1)

    def clean_first(self) -> dt.date:
        return self._month(str(self.cleaned_data["first"]))

    def clean_last(self) -> dt.date:
        return self._month(str(self.cleaned_data["last"]))

    def _month(self, typed: str) -> dt.date:
        year, _, month = typed.strip().partition("-")
        if not (year.isascii() and year.isdigit() and month.isascii() and month.isdigit() and 1 <= int(month) <= 12):
            raise forms.ValidationError("请选择年和月，例如 2026-11。")
        if not FIRST_YEAR <= int(year) <= self.today.year + 1:
            raise forms.ValidationError(f"请选择 {FIRST_YEAR} 年以后、{self.today.year + 1} 年以前的月份。")
        return dt.date(int(year), int(month), 1)

    def clean(self) -> dict[str, object]:
        chosen: dict[str, object] = super().clean() or {}
        first, last = chosen.get("first"), chosen.get("last")
        if isinstance(first, dt.date) and isinstance(last, dt.date):
            if last < first:
                self.add_error("last", "结束的月份早于开始的月份。")
            elif last >= _plus(first, MOST):
                self.add_error("last", f"一次最多看 {MOST} 个月。")
        return chosen


def _plus(first: dt.date, months: int) -> dt.date:
    n = first.year * 12 + first.month - 1 + months
    return dt.date(n // 12, n % 12 + 1, 1)


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))
