"""An opened table: its rows one after the other, cells under our keys."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from huying.kernel.errors import Invalid, TooLarge
from huying.kernel.tabular.formats import Csv, Jsonl, Limits, Reader, Xlsx, encoding_of
from huying.kernel.tabular.mapping import Mapping, places_of
from huying.kernel.tabular.rows import Cell, Column, Row

OLD_EXCEL = b"\xd0\xcf\x11\xe0"  # xls, and every workbook with a password
NO_TABLES = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf")


class Source:
    """An opened file. Iterating gives `Row`s, blank ones left out."""

    def __init__(
        self, reader: Reader, columns: Sequence[Column], mapping: Mapping, limits: Limits | None = None
    ) -> None:
        self._reader = reader
        self._mapping = mapping
        self._limits = limits or Limits()
        self.headers: list[str] = list(reader.headers)
        self._titles = {column.key: column.title for column in columns}
        self._place = places_of(columns, mapping, self.headers)
        for key, position in self._place.items():
            self._titles[key] = self.headers[position]
        missing = [
            column.title
            for column in columns
            if column.required and column.key not in self._place and column.key not in mapping.constants
        ]
        if missing:
            raise Invalid(
                f"文件里缺少这些列：{'、'.join(missing)}。现有的列是：{'、'.join(self.headers) or '（没有）'}。",
                code="missing_columns",
            )
        used = set(self._place.values())
        self.unused_headers = [header for i, header in enumerate(self.headers) if i not in used and header]

    @property
    def progress(self) -> float:
        """How much of the file has been read, 0 to 1."""
        return min(1.0, self._reader.progress())

    def __iter__(self) -> Iterator[Row]:
        return self.rows()

    def rows(self, *, after: int = 0) -> Iterator[Row]:
        """Rows with a number greater than `after`: an interrupted import goes on where it stopped."""
        constants: dict[str, Cell] = dict(self._mapping.constants)
        values = self._mapping.values
        place = self._place
        most = self._limits.characters
        n = 0
        for number, cells, faults in self._reader.records():
            if number <= after or not (any(cell is not None and cell != "" for cell in cells) or faults):
                continue
            n += 1
            if n > self._limits.rows:
                raise TooLarge(f"文件超过 {self._limits.rows:,} 行，请拆分后分批导入。", code="too_many_rows")
            width = len(cells)
            mapped: dict[str, Cell] = constants | {key: cells[i] for key, i in place.items() if i < width}
            for key, words in values.items():
                word = mapped.get(key)
                if isinstance(word, str) and word.strip() in words:
                    mapped[key] = words[word.strip()]
            row = Row(number, mapped, original=cells, titles=self._titles)
            for key, i in place.items():
                if i in faults:
                    row.fault(key, faults[i])
                elif i < width and isinstance(text := cells[i], str) and len(text) > most:
                    row.fault(key, f"内容太长：{len(text):,} 个字，最多 {most:,} 个")
                    mapped[key] = ""
            if -1 in faults:
                row.fault("", faults[-1])
            yield row

    def close(self) -> None:
        self._reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_rows(
    path: Path, columns: Sequence[Column], mapping: Mapping | None = None, *, limits: Limits | None = None
) -> Source:
    """Open a table. `Invalid` when it cannot be read or lacks required columns, `TooLarge` when it is too big."""
    mapping, limits = mapping or Mapping(), limits or Limits()
    known = {column.key for column in columns}
    if strange := sorted({*mapping.columns, *mapping.constants, *mapping.values} - known):
        raise Invalid(
            f"对照文件里的字段“{'、'.join(strange)}”不能导入，可用的有：{'、'.join(sorted(known))}。",
            code="bad_mapping",
        )
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise Invalid(f"{path} 不是文件。", code="no_file")
        with path.open("rb") as stream:
            start = stream.read(4096)
    except FileNotFoundError:
        raise Invalid(f"找不到文件 {path}。", code="no_file") from None
    except PermissionError:
        raise Invalid(f"没有权限读取文件 {path}。", code="no_file") from None
    if size > limits.megabytes << 20:
        raise TooLarge(
            f"文件有 {size >> 20:,} MB，最多 {limits.megabytes:,} MB，请拆分后分批导入。", code="file_too_large"
        )
    if not start.strip():
        raise Invalid(f"文件 {path.name} 是空的。", code="empty_file")
    reader = _reader_for(path, start, columns, mapping, limits)
    try:
        return Source(reader, columns, mapping, limits)
    except BaseException:
        reader.close()
        raise


def _reader_for(path: Path, start: bytes, columns: Sequence[Column], mapping: Mapping, limits: Limits) -> Reader:
    if start.startswith(OLD_EXCEL):
        raise Invalid(
            f"{path.name} 是旧版 Excel（.xls）或带密码的文件，请在 Excel 中去掉密码并另存为 .xlsx 后再导入。",
            code="old_excel",
        )
    if start.startswith(b"PK"):
        return Xlsx(path, columns, mapping, limits)
    if path.suffix.lower() in {".xlsx", ".xlsm"}:
        raise Invalid(f"{path.name} 不是有效的 Excel 文件，可能没有下载完整。", code="bad_excel")
    if start.startswith(NO_TABLES):
        raise Invalid(f"{path.name} 不是表格。请使用 xlsx、csv 或 jsonl 文件。", code="not_a_table")
    encoding = encoding_of(path, mapping.encoding)
    if path.suffix.lower() in {".json", ".jsonl", ".ndjson"} or start.removeprefix(BOM_UTF8).lstrip()[:1] == b"{":
        return Jsonl(path, encoding, limits)
    return Csv(path, encoding, columns, mapping, limits)
