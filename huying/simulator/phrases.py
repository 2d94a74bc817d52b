"""Turns of speech that fit many cases: `data/phrases.txt`, sections of alternatives."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def phrases() -> dict[str, tuple[str, ...]]:
    """Section → its alternatives."""
    found: dict[str, list[str]] = {}
    section = ""
    for raw in files("huying.simulator").joinpath("data/phrases.txt").read_text(encoding="utf-8").splitlines():
        line = raw.strip()
        if line.startswith("["):
            section = line.strip("[]")
            found[section] = []
        elif line:
            found[section].append(line)
    return {name: tuple(lines) for name, lines in found.items()}


def choices(*sections: str) -> tuple[str, ...]:
    """The first of these sections that exists: the special one before the general one."""
    known = phrases()
    for section in sections:
        if section in known:
            return known[section]
    raise KeyError(sections[-1])
