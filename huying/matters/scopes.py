"""Which matters a role's scope lets through: once as a query, once as a predicate on a locked row.

Both forms of one rule stand side by side; a property test holds them together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

if TYPE_CHECKING:
    from huying.matters.models import Matter
    from huying.people.actors import Actor

NOTHING = Q(pk__in=[])


@dataclass(frozen=True, slots=True)
class Scope:
    condition: Callable[[Actor], Q]
    allows: Callable[[Actor, Matter], bool]


def helps(*organisation_ids: int) -> Q:
    """Where one of these bodies is a co-handler. The second half only repeats what the index is over: PostgreSQL does
    not see by itself that what shares something is not empty, and would read the whole table."""
    return Q(co_handlers__overlap=list(organisation_ids)) & ~Q(co_handlers=[])


def _organisation(actor: Actor) -> Q:
    if actor.organisation_id is None:
        return NOTHING
    own = actor.organisation_id
    return Q(holder_id=own) | Q(lead_id=own) | helps(own)


def _in_organisation(actor: Actor, matter: Matter) -> bool:
    own = actor.organisation_id
    return own is not None and (matter.holder_id == own or matter.lead_id == own or own in matter.co_handlers)


def _place(field: str) -> Scope:
    """A street's or community's own ground, and what was given to it from elsewhere."""

    def condition(actor: Actor) -> Q:
        given = _organisation(actor)
        return given if actor.place_id is None else given | Q(**{f"{field}_id": actor.place_id})

    def allows(actor: Actor, matter: Matter) -> bool:
        here = actor.place_id is not None and getattr(matter, f"{field}_id") == actor.place_id
        return here or _in_organisation(actor, matter)

    return Scope(condition, allows)


def _reviews(actor: Actor) -> Q:
    """What this very person was given to review; nobody stands in for somebody who judges independently."""
    if actor.user_id is None:
        return NOTHING
    return Q(reviewers__contains=[actor.user_id]) & ~Q(reviewers=[])  # the second half: as in `helps`


def _is_reviewer(actor: Actor, matter: Matter) -> bool:
    asked: list[int] = matter.reviewers
    return actor.user_id is not None and actor.user_id in asked


SCOPES: dict[str, Scope] = {
    "all": Scope(lambda actor: Q(), lambda actor, matter: True),
    "organisation": Scope(_organisation, _in_organisation),
    "street": _place("street"),
    "community": _place("community"),
    "grids": Scope(
        lambda actor: Q(grid_id__in=actor.grid_ids) if actor.grid_ids else NOTHING,
        lambda actor, matter: matter.grid_id in actor.grid_ids,
    ),
    "own": Scope(
        lambda actor: Q(raised_by_id=actor.contact_id) if actor.contact_id else NOTHING,
        lambda actor, matter: actor.contact_id is not None and matter.raised_by_id == actor.contact_id,
    ),
    "shown": Scope(
        lambda actor: Q(pk=actor.matter_id) if actor.matter_id else NOTHING,
        lambda actor, matter: actor.matter_id is not None and matter.pk == actor.matter_id,
    ),
    "reviewed": Scope(_reviews, _is_reviewer),
    "none": Scope(lambda actor: NOTHING, lambda actor, matter: False),
}


def _by_channel(scope: Scope) -> Scope:
    """The same, of the actor's own channel only."""
    return Scope(
        lambda actor: scope.condition(actor) & Q(channel=actor.channel),
        lambda actor, matter: matter.channel == actor.channel and scope.allows(actor, matter),
    )


_BY_CHANNEL = {key: _by_channel(scope) for key, scope in SCOPES.items()}


def scope_of(actor: Actor) -> Scope:
    return (_BY_CHANNEL if actor.channel else SCOPES)[actor.scope]
