"""Reading one's messages."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from huying.kernel import live
from huying.matters.queries import messages_to
from huying.people.actors import Actor


def mark_read(actor: Actor, at: datetime, delivery_id: int | None = None) -> int:
    """One message, or all of them. Returns how many were new; the count in this person's other windows follows."""
    with transaction.atomic():
        rows = messages_to(actor).filter(read_at=None)
        if delivery_id is not None:
            rows = rows.filter(pk=delivery_id)
        read = rows.update(read_at=at)
        if read:
            live.publish([f"user:{actor.user_id}"])
    return read
