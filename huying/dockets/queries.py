"""Dockets and their work as pages show them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Coalesce
from django.utils import timezone

from huying.cases.queries import title_of as title_of_case
from huying.cases.searching import looks_like_number, sees_plain_words
from huying.dockets import options
from huying.dockets.enums import DocketKind
from huying.dockets.flow import DOCKETS
from huying.dockets.models import Decision, DocketMatter, Invitation, Meeting
from huying.dockets.work import WORK
from huying.kernel.errors import Missing
from huying.kernel.privacy import mask_text
from huying.kernel.search import Matches
from huying.matters.detail import TONES
from huying.matters.engine import UNKNOWN
from huying.matters.flow import Flow, flows
from huying.matters.messages import urls
from huying.matters.models import Matter, Words
from huying.matters.queries import Remaining, most_pressing
from huying.matters.timeline import Names, Story, story_of
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.ui.components import Fact, Tone

MATTERS_SHOWN, FIRST_SHOWN = 30, 8  # on the page of a docket, and of these unfolded; all have a page of their own


# --- doors -----------------------------------------------------------------------------------------------------------


def dockets_for(actor: Actor) -> QuerySet[Matter]:
    """Every docket this actor may see. All lists, counts and doors of dockets start here."""
    return Matter.objects.visible_to(actor).filter(district=settings.DISTRICT_CODE, kind=DOCKETS.kind)


def work_for(actor: Actor) -> QuerySet[Matter]:
    """The same of the work that dockets have given out."""
    return Matter.objects.visible_to(actor).filter(district=settings.DISTRICT_CODE, kind=WORK.kind)


def docket_door(actor: Actor, number: str) -> Matter:
    """The docket behind a number, if this actor may see it; otherwise it sounds as if there were none.

    Raises:
        Missing
    """
    rows = dockets_for(actor).filter(number=number)
    matter = rows.select_related("docket__leader", "docket__meeting", "holder_user").first()
    if matter is None:
        raise Missing(UNKNOWN)
    return matter


def work_door(actor: Actor, number: str) -> Matter:
    """The work behind a number.

    Raises:
        Missing
    """
    rows = work_for(actor).filter(number=number)
    matter = rows.select_related("decision__docket__matter", "decision__meeting", "holder_user").first()
    if matter is None:
        raise Missing(UNKNOWN)
    return matter


# --- words -----------------------------------------------------------------------------------------------------------


def concealing(actor: Actor) -> Callable[[str], str] | None:
    """What free text passes through before this actor reads it; None: it is read as it is."""
    return None if sees_plain_words(actor) else mask_text


def title_of(matter: Matter, actor: Actor) -> str:
    """The title of a matter of any kind, as this actor may read it."""
    if matter.kind == "case":
        return title_of_case(matter, actor)
    return matter.title if sees_plain_words(actor) else mask_text(matter.title)


def url_of(matter: Matter) -> str:
    link = urls.get(matter.kind)
    return link(matter) if link else ""


def _unit(code: str) -> str:
    listed = directory().by_code.get(code)
    return listed.label if listed else code


def names_for(docket: Matter, seen: Mapping[str, Matter]) -> Names:
    """Words for the codes in the lines of a docket. Matters that the reader may not see stay nameless. Two queries."""
    meetings = {str(one.pk): meeting_name(one) for one in Meeting.objects.filter(docket=docket.pk)}
    leaders = options.leader_names()
    return {
        "lead": _unit,
        "members": _unit,
        "invited": _unit,
        "attended": _unit,
        "owner": _unit,
        "leader": lambda key: leaders.get(key, ""),
        "meeting": lambda key: meetings.get(key, ""),
        "numbers": lambda number: number if number in seen else "",
    }


def names_for_work(work: Matter) -> Names:
    meeting = work.decision.meeting
    return {
        "owner": _unit,
        "docket": lambda number: number,
        "meeting": lambda key: meeting_name(meeting) if meeting else "",
    }


def meeting_name(meeting: Meeting) -> str:
    return f"{timezone.localtime(meeting.at).strftime('%-m月%-d日')}联席会议"


def told(matter: Matter, flow: Flow, actor: Actor, names: Names) -> Story:
    return story_of(matter, flow, names, conceal=concealing(actor), with_files=not actor.role.deidentified)


def whose_turn(matter: Matter, flow: Flow) -> str:
    """Who has it in hand, and what for."""
    state = flow.state[matter.state]
    if state.final:
        return f"{state.label}，没有待办"
    holder = directory().name_of(matter.holder_id)
    person = f"（{matter.holder_user.display_name}）" if matter.holder_user else ""
    return f"{holder}{person}，{state.label}"


def docket_facts(matter: Matter) -> list[Fact]:
    book, docket = directory(), matter.docket
    members = "、".join(filter(None, map(book.name_of, matter.co_handlers)))
    opened = matter.lead_id is not None
    facts = [
        Fact("议题类型", DocketKind(matter.subkind).label if matter.subkind else ""),
        Fact("牵头单位", book.name_of(matter.lead_id) or "立项时确定"),
        Fact("包案领导", docket.leader.display_name if docket.leader else ""),
        Fact("成员单位", members or ("没有" if opened else "")),
        Fact("经办人", docket.officer),
        Fact("办结时限", f"{docket.days} 个工作日" if docket.days else ""),
        Fact("提出时间", timezone.localtime(matter.opened_at).strftime("%Y年%-m月%-d日 %H:%M")),
    ]
    return [fact for fact in facts if fact.value]


# --- lists -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list of dockets or of work."""

    matter: Matter
    title: str
    state: str
    tone: Tone
    kind: str
    lead: str
    holder: str
    remaining: Remaining | None
    url: str


def with_counts(rows: QuerySet[Matter]) -> QuerySet[Matter]:
    """With how many matters stand in each docket, and how much of its work is open."""
    links = DocketMatter.objects.standing().filter(docket=OuterRef("pk")).order_by().values("docket")
    open_work = Decision.objects.filter(docket=OuterRef("pk"), matter__closed_at=None).order_by().values("docket")

    def counted(part: QuerySet[DocketMatter, dict[str, object]] | QuerySet[Decision, dict[str, object]]) -> Coalesce:
        n = part.annotate(n=Count("pk")).values("n")
        return Coalesce(Subquery(n, output_field=IntegerField()), 0)

    return rows.annotate(matters=counted(links), open_work=counted(open_work))  # type: ignore[arg-type]


def rows_of(matters: Sequence[Matter], flow: Flow, actor: Actor, now: datetime) -> list[Row]:
    """One query, however many."""
    pressing = most_pressing(matters, flow, now)
    return [_row(matter, flow, pressing.get(matter.pk), actor) for matter in matters]


def _row(matter: Matter, flow: Flow, remaining: Remaining | None, actor: Actor) -> Row:
    state, book = flow.state[matter.state], directory()
    return Row(
        matter=matter,
        title=title_of(matter, actor),
        state=state.label,
        tone=TONES[state.tone],
        kind=dict(flow.subkinds).get(matter.subkind, ""),
        lead=book.name_of(matter.lead_id),
        holder=book.name_of(matter.holder_id),
        remaining=remaining if matter.is_open else None,
        url=url_of(matter),
    )


def search(rows: QuerySet[Matter], typed: str) -> QuerySet[Matter]:
    """By number, or by words of the title and of what it is about."""
    if number := looks_like_number(typed):
        return rows.filter(number__startswith=number)
    said = Words.objects.filter(Matches("document", typed), document__isnull=False)
    return rows.filter(pk__in=said.values("matter_id"))


# --- the matters of a docket -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gathered:
    """The matters of a docket: those the reader may see, and how many there are besides. `states`: how the seen ones
    stand, label → how many. `known`: everything seen that ever stood in it, by number."""

    rows: Sequence[Row]
    total: int
    hidden: int
    states: Sequence[tuple[str, Tone, int]]
    known: Mapping[str, Matter]

    @property
    def seen(self) -> int:
        return self.total - self.hidden


def gathered(docket: Matter, actor: Actor, now: datetime, most: int = MATTERS_SHOWN) -> Gathered:
    """Four queries at most, however many there are."""
    links = list(DocketMatter.objects.filter(docket=docket.pk).values_list("matter_id", "removed_at"))
    standing = {matter_id for matter_id, removed_at in links if removed_at is None}
    ever = Matter.objects.visible_to(actor).filter(pk__in={matter_id for matter_id, _ in links}).order_by("-pk")
    known = list(ever)
    here = [matter for matter in known if matter.pk in standing]
    here.sort(key=lambda m: (not m.is_open, m.next_due_at or datetime.max.replace(tzinfo=m.opened_at.tzinfo)))
    counted: dict[tuple[str, str], int] = {}
    for matter in here:
        counted[matter.kind, matter.state] = counted.get((matter.kind, matter.state), 0) + 1
    states = [(flows[kind].state[key], n) for (kind, key), n in counted.items()]
    return Gathered(
        rows=rows_of_any(here[:most], actor, now),
        total=len(standing),
        hidden=len(standing) - len(here),
        states=[(state.label, TONES[state.tone], n) for state, n in sorted(states, key=lambda pair: -pair[1])],
        known={matter.number: matter for matter in known},
    )


def rows_of_any(matters: Sequence[Matter], actor: Actor, now: datetime) -> list[Row]:
    """Of several kinds, in their order: one query for each kind."""
    rows: dict[int, Row] = {}
    for kind in dict.fromkeys(matter.kind for matter in matters):
        rows |= {row.matter.pk: row for row in rows_of([m for m in matters if m.kind == kind], flows[kind], actor, now)}
    return [rows[matter.pk] for matter in matters]


# --- meetings and decisions ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """What one body invited has said."""

    unit: str
    words: str
    tone: Tone
    who: str = ""


@dataclass(frozen=True, slots=True)
class WorkLine:
    """A decision on the page of its docket. `url`: where the work stands, for whoever may open it."""

    row: Row
    text: str
    url: str
    meeting_id: int | None


@dataclass(frozen=True, slots=True)
class MeetingLine:
    meeting: Meeting
    name: str
    state: str
    tone: Tone
    agenda: str
    chair: str
    minutes: str
    reason: str
    answers: Sequence[Answer]
    attended: str
    work: Sequence[WorkLine]
    late: bool  # its time has passed and nobody has written down what became of it

    @property
    def held(self) -> bool:
        return self.meeting.held_seq is not None


def work_lines(docket: Matter, actor: Actor, now: datetime) -> list[WorkLine]:
    """Everything this docket has decided. Whoever may see the docket reads it; three queries."""
    said = Words.objects.filter(matter=OuterRef("pk"), seq=1, field="text").values("text")
    rows = (
        Matter.objects.filter(decision__docket=docket.pk)
        .select_related("decision")
        .annotate(said=Subquery(said, output_field=TextField()))
        .order_by("pk")
    )
    matters = list(rows)
    openable = set(work_for(actor).filter(pk__in=[m.pk for m in matters]).values_list("pk", flat=True))
    conceal = concealing(actor)
    found = []
    for row in rows_of(matters, WORK, actor, now):
        text = str(getattr(row.matter, "said", "") or row.matter.title)
        url = row.url if row.matter.pk in openable else ""
        found.append(WorkLine(row, conceal(text) if conceal else text, url, row.matter.decision.meeting_id))
    return found


def meeting_lines(docket: Matter, story: Story, work: Sequence[WorkLine], now: datetime) -> list[MeetingLine]:
    """The newest first; two queries."""
    meetings = list(Meeting.objects.filter(docket=docket.pk).order_by("-pk"))
    asked: dict[int, list[Invitation]] = {}
    for one in Invitation.objects.filter(meeting__docket=docket.pk).order_by("pk"):
        asked.setdefault(one.meeting_id, []).append(one)
    return [_meeting_line(one, asked.get(one.pk, []), story, work, now) for one in meetings]


def _meeting_line(
    meeting: Meeting, asked: Sequence[Invitation], story: Story, work: Sequence[WorkLine], now: datetime
) -> MeetingLine:
    book = directory()
    held = story.said.get(meeting.held_seq or 0, {})
    late = meeting.held_seq is None and meeting.cancelled_at is None and meeting.at < now
    state: tuple[str, Tone] = ("待开", "blue")
    if meeting.held_seq is not None:
        state = ("已开", "grey")
    elif meeting.cancelled_at is not None:
        state = ("已取消", "grey")
    elif late:
        state = ("待登记纪要", "yellow")
    return MeetingLine(
        meeting=meeting,
        name=meeting_name(meeting),
        state=state[0],
        tone=state[1],
        agenda=story.said.get(meeting.planned_seq, {}).get("agenda", ""),
        chair=held.get("chair", ""),
        minutes=held.get("minutes", ""),
        reason=_cancelled_because(meeting, story),
        answers=[_answer(one, story) for one in asked],
        attended="、".join(filter(None, map(book.name_of, meeting.attended))),
        work=[line for line in work if line.meeting_id == meeting.pk],
        late=late,
    )


def _cancelled_because(meeting: Meeting, story: Story) -> str:
    if meeting.cancelled_at is None:
        return ""
    for line in story.lines:
        if line.step == "cancel_meeting" and line.at == meeting.cancelled_at:
            return story.said.get(line.seq, {}).get("reason", "")
    return ""


def _answer(one: Invitation, story: Story) -> Answer:
    unit = directory().name_of(one.organisation_id)
    if one.seq is None:
        return Answer(unit, "还没有回复", "yellow")
    said = story.said.get(one.seq, {})
    if one.attending:
        return Answer(unit, "参加", "green", said.get("who", ""))
    return Answer(unit, "不参加", "grey", said.get("note", ""))


# --- whose turn it is ------------------------------------------------------------------------------------------------


def my_turn(actor: Actor) -> Q:
    """Dockets that wait for this actor: the unit that holds them, the leader in charge, else the centre."""
    if actor.scope != "all":
        return Q(closed_at=None, holder_id=actor.organisation_id)
    people = [key for key in (actor.user_id, actor.on_behalf_of_id) if key is not None]
    waiting = Q()
    if actor.may("dockets.accept"):
        waiting = Q(state="awaiting_acceptance") & (Q(holder_user_id__in=people) | Q(holder_user=None))
    if actor.may("dockets.open"):
        waiting |= Q(state="drafted")
    return (Q(closed_at=None) & waiting) if waiting else Q(pk__in=[])


def led(actor: Actor) -> Q:
    """What this actor's unit leads and has not ended."""
    return Q(closed_at=None, lead_id=actor.organisation_id or 0)


def running(actor: Actor) -> Q:
    return Q(closed_at=None)


def my_work(actor: Actor) -> Q:
    """Work that is in the hands of this actor's unit; for the centre, what is in nobody else's."""
    return Q(closed_at=None, holder_id=actor.organisation_id or 0)


def to_answer(actor: Actor) -> Q:
    """Dockets whose meeting this actor's unit is asked to and has not answered."""
    asked = Invitation.objects.filter(
        meeting__held_seq=None, meeting__cancelled_at=None, organisation=actor.organisation_id or 0, answered_at=None
    )
    return Q(closed_at=None, docket__meeting__in=asked.values("meeting"))
