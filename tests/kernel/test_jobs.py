"""Jobs belong to the transaction that defers them and outlive the worker that runs them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import DjangoAssertNumQueries

from huying.kernel import health, jobs
from huying.kernel.models import Generation
from tests.kernel.test_outbox import wait_until


@pytest.fixture
def remember() -> Iterator[jobs.Job]:
    """A job that leaves a mark in the database."""

    @jobs.job("test.remember", retry=jobs.later(attempts=2))
    def run(*, name: str) -> None:
        with transaction.atomic():
            Generation.objects.create(key=name)
            jobs.defer(follow_up)

    @jobs.job("test.follow_up")
    def follow_up() -> None:
        Generation.objects.create(key="followed")

    yield run
    for name in ("test.remember", "test.follow_up"):
        del app.tasks[name]


@pytest.mark.django_db(transaction=True)
def test_a_job_of_a_transaction_that_was_rolled_back_never_was(remember: jobs.Job) -> None:
    with suppress(ZeroDivisionError), transaction.atomic():
        jobs.defer(remember, name="never")
        raise ZeroDivisionError
    with transaction.atomic():
        jobs.defer(remember, name="once")
    assert [job.args for job in ProcrastinateJob.objects.all()] == [{"name": "once"}]


@pytest.mark.django_db
def test_many_jobs_are_one_statement(remember: jobs.Job, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        jobs.defer_many(remember, [{"name": str(n)} for n in range(100)])
    assert ProcrastinateJob.objects.count() == 100
    jobs.defer_many(remember, [])


@pytest.mark.django_db
def test_a_job_may_wait(remember: jobs.Job) -> None:
    jobs.defer(remember, name="later", in_seconds=3600)
    assert ProcrastinateJob.objects.get().scheduled_at is not None


@pytest.mark.django_db(transaction=True)
def test_the_worker_runs_jobs_and_what_they_defer(remember: jobs.Job) -> None:
    """In the worker's process, too, deferring belongs to the running transaction."""
    stop = threading.Event()
    worker = threading.Thread(target=jobs.run_worker, args=(stop,))
    worker.start()
    try:
        jobs.defer(remember, name="done")
        wait_until(lambda: Generation.objects.filter(key="followed").exists())
        wait_until(lambda: not ProcrastinateJob.objects.exists())
    finally:
        stop.set()
        worker.join()
    assert Generation.objects.filter(key="done").exists()


@pytest.mark.django_db(transaction=True)
def test_a_job_left_by_a_dead_worker_runs_again(remember: jobs.Job) -> None:
    jobs.defer(remember, name="left")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id"
        )
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", [cursor.fetchone()[0]])
    jobs.rescue()
    job = ProcrastinateJob.objects.get()
    assert job.status == "todo"


@pytest.mark.django_db
def test_a_job_that_takes_whatever_is_there_waits_only_once() -> None:
    @jobs.job("test.once")
    def run() -> None: ...

    try:
        assert jobs.defer_once(run, name="test.once")
        assert not jobs.defer_once(run, name="test.once")
        assert ProcrastinateJob.objects.count() == 1
        # One is running and its worker dies: the one that waits will do.
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL")
        assert jobs.defer_once(run, name="test.once")
        jobs.rescue()
        assert [job.status for job in ProcrastinateJob.objects.all()] == ["todo"]
    finally:
        del app.tasks["test.once"]


@pytest.mark.django_db
def test_a_job_that_is_tried_again_cannot_be_deferred_once(remember: jobs.Job) -> None:
    with pytest.raises(ValueError, match="tried again"):
        jobs.defer_once(remember, name="x")


@pytest.mark.django_db
def test_what_was_given_up_is_listed_and_run_again(remember: jobs.Job) -> None:
    number = jobs.defer(remember, name="x")
    assert jobs.failed() == []
    assert health.failed_jobs().ok
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed'")
    assert jobs.failed() == [(number, "test.remember")]
    assert "test.remember" in health.failed_jobs().message
    assert jobs.retry_failed() == 1
    assert ProcrastinateJob.objects.get().status == "todo"
