"""What a request carries once the middleware of this room has seen it; for type annotations of views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

from huying.people.models import User

if TYPE_CHECKING:
    from huying.people.actors import Actor


class ActorRequest(HttpRequest):
    """Any request: `actor` is always there, `ANONYMOUS` when nobody has signed in."""

    actor: Actor


class UserRequest(ActorRequest):
    """A request behind `@signed_in` or `@requires`."""

    user: User
