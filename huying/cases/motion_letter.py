"""The letter that answers a motion (答复函) as a Word file in official form.

Class and publicity at the head, as committees of people's congress and 政协 ask for it; red head of the unit, number,
who signed; the title; to whom; what was done; the unit's own contact; copies.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.shared import Pt

from huying.cases.models import Motion, MotionAnswer, Resolution
from huying.cases.motions import meeting_of, number_of, title_of
from huying.kernel.official import (
    CENTRE,
    FOUR,
    HEI,
    LEFT,
    RIGHT,
    SONG,
    TWO,
    WIDTH_PT,
    blank,
    imprint,
    indented,
    line,
    red_head,
    ruled,
    saved,
    signature,
)
from huying.matters.models import Matter, Words
from huying.people.directory import directory


@dataclass(frozen=True, slots=True)
class Letter:
    """What it says. `number`: 发文字号, with a blank while it has none; `signer`: who approved it."""

    motion: Motion
    answer_class: str
    unit: str
    number: str
    signer: str
    subject: str
    reply: str
    day: dt.date
    officer: str
    phone: str
    copies: str
    draft: bool

    @property
    def file_name(self) -> str:
        return f"{number_of(self.motion)}答复函{'（拟稿）' if self.draft else ''}.docx"


def letter_of(matter: Matter, motion: Motion, answer: MotionAnswer, conceal: Callable[[str], str] | None) -> Letter:
    """Three queries. `conceal`: what free text passes through for whoever may not read it plain."""
    hide = conceal or str
    said = Words.objects.filter(matter=matter, seq=answer.seq, field="public_reply", erased_at=None)
    reply = said.values_list("text", flat=True).first() or ""
    signed = Resolution.objects.filter(case=matter.pk, seq=answer.seq).select_related("approved_by").first()
    signer = signed.approved_by.display_name if signed is not None and signed.approved_by is not None else ""
    unit = directory().by_id.get(answer.lead_id or matter.lead_id or 0)
    day = timezone.localdate(answer.approved_at)
    return Letter(
        motion=motion,
        answer_class=answer.answer_class,
        unit=unit.name if unit else "",
        number=answer.letter_number or f"　　〔{day.year}〕　　号",
        signer=signer,
        subject=hide(matter.title),
        reply=hide(reply),
        day=day,
        officer=matter.case.officer,
        phone=unit.duty_phone if unit else "",
        copies=answer.copies,
        draft=answer.approved_at is None,
    )


def write(letter: Letter) -> bytes:
    motion = letter.motion
    title = f"对{meeting_of(motion)}\n{number_of(motion)}的答复"
    word = blank(title=title.replace("\n", ""), author=letter.unit)
    word.core_properties.subject = letter.subject
    if letter.draft:
        line(word, "（拟稿，尚未签发）", size=FOUR, align=RIGHT)
    line(word, f"答复类别：{letter.answer_class}", HEI, align=LEFT)
    line(word, f"是否公开：{'是' if motion.disclosed else '否'}", HEI, align=LEFT)
    red_head(word, letter.unit)
    number = line(word, f"{letter.number}\t签发人：{letter.signer}", align=LEFT)
    number.paragraph_format.tab_stops.add_tab_stop(Pt(WIDTH_PT), WD_TAB_ALIGNMENT.RIGHT)
    ruled(number, ("bottom", "FF0000", 12), space=4)
    line(word, "")
    for text in title.split("\n"):
        line(word, text, SONG, TWO, align=CENTRE, pitch=Pt(36))
    line(word, "")
    several = "等" if motion.seconders else ""
    line(word, f"{motion.proposer}{several}{title_of(motion)}：")
    you = "你们" if motion.seconders else "您"
    indented(line(word, f"{you}提出的{_quoted(letter.subject)}（{number_of(motion)}）收悉。现答复如下："))
    body = [indented(line(word, text.strip())) for text in letter.reply.splitlines() if text.strip()]
    for paragraph in body[-2:]:
        paragraph.paragraph_format.keep_with_next = True  # the signature must not stand on a page alone
    signature(word, letter.unit, letter.day)
    if letter.officer or letter.phone:
        contact = [("联系人", letter.officer), ("联系电话", letter.phone)]
        indented(line(word, f"（{'　'.join(f'{name}：{text}' for name, text in contact if text)}）"))
    imprint(word, letter.copies, letter.unit, letter.day)
    return saved(word)


def _quoted(subject: str) -> str:
    return subject if subject.startswith("《") else f"《{subject}》"
