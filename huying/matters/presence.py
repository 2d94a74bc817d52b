"""Two people on one matter see each other: who has it open, and who is filling in which form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from huying.kernel import live
from huying.matters.flow import Flow
from huying.matters.live import PRESENCE
from huying.matters.models import Matter, Presence
from huying.people.actors import Actor

GONE_AFTER = timedelta(seconds=45)  # without a sign of life; pages give one every 20 seconds

_UPSERT = """
    INSERT INTO matters_presence AS p (matter_id, user_id, post_id, doing, seen_at) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (matter_id, user_id, doing) DO UPDATE SET seen_at = excluded.seen_at, post_id = excluded.post_id
    RETURNING (SELECT seen_at FROM matters_presence WHERE id = p.id)
"""


def channel(matter: Matter) -> str:
    """Apart from that of the matter itself: that somebody looks is no news of the case."""
    return f"{PRESENCE}{matter.pk}"


@transaction.atomic
def here(matter: Matter, actor: Actor, doing: str, now: datetime) -> None:
    """A sign of life. Others hear of it only when it is a new one."""
    if actor.user_id is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, [matter.pk, actor.user_id, actor.post_id, doing, now])
        [[before]] = cursor.fetchall()
    if before is None or before < now - GONE_AFTER:
        live.publish([channel(matter)])


@transaction.atomic
def leave(matter: Matter, actor: Actor, doing: str) -> None:
    """The page was closed."""
    if actor.user_id is None:
        return
    if Presence.objects.filter(matter=matter, user_id=actor.user_id, doing=doing).delete()[0]:
        live.publish([channel(matter)])


@dataclass(frozen=True, slots=True)
class Beside:
    """Somebody else. `doing` is the name of the step whose form is open, or nothing."""

    name: str
    post: str
    doing: str


def others(matter: Matter, actor: Actor, flow: Flow, now: datetime) -> Sequence[Beside]:
    """Who else has it open, those at a form first; each once."""
    rows = (
        Presence.objects.filter(matter=matter, seen_at__gt=now - GONE_AFTER)
        .exclude(user_id=actor.user_id or 0)
        .select_related("user", "post")
        .order_by("-doing", "user_id")
    )
    found: dict[int, Beside] = {}
    for row in rows:
        step = flow.step.get(row.doing)
        post = row.post.get_role_display() if row.post else ""
        found.setdefault(row.user_id, Beside(row.user.display_name, post, step.label if step else ""))
    return list(found.values())


def sweep(now: datetime) -> int:
    """Forget who has long gone."""
    return Presence.objects.filter(seen_at__lt=now - GONE_AFTER).delete()[0]
