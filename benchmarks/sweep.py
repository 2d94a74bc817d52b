"""The sweep of clocks with very many open: `python -m benchmarks.sweep [--open N] [--due N]`.

N open matters (1,000,000 by default) with a running clock each, of which D (10,000) are due for a look: the sweep
warns, tells people and says when to look again, as it does at the desk. Measured is the cost per due clock, several
times over, each time with other clocks. Its floor in the same run is what nobody can do without: read the due clocks
by their index with their matters, write both back. The same D among a fiftieth of the open ones must cost the same: the
cost follows what is due. `sweep-idle`: nothing is due.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from pathlib import Path
from typing import Any

import numpy as np
import psycopg

from benchmarks import report
from benchmarks._volume import SEED, database

TIMES = 5
FEW = 50  # the smaller district has a fiftieth
GOAL_FLAT = 1.25


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--open", type=int, default=1_000_000)
    arguments.add_argument("--due", type=int, default=10_000)
    arguments.add_argument("--home", type=Path, help="keep the database here, and use it again")
    arguments.add_argument("--json", action="store_true")
    asked = arguments.parse_args()
    few = max(asked.open // FEW, asked.due)
    with database(asked.home) as superuser_url, psycopg.connect(superuser_url, dbname="huying", autocommit=True) as db:
        chance = np.random.default_rng(SEED)
        _write(db, few)
        small, _ = _measure(db, few, asked.due, chance)
        _write(db, asked.open)
        large, floor = _measure(db, asked.open, asked.due, chance)
        idle = _idle()
    report("sweep", large, "µs a due clock", floor=floor, goal=None, n=asked.due, open=asked.open)
    report("sweep-flat", large, "µs a due clock", floor=small, goal=GOAL_FLAT, n=asked.due, open=asked.open, few=few)
    report("sweep-idle", idle, "milliseconds", floor=None, goal=None, n=TIMES, open=asked.open)


def _write(db: psycopg.Connection, n: int) -> None:
    """Open matters up to the n-th, each with a clock that nobody has to look at for days."""
    from django.conf import settings

    from huying.cases.flow import CASES, HANDLING
    from huying.matters.models import Clock, Matter
    from huying.people.directory import directory

    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    units = [unit.id for unit in directory().handlers()]
    fields = [field for field in Matter._meta.concrete_fields if field.attname != "head"]
    names = ", ".join(f'"{field.column}"' for field in fields)
    defaults = {field.attname: field.get_default() for field in fields}
    due = now + dt.timedelta(days=6)
    db.execute("SET session_replication_role = replica")
    with db.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM matters_matter")
        first = _one(cursor) + 1
        with cursor.copy(f"COPY matters_matter ({names}, head) FROM STDIN") as copy:
            for i in range(first, n + 1):
                row = defaults | {
                    "id": i,
                    "district": settings.DISTRICT_CODE,
                    "kind": CASES.kind,
                    "number": f"{settings.NUMBER_PREFIX}{now:%Y%m%d}{i:08}",
                    "state": HANDLING,
                    "version": 1,
                    "title": "路灯不亮",
                    "channel": "hotline",
                    "holder_id": units[i % len(units)],
                    "first_holder_id": units[i % len(units)],
                    "lead_id": units[i % len(units)],
                    "co_handlers": [],
                    "aspects": [],
                    "opened_at": now,
                    "moved_at": now,
                    "next_due_at": due,
                }
                copy.write_row([*(row[field.attname] for field in fields), b"\0" * 32])
        cursor.execute(
            f"INSERT INTO {Clock._meta.db_table} (matter_id, kind, started_seq, started_at, amount, unit, "
            "organisation_id, due_at, pauses, provisional, warning, next_alert_at) SELECT id, 'handle', 1, opened_at, "
            "5, 'working_days', holder_id, next_due_at, '[]', false, 0, next_due_at - interval '1 day' "
            "FROM matters_matter WHERE id >= %s",
            [first],
        )
    db.execute("SET session_replication_role = origin")
    db.execute("VACUUM ANALYZE")


def _measure(db: psycopg.Connection, n: int, due: int, chance: np.random.Generator) -> tuple[float, float]:
    """Microseconds for a due clock: by the sweep, and by the floor; the median of several times."""
    from django.utils import timezone

    from huying.matters.sweep import sweep

    ours: list[float] = []
    floors: list[float] = []
    for _ in range(TIMES + 1):
        floors.append(_floor(db, _make_due(db, n, due, chance)) / due)
        _make_due(db, n, due, chance)
        start = time.perf_counter()
        looked = sweep(timezone.now())
        ours.append((time.perf_counter() - start) * 1e6 / due)
        assert looked == due, (looked, due)
    return float(np.median(ours[1:])), float(np.median(floors[1:]))  # the first one fills caches


def _make_due(db: psycopg.Connection, n: int, due: int, chance: np.random.Generator) -> dt.datetime:
    """Let some clocks be due for their first look, and none of the others; returns until when."""
    now = dt.datetime.now(dt.UTC)
    db.execute("SET session_replication_role = replica")
    db.execute(
        "UPDATE matters_clock SET warning = 0, yellow_at = NULL, next_alert_at = due_at - interval '1 day' "
        "WHERE warning <> 0 OR next_alert_at < now()"
    )
    db.execute(
        "UPDATE matters_clock SET next_alert_at = %s WHERE matter_id = ANY(%s)",
        [now - dt.timedelta(minutes=5), (chance.choice(n, due, replace=False) + 1).tolist()],
    )
    db.execute("SET session_replication_role = origin")
    db.execute("VACUUM matters_clock")
    return now


def _floor(db: psycopg.Connection, now: dt.datetime) -> float:
    """Microseconds to read what is due with its matters, and to write both, in one transaction."""
    start = time.perf_counter()
    with db.transaction(), db.cursor() as cursor:
        cursor.execute(
            "SELECT clock.*, matter.* FROM matters_clock AS clock JOIN matters_matter AS matter "
            "ON matter.id = clock.matter_id WHERE clock.next_alert_at <= %s ORDER BY clock.next_alert_at",
            [now],
        )
        found = cursor.fetchall()
        ids = [row[0] for row in found]
        cursor.execute("UPDATE matters_clock SET warning = 1, next_alert_at = due_at WHERE id = ANY(%s)", [ids])
        cursor.execute(
            "UPDATE matters_matter SET warning = 1 "
            "WHERE id IN (SELECT matter_id FROM matters_clock WHERE id = ANY(%s))",
            [ids],
        )
    return (time.perf_counter() - start) * 1e6


def _idle() -> float:
    from django.utils import timezone

    from huying.matters.sweep import sweep

    spent: list[float] = []
    for _ in range(TIMES * 4):
        start = time.perf_counter()
        sweep(timezone.now() - dt.timedelta(days=30))
        spent.append((time.perf_counter() - start) * 1000)
    return float(np.median(spent))


def _one(cursor: psycopg.Cursor[Any]) -> int:
    row = cursor.fetchone()
    assert row is not None
    return int(row[0])


if __name__ == "__main__":
    main()
