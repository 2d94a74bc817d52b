"""Who may hear that a matter has changed."""

from __future__ import annotations

from collections.abc import Collection

from django.http import HttpRequest

from huying.matters.flow import flows
from huying.matters.models import Matter
from huying.matters.shown import shown
from huying.people.actors import Actor, actor_for
from huying.people.middleware import post_of, signed_in_user

MATTER = "matter:"
PRESENCE = "presence:"  # who looks at it; the desk's alone


def channels_of(actor: Actor) -> list[str]:
    """The streams on which work of this post may change."""
    if actor.user_id is None:
        return []
    own = [f"user:{actor.user_id}"]
    match actor.scope:
        case "all" | "reviewed":
            return [*own, *(f"kind:{flow.kind}" for flow in flows)]
        case "organisation" | "street" | "community" if actor.organisation_id is not None:
            return [*own, f"holder:{actor.organisation_id}"]
        case _:
            return own


def may_hear(request: HttpRequest, wanted: frozenset[str]) -> Collection[str] | None:
    """Of the channels a page asks for, those of its reader: the own ones, matters that the reader may see, and those
    whose number and code this browser has shown."""
    user = signed_in_user(request)
    followed = wanted & {f"{MATTER}{pk}" for pk in shown(request)}
    if user is None:
        return followed or None
    actor = actor_for(user, post_of(request) if user.is_staff_member else None)
    allowed = followed | wanted.intersection(channels_of(actor))
    prefixes = (MATTER, PRESENCE) if user.is_staff_member else (MATTER,)
    ids = {name.partition(":")[2] for name in wanted if name.startswith(prefixes)}
    asked = [int(key) for key in ids if key.isascii() and key.isdigit() and len(key) <= 18]
    if asked:
        seen = Matter.objects.visible_to(actor).filter(pk__in=asked).values_list("pk", flat=True)
        allowed |= wanted & {f"{prefix}{pk}" for pk in seen for prefix in prefixes}
    return allowed
