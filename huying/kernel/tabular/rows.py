"""One row of a table: raw cells, and the words by which an importer asks for typed values."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.utils import timezone
from pydantic_core import PydanticCustomError

from huying.kernel.inputs import clean_line, clean_text

# dict and list come from jsonl only.
Cell = str | int | float | bool | dt.datetime | dt.date | dt.time | dict[str, object] | list[object] | None

T = TypeVar("T")

EXACT_DIGITS = 15  # Excel keeps a number no more exactly than this
EXCEL_DAY_ZERO = dt.date(1899, 12, 30)
EXCEL_DAYS = range(1, 73_051)  # up to the year 2100

SPOILT = "被 Excel 存成了科学计数法，后面的数字已经丢失，请把这一列设为“文本”后重新填写"

_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+\d+")
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_PACKED_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_TIME = re.compile(r"[T\s]*(\d{1,2})\s*[:：时点]\s*(\d{1,2})\s*(?:[:：分]\s*(\d{1,2})(?:\.\d+)?)?\s*[秒分]?")
_ZONE = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})$")

YES = frozenset({"是", "有", "对", "y", "yes", "true", "1", "√"})
NO = frozenset({"否", "无", "不", "n", "no", "false", "0", "×"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column that an importer knows. `title` is the printed header, `also` are others that mean the same."""

    key: str
    title: str
    also: tuple[str, ...] = ()
    required: bool = False  # the file must have this column
    note: str = ""  # a sentence for the template
    example: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with one cell (`column` is its title) or with the whole row (`column` empty)."""

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"第 {self.row} 行{'“' + self.column + '”' if self.column else ''}：{self.message}"


class Row:
    """Cells by column key. Every word below returns a value or None (text: "") and notes what is wrong. `remarks` tell
    what a reader should know of a row that is taken all the same."""

    __slots__ = ("_titles", "cells", "faults", "number", "original", "remarks")

    def __init__(
        self, number: int, cells: Mapping[str, Cell], *, original: Sequence[Cell] = (), titles: Mapping[str, str]
    ) -> None:
        self.number = number  # as the user counts in the file, the header being row 1
        self.cells = cells
        self.original = original  # all cells of the file, in the order of its headers
        self.faults: list[Fault] = []
        self.remarks: list[Fault] = []
        self._titles = titles

    def fault(self, key: str, message: str) -> None:
        self.faults.append(Fault(self.number, self._titles.get(key, key), message))

    def remark(self, key: str, message: str) -> None:
        self.remarks.append(Fault(self.number, self._titles.get(key, key), message))

    def is_faulted(self, key: str) -> bool:
        title = self._titles.get(key, key)
        return any(fault.column == title for fault in self.faults)

    def raw(self, key: str) -> Cell:
        return self.cells.get(key)

    def text(self, key: str, *, required: bool = False, most: int | None = None, lines: bool = False) -> str:
        """Cleaned text of at most `most` characters, one line unless asked for; numbers as people write them."""
        cell = self.cells.get(key)
        if cell is None or cell == "":  # most cells of most rows
            if required:
                self.fault(key, "不能为空")
            return ""
        if isinstance(cell, float) and abs(cell) >= 10**EXACT_DIGITS:
            self.fault(key, f"数字超过 {EXACT_DIGITS} 位，Excel 已不能准确保存，请把这一列设为“文本”后重新填写")
            return ""
        if isinstance(cell, dict | list):
            self.fault(key, "应为文字，不能是对象或列表")
            return ""
        try:
            value = (clean_text if lines else clean_line)(as_text(cell))
        except PydanticCustomError as error:
            self.fault(key, error.message())
            return ""
        if required and not value:
            self.fault(key, "不能为空")
        if most is not None and len(value) > most:
            self.fault(key, f"最多 {most} 个字，现有 {len(value)} 个字")
        return value

    def code(self, key: str, *, required: bool = False, most: int | None = None) -> str:
        """A number that nobody counts with (of a document, a phone), refused when a spreadsheet has rounded it."""
        value = self.text(key, required=required, most=most)
        if _SCIENTIFIC.fullmatch(value):
            self.fault(key, SPOILT)
            return ""
        return value

    def digits(self, key: str, *lengths: int, required: bool = False) -> str:
        """A code made of digits only, of one of the given lengths."""
        value = self.code(key, required=required)
        if not value:
            return ""
        if not (value.isascii() and value.isdigit()):
            self.fault(key, "只能由数字组成")
        elif lengths and len(value) not in lengths:
            self.fault(key, f"应为 {'、'.join(map(str, lengths))} 位数字，现有 {len(value)} 位")
        else:
            return value
        return ""

    def number_of(
        self, key: str, *, required: bool = False, least: float | None = None, most: float | None = None
    ) -> float | None:
        """A finite number within bounds."""
        cell = self.cells.get(key)
        if isinstance(cell, bool | dt.date | dt.time | dict | list):
            self.fault(key, "应为数字")
            return None
        if isinstance(cell, int | float):
            value = float(cell)
        else:
            text = self.text(key, required=required).replace(",", "").replace("，", "")
            if not text:
                return None
            try:
                value = float(text)
            except ValueError:
                self.fault(key, f"“{text[:20]}”不是数字")
                return None
        if not math.isfinite(value):
            self.fault(key, "应为数字")
        elif least is not None and value < least:
            self.fault(key, f"不能小于 {least:g}")
        elif most is not None and value > most:
            self.fault(key, f"不能大于 {most:g}")
        else:
            return value
        return None

    def integer(
        self, key: str, *, required: bool = False, least: int | None = None, most: int | None = None
    ) -> int | None:
        value = self.number_of(key, required=required, least=least, most=most)
        if value is None:
            return None
        if not value.is_integer():
            self.fault(key, "应为整数")
            return None
        return int(value)

    def yes(self, key: str, *, default: bool = False) -> bool:
        """是 / 否 in the usual spellings."""
        cell = self.cells.get(key)
        if isinstance(cell, bool):
            return cell
        text = self.text(key).lower()
        if not text:
            return default
        if text not in YES and text not in NO:
            self.fault(key, "请填“是”或“否”")
        return text in YES

    def choice(self, key: str, choices: Mapping[str, T], *, required: bool = False) -> T | None:
        """One of `choices` by its written form."""
        text = self.text(key, required=required)
        if not text:
            return None
        if text not in choices:
            offered = [word for word in choices if not word.isascii()] or list(choices)  # keys are for programs
            self.fault(key, f"没有“{text[:20]}”这一项，可填：{'、'.join(offered)}")
            return None
        return choices[text]

    def day(self, key: str, *, required: bool = False) -> dt.date | None:
        """A date as Excel stores it or as people write it (2026-11-22, 2026/11/22, 2026年11月22日, 20261122)."""
        moment = self.moment(key, required=required)
        return timezone.localtime(moment).date() if moment else None

    def moment(self, key: str, *, required: bool = False) -> dt.datetime | None:
        """A date with or without time (then 00:00), aware; without a zone it is local time."""
        cell = self.cells.get(key)
        if isinstance(cell, dt.datetime):
            return cell if timezone.is_aware(cell) else _here(cell)
        if isinstance(cell, dt.date):
            return _here(dt.datetime.combine(cell, dt.time()))
        if isinstance(cell, int | float) and not isinstance(cell, bool) and int(cell) in EXCEL_DAYS:
            midnight = dt.datetime.combine(EXCEL_DAY_ZERO, dt.time())
            return _here(midnight + dt.timedelta(seconds=round(cell * 86400)))
        text = self.text(key, required=required)
        if not text:
            return None
        try:
            return parse_moment(text)
        except ValueError:
            self.fault(key, f"“{text[:30]}”不是日期，请写成 2026-11-22 或 2026-11-22 14:05")
            return None


def as_text(cell: Cell) -> str:
    """A cell as people would write it: whole numbers without “.0”, dates in ISO form."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        # An apostrophe that keeps a spreadsheet from computing (ours, see sheets.py, or Excel's own).
        return cell[1:] if cell[:1] == "'" and cell[1:2] in tuple("=+-@\t\r") else cell
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    return str(cell)


def parse_moment(text: str) -> dt.datetime:
    """The moment that a text means, aware. `ValueError` when it means none."""
    text = text.strip()
    found = _DAY.match(text) or _PACKED_DAY.fullmatch(text)
    if found is None:
        raise ValueError(text)
    day = dt.date(int(found[1]), int(found[2]), int(found[3]))
    rest = text[found.end() :].strip()
    if not rest:
        return _here(dt.datetime.combine(day, dt.time()))
    zone = _ZONE.search(rest)
    time = _TIME.fullmatch(rest[: zone.start()] if zone else rest)
    if time is None:
        raise ValueError(text)
    clock = dt.time(int(time[1]), int(time[2]), int(time[3] or 0))
    moment = dt.datetime.combine(day, clock)
    if zone is None:
        return _here(moment)
    offset = dt.datetime.strptime(zone[0].replace("Z", "+0000").replace(":", ""), "%z").tzinfo
    return moment.replace(tzinfo=offset)


def _here(moment: dt.datetime) -> dt.datetime:
    """A moment without a zone is local time."""
    return timezone.make_aware(moment, timezone.get_default_timezone())


def parse_day(text: str) -> dt.date:
    """Likewise a day."""
    return timezone.localtime(parse_moment(text)).date()
