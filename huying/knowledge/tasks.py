"""What the worker does for this room."""

from __future__ import annotations

from django.utils import timezone

from huying.kernel import outbox
from huying.knowledge.articles import reminders


@outbox.periodic("knowledge.articles_due", 3600)
def remind_owners() -> None:
    reminders.remind(timezone.now())
