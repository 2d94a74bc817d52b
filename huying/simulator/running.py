"""A run of `huying simulate`: the last days of a district, at the size asked for."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections import Counter
from dataclasses import dataclass

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from huying.callouts.responses import RESPONSES
from huying.kernel.commands import Progress, Trouble
from huying.matters.ledger import take_anchor
from huying.matters.models import Matter
from huying.simulator import calling, district, figures
from huying.simulator.arrivals import YEAR
from huying.simulator.play import fitting_length, windows
from huying.simulator.together import Share, Told, database_url, play_share, play_together
from huying.simulator.world import World

DISTRICT_SEED = 2026
WORTH_SHARING = 10_000  # cases; below, starting processes takes longer than it saves


@dataclass(frozen=True, slots=True)
class Run:
    """What a run did, and its figures as lines of a table."""

    opened: int
    moves: int
    seconds: float
    refusals: list[tuple[str, int]]
    figures: list[tuple[str, str, str]]


def run(*, days: int, scale: float, seed: int, workers: int | None = None, now: dt.datetime | None = None) -> Run:
    """Play the last `days` days until `now` on the demo district, which is built where there is nothing yet.

    Raises:
        Conflict: the database belongs to somebody else.
        Trouble: the database has no tables yet, or a process failed.
    """
    if "kernel_generation" not in connection.introspection.table_names():
        raise Trouble("数据库还没有建好。请先执行 huying migrate。")
    if not district.is_built():
        district.build(seed=DISTRICT_SEED)
    now = now or timezone.now()
    before = Matter.objects.aggregate(last=Max("pk"))["last"] or 0
    shares = _shares(days, scale, seed, workers, now)
    opened = moves = 0
    refusals: Counter[str] = Counter()
    started = time.perf_counter()
    with Progress("演练", round(YEAR / 365 * days * scale)) as progress:

        def count(told: Told) -> None:
            nonlocal opened, moves
            opened += told.opened
            moves += told.moves
            refusals.update(dict(told.refusals))
            progress.advance(told.opened)

        if len(shares) == 1:
            play_share(shares[0], count)
        else:
            for told in play_together(shares):
                count(told)
    seconds = time.perf_counter() - started
    take_anchor(timezone.now())
    return Run(opened, moves, seconds, refusals.most_common(), figures.rows(before))


def run_callouts(*, days: int, scale: float, seed: int, now: dt.datetime | None = None) -> Run:
    """The last `days` days of call-outs; `moves` of the result is how often units were called.

    Raises:
        Conflict: the database belongs to somebody else.
    """
    if not district.is_built():
        district.build(seed=DISTRICT_SEED)
    now = now or timezone.now()
    before = Matter.objects.aggregate(last=Max("pk"))["last"] or 0
    share = days / 365 * scale
    calls, called = round(calling.YEAR_CALLS * share), round(calling.YEAR_CALLED * share)
    started = time.perf_counter()
    with Progress("演练呼叫", calls) as progress:
        calling.play_year(
            World(DISTRICT_SEED), now, seed=seed, calls=calls, called=called, days=days, after_window=progress.advance
        )
    seconds = time.perf_counter() - started
    take_anchor(timezone.now())
    responses = Matter.objects.filter(kind=RESPONSES.kind, pk__gt=before).count()
    return Run(calls, responses, seconds, [], figures.of_callouts(before, now))


def _shares(days: int, scale: float, seed: int, workers: int | None, now: dt.datetime) -> list[Share]:
    expected = YEAR / 365 * days * scale
    of = workers or (1 if expected < WORTH_SHARING else min(os.cpu_count() or 1, 4))
    first = now - dt.timedelta(days=days)
    ends = windows(first, now, length=fitting_length(scale))
    run = f"{Matter.objects.count() % 1000:03}"
    return [Share(rank, of, seed, first, now, scale, ends, run, database_url()) for rank in range(of)]
