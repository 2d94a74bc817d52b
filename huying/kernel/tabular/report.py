"""What became of the rows of an import, and the sheet of those sent back."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from types import TracebackType
from typing import Self

from huying.kernel.tabular.rows import Fault, Row
from huying.kernel.tabular.sheets import StreamedSheet
from huying.kernel.tabular.sources import Source

SHOWN_FAULTS = 200
SHOWN_REMARKS = 50  # different ones
SHOWN_ROWS = 5
EXTRA_HEADERS = ("原行号", "退回原因")


@dataclass(slots=True)
class Remark:
    """What is to be known of rows that were taken all the same: how many, and the numbers of the first."""

    column: str
    message: str
    count: int = 0
    rows: list[int] = field(default_factory=list)

    @property
    def where(self) -> str:
        rows = "、".join(str(row) for row in self.rows)
        return f"第 {rows} 行等 {self.count:,} 行" if self.count > len(self.rows) else f"第 {rows} 行"

    def __str__(self) -> str:
        return f"{self.where}{'“' + self.column + '”' if self.column else ''}：{self.message}"


class Report:
    """Counts, the first faults in words, what is to be known of rows that were taken, and the error sheet: the rejected
    rows as they were, with number and reason.

    The sheet has the file's own headers, so it can be mended and imported again as it is.
    """

    def __init__(self, source: Source, *, sheet: Path | None = None) -> None:
        self.accepted = 0
        self.skipped = 0  # there already
        self.rejected = 0
        self.faults: list[Fault] = []  # the first ones
        self.remarks: dict[tuple[str, str], Remark] = {}  # by column and words
        self.unused_headers = tuple(source.unused_headers)  # columns that nobody asked for
        self._source = source
        self._path = sheet
        self._sheet: StreamedSheet | None = None

    def accept(self, rows: int = 1) -> None:
        self.accepted += rows

    def point_out(self, row: Row) -> None:
        """Note the remarks of a row that is taken."""
        for said in row.remarks:
            key = (said.column, said.message)
            if key not in self.remarks and len(self.remarks) >= SHOWN_REMARKS:
                continue
            remark = self.remarks.setdefault(key, Remark(*key))
            remark.count += 1
            if len(remark.rows) < SHOWN_ROWS:
                remark.rows.append(row.number)

    def skip(self, rows: int = 1) -> None:
        self.skipped += rows

    def reject(self, row: Row) -> None:
        """Send a row back for what its `faults` say."""
        self.rejected += 1
        self.faults += row.faults[: max(0, SHOWN_FAULTS - len(self.faults))]
        if self._path is None:
            return
        if self._sheet is None:
            headers = [header for header in self._source.headers if header not in EXTRA_HEADERS]
            self._sheet = StreamedSheet(self._path, [*headers, *EXTRA_HEADERS], title="未导入的行")
        reasons = "；".join(
            f"{fault.column}：{fault.message}" if fault.column else fault.message for fault in row.faults
        )
        kept = [
            cell
            for header, cell in zip_longest(self._source.headers, row.original[: len(self._source.headers)])
            if header not in EXTRA_HEADERS
        ]
        self._sheet.add([*kept, row.number, reasons])

    @property
    def error_sheet(self) -> Path | None:
        """Where the rejected rows are, when there are any."""
        return self._path if self.rejected and self._path else None

    def summary(self) -> str:
        parts = [f"导入 {self.accepted:,} 行"]
        if self.skipped:
            parts.append(f"已有而跳过 {self.skipped:,} 行")
        if self.rejected:
            parts.append(f"退回 {self.rejected:,} 行")
        return f"共 {self.accepted + self.skipped + self.rejected:,} 行：{'，'.join(parts)}。"

    def close(self) -> None:
        if self._sheet is not None:
            self._sheet.close()
            self._sheet = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
