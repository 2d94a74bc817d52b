"""How figures and times read on a page. Pure functions; the template tags are thin names over them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone


def local(at: datetime) -> datetime:
    """In the district's own time, whatever thread asks; a time without a zone is taken to be that already."""
    own = timezone.get_default_timezone()
    return at if at.tzinfo is None or at.tzinfo is own else at.astimezone(own)


def moment(at: datetime) -> str:
    """2026年11月22日 14:05, in the district's own time."""
    at = local(at)
    return f"{at.year}年{at.month}月{at.day}日 {at.hour:02}:{at.minute:02}"


def short_moment(at: datetime, now: datetime | None = None) -> str:
    """The same without what goes without saying: 今天 14:05, 11月22日 14:05, and the year only when it is another."""
    at, today = local(at), local(now or timezone.now())
    if at.year != today.year:
        return moment(at)
    if (at.month, at.day) == (today.month, today.day):
        return f"今天 {at.hour:02}:{at.minute:02}"
    return f"{at.month}月{at.day}日 {at.hour:02}:{at.minute:02}"


def day(of: date) -> str:
    """2026年11月22日."""
    if isinstance(of, datetime):
        of = local(of)
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
