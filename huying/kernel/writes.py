"""Statements that nobody reads from, sent to the database in one go.

A step writes into half a dozen tables. Each statement on its own is a journey to the server and back, and the journeys
are most of what a step costs:

    with together():
        insert_rows(…)      # kept back
        update_rows(…)
        Model.objects.get(…)  # whatever else is asked: what was kept back goes first
    # all written, or the error of the first that failed

Order stays as written. It rests on the text protocol of Django's default cursors, which take several statements at
once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection


class _Kept:
    def __init__(self) -> None:
        self.writes: list[tuple[str, Sequence[Any]]] = []

    def send(self) -> None:
        if not self.writes:
            return
        writes, self.writes = self.writes, []
        with connection.cursor() as cursor:
            # Values are put into each statement by itself: psycopg remembers how it takes a statement apart.
            cursor.execute(";\n".join(cursor.mogrify(*one) for one in writes))

    def before(self, execute: Callable[..., Any], *call: Any) -> Any:
        """Around every other statement of this connection."""
        self.send()
        return execute(*call)


_kept: ContextVar[_Kept | None] = ContextVar("statements kept back", default=None)


def write(statement: str, parameters: Sequence[Any]) -> int | None:
    """Execute a statement; inside `together`, later but in its turn. Returns how many rows it met, None when later."""
    kept = _kept.get()
    if kept is not None:
        kept.writes.append((statement, parameters))
        return None
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def send_kept() -> None:
    """Send what was kept back now. For whoever talks to the database past Django's cursors, as COPY does."""
    kept = _kept.get()
    if kept is not None:
        kept.send()


@contextmanager
def together() -> Iterator[None]:
    """Keep writes back until the end, inside a transaction. An inner one is part of the outer one."""
    if not connection.in_atomic_block:
        raise RuntimeError("together() belongs in a transaction: half of what was kept back could be lost")
    if _kept.get() is not None:
        yield
        return
    kept = _Kept()
    token = _kept.set(kept)
    try:
        with connection.execute_wrapper(kept.before):
            yield
            kept.send()
    finally:
        _kept.reset(token)
