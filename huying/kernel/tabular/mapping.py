"""Which column of a foreign file is which of ours."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field
from pathlib import Path

from huying.kernel.errors import Invalid
from huying.kernel.tabular.rows import Cell, Column

HEADER_ROWS_SEARCHED = 10  # titles printed above the header
_MARKS = str.maketrans("", "", "*＊:：")


@dataclass(frozen=True, slots=True)
class Mapping:
    """How a foreign file's columns answer to ours; read from a JSON file.

    columns: our key → the header in the file. constants: our key → the value of every row.
    values: our key → {their word: ours}. encoding, sheet, header_row: only when they cannot be found out.
    """

    columns: MappingABC[str, str] = field(default_factory=dict)
    constants: MappingABC[str, str] = field(default_factory=dict)
    values: MappingABC[str, MappingABC[str, str]] = field(default_factory=dict)
    encoding: str = ""
    sheet: str = ""
    header_row: int = 0


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file. `Invalid` says in Chinese what is wrong with it."""
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise Invalid(f"找不到对照文件 {path}。", code="no_mapping") from None
    except OSError:
        raise Invalid(f"对照文件 {path} 无法读取，请检查它是不是文件、有没有读取权限。", code="no_mapping") from None
    except UnicodeDecodeError:
        raise Invalid(f"对照文件 {path.name} 不是 UTF-8 编码，请另存为 UTF-8。", code="bad_mapping") from None
    except json.JSONDecodeError as error:
        raise Invalid(
            f"对照文件 {path.name} 不是有效的 JSON：第 {error.lineno} 行第 {error.colno} 个字符处读不下去，"
            "请检查引号、逗号和括号。",
            code="bad_mapping",
        ) from None
    except RecursionError:
        raise Invalid(f"对照文件 {path.name} 嵌套太深。", code="bad_mapping") from None
    problem = _problem_with(data)
    if problem:
        raise Invalid(f"对照文件 {path.name} 有误：{problem}", code="bad_mapping")
    return Mapping(**data)


def _problem_with(data: object) -> str:
    if not isinstance(data, dict):
        return "最外层应为对象。"
    known = set(Mapping.__dataclass_fields__)
    if unknown := sorted(set(data) - known):
        return f"不认识“{'、'.join(unknown)}”，可用的有：{'、'.join(sorted(known))}。"
    for name in ("columns", "constants"):
        part = data.get(name, {})
        if not isinstance(part, dict) or not all(isinstance(value, str) for value in part.values()):
            return f"{name} 应为“字段名: 文字”的对象。"
    values = data.get("values", {})
    if not isinstance(values, dict) or not all(
        isinstance(words, dict) and all(isinstance(word, str) for word in words.values()) for words in values.values()
    ):
        return "values 应为“字段名: {原文: 改写}”的对象。"
    if not all(isinstance(data.get(name, ""), str) for name in ("encoding", "sheet")):
        return "encoding 和 sheet 应为文字。"
    header_row = data.get("header_row", 0)
    if not isinstance(header_row, int) or isinstance(header_row, bool) or header_row < 0:
        return "header_row 应为不小于 0 的整数。"
    return ""


def plain_header(text: str) -> str:
    """A header as it is compared: width, spaces, asterisks and “（必填）” do not matter."""
    folded = unicodedata.normalize("NFKC", text).translate(_MARKS)
    return "".join(folded.split()).replace("(必填)", "").replace("(选填)", "").lower()


def find_header(
    rows: Iterator[tuple[int, list[Cell]]], columns: Sequence[Column], mapping: Mapping
) -> tuple[list[str], Iterator[tuple[int, list[Cell]]]]:
    """The header is the row, among the first few, that has most of the names we know."""
    known = {plain_header(name) for name in mapping.columns.values()} or {
        plain_header(name) for column in columns for name in (column.title, column.key, *column.also)
    }
    seen: list[tuple[int, list[Cell]]] = []
    best, hits = 0, 0
    for number, cells in rows:
        seen.append((number, cells))
        found = len(known & {plain_header(str(cell)) for cell in cells if cell is not None})
        if number == mapping.header_row or (not mapping.header_row and found > hits):
            best, hits = len(seen) - 1, found
        if number >= max(HEADER_ROWS_SEARCHED, mapping.header_row):
            break
    if not seen:
        return [], iter(())
    _, cells = seen[best]
    headers = ["" if cell is None else " ".join(str(cell).split()) for cell in cells]
    while headers and not headers[-1]:
        headers.pop()

    def rest() -> Iterator[tuple[int, list[Cell]]]:
        yield from seen[best + 1 :]
        yield from rows

    return headers, rest()


def places_of(columns: Sequence[Column], mapping: Mapping, headers: Sequence[str]) -> dict[str, int]:
    """Our key → position in the file. A name that stands twice in the header is refused: which one is meant?"""
    where: dict[str, list[int]] = {}
    for i, header in enumerate(headers):
        where.setdefault(plain_header(header), []).append(i)
    place = {}
    for column in columns:
        given = mapping.columns.get(column.key)
        names = (given,) if given is not None else (column.title, *column.also, column.key)
        for name in names:
            found = where.get(plain_header(name), [])
            if len(found) > 1:
                raise Invalid(
                    f"表头里“{headers[found[0]]}”出现了 {len(found)} 次，请删去多余的列。", code="double_column"
                )
            if found:
                place[column.key] = found[0]
                break
        else:
            if given is not None:
                raise Invalid(
                    f"对照文件要的列“{given}”不在文件里。现有的列是：{'、'.join(headers)}。", code="missing_columns"
                )
    return place
