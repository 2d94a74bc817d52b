"""Columns on a terminal where Chinese characters take two places."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def columns(rows: Sequence[Sequence[str]], *, gap: int = 3) -> str:
    """Rows as aligned lines; the first row is a heading with a line below it."""
    widths = [max(width(row[i]) for row in rows) for i in range(len(rows[0]))]

    def line(row: Sequence[str]) -> str:
        cells = [cell + " " * (size - width(cell)) for cell, size in zip(row, widths, strict=True)]
        return (" " * gap).join(cells).rstrip()

    rule = (" " * gap).join("─" * size for size in widths)
    return "\n".join([line(rows[0]), rule, *(line(row) for row in rows[1:])])
