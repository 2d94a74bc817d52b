"""Carrying out what the outbox holds, batch by batch."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import timedelta

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from huying.kernel.outbox.emit import Payload, handlers
from huying.kernel.outbox.notify import collecting, notify
from huying.kernel.privacy.masking import mask_text

logger = logging.getLogger(__name__)

BATCH = 500
MOST_ATTEMPTS = 12  # with the waits below, a little over half an hour
LONGEST_WAIT_SECONDS = 600
MOST_LISTED = 20

# A retry that lies further ahead than any wait can be was planned before somebody set the clock back.
_TAKE = """
DELETE FROM kernel_outbox WHERE id = ANY (ARRAY(
    SELECT id FROM kernel_outbox
    WHERE set_aside_at IS NULL
      AND (retry_at IS NULL OR retry_at <= statement_timestamp()
           OR retry_at > statement_timestamp() + make_interval(secs => %s))
    ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
))
RETURNING id, topic, payload, attempts, created_at
"""
_PUT_BACK = """
INSERT INTO kernel_outbox (id, topic, payload, created_at, attempts, last_error, retry_at, set_aside_at)
SELECT (value->>'id')::bigint, value->>'topic', value->'payload', (value->>'created_at')::timestamptz,
       (value->>'attempts')::int, value->>'error',
       CASE WHEN (value->>'attempts')::int < %(most)s THEN
            clock_timestamp() + make_interval(secs => least(2 ^ ((value->>'attempts')::int - 1), %(longest)s)) END,
       CASE WHEN (value->>'attempts')::int >= %(most)s THEN clock_timestamp() END
FROM jsonb_array_elements(%(rows)s::jsonb)
"""


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    topic: str
    payload: Payload
    attempts: int
    created_at: str


@dataclass(frozen=True, slots=True)
class _Failure:
    row: _Row
    error: str


def dispatch_once(limit: int = BATCH) -> int:
    """Carry out one batch in one transaction. Returns how many rows were taken; 0 means there is nothing to do now.

    When a handler fails on a batch, the batch is halved until the rows that it fails on stand alone. Those go back with
    the error and are tried again, alone, later and later; in the end they are set aside for a person to look at.
    """
    with transaction.atomic(), collecting() as channels:
        rows = _take(limit)
        by_topic: dict[str, list[_Row]] = {}
        for row in rows:
            by_topic.setdefault(row.topic, []).append(row)
        failures = [failure for of_topic in by_topic.values() for failure in _carry_out(of_topic)]
        if failures:
            _put_back(failures)
        notify(channels)
    return len(rows)


def drain() -> int:
    """Carry out everything that is due, follow-ups included. Returns the number of rows."""
    total = 0
    while taken := dispatch_once():
        total += taken
    return total


def _take(limit: int) -> list[_Row]:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [2 * LONGEST_WAIT_SECONDS, limit])
        rows = [
            _Row(pk, topic, json.loads(payload) if isinstance(payload, str) else payload, attempts, at.isoformat())
            for pk, topic, payload, attempts, at in cursor.fetchall()
        ]
    return sorted(rows, key=lambda row: row.id)


def _carry_out(rows: list[_Row]) -> list[_Failure]:
    """Hand rows of one topic to its handler: new ones together, those that failed before each alone."""
    new = [row for row in rows if not row.attempts]
    failures = _try(new) if new else []
    for row in rows:
        if row.attempts:
            failures += _try([row])
    return failures


def _try(rows: list[_Row]) -> list[_Failure]:
    topic = rows[0].topic
    handle = handlers.get(topic)
    if handle is None:  # written by a newer release than this worker, or its room is gone
        return [_Failure(row, f"no handler for {topic}") for row in rows]
    try:
        with transaction.atomic(), collecting():
            handle([row.payload for row in rows])
            if connection.needs_rollback:
                raise RuntimeError("the handler went on after a database error, its effects are lost")
    except Exception as error:
        if connection.needs_rollback or connection.closed_in_transaction:
            raise  # the database went away: nobody's fault, the whole batch stays where it is
        if len(rows) == 1:
            logger.exception("Outbox row %s (%s) failed for the %s. time", rows[0].id, topic, rows[0].attempts + 1)
            return [_Failure(rows[0], mask_text(f"{type(error).__name__}: {error}")[:500])]
        half = len(rows) // 2
        return _try(rows[:half]) + _try(rows[half:])
    return []


def _put_back(failures: list[_Failure]) -> None:
    rows = [
        {
            "id": failure.row.id,
            "topic": failure.row.topic,
            "payload": failure.row.payload,
            "created_at": failure.row.created_at,
            "attempts": failure.row.attempts + 1,
            "error": failure.error.replace("\0", ""),
        }
        for failure in failures
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _PUT_BACK,
            {
                "rows": json.dumps(rows, cls=DjangoJSONEncoder, ensure_ascii=False),
                "most": MOST_ATTEMPTS,
                "longest": LONGEST_WAIT_SECONDS,
            },
        )


@dataclass(frozen=True, slots=True)
class Backlog:
    waiting: int  # counted up to 100,000
    oldest: timedelta  # how long the oldest waiting row has been there
    set_aside: list[tuple[int, str, str]]  # id, topic, last error; the first MOST_LISTED


def backlog() -> Backlog:
    """How the outbox stands, for health page and doctor."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM (SELECT 1 FROM kernel_outbox WHERE set_aside_at IS NULL LIMIT 100000) AS w), "
            "(SELECT clock_timestamp() - created_at FROM kernel_outbox WHERE set_aside_at IS NULL ORDER BY id LIMIT 1)"
        )
        waiting, oldest = cursor.fetchone()
        cursor.execute(
            "SELECT id, topic, last_error FROM kernel_outbox WHERE set_aside_at IS NOT NULL ORDER BY id LIMIT %s",
            [MOST_LISTED],
        )
        set_aside = cursor.fetchall()
    return Backlog(waiting, max(oldest or timedelta(), timedelta()), set_aside)


def release_set_aside(topic: str | None = None) -> int:
    """Try again what was set aside, after its cause has been mended. Returns the number of rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE kernel_outbox SET set_aside_at = NULL, retry_at = NULL, attempts = 1 "
            "WHERE set_aside_at IS NOT NULL AND (%(topic)s::text IS NULL OR topic = %(topic)s)",
            {"topic": topic},
        )
        return int(cursor.rowcount)
