"""What the worker does for this room."""

from __future__ import annotations

from django.utils import timezone

from huying.dockets.pool import offers, reminders
from huying.kernel import outbox


@outbox.periodic("dockets.pool", 1800)
def keep_offers() -> None:
    """What has begun or ended by the calendar, and reminders of what will end."""
    offers.turn(timezone.localdate())
    reminders.remind(timezone.now())
