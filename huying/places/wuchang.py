"""Names and codes of Wuchang's district, streets and communities, and words that people use for them. Facts, committed.

`data/wuchang.csv` has the national statistical codes (as of 2023-06-30). `data/aliases.csv` holds estates, landmarks
and former names at the community when that is certain, else at the street; roads at the streets they pass; places of
other districts, which an address may name, with an empty code.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from huying.places.enums import CODE_LENGTH, AliasKind, Level
from huying.places.rows import AliasRow


@dataclass(frozen=True, slots=True)
class Division:
    """A district, street or community."""

    code: str
    name: str


def _table(name: str) -> Iterator[dict[str, str]]:
    text = files("huying.places").joinpath(name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


@cache
def divisions() -> tuple[Division, ...]:
    """All of them, ordered by code."""
    rows = [Division(row["code"], row["name"]) for row in _table("data/wuchang.csv")]
    return tuple(sorted(rows, key=lambda row: row.code))


def at_level(level: Level) -> list[Division]:
    return [row for row in divisions() if len(row.code) == CODE_LENGTH[level]]


def aliases() -> list[AliasRow]:
    return [
        AliasRow(code=row["code"], words=row["words"], kind=AliasKind(row["kind"]))
        for row in _table("data/aliases.csv")
    ]
