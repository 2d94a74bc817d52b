"""Texts of a bare file: jsonl, csv or xlsx with 标题, 内容 and, where they are known, 分类 and 承办单位."""

from __future__ import annotations

from pathlib import Path

from huying.kernel.tabular import Column, Fault, open_rows
from huying.knowledge.recommender.training import Example
from huying.knowledge.recommender.words import Text

COLUMNS = (
    Column(key="id", title="编号", also=("id", "number")),
    Column(key="title", title="标题", also=("title",)),
    Column(key="text", title="内容", also=("text",), required=True),
    Column(key="category", title="分类", also=("category", "类别", "一级标签")),
    Column(key="handler", title="承办单位", also=("handler",)),
)
TARGETS = ("category", "handler")
SHOWN = 5


class BadRows(ValueError):
    """Rows that cannot be used; the words name the first ones, in Chinese."""


def examples(path: Path, *, answered: bool = True) -> list[Example]:
    """Every row with words. Of what is known beside them only the answers count, never the number or the row's place.

    Raises:
        BadRows: with `answered`, rows have neither a category nor a handler; or no row has words.
        Refusal: the file cannot be read (`kernel.tabular`).
    """
    found: list[Example] = []
    faults: list[Fault] = []
    with open_rows(path, COLUMNS) as source:
        for row in source:
            title, body = row.text("title"), row.text("text", lines=True)
            answers = {target: said for target in TARGETS if (said := row.text(target, most=100))}
            if not title and not body:
                row.fault("text", "标题和内容都是空的")
            elif answered and not answers:
                row.fault("category", "没有分类，也没有承办单位")
            faults += row.faults
            if not row.faults:
                found.append(Example(Text(title, body), answers))
    if faults:
        more = f"\n……共 {len(faults):,} 处。" if len(faults) > SHOWN else ""
        first = "\n".join(map(str, faults[:SHOWN]))
        raise BadRows(f"{path.name} 里有不能用的行，请改正或删去后再试：\n{first}{more}")
    if not found:
        raise BadRows(f"{path.name} 里没有可用的行。")
    return found
