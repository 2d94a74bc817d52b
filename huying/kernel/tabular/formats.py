"""The three formats that are read, each behind the same small protocol.

Nothing in a file is executed: formulas are refused where they stand, entity bombs by defusedxml, zip bombs by their
table of contents.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import json
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell as AnyCell
from openpyxl.cell.cell import MergedCell
from openpyxl.cell.read_only import EmptyCell, ReadOnlyCell
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.worksheet.worksheet import Worksheet

from huying.kernel.errors import Invalid, TooLarge
from huying.kernel.tabular.mapping import Mapping, find_header
from huying.kernel.tabular.rows import Cell as Value
from huying.kernel.tabular.rows import Column

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CHUNK = 1 << 18
BLANK_ROWS_END = 1000  # a sheet "used" to row 1,048,576 ends here


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may demand of this machine."""

    megabytes: int = 2048
    unpacked_megabytes: int = 2048
    rows: int = 5_000_000
    columns: int = 500
    characters: int = 200_000  # in one cell


class Reader(Protocol):
    """One format. `headers` is known after opening; `records` yields (row number, cells, what is wrong with cells)."""

    headers: list[str]

    def records(self) -> Iterator[tuple[int, Sequence[Value], dict[int, str]]]: ...

    def progress(self) -> float: ...

    def close(self) -> None: ...


def encoding_of(path: Path, given: str) -> str:
    """UTF-8, UTF-16 with a mark, or GB18030: the first that reads the whole file."""
    with path.open("rb") as stream:
        mark = stream.read(4)
    if given:
        try:
            name = codecs.lookup(given).name
            candidates = ["utf-8-sig" if name == "utf-8" else name]
        except LookupError:
            raise Invalid(f"不认识编码“{given}”，可用 utf-8、gb18030。", code="bad_encoding") from None
    elif mark.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    else:
        candidates = ["utf-8-sig", "gb18030"]
    for encoding in candidates:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as stream:
                while chunk := stream.read(CHUNK):
                    decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise Invalid(
        f"文件 {path.name} 的文字编码认不出来。请在 Excel 中另存为“CSV UTF-8”或 .xlsx 后再导入。", code="bad_encoding"
    )


class _Counting(io.RawIOBase):
    """A file that knows how far it has been read; `tell` of a text stream that is iterated is refused."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = io.FileIO(path)
        self.done = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        n = self._file.readinto(buffer)
        self.done += n or 0
        return n

    def close(self) -> None:
        self._file.close()
        super().close()


class _Text:
    """What csv and jsonl share."""

    def __init__(self, path: Path, encoding: str) -> None:
        self._size = max(1, path.stat().st_size)
        self._bytes = _Counting(path)
        self._stream = io.TextIOWrapper(io.BufferedReader(self._bytes, CHUNK), encoding=encoding, newline="")

    def progress(self) -> float:
        return self._bytes.done / self._size

    def close(self) -> None:
        self._stream.close()


class Csv(_Text):
    def __init__(self, path: Path, encoding: str, columns: Sequence[Column], mapping: Mapping, limits: Limits) -> None:
        csv.field_size_limit(max(csv.field_size_limit(), 64 * limits.characters))
        with path.open(encoding=encoding, newline="") as stream:
            delimiter = _delimiter_of(stream.read(20_000))
        super().__init__(path, encoding)
        self._csv = csv.reader(self._stream, delimiter=delimiter)
        try:
            self.headers, self._pending = find_header(self._numbered(), columns, mapping)
        except BaseException:
            self.close()
            raise

    def _numbered(self) -> Iterator[tuple[int, list[Value]]]:
        try:
            for number, cells in enumerate(self._csv, start=1):
                yield number, cast("list[Value]", cells)
        except csv.Error as error:
            raise Invalid(
                f"第 {self._csv.line_num} 行附近不是有效的 CSV（可能少了一个引号）：{error}。", code="bad_csv"
            ) from None

    def records(self) -> Iterator[tuple[int, Sequence[Value], dict[int, str]]]:
        width = len(self.headers)
        for number, cells in self._pending:
            extra = [cell for cell in cells[width:] if cell]
            faults = {-1: f"比表头多出 {len(extra)} 个单元格，请检查逗号和引号"} if extra else {}
            yield number, cells[:width], faults


def _delimiter_of(sample: str) -> str:
    line = next((line for line in sample.splitlines() if line.strip()), "")
    return max(",\t;，", key=lambda mark: (line.count(mark), -",\t;，".index(mark)))


class Jsonl(_Text):
    """One object a line. Each line has the keys it needs, so the header is what all of them have together."""

    def __init__(self, path: Path, encoding: str, limits: Limits) -> None:
        with path.open(encoding=encoding) as stream:
            keys = _keys_of((line for line in stream if line.strip()), path.name, limits)
        super().__init__(path, encoding)
        self.headers = keys

    def records(self) -> Iterator[tuple[int, Sequence[Value], dict[int, str]]]:
        for number, line in enumerate(self._stream, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except (json.JSONDecodeError, RecursionError):
                yield number, [line.strip()[:200]], {-1: "这一行不是有效的 JSON"}
                continue
            if not isinstance(record, dict):
                yield number, [line.strip()[:200]], {-1: "这一行应为一个 JSON 对象"}
                continue
            yield number, [record.get(header) for header in self.headers], {}


def _keys_of(lines: Iterator[str], name: str, limits: Limits) -> list[str]:
    """The keys of all lines in the order in which they first stand. Broken lines are reported when rows are read."""
    keys: dict[str, None] = {}
    for n, line in enumerate(lines):
        try:
            record = json.loads(line)
        except (json.JSONDecodeError, RecursionError):
            record = None
        if not isinstance(record, dict):
            if n == 0:
                raise Invalid(
                    f'{name} 的第一行不是一个 JSON 对象。jsonl 文件每行一个对象，例如 {{"编号": "1"}}。',
                    code="bad_jsonl",
                )
            continue
        if not record.keys() <= keys.keys():
            keys |= dict.fromkeys(record)
            if len(keys) > limits.columns:
                raise TooLarge(f"{name} 的字段名超过 {limits.columns} 个，请检查文件。", code="too_many_columns")
    return list(keys)


class Xlsx:
    def __init__(self, path: Path, columns: Sequence[Column], mapping: Mapping, limits: Limits) -> None:
        _check_zip(path, limits)
        self._width = limits.columns
        self._done = 0
        self._file = path.open("rb")  # ours, because openpyxl leaves it open when it fails
        try:
            self._book = self._opened(path.name)
            self._sheet = self._chosen(mapping.sheet)
            self._rows = self._sheet.max_row or 0  # only for the progress bar: writers often get it wrong
            self._sheet.reset_dimensions()
            self.headers, self._pending = find_header(self._numbered(), columns, mapping)
        except BaseException:
            self._file.close()
            raise

    def _opened(self, name: str) -> Workbook:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about styles and extensions that do not matter here
                return load_workbook(self._file, read_only=True, data_only=False, keep_links=False)
        except (InvalidFileException, KeyError, ValueError, OSError, SyntaxError, zipfile.BadZipFile):
            raise Invalid(
                f"{name} 不是有效的 Excel 文件，可能已损坏。请在 Excel 中打开并另存为 .xlsx 后再试。", code="bad_excel"
            ) from None

    def _chosen(self, sheet: str) -> ReadOnlyWorksheet:
        """The sheet that is asked for, else the first one; charts do not count."""
        names = [sheet.title for sheet in self._book.worksheets]
        if sheet and sheet not in names:
            raise Invalid(f"文件里没有工作表“{sheet}”，现有：{'、'.join(names)}。", code="no_sheet")
        if not names:
            raise Invalid("文件里没有工作表。", code="no_sheet")
        return cast(ReadOnlyWorksheet, self._book[sheet or names[0]])

    def _numbered(self) -> Iterator[tuple[int, list[Value]]]:
        blank = 0
        try:
            for number, cells in enumerate(cast(Worksheet, self._sheet).iter_rows(max_col=self._width), start=1):
                self._done = number
                values = [_excel_value(cell) for cell in cells]
                blank = 0 if any(value is not None for value in values) else blank + 1
                if blank > BLANK_ROWS_END:
                    return
                yield number, values
        except (ValueError, KeyError, SyntaxError, OSError, zipfile.BadZipFile):
            raise Invalid(
                f"Excel 文件在第 {self._done + 1} 行附近损坏，读不下去。请在 Excel 中打开并另存为 .xlsx 后再试。",
                code="bad_excel",
            ) from None

    def records(self) -> Iterator[tuple[int, Sequence[Value], dict[int, str]]]:
        for number, cells in self._pending:
            faults = {}
            for i, value in enumerate(cells):
                if isinstance(value, _Formula):
                    faults[i] = "这里是公式，公式不会被计算。请在 Excel 中复制后“选择性粘贴—数值”再导入"
                elif isinstance(value, _Broken):
                    faults[i] = f"这里是错误值 {value}，请改正后再导入"
            yield number, cells, faults

    def progress(self) -> float:
        return self._done / max(self._rows, self._done, 1)

    def close(self) -> None:
        self._book.close()
        self._file.close()


class _Formula(str):
    __slots__ = ()


class _Broken(str):
    __slots__ = ()


def _excel_value(cell: AnyCell | MergedCell | ReadOnlyCell | EmptyCell) -> Value:
    if isinstance(cell, EmptyCell):
        return None
    value = cell.value
    if cell.data_type == "f":
        return _Formula(value)
    if cell.data_type == "e":
        return _Broken(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**15:
        return float(value)  # as inexact as Excel's own
    if isinstance(value, dt.timedelta):
        return str(value)
    return cast(Value, value)


def _check_zip(path: Path, limits: Limits) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError):
        raise Invalid(f"{path.name} 不是有效的 Excel 文件，可能没有下载完整。", code="bad_excel") from None
    if not any(entry.filename == "[Content_Types].xml" for entry in entries):
        raise Invalid(f"{path.name} 是压缩包，不是 Excel 文件，请先解压。", code="bad_excel")
    if sum(entry.file_size for entry in entries) > limits.unpacked_megabytes << 20 or len(entries) > 10_000:
        raise TooLarge(
            f"{path.name} 解开后超过 {limits.unpacked_megabytes:,} MB，请拆分后分批导入。", code="file_too_large"
        )
