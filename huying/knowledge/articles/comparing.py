"""Two versions of an article, and what is different."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from huying.knowledge.models import ArticleVersion
from huying.matters.settings.choices import category_paths
from huying.places.tree import place_tree
from huying.ui.text import day

_PIECES = re.compile(r"[0-9A-Za-z.]+|\s+|.", re.S)


@dataclass(frozen=True, slots=True)
class Piece:
    kind: Literal["same", "out", "in"]
    text: str


@dataclass(frozen=True, slots=True)
class Changed:
    """One field: what went out of it and what came in."""

    label: str
    pieces: Sequence[Piece]

    @property
    def is_same(self) -> bool:
        return all(piece.kind == "same" for piece in self.pieces)


def compared(earlier: ArticleVersion, later: ArticleVersion) -> list[Changed]:
    """Every field that one of the two fills in, in order."""
    pairs = [
        ("问题", earlier.question, later.question),
        ("答复", earlier.answer, later.answer),
        ("别的问法和关键词", "、".join(earlier.ways), "、".join(later.ways)),
        ("依据", earlier.basis, later.basis),
        ("分类", _category(earlier), _category(later)),
        ("给谁看", earlier.get_audience_display(), later.get_audience_display()),
        ("适用街道", _streets(earlier), _streets(later)),
        ("有效期至", _day(earlier), _day(later)),
    ]
    return [Changed(label, pieces(one, other)) for label, one, other in pairs if one or other]


def pieces(one: str, other: str) -> list[Piece]:
    """By signs; runs of digits and letters stay together, so that 300 元 does not become half of 350 元."""
    a, b = _PIECES.findall(one), _PIECES.findall(other)
    found: list[Piece] = []
    for how, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if how == "equal":
            found.append(Piece("same", "".join(a[i:j])))
            continue
        if i < j:
            found.append(Piece("out", "".join(a[i:j])))
        if k < m:
            found.append(Piece("in", "".join(b[k:m])))
    return found


def _category(version: ArticleVersion) -> str:
    return category_paths().get(version.category, version.category)


def _streets(version: ArticleVersion) -> str:
    return "、".join(place_tree().name_of(key) for key in version.streets) or "全区"


def _day(version: ArticleVersion) -> str:
    return day(version.valid_until) if version.valid_until else "长期"
