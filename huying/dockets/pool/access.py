"""Whose an offer, a provider or a place is. A street answers for its communities, the centre for the whole district."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from huying.dockets.enums import OfferState
from huying.dockets.models import Offer, Provider
from huying.people.actors import Actor
from huying.people.directory import Listed, directory
from huying.people.enums import OrganisationKind
from huying.places.enums import Level
from huying.places.tree import place_tree

VIEW, OFFER, CONFIRM, NEED, SERVE = "pool.view", "pool.offer", "pool.confirm", "pool.need", "pool.serve"
PROJECT, EXCHANGE, CHECK_IN = "pool.project", "pool.exchange", "pool.check_in"


def own_places(actor: Actor) -> frozenset[int] | None:
    """Streets and communities this actor answers for; None: all of them."""
    if actor.scope == "all":
        return None
    if actor.scope not in ("street", "community") or actor.place_id is None:
        return frozenset()
    return frozenset(
        family.id
        for family in place_tree().by_id.values()
        if family.level in (Level.STREET, Level.COMMUNITY)
        and actor.place_id in (family.id, family.street_id, family.community_id)
    )


def answers_for(actor: Actor, place: int | None) -> bool:
    """Whether this place is the actor's own; the whole district (None) is the centre's."""
    own = own_places(actor)
    return own is None or (place is not None and place in own)


def communities(actor: Actor | None = None) -> list[tuple[str, str]]:
    """Code and name of communities, of those this actor answers for; names that stand twice with their street."""
    own = own_places(actor) if actor is not None else None
    tree = place_tree()
    found = [f for f in tree.by_code.values() if f.level == Level.COMMUNITY and (own is None or f.id in own)]
    return [(f.code, f"{tree.name_of(f.street_id)} / {f.name}") for f in found]


def streets() -> list[tuple[str, str]]:
    return [(str(f.id), f.name) for f in place_tree().by_code.values() if f.level == Level.STREET]


def places_words(places: Collection[int]) -> str:
    """水岸星城社区、徐家棚街道; the whole district for none."""
    tree = place_tree()
    return "、".join(filter(None, (tree.name_of(key) for key in places))) or "全区"


def unit_of(place: int | None) -> Listed | None:
    """The street office or community committee of a place."""
    kinds = (OrganisationKind.STREET, OrganisationKind.COMMUNITY)
    return next(
        (one for one in directory().by_id.values() if one.place_id == place and one.kind in kinds and one.current), None
    )


# --- offers ----------------------------------------------------------------------------------------------------------


def keeps_provider(actor: Actor, provider: Provider) -> bool:
    """Whether this actor registers and changes what this provider offers: its own people; where it has none here, the
    place it is at home in."""
    if not actor.may(OFFER):
        return False
    if provider.organisation_id is not None and provider.organisation_id == actor.organisation_id:
        return True
    if actor.scope == "all":
        return True
    return provider.organisation_id is None and answers_for(actor, provider.place_id)


def may_confirm(actor: Actor, offer: Offer) -> bool:
    """The streets and communities it names; for the whole district, the centre."""
    if not actor.may(CONFIRM):
        return False
    own = own_places(actor)
    return own is None or bool(own & set(offer.places))


def visible_offers(actor: Actor) -> Q:
    """What has been confirmed once is everybody's to read; the rest is its provider's and its confirmers'."""
    if actor.scope == "all":
        return Q()
    public = Q(state__in=(OfferState.CONFIRMED, OfferState.ACTIVE, OfferState.PAUSED, OfferState.EXPIRED))
    own = own_places(actor) or frozenset()
    mine = Q(provider__organisation=actor.organisation_id or 0) | Q(proposed_by=actor.user_id or 0)
    if own:
        mine |= Q(places__overlap=list(own)) | Q(provider__organisation=None, provider__place__in=own)
    return public | mine


def visible_providers(actor: Actor) -> Q:
    if actor.scope == "all":
        return Q()
    own = own_places(actor) or frozenset()
    return Q(organisation=actor.organisation_id or 0) | Q(organisation=None, place__in=own)
