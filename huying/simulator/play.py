"""Time passes: cases open, move and are swept, window after window, all through the flow engine."""

from __future__ import annotations

import datetime as dt
import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from random import Random

from django.db import transaction

from huying.cases.flow import CASES
from huying.matters import engine
from huying.matters.engine import Move, Opening, Result
from huying.matters.messages import Posts
from huying.matters.sweep import sweep
from huying.simulator import telling
from huying.simulator.arrivals import Arrival
from huying.simulator.habits import habit_of
from huying.simulator.life import Life
from huying.simulator.world import World

BATCH = 1000  # at most so many matters in one call of the engine
# Steps of one window are taken in this order, so that each call takes many matters.
ORDER = (
    "receive", "join", "answer", "return_to_reporter", "add_information", "no_answer", "triage", "hand_back",
    "dispatch", "acknowledge", "take_part", "contact", "report_part", "accept_part", "pass_down", "take_on",
    "give_back", "send_to_grid", "report_check", "propose", "send_back", "approve", "publish_reply", "callback",
    "record_opinion", "close_without_callback", "rework", "judge", "decide_review", "rate",
)  # fmt: skip
# What runs out exactly at the end of a window belongs to the next one, as every other event does.
_JUST_BEFORE = dt.timedelta(microseconds=1)


# Something a case is going to do: second, index of the case (of which only one event waits at a time), step, moment.
Event = tuple[float, int, str, dt.datetime, Life]


@dataclass(slots=True)
class Played:
    """What a run did. A refusal is a fault of the simulation and stays empty."""

    opened: int = 0
    moves: int = 0
    swept: int = 0
    sample: int | None = None
    refusals: Counter[str] = field(default_factory=Counter)


class Play:
    """One run. `until` is its end: what lies beyond has not happened yet. From `told_from` on people are told."""

    def __init__(self, world: World, *, seed: int, until: dt.datetime, told_from: dt.datetime | None = None) -> None:
        self.world = world
        self.seed = seed
        self.until = until
        self.told_from = told_from or until
        self.habits = {code: habit_of(code, seed) for code in world.book.by_code}
        self.played = Played()
        self._chance = Random(seed)  # noqa: S311
        self._events: list[Event] = []

    @cached_property
    def _posts(self) -> Posts:
        """Of all bodies: nobody changes posts while a simulation runs."""
        return Posts.read(self.world.book.by_id)

    def run(
        self,
        coming: Iterable[Arrival],
        windows: Iterable[dt.datetime],
        *,
        after_window: Callable[[int], None] | None = None,
        sweeping: Callable[[Callable[[], None]], None] | None = None,
    ) -> Played:
        """Play until the last of `windows` (their ends, in order).

        `after_window` is told how many have opened; `sweeping` runs the sweep when several play at once.
        """
        waiting = _Waiting(coming)
        for end in windows:
            before = self.played.opened
            with transaction.atomic():
                self._window(end, waiting, self._is_told(end))
                if sweeping is None:
                    self._sweep(end)
            if sweeping is not None:
                sweeping(partial(self._sweep, end))
            if after_window:
                after_window(self.played.opened - before)
        return self.played

    def _is_told(self, end: dt.datetime) -> bool:
        return end > self.told_from

    def _sweep(self, end: dt.datetime) -> None:
        past = self._is_told(end)
        with transaction.atomic():
            self.played.swept += sweep(end - _JUST_BEFORE, quiet=not past, past=past)

    def _window(self, end: dt.datetime, waiting: _Waiting, past: bool) -> None:
        due: dict[str, list[Event]] = {step: [] for step in ORDER}
        for arrival in waiting.before(end):
            life = Life(self.world, self.habits, arrival, self.seed)
            step, moment = life.begin()
            due[step].append((moment.timestamp(), arrival.index, step, moment, life))
        limit = end.timestamp()
        waiting_events = self._events
        while True:
            while waiting_events and waiting_events[0][0] < limit:
                event = heapq.heappop(waiting_events)
                due[event[2]].append(event)
            step = next((step for step in ORDER if due[step]), "")
            if not step:
                return
            events, due[step] = sorted(due[step]), []
            for start in range(0, len(events), BATCH):
                results = self._take(step, events[start : start + BATCH], end)
                if past:
                    telling.tell(results, self._posts)

    def _take(self, step: str, events: Sequence[Event], end: dt.datetime) -> Sequence[Result]:
        if step == "receive":
            openings = []
            for _, _, _, moment, life in events:
                actor, data = life.data(step, moment)
                openings.append(Opening(actor, data, moment, recorded_at=moment))
            results = engine.open_many(CASES, step, openings, now=end, quiet=True)
            self.played.opened += len(events)
            self._after_opening(events, results)
        else:
            moves = []
            for _, _, _, moment, life in events:
                actor, data = life.data(step, moment)
                moves.append(Move(life.matter_id, actor, data, moment, recorded_at=moment))
            results = engine.move(CASES, step, moves, now=end, quiet=True)
        self.played.moves += len(events)
        for event, result in zip(events, results, strict=True):
            self._go_on(event, result)
        return results

    def _after_opening(self, events: Sequence[Event], results: Sequence[Result]) -> None:
        alone: set[int] = set()
        for (_, _, _, _, life), result in zip(events, results, strict=True):
            if result.matter is not None and life.arrival.alone:
                alone.add(result.matter.pk)
            if result.matter is not None and life.arrival.leads:
                self.world.mains[life.arrival.same] = result.matter.number
            if result.matter is not None and life.arrival.sample:
                self.played.sample = result.matter.pk
        telling.acknowledge_alarms(results, alone, self.world, self._chance)

    def _go_on(self, event: Event, result: Result) -> None:
        _, index, taken, at, life = event
        if result.matter is None:
            assert result.refusal is not None
            self.played.refusals[f"{taken}: {result.refusal.message} {result.refusal.fields or ''}"] += 1
            return
        life.matter_id = result.matter.pk
        coming = life.after(taken, result.matter, at, _waiting_due(result))
        if coming is None:
            return
        step, moment = coming
        if moment < self.until:
            heapq.heappush(self._events, (moment.timestamp(), index, step, moment, life))


class _Waiting:
    """An iterator of arrivals that can be asked for those before a moment."""

    def __init__(self, coming: Iterable[Arrival]) -> None:
        self._rest = iter(coming)
        self._next = next(self._rest, None)

    def before(self, end: dt.datetime) -> Iterator[Arrival]:
        while self._next is not None and self._next.at < end:
            yield self._next
            self._next = next(self._rest, None)


def _waiting_due(result: Result) -> dt.datetime | None:
    """When the reporter's time to answer is up, if this step has asked."""
    assert result.change is not None
    clocks = result.change.facts.get("clocks")
    started = clocks.get("started") if isinstance(clocks, dict) else None
    due = started.get("waiting") if isinstance(started, dict) else None
    return dt.datetime.fromisoformat(due) if due else None


def windows(first: dt.datetime, until: dt.datetime, *, length: dt.timedelta) -> list[dt.datetime]:
    """Ends of windows of this length that fill the time between."""
    number = max(1, -(-(until - first) // length))
    return [*(first + length * n for n in range(1, number)), until]


def fitting_length(scale: float) -> dt.timedelta:
    """So long that a window holds some hundred cases, and at most two weeks.

    A window is one transaction, and each number from outside takes a lock until its end.
    """
    return dt.timedelta(days=min(14.0, max(0.02, 1.0 / scale)))
