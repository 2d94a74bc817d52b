"""Figures of units at volume: `python -m benchmarks.figures [--cases N] [--rounds N]`.

The volume of `benchmarks.list`, whose closed cases get the clocks and callbacks that a year of work leaves: five clocks
each, one in forty of them late, four in five called back. Then a unit's page, the table of all units and the rows
behind a figure are asked for many times on the server, and figures alone are compared with the floor of the same run:
one SELECT that reads the same clocks by the same index and counts them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psycopg

from benchmarks import report
from benchmarks._volume import main, percentile

ADDRESSES = {
    "unit-page": "/desk/units/{unit}/",
    "unit-page-quarter": "/desk/units/{unit}/?period=quarter",
    "unit-page-rare": "/desk/units/{rare_unit}/?period=last",
    "table": "/desk/evaluation/?period=last&kind=all",
    "table-quarter": "/desk/evaluation/?period=quarter&kind=all",
    "rows": "/desk/units/{unit}/evaluation/cases.on_time/?period=last",
    "rows-left": "/desk/units/{unit}/evaluation/cases.contacted/?period=last&show=left",
    "rows-district": "/desk/evaluation/cases.satisfied/?period=last",
}

# Kind, hours from opening to start and to due, share that was late.
_CLOCKS = """
    INSERT INTO matters_clock (matter_id, kind, started_seq, started_at, amount, unit, organisation_id, lead_id, due_at,
        pauses, provisional, warning, stopped_at, stopped_seq, met, minutes, ended_by, excused)
    SELECT m.id, c.kind, 3, m.opened_at, 5, 'working_days', m.lead_id, m.lead_id,
        m.opened_at + c.due * interval '1 hour',
        '[]', false, 0, LEAST(m.closed_at, m.opened_at + c.due * interval '0.5 hour'), 3, (m.id * 7 + c.n) % 40 <> 0,
        (m.id * 13 + c.n * 29) % 2400, c.ended_by,
        CASE WHEN c.kind = 'contact' AND m.id % 9 = 0 THEN 'exempt:unreachable' ELSE '' END
    FROM matters_matter m CROSS JOIN (VALUES
        (1, 'acknowledge', 4, 'acknowledge'), (2, 'contact', 28, 'contact'), (3, 'handle', 168, 'approve'),
        (4, 'callback', 216, 'callback')) AS c (n, kind, due, ended_by)
    WHERE m.closed_at IS NOT NULL AND m.lead_id IS NOT NULL
"""
_CALLBACKS = """
    INSERT INTO cases_callback (case_id, seq, round, attempt, at, reached, solved, satisfied, content, lead_id)
    SELECT m.id, 4, 1, 1, m.closed_at, m.id % 5 <> 0, CASE WHEN m.id % 5 <> 0 THEN m.id % 11 <> 0 END,
        CASE WHEN m.id % 5 <> 0 THEN 1 + m.id % 5 END, CASE WHEN m.id % 5 <> 0 THEN m.id % 5 > 1 END, m.lead_id
    FROM matters_matter m WHERE m.closed_at IS NOT NULL AND m.lead_id IS NOT NULL
"""
_CLOSED = "UPDATE matters_matter SET closed_by = 'callback' WHERE closed_at IS NOT NULL"
_FLOOR = """
    SELECT kind, count(*), count(*) FILTER (WHERE met) FROM matters_clock
    WHERE lead_id = ANY(%s) AND kind IN ('acknowledge', 'contact', 'handle', 'rework', 'callback')
    AND due_at >= %s AND due_at < %s GROUP BY kind
"""


def prepare(database: psycopg.Connection) -> None:
    """What the engine would have left of closed cases, set-wise; once."""
    row = database.execute("SELECT EXISTS (SELECT FROM matters_clock WHERE kind = 'callback')").fetchone()
    if row is not None and row[0]:
        return
    database.execute("SET session_replication_role = replica")
    database.execute("UPDATE matters_clock SET lead_id = organisation_id WHERE lead_id IS NULL")
    for statement in (_CLOCKS, _CALLBACKS, _CLOSED):
        database.execute(statement)


def measure(rounds: int, cases: int) -> None:
    from django.db import connection
    from django.utils import timezone

    from huying.kernel.metrics import tallies
    from huying.kernel.registry import metrics
    from huying.matters.models import Matter
    from huying.people.directory import directory
    from huying.people.periods import PeriodForm
    from huying.web.evaluation import span

    now, wanted = timezone.now(), list(metrics)
    month = PeriodForm({"period": "last"}, timezone.localdate()).period
    busiest = Matter.objects.filter(lead__isnull=False).order_by().values_list("lead").first()
    assert busiest is not None
    for label, of in {
        "unit": span(month, directory().by_id[busiest[0]]),
        "district": span(month, None, each=True),
    }.items():

        def figures(of: Any = of) -> None:
            tallies(wanted, {"now": of}, now)

        def floor(of: Any = of) -> None:
            with connection.cursor() as cursor:
                cursor.execute(_FLOOR, [list(of.units), of.since, of.until])
                cursor.fetchall()

        report(
            f"figures-{label}",
            _spent(figures, rounds),
            "milliseconds",
            floor=_spent(floor, rounds),
            goal=None,
            n=rounds,
            metrics=len(wanted),
            cases=cases,
        )


def _spent(what: Callable[[], None], rounds: int) -> float:
    """Milliseconds, 95th percentile, warm."""
    spent: list[float] = []
    for _ in range(rounds + 3):
        start = time.perf_counter()
        what()
        spent.append((time.perf_counter() - start) * 1000)
    return percentile(spent[3:], 95)


if __name__ == "__main__":
    main("figures", {"dudao": ADDRESSES}, prepare=prepare, measure=measure)
