"""The minutes of a joint meeting as a Word file (纪要): the page of GB/T 9704, the form of a 纪要.

A red head with no number of a document, the day and the issuer under it, a red line, the title, what was said, what was
decided, and who was there.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from docx.document import Document as Word
from docx.shared import Mm, Pt

from huying.kernel.official import (
    CENTRE,
    FANG,
    FOUR,
    HEI,
    RED,
    SONG,
    THREE,
    TWO,
    WIDTH_PT,
    blank,
    indented,
    line,
    ruled,
    run,
    saved,
)

LARGEST_HEAD = 44
NUMERALS = "一二三四五六七八九"
_NUMBERED = re.compile(
    r"^(?:（[一二三四五六七八九十]+）|[一二三四五六七八九十]+、|\d{1,2}[.．、])\s*"
)  # by whoever wrote it


@dataclass(frozen=True, slots=True)
class Decided:
    text: str
    owner: str
    due: str  # 12月4日前; "" where nothing runs any more


@dataclass(frozen=True, slots=True)
class Minutes:
    """What the minutes of one meeting say. `said`: its paragraphs."""

    issuer: str
    title: str
    number: str  # of the docket
    at: dt.datetime
    place: str
    chair: str
    agenda: Sequence[str]
    said: Sequence[str]
    decided: Sequence[Decided]
    attended: Sequence[str]
    excused: Sequence[str]
    absent: Sequence[str]
    copies: Sequence[str]
    day: dt.date  # on which they were written down


def write(minutes: Minutes) -> bytes:
    """The file."""
    title = f"关于“{minutes.title}”的联席会议纪要"
    word = blank(title=title, author=minutes.issuer)
    _head(word, minutes)
    line(word, "")
    line(word, title, SONG, TWO, align=CENTRE, pitch=Pt(36))
    line(word, "")
    _text(word, _opening(minutes))
    number = 0
    if minutes.agenda:
        number += 1
        _heading(word, number, "会议议程")
        for i, part in enumerate(minutes.agenda, start=1):
            _text(word, f"（{numeral(i)}）{_ended(_NUMBERED.sub('', part))}")
    number += 1
    _heading(word, number, "会议内容")
    for part in minutes.said:
        _text(word, part)
    if minutes.decided:
        _heading(word, number + 1, "议定事项")
        for i, one in enumerate(minutes.decided, start=1):
            until = f"，{one.due}" if one.due else ""
            _text(word, f"（{numeral(i)}）{_ended(one.text)}（责任单位：{one.owner}{until}）")
    line(word, "")
    for label, bodies in (("出席", minutes.attended), ("请假", minutes.excused), ("缺席", minutes.absent)):
        _present(word, label, bodies)
    word.paragraphs[-1].paragraph_format.keep_with_next = True  # the imprint must not stand on a page alone
    _imprint(word, minutes)
    return saved(word)


def _opening(minutes: Minutes) -> str:
    at = minutes.at
    half = "上午" if at.hour < 12 else "下午"
    when = f"{at.year}年{at.month}月{at.day}日{half}"
    return (
        f"{when}，{minutes.chair}在{minutes.place}主持召开联席会议，研究议题“{minutes.title}”（{minutes.number}）。"
        "现将会议情况纪要如下。"
    )


def _ended(text: str) -> str:
    """Several lines as one, with a stop at the end."""
    whole = " ".join(text.split())
    return whole if whole.endswith(("。", "！", "？", "；")) else f"{whole}。"


def numeral(n: int) -> str:
    """1 to 99 as 一 to 九十九."""
    tens, ones = divmod(n, 10)
    if not tens:
        return NUMERALS[ones - 1]
    return (NUMERALS[tens - 1] if tens > 1 else "") + "十" + (NUMERALS[ones - 1] if ones else "")


def _head(word: Word, minutes: Minutes) -> None:
    words = f"{minutes.issuer}议题联席会议纪要"
    size = min(LARGEST_HEAD, int(WIDTH_PT / len(words)))
    head = line(word, words, SONG, Pt(size), align=CENTRE, pitch=Pt(size * 1.3), colour=RED)
    head.paragraph_format.space_before = Mm(12)
    line(word, "")
    day = minutes.day
    under = line(word, f"{minutes.issuer}　　　　{day.year}年{day.month}月{day.day}日", align=CENTRE)
    ruled(under, ("bottom", "FF0000", 12), space=4)


def _heading(word: Word, number: int, words: str) -> None:
    heading = indented(line(word, f"{numeral(number)}、{words}", HEI))
    heading.paragraph_format.keep_with_next = True


def _text(word: Word, words: str) -> None:
    indented(line(word, words))


def _present(word: Word, label: str, bodies: Sequence[str]) -> None:
    if not bodies:
        return
    paragraph = indented(line(word, f"{label}：", HEI))
    run(paragraph, "、".join(bodies), FANG, THREE)


def _imprint(word: Word, minutes: Minutes) -> None:
    """版记."""
    above = [line(word, "")]
    if minutes.copies:
        above.append(line(word, f"抄送：{'，'.join(minutes.copies)}。", FANG, FOUR))
        ruled(above[-1], ("top", "000000", 8))
    for paragraph in above:
        paragraph.paragraph_format.keep_with_next = True
    day = minutes.day
    printed = line(word, f"{minutes.issuer}　　{day.year}年{day.month}月{day.day}日印发", FANG, FOUR)
    ruled(printed, ("top", "000000", 6), ("bottom", "000000", 8))
