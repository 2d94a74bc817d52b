"""Call-outs and responses as pages read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from huying.callouts.enums import Level, Raised
from huying.callouts.flow import CALLOUTS
from huying.callouts.models import CausingMatter, Response
from huying.callouts.responses import RESPONSES
from huying.callouts.states import CANCELLED, DECLINED, RELEASED, WAITING
from huying.dockets.queries import concealing, title_of
from huying.kernel import handover
from huying.kernel.errors import Missing
from huying.matters.detail import TONES, asked_along
from huying.matters.engine import UNKNOWN
from huying.matters.flow import Flow
from huying.matters.models import LedgerLine, Matter, Words
from huying.matters.queries import Remaining, most_pressing
from huying.matters.timeline import Names, Story, story_of
from huying.people.actors import Actor
from huying.people.directory import Listed, directory
from huying.places.tree import place_tree
from huying.ui.components import Tone

__all__ = ["callout_door", "callouts_for", "concealing", "response_door", "responses_for", "title_of"]

OUT_OF_IT = (RELEASED, CANCELLED)  # who is not expected any more


def callouts_for(actor: Actor) -> QuerySet[Matter]:
    """Every call-out this actor may see. All lists, counts and doors of call-outs start here."""
    return Matter.objects.visible_to(actor).filter(district=settings.DISTRICT_CODE, kind=CALLOUTS.kind)


def responses_for(actor: Actor) -> QuerySet[Matter]:
    """The same of the responses to them."""
    return Matter.objects.visible_to(actor).filter(district=settings.DISTRICT_CODE, kind=RESPONSES.kind)


def callout_door(actor: Actor, number: str) -> Matter:
    """The call-out behind a number, if this actor may see it; otherwise it sounds as if there were none.

    Raises:
        Missing
    """
    links = CausingMatter.objects.standing().filter(callout=OuterRef("pk"))
    rows = callouts_for(actor).filter(number=number).annotate(linked=Exists(links), **asked_along())
    matter = rows.select_related("callout", "holder_user").first()
    if matter is None:
        raise Missing(UNKNOWN)
    return matter


def response_door(actor: Actor, number: str) -> Matter:
    """The response behind a number.

    Raises:
        Missing
    """
    rows = responses_for(actor).filter(number=number).annotate(**asked_along())
    matter = rows.select_related("response__callout__matter", "holder_user").first()
    if matter is None:
        raise Missing(UNKNOWN)
    return matter


CALLED_BY = ("draft", "revise", "take_over", "be_called")  # steps whose words say what for


def said_when_called(matters: Sequence[int], actor: Actor) -> dict[tuple[int, str], str]:
    """`(matter, field)` → what was written when it was called, or revised since: of a response what is wanted of that
    unit alone, where it was called later. One query."""
    conceal = concealing(actor) or str
    calling = LedgerLine.objects.filter(matter=OuterRef("matter"), seq=OuterRef("seq"), step__in=CALLED_BY)
    rows = Words.objects.filter(Exists(calling), matter__in=matters, field__in=("text", "wanted"), erased_at=None)
    return {(row.matter_id, row.field): conceal(row.text) for row in rows.order_by("seq") if row.text}


# --- words -----------------------------------------------------------------------------------------------------------


def unit_words(code: str) -> str:
    listed = directory().by_code.get(code)
    return listed.label if listed else code


def names_for(seen: Collection[str]) -> Names:
    """Words for the codes in the lines of a call-out or a response. `seen`: numbers that the reader may read."""
    silent = dict.fromkeys(("lon", "lat"), lambda degrees: "")  # the point is shown on the map
    units = dict.fromkeys(("units", "called", "unit", "suggested", "instead"), unit_words)
    return {
        **silent,
        **units,
        "numbers": lambda number: number if number in seen else "",
        "callout": lambda number: number,
        "target": handover.name_of,
    }


def told(matter: Matter, flow: Flow, actor: Actor, seen: Collection[str] = ()) -> Story:
    names = names_for(seen)
    return story_of(matter, flow, names, conceal=concealing(actor), with_files=not actor.role.deidentified)


def whose_turn(matter: Matter, flow: Flow) -> str:
    """Who has it in hand, and what for."""
    state = flow.state[matter.state]
    if state.final:
        return f"{state.label}，没有待办"
    holder = directory().name_of(matter.holder_id)
    person = f"（{matter.holder_user.display_name}）" if matter.holder_user else ""
    return f"{holder}{person}，{state.label}"


def place_words(matter: Matter) -> str:
    """Street, community and grid."""
    tree = place_tree()
    return " ".join(
        filter(None, (tree.name_of(key) for key in (matter.street_id, matter.community_id, matter.grid_id)))
    )


def purpose_words(matter: Matter) -> str:
    return dict(CALLOUTS.subkinds).get(matter.subkind, "")


def url_of(matter: Matter) -> str:
    return reverse("callouts:detail" if matter.kind == CALLOUTS.kind else "callouts:response", args=[matter.number])


@dataclass(frozen=True, slots=True)
class Called:
    """A body as somebody who wants to reach it needs it: its duty phone is dialled with one press."""

    name: str
    phone: str
    dialled: str

    @classmethod
    def of(cls, listed: Listed | None) -> Called:
        return cls(listed.label, listed.duty_phone, listed.dialled) if listed else cls("", "", "")


# --- lists -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list of call-outs."""

    matter: Matter
    title: str
    state: str
    tone: Tone
    purpose: str
    level: str
    raised: str
    caller: str
    called: Sequence[str]
    answered: int  # of those that are still expected
    expected: int
    remaining: Remaining | None
    url: str
    place: str


@dataclass(frozen=True, slots=True)
class ResponseRow:
    """A line of a list of responses."""

    matter: Matter
    title: str
    state: str
    tone: Tone
    purpose: str
    unit: Called
    caller: Called
    callout: str
    presses: int
    remaining: Remaining | None
    url: str
    place: str


def callout_rows(matters: Sequence[Matter], actor: Actor, now: datetime) -> list[Row]:
    """Two queries, however many; `matters` come with `callout`."""
    pressing = most_pressing(matters, CALLOUTS, now)
    states = states_of([matter.pk for matter in matters])
    return [
        _callout_row(matter, actor, pressing.get(matter.pk), states.get(matter.pk, Counter())) for matter in matters
    ]


def states_of(callouts: Sequence[int]) -> dict[int, Counter[str]]:
    """In which states the responses to each call-out are; one query."""
    found: dict[int, Counter[str]] = {}
    rows = Response.objects.filter(callout__in=callouts).values_list("callout_id", "matter__state")
    for callout, state in rows:
        found.setdefault(callout, Counter())[state] += 1
    return found


def _callout_row(matter: Matter, actor: Actor, remaining: Remaining | None, states: Mapping[str, int]) -> Row:
    state, book, row = CALLOUTS.state[matter.state], directory(), matter.callout
    expected = sum(n for key, n in states.items() if key not in OUT_OF_IT)
    quiet = sum(n for key, n in states.items() if key in (WAITING, DECLINED))
    return Row(
        matter=matter,
        title=title_of(matter, actor),
        state=state.label,
        tone=TONES[state.tone],
        purpose=purpose_words(matter),
        level=Level(row.level).label,
        raised=Raised(row.raised).label if row.raised else "",
        caller=book.name_of(matter.lead_id),
        called=[name for unit in row.called if (name := book.name_of(unit))],
        answered=expected - quiet,
        expected=expected,
        remaining=remaining if matter.is_open else None,
        url=url_of(matter),
        place=place_words(matter),
    )


def response_rows(matters: Sequence[Matter], actor: Actor, now: datetime) -> list[ResponseRow]:
    """One query, however many; `matters` come with `response__callout__matter`."""
    pressing = most_pressing(matters, RESPONSES, now)
    return [_response_row(matter, actor, pressing.get(matter.pk)) for matter in matters]


def _response_row(matter: Matter, actor: Actor, remaining: Remaining | None) -> ResponseRow:
    state, book, row = RESPONSES.state[matter.state], directory(), matter.response
    above = row.callout.matter
    return ResponseRow(
        matter=matter,
        title=title_of(matter, actor),
        state=state.label,
        tone=TONES[state.tone],
        purpose=purpose_words(matter),
        unit=Called.of(book.by_id.get(matter.lead_id or 0)),
        caller=Called.of(book.by_id.get(above.lead_id or 0)),
        callout=above.number,
        presses=row.presses,
        remaining=remaining if matter.is_open else None,
        url=url_of(matter),
        place=place_words(matter),
    )
