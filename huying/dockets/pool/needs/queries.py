"""Needs as pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from huying.cases.searching import looks_like_number
from huying.dockets.models import Need
from huying.dockets.pool.matching import services
from huying.dockets.pool.needs.flow import NEEDS, RAISED
from huying.dockets.pool.needs.steps import kind_words
from huying.dockets.queries import title_of
from huying.kernel.errors import Missing
from huying.kernel.search import Matches
from huying.matters.detail import TONES
from huying.matters.engine import UNKNOWN
from huying.matters.models import Matter, Words
from huying.matters.queries import Remaining, most_pressing
from huying.matters.scopes import helps
from huying.matters.timeline import Names
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.places.tree import place_tree
from huying.ui.components import Tone


def needs_for(actor: Actor) -> QuerySet[Matter]:
    """Every need this actor may see. All lists, counts and doors of needs start here."""
    return Matter.objects.visible_to(actor).filter(district=settings.DISTRICT_CODE, kind=NEEDS.kind)


def need_door(actor: Actor, number: str) -> Matter:
    """The need behind a number.

    Raises:
        Missing
    """
    rows = needs_for(actor).filter(number=number)
    matter = rows.select_related(
        "need__service", "need__offer__provider", "need__origin", "holder_user", "raised_by"
    ).first()
    if matter is None:
        raise Missing(UNKNOWN)
    return matter


def search(rows: QuerySet[Matter], typed: str) -> QuerySet[Matter]:
    """By number, or by words of the title and of what is needed."""
    if number := looks_like_number(typed):
        return rows.filter(number__startswith=number)
    said = Words.objects.filter(Matches("document", typed), document__isnull=False)
    return rows.filter(pk__in=said.values("matter_id"))


def names_for(matter: Matter, actor: Actor) -> Names:
    """Words for the codes in the lines of a need."""
    tree, offer = place_tree(), matter.need.offer

    def community(code: str) -> str:
        family = tree.family(code)
        return family.name if family else code

    return {
        "service": lambda key: services()[key].name if key in services() else key,
        "community": community,
        "offer": lambda key: f"{offer.title}（{offer.provider.name}）" if offer and offer.number == key else key,
        "provider_kind": kind_words,
        "origin": lambda number: number,
    }


@dataclass(frozen=True, slots=True)
class NeedRow:
    """A line of the list of needs."""

    matter: Matter
    need: Need
    title: str
    state: str
    tone: Tone
    service: str
    place: str
    raiser: str
    taker: str
    wanted: str
    remaining: Remaining | None


def rows_of(matters: Sequence[Matter], actor: Actor, now: datetime) -> list[NeedRow]:
    """One query, however many; `need__offer__provider` must have been read."""
    pressing = most_pressing(matters, NEEDS, now)
    return [_row(matter, actor, pressing.get(matter.pk)) for matter in matters]


def _row(matter: Matter, actor: Actor, remaining: Remaining | None) -> NeedRow:
    state, need, book = NEEDS.state[matter.state], matter.need, directory()
    service = services().get(matter.subkind)
    return NeedRow(
        matter=matter,
        need=need,
        title=title_of(matter, actor),
        state=state.label,
        tone=TONES[state.tone],
        service=service.name if service else matter.subkind,
        place=place_tree().name_of(matter.community_id),
        raiser=book.name_of(matter.first_holder_id),
        taker=need.offer.provider.name if need.offer else "",
        wanted=span_words(need.wanted_from, need.wanted_until),
        remaining=remaining if matter.is_open else None,
    )


def span_words(starts: datetime, ends: datetime) -> str:
    """11月23日 9:00 至 11月25日 18:00."""
    one, other = timezone.localtime(starts), timezone.localtime(ends)
    last = f"{other:%-H:%M}" if one.date() == other.date() else f"{other:%-m月%-d日 %-H:%M}"
    return f"{one:%-m月%-d日 %-H:%M} 至 {last}"


# --- whose turn it is ------------------------------------------------------------------------------------------------


def raised_here(actor: Actor) -> Q:
    """Those that this actor arranges and judges."""
    if actor.scope == "all":
        return Q()
    mine = Q(first_holder_id=actor.organisation_id or 0)
    return mine | Q(street_id=actor.place_id) if actor.scope == "street" and actor.place_id else mine


def my_turn(actor: Actor) -> Q:
    """What is in the hands of this actor's organisation: to take on, to do, to match, to confirm."""
    return Q(closed_at=None, holder_id=actor.organisation_id or 0)


def claimable(actor: Actor) -> Q:
    """What this actor's organisation may take on by itself."""
    return Q(closed_at=None, state=RAISED) & helps(actor.organisation_id or 0)
