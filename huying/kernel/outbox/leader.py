"""One leader among all worker processes, by an advisory lock that PostgreSQL frees when its session ends."""

from __future__ import annotations

import time
from contextlib import suppress

import psycopg
from django.db import connection

from huying.kernel.database import connect_directly

LOCK_CLASS = 18521  # "HY": tells our locks from those of other programs in this database
DISPATCHING = 1
TICKING = 2
CHECK_SECONDS = 1.0


class Leadership:
    """Holds one of the locks on a session of its own. Not shared between threads."""

    def __init__(self, lock: int) -> None:
        self.lock = lock
        self._session: psycopg.Connection | None = None
        self._leads = False
        self._checked_at = 0.0

    def held(self) -> bool:
        """Whether this process leads; tries to become the leader otherwise. `psycopg.Error` when the database is away.

        The session is looked at every second. In between a second leader is possible, and harmless: rows and periodic
        work are claimed under row locks; leading only spares the others the work.
        """
        now = time.monotonic()
        if self._leads and now - self._checked_at < CHECK_SECONDS:
            return True
        try:
            if self._session is None:
                self._session = connect_directly("huying leader")
            if self._leads:
                self._session.execute("SELECT 1")
            else:
                taken = self._session.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, self.lock]).fetchone()
                self._leads = taken == (True,)
        except psycopg.Error:
            self.release()
            raise
        self._checked_at = now
        return self._leads

    def release(self) -> None:
        session, self._session, self._leads = self._session, None, False
        if session is not None:
            with suppress(psycopg.Error):
                session.execute("SELECT pg_advisory_unlock_all()")  # at once; closing takes the server a moment
            session.close()


def is_led(lock: int) -> bool:
    """Whether any process holds this lock now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 "
            "AND classid = %s AND objid = %s "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
            [LOCK_CLASS, lock],
        )
        return bool(cursor.fetchone()[0])
