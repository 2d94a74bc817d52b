"""The loops of the worker process: one drains the outbox, one runs periodic work beside it.

Two threads, because a long sweep must not keep live events waiting. Neither ends before it is told to: a database that
goes away is waited for.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import psycopg
from django.db import DatabaseError, connection

from huying.kernel.outbox.dispatch import BATCH, dispatch_once
from huying.kernel.outbox.leader import DISPATCHING, TICKING, Leadership
from huying.kernel.outbox.periodic import run_due

logger = logging.getLogger(__name__)

INTERVAL_SECONDS = 0.2  # after a round that had something to do: what comes meanwhile goes together
IDLE_SECONDS = 0.05  # after one that had nothing, which costs a millisecond: the next news is told almost at once
TICK_SECONDS = 1.0
FOLLOWER_SECONDS = 1.0  # how soon another process takes over from a leader that died
LONGEST_PAUSE_SECONDS = 3.0


def run_dispatcher(stop: threading.Event) -> None:
    """Dispatch and run periodic work until `stop` is set, whenever this process leads. Blocks."""
    ticking = threading.Thread(target=_lead, args=(TICKING, _tick, stop), name="huying periodic work", daemon=True)
    ticking.start()
    try:
        _lead(DISPATCHING, _dispatch, stop)
    finally:
        ticking.join()


def _dispatch() -> float:
    done = dispatch_once()
    if done >= BATCH:
        return 0.0
    return INTERVAL_SECONDS if done else IDLE_SECONDS


def _tick() -> float:
    run_due()
    return TICK_SECONDS


def _lead(lock: int, work: Callable[[], float], stop: threading.Event) -> None:
    """Do `work` again and again while holding `lock`; it returns how long to wait before the next time."""
    leadership = Leadership(lock)
    troubles = 0
    try:
        while not stop.is_set():
            try:
                pause = work() if leadership.held() else FOLLOWER_SECONDS
                troubles = 0
            except Exception as error:
                pause = min(0.25 * 2 ** min(troubles, 10), LONGEST_PAUSE_SECONDS)
                troubles += 1
                if isinstance(error, DatabaseError | psycopg.Error):
                    logger.warning("The database is away, next attempt in %.1f s: %s", pause, error)
                else:
                    logger.exception("A round of the worker failed, next attempt in %.1f s", pause)
                connection.close()
            stop.wait(pause)
    finally:
        leadership.release()
        connection.close()
