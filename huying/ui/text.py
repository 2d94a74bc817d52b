"""How figures and times read on a page. Pure functions; the template tags are thin names over them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone


def moment(at: datetime) -> str:
    """2026年11月22日 14:05, in the district's own time."""
    local = timezone.localtime(at) if timezone.is_aware(at) else at
    return f"{day(local.date())} {local:%H:%M}"


def short_moment(at: datetime, now: datetime | None = None) -> str:
    """The same without what goes without saying: 今天 14:05, 11月22日 14:05, and the year only when it is another."""
    local = timezone.localtime(at) if timezone.is_aware(at) else at
    today = timezone.localtime(now).date()
    if local.date() == today:
        return f"今天 {local:%H:%M}"
    if local.year == today.year:
        return f"{local.month}月{local.day}日 {local:%H:%M}"
    return moment(at)


def day(of: date) -> str:
    """2026年11月22日."""
    if isinstance(of, datetime):
        of = timezone.localtime(of).date() if timezone.is_aware(of) else of.date()
    return f"{of.year}年{of.month}月{of.day}日"


def grouped(number: int | float | Decimal) -> str:
    """187,300."""
    return f"{number:,}"


def wan(number: int | float | Decimal, places: int = 2) -> str:
    """18.73万 from ten thousand on, below it grouped: as people say such numbers."""
    exact = Decimal(str(number))
    if abs(exact) < 10_000:
        return grouped(number)
    rounded = (exact / 10_000).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    text = f"{rounded:,f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}万"


def cut(words: str, most: int) -> tuple[str, str]:
    """A long text in two, after a sentence where there is one; the second part is empty when it is not long."""
    if len(words) <= most + most // 4:
        return words, ""
    end = max(words.rfind(sign, most // 2, most) for sign in "。！？\n；") + 1
    return words[: end or most], words[end or most :].lstrip("\n")


def file_size(octets: int) -> str:
    """1.4 MB; sizes below a kilobyte as 1 KB, because nobody acts on the difference."""
    if octets >= 1024 * 1024:
        return f"{octets / 1024 / 1024:.1f} MB"
    return f"{max(1, round(octets / 1024))} KB"
