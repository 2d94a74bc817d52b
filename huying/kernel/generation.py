"""Process caches that notice changes made by other processes.

Configuration (limits, places, calendar, words …) is read on every request and changed a few times a month. It is kept
in memory, and one small table says which generation of it is current:

    @cached("limits")
    def load_limits() -> Limits: ...

    bump("limits")    # in the transaction that changes the limits

All generations are re-read with ONE query at most every `RECHECK_SECONDS`; another process therefore sees a change
after that time at the latest, this process right after its commit.

Inside the transaction that called `bump` the value is loaded afresh at every call and never kept: nobody else may see
what might yet be rolled back. Loaders must not run in a REPEATABLE READ transaction, whose snapshot may be older than
the generation it would be stored under.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from typing import Generic, TypeVar

from django.db import connection, transaction

T = TypeVar("T")

RECHECK_SECONDS = 2.0
LOAD_WAIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class _Loaded(Generic[T]):
    generation: tuple[int, ...]
    value: T


class _Generations:
    """What this process knows of the table, shared by all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, int] = {}
        self._checked_at = float("-inf")
        self._asked = 0
        self._forgotten = 0

    def of(self, keys: tuple[str, ...]) -> tuple[int, ...]:
        """Current generations of these keys, preceded by how often everything was forgotten."""
        if time.monotonic() - self._checked_at >= RECHECK_SECONDS:
            self._read()
        return (self._forgotten, *(self._known.get(key, 0) for key in keys))

    def _read(self) -> None:
        with self._lock:
            if time.monotonic() - self._checked_at < RECHECK_SECONDS:
                return
            unsure, asked = _uncommitted(), self._asked
            with connection.cursor() as cursor:
                cursor.execute("SELECT key, n FROM kernel_generation")
                # A number that this very transaction has written may be rolled back and given out again.
                read = {key: n for key, n in cursor.fetchall() if key not in unsure}
            self._known = {**self._known, **read}
            # A commit during our query may not have been in it: then ask again at the next call.
            self._checked_at = time.monotonic() if asked == self._asked else float("-inf")

    def recheck_soon(self) -> None:
        self._asked += 1
        self._checked_at = float("-inf")

    def forget(self) -> None:
        with self._lock:
            self._forgotten += 1
            self._known = {}
            self._checked_at = float("-inf")


_generations = _Generations()
_thread = threading.local()  # `bumped`: whether this thread's connection may have an uncommitted bump


def _committed(key: str) -> None:
    """Waits in the connection's list of commit hooks, where it also marks the key as changed but not committed."""
    _generations.recheck_soon()


def _uncommitted() -> set[str]:
    """Keys bumped in the running transaction. Commit and rollback (to a savepoint, too) both clear the hooks."""
    hooks = (entry[1] for entry in connection.run_on_commit)
    return {hook.args[0] for hook in hooks if isinstance(hook, partial) and hook.func is _committed}


def cached(*keys: str) -> Callable[[Callable[[], T]], Callable[[], T]]:
    """Keep the result of a loader without arguments until one of `keys` is bumped.

    The value is shared by all threads: return something that nobody changes.
    """
    if not keys:
        raise ValueError("cached() needs the key that is bumped when the value changes")

    def decorate(load: Callable[[], T]) -> Callable[[], T]:
        loading = threading.Lock()
        kept: list[_Loaded[T]] = []

        def fresh(generation: tuple[int, ...]) -> _Loaded[T] | None:
            return kept[0] if kept and kept[0].generation == generation else None

        @wraps(load)
        def current() -> T:
            if getattr(_thread, "bumped", False):
                unsure = _uncommitted()
                _thread.bumped = bool(unsure)
                if not unsure.isdisjoint(keys):
                    return load()
            generation = _generations.of(keys)
            if (found := fresh(generation)) is not None:
                return found.value
            # One thread loads, the others wait; but not for ever, because the loader may be waiting for a
            # database connection that one of them holds.
            mine = loading.acquire(timeout=LOAD_WAIT_SECONDS)
            try:
                if (found := fresh(generation)) is not None:
                    return found.value
                value = load()
                kept[:] = [_Loaded(generation, value)]
                return value
            finally:
                if mine:
                    loading.release()

        return current

    return decorate


def bump(key: str) -> None:
    """Say that what is cached under `key` has changed. Call it in the transaction of the change.

    Holds the key's row until the transaction ends, so two changes of one configuration follow each other.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO kernel_generation AS g (key, n) VALUES (%s, 1)"
                " ON CONFLICT (key) DO UPDATE SET n = g.n + 1",
                [key],
            )
        transaction.on_commit(partial(_committed, key))
        _thread.bumped = True


def forget_all() -> None:
    """Drop every cached value of this process. For tests, whose rollbacks no commit hook sees."""
    _generations.forget()
