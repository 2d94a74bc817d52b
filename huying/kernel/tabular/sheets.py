"""Tables out: workbooks and CSV that no spreadsheet will execute."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import cast

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.cell.cell import Cell as AnyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet.worksheet import Worksheet

from huying.kernel.tabular.rows import Cell, Column

STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
CELL_CHARACTERS = 32_767  # Excel's limit
SHEET_ROWS = 1_000_000

_HEADER_FONT = Font(bold=True)
_HEADER_FILL = PatternFill("solid", fgColor="FFE8F0FE")


def harmless(value: Cell) -> str | int | float | bool | dt.datetime | dt.date | dt.time | None:
    """A value that a spreadsheet shows and never computes: times are local and to the second, as people write them.
    Reading takes the apostrophe away again."""
    if isinstance(value, dt.datetime):
        local = timezone.make_naive(value) if timezone.is_aware(value) else value
        return local.replace(microsecond=0)
    if isinstance(value, dt.time):
        return value.replace(microsecond=0)
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False, default=str)
    if not isinstance(value, str):
        return value
    text = ILLEGAL_CHARACTERS_RE.sub("", value)[: CELL_CHARACTERS - 1]
    return f"'{text}" if text.startswith(STARTS_FORMULA) else text


def write_xlsx(path: Path, headers: Sequence[str], rows: Iterable[Sequence[Cell]], *, title: str = "数据") -> int:
    """Write a workbook with one sheet, streaming; returns the number of rows."""
    sheet = StreamedSheet(path, headers, title=title)
    for row in rows:
        sheet.add(row)
    sheet.close()
    return sheet.rows


def write_csv(path: Path, headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """UTF-8 with the mark by which Excel recognises it."""
    written = 0
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(headers)
        for row in rows:
            writer.writerow([harmless(value) for value in row])
            written += 1
    return written


def write_template(path: Path, columns: Sequence[Column], *, title: str = "导入模板") -> None:
    """An empty sheet to fill in, with one example row and a second sheet that explains the columns."""
    book = Workbook(write_only=True)
    sheet = _styled_sheet(book, title, [column.title for column in columns])
    sheet.append([_text_cell(sheet, column.example) for column in columns])
    notes = _styled_sheet(book, "填写说明", ["列", "必填", "说明"])
    for column in columns:
        notes.append([column.title, "是" if column.required else "", column.note])
    book.save(path)


def write_book(path: Path, sheets: Sequence[tuple[str, Sequence[str], Iterable[Sequence[Cell]]]]) -> None:
    """A workbook of several sheets: title, headers, rows."""
    book = Workbook(write_only=True)
    for title, headers, rows in sheets:
        sheet = _styled_sheet(book, title, headers)
        for row in rows:
            sheet.append([_text_cell(sheet, value) for value in row])
    book.save(path)


class StreamedSheet:
    """A workbook that grows row by row without staying in memory."""

    def __init__(self, path: Path, headers: Sequence[str], *, title: str = "数据") -> None:
        self.path = path
        self.rows = 0
        self._book = Workbook(write_only=True)
        self._sheet = _styled_sheet(self._book, title, headers)

    def add(self, row: Sequence[Cell]) -> None:
        """Rows beyond what a sheet can hold are not written."""
        if self.rows < SHEET_ROWS:
            self._sheet.append([_text_cell(self._sheet, value) for value in row])
            self.rows += 1

    def close(self) -> None:
        self._book.save(self.path)


def _styled_sheet(book: Workbook, title: str, headers: Sequence[str]) -> WriteOnlyWorksheet:
    sheet = book.create_sheet(title)
    assert isinstance(sheet, WriteOnlyWorksheet)
    sheet.freeze_panes = "A2"
    dimensions = cast(Worksheet, sheet).column_dimensions  # it has them, its stub does not
    for i, header in enumerate(headers, start=1):
        dimensions[get_column_letter(i)].width = max(12, min(60, 2.2 * len(header) + 4))
    cells = []
    for header in headers:
        cell = _text_cell(sheet, header)
        cell.font = _HEADER_FONT
        cell.fill = _HEADER_FILL
        cell.alignment = Alignment(vertical="center")
        cells.append(cell)
    sheet.append(cells)
    return sheet


def _text_cell(sheet: WriteOnlyWorksheet, value: Cell) -> AnyCell:
    """Text is marked as text: a long code stays whole, and nothing that looks like a formula becomes one."""
    safe = harmless(value)
    cell = WriteOnlyCell(sheet, cast(str, safe))
    if isinstance(safe, str):
        cell.data_type = "s"
        cell.number_format = "@"
    return cell
