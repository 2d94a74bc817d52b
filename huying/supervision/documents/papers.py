"""What each rung's document says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from huying.matters.models import Matter, Words
from huying.people.directory import directory
from huying.supervision.documents.letterhead import Head, letterhead, printed_number
from huying.supervision.documents.official import Paper, Part
from huying.supervision.enums import Rung, SupervisionKind
from huying.supervision.models import OfficialDocument, SupervisedMatter

MOST_NUMBERS = 10
FIELDS = ("requirement", "reason")


@dataclass(frozen=True, slots=True)
class Told:
    """What a document is made of."""

    document: OfficialDocument
    matter: Matter
    head: Head
    unit: str  # in full
    title: str
    said: str
    about: str

    @property
    def due(self) -> str:
        return spelled(self.document.due_at) if self.document.due_at else ""


def spelled(at: datetime) -> str:
    """2026年11月22日14时5分, as documents write it."""
    local = timezone.localtime(at)
    minutes = f"{local.minute}分" if local.minute else ""
    return f"{local.year}年{local.month}月{local.day}日{local.hour}时{minutes}"


def paper_of(document: OfficialDocument, matter: Matter, conceal: Callable[[str], str] | None = None) -> Paper:
    """`conceal`: what free text passes through for whoever may not read it plain."""
    hide = conceal or str
    told = _told(document, matter, hide)
    rung = Rung(document.rung)
    title, addressee, body = _PAPERS[rung](told)
    issued = document.issued_at or document.drafted_at
    day = timezone.localdate(issued)
    return Paper(
        head=f"{told.head.issuer}文件" if rung >= Rung.BULLETIN else told.head.issuer,
        number=printed_number(document.year or day.year, document.serial),
        title=title,
        addressee=addressee,
        body=body,
        issuer=told.head.issuer,
        day=day,
        copies=told.head.copies,
        draft=document.issued_at is None,
        phone=told.head.phone,
        subject=matter.number,
    )


def _told(document: OfficialDocument, matter: Matter, hide: Callable[[str], str]) -> Told:
    words = {
        (row.seq, row.field): row.text
        for row in Words.objects.filter(matter=matter, seq__in=(1, document.seq), field__in=FIELDS, erased_at=None)
    }
    own = words.get((document.seq, "reason"), "")
    asked = words.get((1, "requirement"), "")
    # A second notice to another unit says what was asked at first: why it went to another is not that unit's affair.
    said = asked if not own or _is_readdressed(document, matter) else own
    numbers = list(
        SupervisedMatter.objects.filter(supervision=matter.pk)
        .order_by("pk")
        .values_list("matter__number", flat=True)[: MOST_NUMBERS + 1]
    )
    listed = "、".join(numbers[:MOST_NUMBERS]) + ("等" if len(numbers) > MOST_NUMBERS else "")
    lead = directory().by_id.get(document.lead_id)
    return Told(document, matter, letterhead(), lead.name if lead else "", hide(matter.title), hide(said), listed)


def _is_readdressed(document: OfficialDocument, matter: Matter) -> bool:
    return matter.lines.filter(seq=document.seq, step="readdress").exists()


def _paragraphs(said: str) -> list[Part]:
    return [Part(line.strip()) for line in said.splitlines() if line.strip()]


def _cause(told: Told) -> Part:
    kind = SupervisionKind(told.matter.subkind)
    source = told.matter.supervision.source
    came = f"根据{source}" if source else f"根据{kind.label}督办工作安排"
    about = f"（涉及 {told.about}）" if told.about else ""
    return Part(f"{came}，现就“{told.title}”{about}有关事项（督办件 {told.matter.number}）通知如下。")


def _reminder(told: Told) -> tuple[str, str, list[Part]]:
    due = f"请于{told.due}前反馈办理情况。" if told.due else "请尽快反馈办理情况。"
    return "督办提醒单", told.unit, [_cause(told), *_paragraphs(told.said), Part(due)]


def _notice(told: Told) -> tuple[str, str, list[Part]]:
    limit = f"请于{told.due}前办结，并由单位负责人审核后反馈。" if told.due else "请尽快办结，由单位负责人审核后反馈。"
    body = [
        _cause(told),
        Part("一、督办事项", heading=True),
        Part(f"{told.title}。"),
        Part("二、督办要求", heading=True),
        *_paragraphs(told.said),
        Part("三、反馈时限", heading=True),
        Part(f"{limit}逾期未反馈或办理不力的，将予以约谈、通报，直至移交问责。"),
    ]
    return "督办通知", told.unit, body


def _talk(told: Told) -> tuple[str, str, list[Part]]:
    at = told.document.talk_at
    body = [
        Part(f"因“{told.title}”（督办件 {told.matter.number}）办理不力，经研究，决定对你单位负责人进行约谈。"),
        Part("一、约谈事由", heading=True),
        *_paragraphs(told.said),
        Part("二、约谈时间和地点", heading=True),
        Part(f"时间：{spelled(at) if at else '另行通知'}。"),
        Part(f"地点：{told.document.talk_place}。"),
        Part("三、有关要求", heading=True),
        Part("请单位主要负责人准时参加，带齐办理情况和整改措施的书面材料，不得委托他人。"),
    ]
    return "约谈通知", told.unit, body


def _bulletin(told: Told) -> tuple[str, str, list[Part]]:
    body = [
        Part(f"现将{told.unit}办理“{told.title}”（督办件 {told.matter.number}）的有关情况通报如下。"),
        *_paragraphs(told.said),
        Part(
            f"请{told.unit}立即整改，并将整改情况报{told.head.issuer}。各单位要引以为戒，举一反三，按时办好群众诉求。"
        ),
    ]
    return f"关于{told.title}\n办理情况的通报", told.document.to or told.head.everybody, body


def _handover(told: Told) -> tuple[str, str, list[Part]]:
    body = [
        Part(
            f"{told.unit}办理“{told.title}”（督办件 {told.matter.number}）不力，经督办仍未办到位，"
            "现将有关情况移交你单位，请依规依纪处理。"
        ),
        *_paragraphs(told.said),
        Part("处理结果请函告我单位。"),
    ]
    return f"关于移交{told.unit}\n有关问责线索的函", told.document.to or told.head.accountability, body


_PAPERS: dict[Rung, Callable[[Told], tuple[str, str, list[Part]]]] = {
    Rung.REMINDER: _reminder,
    Rung.NOTICE: _notice,
    Rung.TALK: _talk,
    Rung.BULLETIN: _bulletin,
    Rung.HANDOVER: _handover,
}

NAMES = {
    Rung.REMINDER: "督办提醒单",
    Rung.NOTICE: "督办通知",
    Rung.TALK: "约谈通知",
    Rung.BULLETIN: "通报",
    Rung.HANDOVER: "移交函",
}
