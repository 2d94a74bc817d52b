"""Work that comes round runs when it is due, by one worker, whatever its neighbours do."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.db import connection

from huying.kernel import outbox
from huying.kernel.models import Generation, PeriodicRun
from huying.kernel.outbox.periodic import Periodic, Work, periodic_work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def work() -> Iterator[dict[str, Periodic]]:
    """Only the test's own work is registered."""
    kept = dict(periodic_work._items)
    periodic_work._items.clear()
    yield periodic_work._items
    periodic_work._items.clear()
    periodic_work._items.update(kept)


def age(name: str, seconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE kernel_periodic_run SET started_at = now() - make_interval(secs => %s) WHERE name = %s",
            [seconds, name],
        )


def counting(name: str, every: float = 60) -> list[int]:
    calls: list[int] = []

    def run() -> None:
        calls.append(1)

    outbox.periodic(name, every)(run)
    return calls


def test_runs_at_once_then_when_its_time_has_come() -> None:
    calls = counting("t.sweep")
    assert outbox.run_due() == 1
    assert outbox.run_due() == 0
    age("t.sweep", 59)
    assert outbox.run_due() == 0
    age("t.sweep", 60)
    assert outbox.run_due() == 1
    assert len(calls) == 2


def test_a_clock_set_back_does_not_stop_it() -> None:
    calls = counting("t.sweep")
    outbox.run_due()
    age("t.sweep", -86_400)
    outbox.run_due()
    assert len(calls) == 2


def test_a_failure_is_isolated_undone_and_remembered() -> None:
    def fail() -> None:
        Generation.objects.create(key="half done")
        raise ValueError("坏了")

    outbox.periodic("t.bad", 60)(fail)
    calls = counting("t.good")

    assert outbox.run_due() == 2
    age("t.bad", 60)
    outbox.run_due()

    assert len(calls) == 1
    assert not Generation.objects.filter(key="half done").exists()
    bad, good = PeriodicRun.objects.get(name="t.bad"), PeriodicRun.objects.get(name="t.good")
    assert (bad.failures, bad.error) == (2, "ValueError: 坏了")
    assert (good.failures, good.error) == (0, "")
    assert good.started_at is not None
    assert good.seconds is not None


@pytest.mark.django_db(transaction=True)
def test_two_workers_run_it_once() -> None:
    calls: list[int] = []
    running, finish = threading.Event(), threading.Event()

    def slow() -> None:
        calls.append(1)
        running.set()
        finish.wait(10)

    outbox.periodic("t.slow", 60)(slow)

    def run(_: Work = slow) -> None:
        outbox.run_due()
        connection.close()

    other = threading.Thread(target=run)
    other.start()
    assert running.wait(10)
    assert outbox.run_due() == 0
    finish.set()
    other.join()
    assert len(calls) == 1
