"""An official document (公文) as a Word file: red head, number, addressee, signature with date, imprint."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from docx.shared import Pt

from huying.kernel.official import (
    CENTRE,
    FANG,
    FOUR,
    HEI,
    RIGHT,
    SONG,
    TWO,
    blank,
    imprint,
    indented,
    line,
    red_head,
    ruled,
    saved,
    signature,
)

LAST_WORDS = 2  # paragraphs that stay with the signature: it must not stand on a page alone


@dataclass(frozen=True, slots=True)
class Part:
    """A paragraph of the body; `heading`: 一、二、三 in 黑体."""

    text: str
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """What an official document says."""

    head: str  # 红头
    number: str  # 文号
    title: str
    addressee: str
    body: Sequence[Part]
    issuer: str
    day: dt.date
    copies: str = ""
    draft: bool = False
    phone: str = ""
    subject: str = ""


def write(paper: Paper) -> bytes:
    """The file."""
    word = blank(title=paper.title.replace("\n", ""), author=paper.issuer)
    word.core_properties.subject = paper.subject
    if paper.draft:
        line(word, "（拟稿，尚未签发）", FANG, FOUR, align=RIGHT)
    red_head(word, paper.head)
    ruled(line(word, paper.number, align=CENTRE), ("bottom", "FF0000", 12), space=4)
    line(word, "")
    for text in paper.title.split("\n"):
        line(word, text, SONG, TWO, align=CENTRE, pitch=Pt(36))
    line(word, "")
    line(word, f"{paper.addressee}：")
    for part in paper.body:
        paragraph = indented(line(word, part.text, HEI if part.heading else FANG))
        if part.heading:
            paragraph.paragraph_format.keep_with_next = True
    if paper.phone:
        indented(line(word, f"（联系电话：{paper.phone}）"))
    for paragraph in word.paragraphs[-LAST_WORDS:]:
        paragraph.paragraph_format.keep_with_next = True
    signature(word, paper.issuer, paper.day)
    imprint(word, paper.copies, paper.issuer, paper.day)
    return saved(word)
