"""An official document (公文) as a Word file: red head, number, addressee, signature with date, imprint."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from docx.document import Document as Word
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from huying.kernel.official import (
    CENTRE,
    FANG,
    FOUR,
    HEI,
    RED,
    RIGHT,
    SONG,
    TWO,
    WIDTH_PT,
    blank,
    indented,
    line,
    ruled,
    saved,
)

LARGEST_HEAD = 48
LAST_WORDS = 2  # paragraphs that stay with the signature: it must not stand on a page alone
CHINESE_DAY = "{0.year}年{0.month}月{0.day}日"


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
    _red_head(word, paper)
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
    _signature(word, paper)
    _imprint(word, paper)
    return saved(word)


def _right(paragraph: Paragraph, characters: int) -> None:
    paragraph.alignment = RIGHT
    indent = paragraph._p.get_or_add_pPr().get_or_add_ind()
    indent.set(qn("w:rightChars"), str(characters * 100))
    indent.set(qn("w:right"), str(characters * 320))


def _red_head(word: Word, paper: Paper) -> None:
    size = min(LARGEST_HEAD, int(WIDTH_PT / max(len(paper.head), 1)))
    head = line(word, paper.head, SONG, Pt(size), align=CENTRE, pitch=Pt(size * 1.3), colour=RED)
    head.paragraph_format.space_before = Mm(12)
    line(word, "")
    ruled(line(word, paper.number, align=CENTRE), ("bottom", "FF0000", 12), space=4)


def _signature(word: Word, paper: Paper) -> None:
    """Issuer and day; the day four characters from the edge, the issuer centred over it."""
    day = CHINESE_DAY.format(paper.day)
    above = [line(word, ""), line(word, ""), line(word, paper.issuer)]
    _right(above[-1], max(1, 4 + (len(day) - len(paper.issuer)) // 2))
    for paragraph in above:
        paragraph.paragraph_format.keep_with_next = True
    _right(line(word, day), 4)


def _imprint(word: Word, paper: Paper) -> None:
    """版记."""
    line(word, "")
    if paper.copies:
        ruled(line(word, f"抄送：{paper.copies}。", FANG, FOUR), ("top", "000000", 8))
    printed = line(word, f"{paper.issuer}　　{CHINESE_DAY.format(paper.day)}印发", FANG, FOUR)
    ruled(printed, ("top", "000000", 6), ("bottom", "000000", 8))
