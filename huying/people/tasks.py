"""What the worker tidies for this room."""

from __future__ import annotations

from huying.kernel import outbox
from huying.people import drafts, guards
from huying.people.sessions import SessionStore


@outbox.periodic("people.tidy", 3600)
def tidy() -> None:
    """Sessions that have run out, counts of failed attempts that no longer matter, drafts that nobody came back to."""
    SessionStore.clear_expired()
    guards.clear_old()
    drafts.clear_old()
