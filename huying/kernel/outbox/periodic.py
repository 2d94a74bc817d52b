"""Work that comes round: sweeps, anchors, tidying. Each item runs in its own transaction; one failing stops no other.

The database remembers when each ran last, so several workers, restarts and clocks set back do no harm.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection, transaction

from huying.kernel.privacy.masking import mask_text
from huying.kernel.registry import Registry

logger = logging.getLogger(__name__)

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Periodic:
    name: str
    every_seconds: float
    work: Work


periodic_work: Registry[Periodic] = Registry("periodic work")

_DUE = (
    "(started_at IS NULL OR started_at > statement_timestamp() "
    "OR started_at <= statement_timestamp() - make_interval(secs => every_seconds))"
)


def periodic(name: str, every_seconds: float) -> Callable[[Work], Work]:
    """Have a function called in a transaction about every so many seconds, by one worker at a time."""

    def register(work: Work) -> Work:
        periodic_work.add(name, Periodic(name, every_seconds, work))
        return work

    return register


def run_due() -> int:
    """Run whatever is due now. Returns how many items were run."""
    registered = list(periodic_work)
    if not registered:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_periodic_run AS run (name, every_seconds) "
            "SELECT * FROM unnest(%s::text[], %s::float8[]) "
            "ON CONFLICT (name) DO UPDATE SET every_seconds = EXCLUDED.every_seconds "
            "WHERE run.every_seconds <> EXCLUDED.every_seconds",
            [[item.name for item in registered], [item.every_seconds for item in registered]],
        )
        cursor.execute(
            f"SELECT name FROM kernel_periodic_run WHERE {_DUE} AND name = ANY(%s) ORDER BY started_at NULLS FIRST",  # noqa: S608
            [[item.name for item in registered]],
        )
        due = [name for (name,) in cursor.fetchall()]
    return sum(_run(periodic_work[name]) for name in due)


def _run(item: Periodic) -> bool:
    """Run one item unless another worker is at it or has just done it."""
    began = time.monotonic()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT statement_timestamp() FROM kernel_periodic_run WHERE name = %s AND {_DUE} "  # noqa: S608
                "FOR UPDATE SKIP LOCKED",
                [item.name],
            )
            claimed = cursor.fetchone()
        if claimed is None:
            return False
        error = ""
        try:
            with transaction.atomic():
                item.work()
                if connection.needs_rollback:
                    raise RuntimeError("the work went on after a database error, its effects are lost")
        except Exception as failure:
            if connection.needs_rollback or connection.closed_in_transaction:
                raise
            logger.exception("Periodic work %s failed", item.name)
            error = mask_text(f"{type(failure).__name__}: {failure}")[:500].replace("\0", "")
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE kernel_periodic_run SET started_at = %s, seconds = %s, error = %s, "
                "failures = CASE WHEN %s = '' THEN 0 ELSE failures + 1 END WHERE name = %s",
                [claimed[0], time.monotonic() - began, error, error, item.name],
            )
    return True
