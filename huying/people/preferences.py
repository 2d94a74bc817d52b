"""What the desk remembers for one account, one JSON value to a key such as `cases.columns`.

    columns = get(request.actor, "cases.columns", DEFAULT)
    put(request.actor, "cases.columns", ["state", "due"])

They belong to the account and not to the post. A page may write them on a GET: they are nobody's business but the
reader's own, like the session.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import QuerySet

from huying.kernel.errors import Invalid
from huying.people.actors import Actor
from huying.people.models import Preference

T = TypeVar("T")

MOST_CHARACTERS = 4000  # of one value as JSON


def get(actor: Actor, key: str, default: T) -> T:
    """What is remembered under a key, if it is of the default's type; otherwise the default."""
    found = get_many(actor, [key]).get(key, default)
    return found if isinstance(found, type(default)) else default


def get_many(actor: Actor, keys: Sequence[str]) -> dict[str, Any]:
    """Several at once, in one query; what was never put is missing."""
    return dict(rows(actor, keys))


def rows(actor: Actor, keys: Sequence[str]) -> QuerySet[Preference, tuple[str, Any]]:
    """The same as a query, `(key, value)`, for whoever asks for something else with it."""
    mine = Preference.objects.none() if actor.user_id is None else Preference.objects.filter(user_id=actor.user_id)
    return mine.filter(key__in=keys).values_list("key", "value")


def put(actor: Actor, key: str, value: object) -> None:
    """Remember a value; `None` forgets it. For somebody without an account nothing is remembered.

    Raises:
        Invalid: it is too long.
    """
    if actor.user_id is None:
        return
    if value is None:
        Preference.objects.filter(user_id=actor.user_id, key=key).delete()
        return
    if len(json.dumps(value, ensure_ascii=False)) > MOST_CHARACTERS:
        raise Invalid("要记住的内容太长，请减少几项。", code="preference_too_long")
    Preference.objects.bulk_create(
        [Preference(user_id=actor.user_id, key=key, value=value)],
        update_conflicts=True,
        unique_fields=["user", "key"],
        update_fields=["value"],
    )
