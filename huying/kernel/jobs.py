"""Work that may take long or talks to the outside: jobs are rows of the same database, run by worker processes.

    @job("messages.send", retry=later(attempts=6))      # in a room's tasks.py
    def send(*, delivery_ids: list[int]) -> None: …

    defer(send, delivery_ids=[1, 2])                    # commits or rolls back with the running transaction
    defer_many(send, [{"delivery_ids": [1]}, …])        # one statement

A job may run twice (its worker was killed after the work, before the mark): write it so that the second run notices.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import psycopg
from asgiref.sync import async_to_sync
from django.db import transaction
from django.utils import timezone
from procrastinate import App, BaseRetryStrategy, RetryStrategy, exceptions
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import JobDeferrer, Status
from procrastinate.psycopg_connector import PsycopgConnector
from procrastinate.tasks import Task

from huying.kernel.database import direct_conninfo
from huying.kernel.outbox import periodic

logger = logging.getLogger(__name__)

Job = Task[Any, Any, Any]
HEARTBEAT_SECONDS = 10.0
SILENT_SECONDS = 40.0  # a worker unheard of for so long is dead
LONGEST_PAUSE_SECONDS = 3.0


def job(name: str, *, queue: str = "default", retry: BaseRetryStrategy | None = None) -> Callable[..., Job]:
    """Make a function a job. `name` is written into its rows, so it outlives the function's."""
    return app.task(name=name, queue=queue, retry=retry or False)


def later(*, attempts: int, first_seconds: int = 10) -> RetryStrategy:
    """Try again up to so many times, waiting a little longer each time."""
    return RetryStrategy(max_attempts=attempts, wait=first_seconds, linear_wait=3 * first_seconds)


def defer(task: Job, *, lock: str | None = None, in_seconds: int | None = None, **arguments: Any) -> int:
    """Have a job run soon, or after so many seconds. Jobs with the same `lock` run one after the other."""
    return _configured(task, lock, in_seconds).defer(**arguments)


def defer_once(task: Job, *, name: str, **arguments: Any) -> bool:
    """Have a job run soon unless one of that name is waiting already. Those of one name run one after the other.

    For jobs that take whatever is there. They must not be of the kind that is tried again: the next will do it.
    """
    if task.retry_strategy is not None:
        raise ValueError(f"{task.name} is tried again, it cannot be deferred once")
    try:
        with transaction.atomic():
            task.configure(lock=name, queueing_lock=name).defer(**arguments)
    except exceptions.AlreadyEnqueued:
        return False
    return True


def defer_many(task: Job, arguments: Sequence[Mapping[str, Any]], *, in_seconds: int | None = None) -> None:
    """Have a job run once for each set of arguments."""
    if arguments:
        _configured(task, None, in_seconds).batch_defer(*map(dict, arguments))


def _configured(task: Job, lock: str | None, in_seconds: int | None) -> JobDeferrer:
    return task.configure(lock=lock, schedule_in=None if in_seconds is None else {"seconds": in_seconds})


def run_worker(stop: threading.Event, *, concurrency: int = 4) -> None:
    """Run jobs until `stop` is set, then finish the running ones. Blocks; waits for a database that went away."""
    troubles = 0
    while not stop.is_set():
        try:
            asyncio.run(_work(stop, concurrency))
            troubles = 0
        except (psycopg.Error, exceptions.ConnectorException, OSError) as error:
            troubles += 1
            logger.warning("The worker lost its database: %s", error)
        except Exception:
            troubles += 1
            logger.exception("The worker ended")
        stop.wait(min(0.25 * 2 ** min(troubles, 10), LONGEST_PAUSE_SECONDS))


async def _work(stop: threading.Event, concurrency: int) -> None:
    # An app of its own: were the connector of the shared one replaced, deferring a job inside a transaction would no
    # longer belong to the transaction in this process.
    connector = PsycopgConnector(conninfo=direct_conninfo("huying worker"), min_size=1, max_size=concurrency + 2)
    worker_app = App(connector=connector, worker_defaults=app.worker_defaults)
    worker_app.tasks = app.tasks
    async with worker_app.open_async():
        worker = asyncio.create_task(
            worker_app.run_worker_async(
                concurrency=concurrency,
                delete_jobs="successful",
                install_signal_handlers=False,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=SILENT_SECONDS,
            )
        )
        while not worker.done():
            if stop.is_set():
                worker.cancel()
                with suppress(asyncio.CancelledError):
                    await worker
                return
            await asyncio.wait([worker], timeout=0.2)
        await worker


def run_pending() -> None:
    """Run what is waiting now, one job after the other, and return. For tests and commands."""
    stop_when_idle = App(connector=app.connector, worker_defaults=app.worker_defaults)
    stop_when_idle.tasks = app.tasks
    async_to_sync(stop_when_idle.run_worker_async)(wait=False, install_signal_handlers=False, listen_notify=False)


@periodic("jobs.rescue", 30)
def rescue() -> None:
    """Give the jobs of workers that died to the living."""
    manager = app.job_manager
    for stalled in async_to_sync(manager.get_stalled_jobs)(seconds_since_heartbeat=SILENT_SECONDS):
        logger.warning("Job %s (%s) was left by a worker that died; it runs again", stalled.id, stalled.task_name)
        try:
            with transaction.atomic():
                async_to_sync(manager.retry_job)(stalled)
        except exceptions.UniqueViolation:  # another one of its name is waiting and will do it
            async_to_sync(manager.finish_job)(stalled, status=Status.FAILED, delete_job=True)


def failed() -> list[tuple[int, str]]:
    """Ids and names of jobs that were given up; the first hundred."""
    rows = ProcrastinateJob.objects.filter(status=Status.FAILED.value).order_by("id")
    return list(rows.values_list("id", "task_name")[:100])


def retry_failed() -> int:
    """Run again what was given up, after its cause has been mended. Returns how many."""
    now = timezone.now()
    jobs = failed()
    for pk, _ in jobs:
        app.job_manager.retry_job_by_id(pk, now)
    return len(jobs)
