"""What the worker tidies for this room."""

from __future__ import annotations

from huying.kernel import jobs, outbox
from huying.people import drafts, guards, table_imports
from huying.people.sessions import SessionStore


@outbox.periodic("people.tidy", 3600)
def tidy() -> None:
    """Sessions that have run out, counts of failed attempts that no longer matter, drafts that nobody came back to,
    uploaded tables."""
    SessionStore.clear_expired()
    guards.clear_old()
    drafts.clear_old()
    table_imports.forget_old()


@jobs.job("people.table_check")
def check_table(*, pk: int) -> None:
    table_imports.check(pk)


@jobs.job("people.table_import")
def take_in_table(*, pk: int) -> None:
    table_imports.take_in(pk)
