"""Co-handlers' parts as they stand: which count, whose they are, what pages show of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from django.db.models import Exists, OuterRef, Q

from huying.cases.models import CasePart
from huying.cases.models.parts import PartState
from huying.matters.aspects import Aspect, aspects
from huying.matters.detail import ClockLine, Mark
from huying.matters.models import Matter
from huying.matters.queries import Remaining
from huying.matters.scopes import helps
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.ui.components import Tone

PARTS = "parts"
OPEN = (PartState.ASKED, PartState.WORKING, PartState.REPORTED, PartState.DECLINED)
TO_DO = (PartState.ASKED, PartState.WORKING)
TO_JUDGE = (PartState.REPORTED, PartState.DECLINED)

_TONES: Mapping[str, Tone] = {
    PartState.ASKED: "blue",
    PartState.WORKING: "purple",
    PartState.REPORTED: "teal",
    PartState.DECLINED: "orange",
    PartState.ACCEPTED: "grey",
    PartState.ENDED: "grey",
}

aspects.declare(
    Aspect(key=PARTS, label="协办", meaning="请了别的单位协办，各有要做的事和时限", order=60),
)


def parts_of(matter: Matter) -> Sequence[CasePart]:
    """The newest part of each organisation that was asked, in the order in which they were. One query, asked once for
    each row that has been read, and only where there are any."""
    if PARTS not in matter.aspects:
        return ()
    known = matter.__dict__.get("_parts")
    if known is None:
        known = list(CasePart.objects.filter(case=matter.pk, current=True).order_by("asked_seq", "pk"))
        matter.__dict__["_parts"] = known
    return cast(Sequence[CasePart], known)


def counts(part: CasePart, matter: Matter, round: int) -> bool:
    """Whether something is still expected of it, or of the lead about it."""
    return part.state in OPEN and part.round == round and part.organisation_id in matter.co_handlers


def open_parts(parts: Iterable[CasePart], matter: Matter, round: int, states: Collection[str] = OPEN) -> list[CasePart]:
    return [part for part in parts if part.state in states and counts(part, matter, round)]


def helping(actor: Actor, matter: Matter) -> bool:
    """`whose`: it is a co-handler's turn, whoever has the case in hand."""
    return actor.organisation_id is not None and actor.organisation_id in matter.co_handlers


def leading(actor: Actor, matter: Matter) -> bool:
    """`whose`: who may ask others and judge what they say."""
    if actor.scope == "all":
        return True
    return actor.organisation_id is not None and actor.organisation_id in (matter.holder_id, matter.lead_id)


def joint(actor: Actor) -> Q:
    """Open cases that the actor's organisation helps with and has not finished its part of."""
    own = actor.organisation_id or 0
    finished = CasePart.objects.filter(
        case=OuterRef("pk"), organisation=own, current=True, state__in=(PartState.ACCEPTED, PartState.ENDED)
    )
    return Q(closed_at=None) & helps(own) & ~Q(Exists(finished))


def marks_for(matters: Sequence[Matter], actor: Actor) -> dict[int, Mark]:
    """How far the actor's own part of each is, where it helps. One query, none where it helps with nothing."""
    own = actor.organisation_id
    helped = [matter.pk for matter in matters if own in matter.co_handlers and PARTS in matter.aspects]
    if not helped:
        return {}
    rows = CasePart.objects.filter(case__in=helped, organisation=own, current=True).values_list("case", "state")
    return {pk: Mark(f"协办：{PartState(state).label}", _TONES[state]) for pk, state in rows}


@dataclass(frozen=True, slots=True)
class PartLine:
    """One part as the page of its case shows it. `asked`: the lead's words; `answer`: its own; `judged`: what the lead
    said to that."""

    unit: str
    state: str
    tone: Tone
    own: bool
    open: bool
    officer: str
    remaining: Remaining | None
    ended: str
    asked: str
    answer: str
    judged: str


_ASKED, _ANSWER, _JUDGED = ("task", "co_task"), ("opinion", "reason"), ("note", "reason")


def part_lines(
    matter: Matter,
    round: int,
    actor: Actor,
    said: Mapping[int, Mapping[str, str]],
    clocks: Sequence[ClockLine],
) -> list[PartLine]:
    """`said`: what was written at every line of the case, by its number. Files stand in the timeline."""
    return [
        PartLine(
            unit=directory().name_of(part.organisation_id),
            state=PartState(part.state).label,
            tone=_TONES[part.state],
            own=part.organisation_id == actor.organisation_id,
            open=counts(part, matter, round) and matter.is_open,
            officer=part.officer,
            remaining=next((c.remaining for c in clocks if c.helper == part.organisation_id and c.remaining), None),
            ended=next((c.ended for c in clocks if c.helper == part.organisation_id and not c.remaining), ""),
            asked=_word(said, part.asked_seq, _ASKED),
            answer=_word(said, part.answered_seq, _ANSWER),
            judged=_word(said, part.judged_seq, _JUDGED),
        )
        for part in parts_of(matter)
    ]


def _word(said: Mapping[int, Mapping[str, str]], seq: int | None, names: Sequence[str]) -> str:
    words = said.get(seq or 0, {})
    return next((words[name] for name in names if name in words), "")
