"""What people of a district raise: a grammar of situations, kept as Chinese texts in `data/situations/`.

A file is one first-level category. A situation begins with `=` and a line that says what it is

    = 市容环境/露天烧烤 投诉 chengguan,街道 权3 月5-9 晚 协gongan

(category, kind, who answers for it, weight, months, time of day, co-handler and marks in any order), followed by lines
of one letter and a text:

    题 title    诉 what is said    求 what is asked for    查 what the unit found    办 what it did
    答 answer at once    据 what that rests on    问 question back    补 what the reporter adds    因 cause    谁 who

Several lines of one letter are alternatives. `{…}` are slots, see `scenes`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from huying.cases.defaults import categories
from huying.cases.enums import CaseKind

STREET, COMMUNITY = "街道", "社区"  # in place of a unit's code: whoever answers for the place
MARKS = frozenset({"急", "特急", "匿", "密", "网格", "企业", "居民", "无地点", "雨", "营商", "即答", "留言"})
EVENING, NIGHT = "晚", "夜"
_KINDS = {kind.label: kind for kind in CaseKind}
_KINDS["议提案"] = CaseKind.MOTION
LETTERS = frozenset("题诉求查办答据问补因谁")


@dataclass(frozen=True, slots=True)
class Situation:
    """One thing that happens, with everything that may be said about it."""

    category: str
    kind: CaseKind
    units: tuple[str, ...]
    weight: float
    months: frozenset[int]  # empty: all year
    time: str
    co_handlers: tuple[str, ...]
    marks: frozenset[str]
    lines: dict[str, tuple[str, ...]] = field(hash=False, compare=False)

    def has(self, mark: str) -> bool:
        return mark in self.marks


class BadSituation(ValueError):
    """A line of the grammar that cannot be read; the text says which."""


@cache
def situations() -> tuple[Situation, ...]:
    """All of them, in the order of their files' names."""
    folder = files("huying.simulator").joinpath("data/situations")
    codes = _codes()
    found: list[Situation] = []
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        found += _read(file.name, file.read_text(encoding="utf-8"), codes)
    return tuple(found)


def _codes() -> dict[tuple[str, str, str], str]:
    """Names of the three levels → code."""
    names: dict[str, tuple[str, ...]] = {}
    for category in categories():
        above = names[category.parent] if category.parent else ()
        names[category.code] = (*above, category.name)
    return {(path[0], path[1], path[2]): code for code, path in names.items() if len(path) == 3}


def _read(name: str, text: str, codes: dict[tuple[str, str, str], str]) -> Iterator[Situation]:
    first = heading = ""
    lines: dict[str, list[str]] = {}
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line:
            continue
        letter, _, rest = line.partition(" ")
        if letter == "#":
            first = rest
        elif letter == "=":
            if heading:
                yield _situation(name, first, heading, lines, codes)
            heading, lines = rest, {}
        elif letter in LETTERS:
            lines.setdefault(letter, []).append(rest)
        else:
            raise BadSituation(f"{name}:{number}: {line}")
    if heading:
        yield _situation(name, first, heading, lines, codes)


def _situation(
    name: str, first: str, heading: str, lines: dict[str, list[str]], codes: dict[tuple[str, str, str], str]
) -> Situation:
    path, kind, units, *rest = heading.split()
    second, _, third = path.partition("/")
    try:
        category = codes[first, second, third]
    except KeyError:
        raise BadSituation(f"{name}: no category {first}/{path}") from None
    weight, months, time = 1.0, frozenset[int](), ""
    co_handlers: tuple[str, ...] = ()
    marks: set[str] = set()
    for token in rest:
        if token in MARKS:
            marks.add(token)
        elif token in (EVENING, NIGHT):
            time = token
        elif token[0] == "权":
            weight = float(token[1:])
        elif token[0] == "月":
            months = _months(token[1:])
        elif token[0] == "协":
            co_handlers = tuple(token[1:].split(","))
        else:
            raise BadSituation(f"{name}: {heading}: what is {token}?")
    for letter in "题诉查办" if "即答" not in marks else "题诉答据":
        if letter not in lines:
            raise BadSituation(f"{name}: {heading}: nothing under {letter}")
    kept = {letter: tuple(texts) for letter, texts in lines.items()}
    return Situation(
        category, _KINDS[kind], tuple(units.split(",")), weight, months, time, co_handlers, frozenset(marks), kept
    )


def _months(text: str) -> frozenset[int]:
    """`5-9`, `11-3` (over New Year) or `6,9`."""
    if "-" not in text:
        return frozenset(map(int, text.split(",")))
    first, last = map(int, text.split("-"))
    return frozenset(range(first, last + 1)) if first <= last else frozenset({*range(first, 13), *range(1, last + 1)})
