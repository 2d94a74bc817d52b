"""What somebody in front of the board sees: worked out once for all who see the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest

from huying.kernel.errors import Missing
from huying.matters.alarms import PERMISSION as ALARMS
from huying.people.access import unready
from huying.people.actors import Actor, actor_for
from huying.people.directory import Listed, directory
from huying.people.middleware import post_of, signed_in_user
from huying.people.requests import ActorRequest
from huying.people.roles import Role, Scope
from huying.places.enums import Level
from huying.places.tree import Family, place_tree

PERMISSION = "board.view"
# The kinds of matters on it, each by the permission to see it.
KINDS = {"callout": "callouts.view", "case": "cases.view", "supervision": "supervision.view", "docket": "dockets.view"}
_SAYS = frozenset({*KINDS.values(), ALARMS})
UNKNOWN = "没有这个街道或单位，请重新选择。"


@dataclass(frozen=True)
class View:
    """Everything that decides what is seen: two readers with an equal view see the very same. `street`, `unit`: what
    they have narrowed it to, by code."""

    scope: Scope
    organisation_id: int | None
    place_id: int | None
    permissions: frozenset[str]
    street: str = ""
    unit: str = ""

    @classmethod
    def of(cls, actor: Actor, given: Mapping[str, str]) -> View:
        """
        Raises:
            Missing: no street or unit of that code
        """
        street, unit = given.get("street", ""), given.get("unit", "")
        place = place_tree().by_code.get(street)
        if (street and (place is None or place.level != Level.STREET)) or (unit and unit not in directory().by_code):
            raise Missing(UNKNOWN)
        everything = actor.scope == "all"
        return cls(
            actor.scope,
            None if everything else actor.organisation_id,
            None if everything else actor.place_id,
            frozenset(permission for permission in _SAYS if actor.may(permission)),
            street,
            unit,
        )

    @cached_property
    def actor(self) -> Actor:
        """Somebody who sees just that, and may do nothing."""
        role = Role(key="board", name="大屏", prose="", scope=self.scope, permissions=self.permissions)
        return Actor(role=role, via="board", organisation_id=self.organisation_id, place_id=self.place_id)

    @property
    def place(self) -> Family | None:
        return place_tree().by_code.get(self.street)

    @property
    def body(self) -> Listed | None:
        return directory().by_code.get(self.unit)

    @property
    def query(self) -> str:
        given = {"street": self.street, "unit": self.unit}
        return urlencode({name: value for name, value in given.items() if value})

    def sees(self, kind: str) -> bool:
        return KINDS[kind] in self.permissions

    @property
    def condition(self) -> Q:
        """Of matters, what they have narrowed it to: a unit's are those it has in hand, leads or was called to."""
        found = Q()
        if self.place is not None:
            found &= Q(street_id=self.place.id)
        if self.body is not None:
            unit = self.body.id
            found &= Q(holder_id=unit) | Q(lead_id=unit) | (Q(co_handlers__contains=[unit]) & ~Q(co_handlers=[]))
        return found


def view_of(request: HttpRequest) -> View | None:
    """The view of whoever asks for the board's stream; None for those who may not see it."""
    user = signed_in_user(request)
    if user is None or not user.is_staff_member:
        return None
    asking: ActorRequest = request  # type: ignore[assignment]
    asking.actor = actor_for(user, post_of(request))
    if asking.actor.post_id is None or unready(asking, user) is not None or not asking.actor.may(PERMISSION):
        return None
    try:
        return View.of(asking.actor, {name: str(request.GET[name]) for name in request.GET})
    except Missing:
        return None
