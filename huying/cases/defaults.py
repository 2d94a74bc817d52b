"""What a new district starts with: channels, categories, limits, danger words. All of it is data afterwards."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from huying.cases.steps.intake import UNCLASSIFIED

DATA = files("huying.cases") / "data"


@dataclass(frozen=True, slots=True)
class DefaultCategory:
    code: str
    name: str
    parent: str | None
    level: int
    second_eyes: bool


def rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((DATA / name).read_text(encoding="utf-8").splitlines()))


def categories() -> Iterator[DefaultCategory]:
    """Codes are `01`, `01.02`, `01.02.03` in the order of the file. Unclassified comes last, for imported history."""
    first = second = 0
    for raw in (DATA / "categories.txt").read_text(encoding="utf-8").splitlines():
        if not raw.strip() or raw.startswith("#"):
            continue
        if not raw.startswith(" "):
            first, second = first + 1, 0
            yield DefaultCategory(f"{first:02}", raw.strip(), None, 1, False)
            continue
        name, _, leaves = raw.strip().partition(": ")
        second += 1
        code = f"{first:02}.{second:02}"
        yield DefaultCategory(code, name.rstrip("*"), f"{first:02}", 2, name.endswith("*"))
        for number, leaf in enumerate(leaves.split("、"), start=1):
            yield DefaultCategory(f"{code}.{number:02}", leaf, code, 3, False)
    yield DefaultCategory(UNCLASSIFIED, "未分类", None, 1, False)
