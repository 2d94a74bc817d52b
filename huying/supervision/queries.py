"""Supervisions and instructions as pages show them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from huying.cases.searching import sees_plain_words
from huying.kernel.errors import Missing
from huying.kernel.privacy import mask_text
from huying.matters.detail import TONES, Mark, asked_along, clock_lines, pressing
from huying.matters.engine import UNKNOWN
from huying.matters.enums import Warning
from huying.matters.flow import Flow, flows
from huying.matters.messages import urls
from huying.matters.models import Matter
from huying.matters.queries import Remaining, most_pressing
from huying.matters.timeline import Story, story_of
from huying.people.actors import Actor
from huying.people.directory import Listed, directory
from huying.supervision.documents.letterhead import printed_number
from huying.supervision.enums import Colour, InstructionKind, Rung, SupervisionKind
from huying.supervision.flow import AT_THE_UNIT, INSTRUCTIONS, SUPERVISIONS
from huying.supervision.models import OfficialDocument, SupervisedMatter
from huying.supervision.queues import instructions_for, supervisions_for
from huying.ui.components import Fact, Tone

COLOURS: dict[str, Tone] = {Colour.BLUE: "blue", Colour.YELLOW: "yellow", Colour.RED: "red"}


def _unit(code: str) -> str:
    listed = directory().by_code.get(code)
    return listed.label if listed else code


NAMES: Mapping[str, Callable[[str], str]] = {"lead": _unit, "leads": _unit}


# --- rows ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list."""

    number: str
    url: str
    title: str
    kind: str
    state: str
    tone: Tone
    unit: str
    opened_at: datetime
    closed_at: datetime | None
    remaining: Remaining | None
    marks: Sequence[Mark]
    own: bool
    due_at: datetime | None
    late: bool


def listed(rows: QuerySet[Matter]) -> QuerySet[Matter]:
    """With what a row needs beside the matter."""
    return rows.select_related("supervision")


def rows_of(matters: Sequence[Matter], actor: Actor, now: datetime) -> list[Row]:
    """One query, however many."""
    remaining = most_pressing(matters, SUPERVISIONS, now)
    return [_row(matter, remaining.get(matter.pk), actor, now) for matter in matters]


def brief_rows(matters: Sequence[Matter], actor: Actor, now: datetime) -> list[Row]:
    """The same without a query: when it is due, and not how long that is in working time."""
    return [_row(matter, None, actor, now) for matter in matters]


def _row(matter: Matter, remaining: Remaining | None, actor: Actor, now: datetime) -> Row:
    state = SUPERVISIONS.state[matter.state]
    return Row(
        number=matter.number,
        url=reverse("supervision:detail", args=[matter.number]),
        title=title_of(matter, actor),
        kind=SupervisionKind(matter.subkind).label,
        state=state.label,
        tone=TONES[state.tone],
        unit=directory().name_of(matter.lead_id),
        opened_at=matter.opened_at,
        closed_at=matter.closed_at,
        remaining=remaining,
        marks=marks_of(matter),
        own=actor.organisation_id is not None and matter.holder_id == actor.organisation_id,
        due_at=matter.next_due_at,
        late=matter.is_open and matter.next_due_at is not None and matter.next_due_at < now,
    )


def marks_of(matter: Matter) -> list[Mark]:
    row = matter.supervision
    marks = [Mark(Colour(row.colour).label, COLOURS[row.colour])]
    if row.rung > Rung.NOTICE:
        marks.append(Mark(Rung(row.rung).label, "red"))
    if row.draft is not None:
        marks.append(Mark(f"{Rung(row.draft).label}待签发", "purple"))
    if matter.rework_count:
        marks.append(Mark(f"退回 {matter.rework_count} 次", "orange"))
    return marks


def title_of(matter: Matter, actor: Actor) -> str:
    return matter.title if sees_plain_words(actor) else mask_text(matter.title)


def conceal(actor: Actor) -> Callable[[str], str] | None:
    return None if sees_plain_words(actor) else mask_text


# --- one of them -----------------------------------------------------------------------------------------------------


def door(actor: Actor, number: str) -> Matter:
    """The supervision behind a number, if this actor may see it; otherwise it sounds as if there were none.

    Raises:
        Missing
    """
    rows = supervisions_for(actor).select_related("supervision__instruction__matter", "holder_user")
    matter = rows.filter(number=number).annotate(**asked_along()).first()
    if matter is None:
        raise Missing(UNKNOWN)
    return matter


def instruction_door(actor: Actor, number: str) -> Matter:
    """The same of an instruction."""
    rows = instructions_for(actor).filter(number=number).select_related("instruction")
    matter = rows.annotate(**asked_along()).first()
    if matter is None:
        raise Missing(UNKNOWN)
    return matter


def told(matter: Matter, actor: Actor) -> Story:
    return story_of(matter, flows[matter.kind], NAMES, conceal=conceal(actor), with_files=not actor.role.deidentified)


def summary(matter: Matter, actor: Actor, story: Story, now: datetime) -> dict[str, object]:
    """What every page about one of them shows."""
    flow = flows[matter.kind]
    state, clocks = flow.state[matter.state], clock_lines(matter, flow, now)
    return {
        "matter": matter,
        "title": title_of(matter, actor),
        "state": state,
        "tone": TONES[state.tone],
        "marks": marks_of(matter) if flow is SUPERVISIONS else instruction_marks(matter),
        "turn": whose_turn(matter, flow),
        "story": story,
        "clocks": [clock for clock in clocks if clock.remaining],
        "ended_clocks": [clock for clock in clocks if not clock.remaining],
        "pressing": pressing(clocks),
    }


def instruction_marks(matter: Matter) -> list[Mark]:
    marks = [Mark(InstructionKind(matter.subkind).label, "purple")]
    if matter.rework_count:
        marks.append(Mark(f"再次批示 {matter.rework_count} 次", "orange"))
    return marks


def whose_turn(matter: Matter, flow: Flow) -> str:
    """Who has it in hand, and what for."""
    state = flow.state[matter.state]
    if state.final:
        return f"{state.label}，没有待办"
    if flow is INSTRUCTIONS and matter.state == "tasked":
        return "各承办单位，正在办理各自的任务"
    person = f"（{matter.holder_user.display_name}）" if matter.holder_user_id and matter.holder_user else ""
    return f"{directory().name_of(matter.holder_id)}{person}，{state.label}"


def main_facts(matter: Matter) -> list[Fact]:
    row = matter.supervision
    facts = [
        Fact("督办类别", SupervisionKind(matter.subkind).label),
        Fact("来源", row.source),
        Fact("被督办单位", directory().name_of(matter.lead_id)),
        Fact("经办人", row.officer),
        Fact("督办层级", Rung(row.rung).label),
        Fact("颜色", Colour(row.colour).label),
        Fact("退回次数", f"{matter.rework_count} 次" if matter.rework_count else ""),
    ]
    return [fact for fact in facts if fact.value]


@dataclass(frozen=True, slots=True)
class AboutLine:
    """A matter that is supervised. Without an address: this reader may not see it."""

    number: str
    title: str = ""
    url: str = ""
    state: str = ""
    tone: Tone = "grey"
    turn: str = ""


def about(matter: Matter, actor: Actor) -> list[AboutLine]:
    """What the supervision is about, two queries."""
    numbers = dict(
        SupervisedMatter.objects.filter(supervision=matter.pk).order_by("pk").values_list("matter_id", "matter__number")
    )
    seen = Matter.objects.visible_to(actor).in_bulk(list(numbers)) if numbers else {}
    return [_about(seen[pk], actor) if pk in seen else AboutLine(number) for pk, number in numbers.items()]


def about_numbers(numbers: Sequence[str], actor: Actor) -> list[AboutLine]:
    """The same of numbers; one query, none without any."""
    seen = {m.number: m for m in Matter.objects.visible_to(actor).filter(number__in=numbers)} if numbers else {}
    return [_about(seen[number], actor) if number in seen else AboutLine(number) for number in numbers]


def _about(matter: Matter, actor: Actor) -> AboutLine:
    link, state = urls.get(matter.kind), flows[matter.kind].state[matter.state]
    holder = directory().name_of(matter.holder_id if matter.is_open else matter.lead_id)
    title = mask_text(matter.title) if matter.confidential else title_of(matter, actor)
    return AboutLine(matter.number, title, link(matter) if link else "", state.label, TONES[state.tone], holder)


@dataclass(frozen=True, slots=True)
class RungLine:
    """A step of the ladder with its document."""

    label: str
    at: datetime
    state: str  # 文号, 待签发, 不予签发
    tone: Tone
    url: str = ""


def ladder_of(matter: Matter) -> list[RungLine]:
    rows = OfficialDocument.objects.filter(supervision=matter.pk).order_by("seq")
    return [_rung_line(row, matter.number) for row in rows]


def _rung_line(row: OfficialDocument, number: str) -> RungLine:
    url = reverse("supervision:document", args=[number, row.pk])
    label = Rung(row.rung).label
    if row.declined_at is not None:
        return RungLine(label, row.declined_at, "没有签发", "grey")
    if row.issued_at is None or row.year is None or row.serial is None:
        return RungLine(label, row.drafted_at, "待签发", "purple", url)
    return RungLine(label, row.issued_at, printed_number(row.year, row.serial), "teal", url)


# --- the board -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Owing:
    """What one unit owes; all but `unit` are numbers, in the order of `BOARD`."""

    unit: Listed
    numbers: Sequence[int]


# Heading, what is counted among the open ones, and the filters that open to the same rows.
_UNIT = Q(state__in=AT_THE_UNIT)
_LATE = 2  # of the columns: by it the lines are put in order
BOARD: tuple[tuple[str, Callable[[datetime], Q], Mapping[str, str]], ...] = (
    ("在办", lambda now: Q(), {}),
    ("在单位手上", lambda now: _UNIT, {"side": "unit"}),
    ("单位超时", lambda now: _UNIT & Q(next_due_at__lt=now), {"side": "unit", "due": "late"}),
    (
        "单位黄牌",
        lambda now: _UNIT & Q(warning=Warning.YELLOW) & ~Q(next_due_at__lt=now),
        {"side": "unit", "due": "yellow"},
    ),
    ("在区中心手上", lambda now: Q(state__in=("reported", "unassigned")), {"side": "centre"}),
    ("蓝色", lambda now: Q(supervision__colour=Colour.BLUE), {"colour": "blue"}),
    ("黄色", lambda now: Q(supervision__colour=Colour.YELLOW), {"colour": "yellow"}),
    ("红色", lambda now: Q(supervision__colour=Colour.RED), {"colour": "red"}),
    ("退回再办", lambda now: Q(rework_count__gt=0), {"returned": "on"}),
)


def owing(actor: Actor, now: datetime) -> list[Owing]:
    """Who owes what, whoever is late most first. One query."""
    figures = {f"n{i}": Count("pk", filter=condition(now) or None) for i, (_, condition, _) in enumerate(BOARD)}
    rows = supervisions_for(actor).filter(closed_at=None).order_by().values_list("lead_id").annotate(**figures)
    book = directory()
    found = [Owing(unit, numbers) for lead, *numbers in rows if (unit := book.by_id.get(lead or 0)) is not None]
    return sorted(found, key=lambda line: (-line.numbers[_LATE], -line.numbers[0], line.unit.code))
