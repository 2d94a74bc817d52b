"""The manual of the desk (`docs/how-to/desk.md`), read for the page 帮助: the same text that stands in the repository.

A section (`##`) may say for which roles it is, in a comment below its heading:

    ## 接线员
    <!-- roles: call_taker -->
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.urls import reverse
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.token import Token

from huying.kernel.search import fold
from huying.people.roles import ROLES

_PACKAGED = Path(__file__).parent / "packaged"  # put there when the package is built
_TREE = Path(__file__).resolve().parents[2] / "docs" / "how-to"
HOME = _PACKAGED if _PACKAGED.exists() else _TREE
PAPER, PICTURES = "desk.md", "pictures"

_ROLES = re.compile(r"^<!-- roles: ([a-z_, ]+) -->\n", re.M)
_PICTURE = re.compile(rf"{PICTURES}/([\w-]+)\.png")


@dataclass(frozen=True, slots=True)
class Part:
    """A heading below a section, to find it by."""

    id: str
    title: str
    words: str


@dataclass(frozen=True, slots=True)
class Section:
    id: str
    title: str
    roles: frozenset[str]  # empty: for everybody
    html: SafeString
    parts: Sequence[Part]

    def is_for(self, role: str) -> bool:
        return not self.roles or role in self.roles


@cache
def sections() -> Sequence[Section]:
    """All of the manual in its order; what stands before the first section is left to readers of the file."""
    text = (HOME / PAPER).read_text(encoding="utf-8")
    text = text.translate({ord("「"): "“", ord("」"): "”"})  # as all pages write what stands on a button
    _, *bodies = re.split(r"^## ", text, flags=re.M)
    return [_section(number, body) for number, body in enumerate(bodies, start=1)]


def for_role(role: str) -> tuple[list[Section], list[Section]]:
    """What somebody in this role reads, the most particular first and what is common to all last; and the rest."""
    own = [section for section in sections() if section.is_for(role)]
    return sorted(own, key=lambda section: len(section.roles) or len(ROLES)), [s for s in sections() if s not in own]


def picture(name: str) -> Path | None:
    path = HOME / PICTURES / f"{name}.png"
    return path if path.is_file() else None


def find(words: Sequence[str]) -> list[tuple[Section, Part]]:
    """Parts of the manual that hold all these words (folded); those with one of them in the title first."""
    hits = []
    for section in sections():
        for part in section.parts:
            whole = fold(f"{section.title} {part.title} {part.words}")
            if all(word in whole for word in words):
                hits.append((section, part))
    return sorted(hits, key=lambda hit: not any(word in fold(hit[1].title) for word in words))


def _section(number: int, body: str) -> Section:
    title, _, text = body.partition("\n")
    named = _ROLES.search(text)
    roles = frozenset(key.strip() for key in named[1].split(",")) if named else frozenset()
    if unknown := roles - ROLES.keys():
        raise ValueError(f"{PAPER}: section {title!r} names roles that do not exist: {sorted(unknown)}")
    identifier = f"s{number}"
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(_ROLES.sub("", text))
    parts = _parts(tokens, identifier, title.strip())
    html = markdown.renderer.render(_placed(tokens), markdown.options, {})
    return Section(identifier, title.strip(), roles, SafeString(html), parts)


def _parts(tokens: Sequence[Token], section: str, title: str) -> list[Part]:
    """Gives each heading an id, and gathers the words below it."""
    parts = [[section, title, ""]]
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "heading_open" and following is not None:
            parts.append([f"{section}-{len(parts)}", following.content, ""])
            token.attrSet("id", parts[-1][0])
        elif token.type == "inline" or token.type in {"fence", "code_block"}:
            parts[-1][2] += f" {token.content}"
    return [Part(identifier, heading, words) for identifier, heading, words in parts]


def _placed(tokens: Sequence[Token]) -> Sequence[Token]:
    """Pictures are asked of this server, wherever it answers; tables and pictures get the looks of the desk."""
    for token in tokens:
        if token.type == "table_open":
            token.attrSet("class", "table table-sm")
        for inner in token.children or ():
            if inner.type == "image" and (found := _PICTURE.fullmatch(str(inner.attrGet("src")))):
                inner.attrSet("src", reverse("web:help-picture", args=[found[1]]))
                inner.attrSet("loading", "lazy")
    return tokens
