"""One simulation on several cores: each process plays every n-th case, all wait for each other after every window.

What happens to a case depends on the seed and its index alone, so the cases are the same however many play; only their
numbers, which come from one sequence, are given out in another order.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from multiprocessing.context import SpawnProcess
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

from django.db import connection

from huying.kernel.commands import Trouble

PATIENCE = 1800  # seconds one waits for another


@dataclass(frozen=True, slots=True)
class Share:
    """What one process has to know; plain values only, they are sent to it."""

    rank: int
    of: int
    seed: int
    first: dt.datetime
    until: dt.datetime
    scale: float
    ends: Sequence[dt.datetime]
    run: str
    database_url: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a process reports: cases opened in a window; at its end, moves and refusals."""

    opened: int
    moves: int = 0
    swept: int = 0
    refusals: tuple[tuple[str, int], ...] = ()
    done: bool = False


def play_share(share: Share, tell: Callable[[Told], None], barrier: Barrier | None = None) -> None:
    """Play one share in this process."""
    from huying.simulator.arrivals import arrivals
    from huying.simulator.play import Play
    from huying.simulator.world import World

    world = World(share.seed, run=share.run)
    coming = arrivals(share.first, share.until, scale=share.scale, seed=share.seed, calendar=world.calendar)
    play = Play(world, seed=share.seed, until=share.until)

    def sweeping(sweep: Callable[[], None]) -> None:
        # Nobody is ahead of the clocks while one sweeps for all.
        assert barrier is not None
        barrier.wait(PATIENCE)
        if share.rank == 0:
            sweep()
        barrier.wait(PATIENCE)

    played = play.run(
        islice(coming, share.rank, None, share.of),
        share.ends,
        after_window=lambda opened: tell(Told(opened)),
        sweeping=sweeping if barrier is not None else None,
    )
    tell(Told(0, played.moves, played.swept, tuple(played.refusals.items()), done=True))


def _child(share: Share, queue: Queue[Told], barrier: Barrier) -> None:
    os.environ["DATABASE_URL"] = share.database_url
    import django

    django.setup()
    try:
        play_share(share, queue.put, barrier)
    except BaseException:
        barrier.abort()
        raise


def play_together(shares: Sequence[Share]) -> Iterator[Told]:
    """What the processes report, as it comes; ends when all are done.

    Raises:
        Trouble: one of them failed; its trace is on the error stream.
    """
    context = get_context("spawn")
    barrier = context.Barrier(len(shares))
    queue: Queue[Told] = context.Queue()
    with _running([context.Process(target=_child, args=(share, queue, barrier)) for share in shares]) as processes:
        left = len(shares)
        while left:
            told = _next(queue, processes)
            left -= told.done
            yield told


def _next(queue: Queue[Told], processes: Sequence[SpawnProcess]) -> Told:
    from queue import Empty

    while True:
        try:
            return queue.get(timeout=1)
        except Empty:
            if any(process.exitcode not in (None, 0) for process in processes):
                raise Trouble("模拟中断：一个进程出错，原因见上面的输出。已写入的诉求件保持原样。") from None


@contextmanager
def _running(processes: Sequence[SpawnProcess]) -> Iterator[Sequence[SpawnProcess]]:
    for process in processes:
        process.start()
    try:
        yield processes
        for process in processes:
            process.join()
    finally:
        for process in processes:
            if process.is_alive():
                process.terminate()
                process.join()


def database_url() -> str:
    """The database of this process's connection, as another process can be told."""
    from urllib.parse import quote, urlencode

    named = connection.settings_dict
    host, port = str(named["HOST"]), str(named["PORT"])
    query = {"host": host} | ({"port": port} if port else {})
    user = quote(str(named["USER"]), safe="") + (
        f":{quote(str(named['PASSWORD']), safe='')}" if named["PASSWORD"] else ""
    )
    return f"postgresql://{user}@/{quote(str(named['NAME']), safe='')}?{urlencode(query, safe='/,')}"
