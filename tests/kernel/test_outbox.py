"""The outbox: what a change promised happens once, whatever fails on the way."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from huying.kernel import outbox
from huying.kernel.database import connect_directly
from huying.kernel.models import Generation, Outbox
from huying.kernel.outbox import dispatch
from huying.kernel.outbox.emit import handlers
from huying.kernel.outbox.notify import collect, pack

pytestmark = pytest.mark.django_db


@pytest.fixture
def topic() -> Iterator[Callable[[str, outbox.Handler], None]]:
    """Register a handler for the length of a test."""
    names: list[str] = []

    def register(name: str, handle: outbox.Handler) -> None:
        outbox.handler(name)(handle)
        names.append(name)

    yield register
    for name in names:
        del handlers._items[name]


def emit(topic: str, *numbers: int) -> None:
    with transaction.atomic():
        outbox.emit(topic, [{"n": n} for n in numbers])


def due_now() -> None:
    Outbox.objects.filter(set_aside_at=None).update(retry_at=None)


def test_a_batch_is_handed_over_at_once_and_in_order(topic: Callable[..., None]) -> None:
    calls: list[list[int]] = []
    topic("t.one", lambda payloads: calls.append([p["n"] for p in payloads]))
    topic("t.two", lambda payloads: calls.append([p["n"] for p in payloads]))
    emit("t.one", 1, 2)
    emit("t.two", 10)
    emit("t.one", 3)

    assert outbox.dispatch_once() == 4

    assert calls == [[1, 2, 3], [10]]
    assert not Outbox.objects.exists()
    assert outbox.dispatch_once() == 0


@pytest.mark.parametrize("rows", [1, 200])
def test_the_cost_of_a_batch_does_not_grow_with_its_rows(
    rows: int, topic: Callable[..., None], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    topic("t.one", lambda payloads: None)
    emit("t.one", *range(rows))
    with django_assert_num_queries(5):  # DELETE … RETURNING and two savepoints
        outbox.dispatch_once()


def test_what_is_rolled_back_promised_nothing() -> None:
    with suppress(ZeroDivisionError), transaction.atomic():
        outbox.emit("t.one", [{"n": 1}])
        raise ZeroDivisionError
    assert not Outbox.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_emitting_outside_a_transaction_is_a_mistake() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        outbox.emit("t.one", [{"n": 1}])


def test_one_poisoned_row_spoils_no_other(topic: Callable[..., None]) -> None:
    def handle(payloads: list[outbox.Payload]) -> None:
        for payload in payloads:
            Generation.objects.create(key=f"seen {payload['n']}")
        if any(payload["n"] == 7 for payload in payloads):
            raise ValueError("电话 13812345678 处理失败")

    topic("t.one", handle)
    topic("t.two", lambda payloads: None)
    emit("t.one", *range(50))
    emit("t.two", 1)

    outbox.dispatch_once()

    assert Generation.objects.filter(key__startswith="seen").count() == 49
    row = Outbox.objects.get()
    assert row.payload == {"n": 7}
    assert row.attempts == 1
    assert row.retry_at is not None
    assert "138****5678" in row.last_error  # personal data do not get into the diagnosis
    assert outbox.dispatch_once() == 0, "it waits before it is tried again"


def test_a_handler_that_goes_on_after_a_database_error_has_failed(topic: Callable[..., None]) -> None:
    def handle(payloads: list[outbox.Payload]) -> None:
        Generation.objects.create(key="once")
        with suppress(IntegrityError), transaction.atomic(savepoint=False):
            Generation.objects.create(key="once")

    topic("t.one", handle)
    emit("t.one", 1)
    outbox.dispatch_once()
    assert "database error" in Outbox.objects.get().last_error


def test_a_row_that_failed_before_is_tried_alone(topic: Callable[..., None]) -> None:
    calls: list[list[int]] = []
    topic("t.one", lambda payloads: calls.append([p["n"] for p in payloads]))
    emit("t.one", 1, 2, 3)
    Outbox.objects.filter(payload__n=2).update(attempts=1)

    outbox.dispatch_once()

    assert calls == [[1, 3], [2]]


def test_after_many_attempts_a_row_is_set_aside_and_listed(topic: Callable[..., None]) -> None:
    def fail(payloads: list[outbox.Payload]) -> None:
        raise ValueError("坏了")

    topic("t.one", fail)
    emit("t.one", 1)
    waits: list[datetime] = []
    for _ in range(dispatch.MOST_ATTEMPTS):
        due_now()
        assert outbox.dispatch_once() == 1
        waits += [row.retry_at for row in Outbox.objects.all() if row.retry_at]
    assert len(waits) == dispatch.MOST_ATTEMPTS - 1
    assert all(earlier < later for earlier, later in pairwise(waits)), "waits grow"

    due_now()
    assert outbox.dispatch_once() == 0
    backlog = outbox.backlog()
    assert backlog.waiting == 0
    assert [(name, error) for _, name, error in backlog.set_aside] == [("t.one", "ValueError: 坏了")]

    assert outbox.release_set_aside("t.one") == 1
    assert outbox.dispatch_once() == 1


def test_a_topic_nobody_knows_waits_for_the_release_that_does(topic: Callable[..., None]) -> None:
    emit("t.later", 1)
    outbox.dispatch_once()
    assert outbox.backlog().waiting == 1

    seen: list[outbox.Payload] = []
    topic("t.later", lambda payloads: seen.append(*payloads))
    due_now()
    outbox.dispatch_once()
    assert seen == [{"n": 1}]


def test_a_retry_planned_before_the_clock_was_set_back_does_not_wait_for_ever(topic: Callable[..., None]) -> None:
    seen: list[outbox.Payload] = []
    topic("t.one", lambda payloads: seen.append(*payloads))
    emit("t.one", 1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE kernel_outbox SET retry_at = now() + interval '3 days'")
    outbox.dispatch_once()
    assert len(seen) == 1


def test_news_of_a_batch_is_told_once_and_only_if_it_happened(topic: Callable[..., None]) -> None:
    def handle(payloads: list[outbox.Payload]) -> None:
        collect(f"matter:{payload['n'] % 3}" for payload in payloads)
        if any(payload["n"] == 100 for payload in payloads):
            collect(["never"])
            raise ValueError

    topic("t.one", handle)
    emit("t.one", *range(40), 100)
    told: list[str] = []

    def listen(execute: Callable[..., object], sql: str, params: Any, many: bool, context: object) -> object:
        if "pg_notify" in sql:
            told.extend(params[1])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        outbox.dispatch_once()
    assert [json.loads(message) for message in told] == [["matter:0", "matter:1", "matter:2"]]


def test_notifications_stay_within_what_postgresql_takes() -> None:
    names = [f"用户:{n}" for n in range(2000)]
    messages = list(pack(names))
    assert all(len(message.encode()) < 8000 for message in messages)
    assert [name for message in messages for name in json.loads(message)] == names


# --- two processes, kills: with real sessions


@pytest.mark.django_db(transaction=True)
def test_two_dispatchers_and_a_failing_handler(topic: Callable[..., None]) -> None:
    """Every good row is carried out exactly once, the bad one is still there."""

    def handle(payloads: list[outbox.Payload]) -> None:
        if any(payload["n"] == 13 for payload in payloads):
            raise ValueError("13")
        Generation.objects.bulk_create(Generation(key=f"seen {payload['n']}") for payload in payloads)

    topic("t.one", handle)
    emit("t.one", *range(300))
    start = threading.Barrier(2)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            start.wait()
            while outbox.dispatch_once(limit=20):
                pass
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not failures
    assert Generation.objects.filter(key__startswith="seen").count() == 299
    assert [row.payload["n"] for row in Outbox.objects.all()] == [13]


@pytest.mark.django_db(transaction=True)
def test_a_killed_batch_is_carried_out_again(topic: Callable[..., None]) -> None:
    """The session dies between the effects and the commit: neither effects nor deletion remain, then both."""
    killed = threading.Event()

    def handle(payloads: list[outbox.Payload]) -> None:
        Generation.objects.bulk_create(Generation(key=f"seen {payload['n']}") for payload in payloads)
        if not killed.is_set():
            killed.set()
            with connection.cursor() as cursor, connect_directly("killer") as killer:
                cursor.execute("SELECT pg_backend_pid()")
                killer.execute("SELECT pg_terminate_backend(%s, 5000)", cursor.fetchone())
            Generation.objects.count()  # notices that the session is gone

    topic("t.one", handle)
    emit("t.one", 1, 2, 3)
    stop = threading.Event()
    worker = threading.Thread(target=outbox.run_dispatcher, args=(stop,))
    worker.start()
    try:
        wait_until(lambda: killed.is_set() and not Outbox.objects.exists())
    finally:
        stop.set()
        worker.join()
    assert Generation.objects.filter(key__startswith="seen").count() == 3


@pytest.mark.django_db(transaction=True)
def test_one_leads_and_another_takes_over_when_its_session_dies() -> None:
    first, second = outbox.Leadership(outbox.DISPATCHING), outbox.Leadership(outbox.DISPATCHING)
    assert not outbox.is_led(outbox.DISPATCHING)
    try:
        assert first.held()
        assert not second.held()
        assert outbox.is_led(outbox.DISPATCHING)

        assert first._session is not None
        with connect_directly("killer") as killer:
            killer.execute("SELECT pg_terminate_backend(%s, 5000)", [first._session.info.backend_pid])
        assert second.held()
        first._checked_at = 0.0  # a second later
        with pytest.raises(psycopg.Error):
            first.held()
        assert not first.held()
    finally:
        first.release()
        second.release()
    assert not outbox.is_led(outbox.DISPATCHING)


def wait_until(condition: Callable[[], bool], seconds: float = 15) -> None:
    waiting = threading.Event()
    for _ in range(int(seconds / 0.05)):
        if condition():
            return
        waiting.wait(0.05)
    raise AssertionError(f"did not happen within {seconds} s")
