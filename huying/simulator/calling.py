"""Call-outs of the simulated district: who calls whom for what (`plan`), and what becomes of it (`Calling`), through
the flow engine, each step at its own moment."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from random import Random

from django.db import transaction
from django.utils import timezone

from huying.callouts.enums import Level
from huying.callouts.flow import CALLOUTS
from huying.callouts.models import Response
from huying.callouts.options import callable_by
from huying.callouts.responses import RESPONSES
from huying.kernel.calendar import Unit, due
from huying.matters import engine
from huying.matters.engine import Move, Opening, Result
from huying.matters.ledger import take_anchor
from huying.matters.messages import Posts
from huying.matters.models import Matter
from huying.matters.sweep import sweep
from huying.people.actors import SYSTEM, Actor
from huying.people.directory import Listed
from huying.simulator import telling
from huying.simulator.accounts import COMMUNITY
from huying.simulator.world import World

SEED = 98
DEMO = 240  # call-outs of the demo's year
YEAR_CALLS, YEAR_CALLED = 5_297, 5_812  # of the district's year 2021: calls, and how often units were called by them
WINDOW = dt.timedelta(days=14)
TOLD = dt.timedelta(days=7)  # messages are older than that only in a real district
LEVELS = ((Level.COMMUNITY, 0.58), (Level.STREET, 0.31), (Level.DEPARTMENT, 0.11))
# Habits, as shares of all responses.
LATE, LATE_RESULT, DECLINES, BOUND, SENT_BACK, DISSATISFIED, UNRATED = 0.0195, 0.012, 0.02, 0.4, 0.03, 0.0459, 0.04
WITHDRAWN, ASKED_BACK = 0.012, 0.03  # … of all call-outs
LIMIT_HOURS = {"emergency": 0.5, "joint": 2.0}  # to respond, as in a new district's table; 24 elsewhere
LIMIT_DAYS = {"emergency": 3, "joint": 3, "safety": 3}  # to feed back; 5 elsewhere
A_DAY = 390  # working minutes

Data = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Scene:
    purpose: str
    levels: tuple[str, ...]
    units: tuple[str, ...]
    more: tuple[str, ...]
    title: str
    text: str
    wanted: str
    done: tuple[str, ...]
    progress: str


@cache
def _told() -> Mapping[str, object]:
    return tomllib.loads((files("huying.simulator") / "data" / "callouts.toml").read_text(encoding="utf-8"))


@cache
def scenes() -> tuple[Scene, ...]:
    rows = _told()["scene"]
    assert isinstance(rows, list)
    made = ({k: tuple(v) if isinstance(v, list) else v for k, v in row.items()} for row in rows)
    return tuple(Scene(**row) for row in made)  # type: ignore[arg-type]


def words(section: str, key: str) -> tuple[str, ...]:
    table = _told()[section]
    assert isinstance(table, dict)
    return tuple(table[key])


@dataclass(slots=True)
class Answer:
    """What one called unit will do. `until`: the state in which its response stays; "": to the end."""

    unit: str
    late: bool = False
    late_result: bool = False
    verdict: str = ""  # of its wish to stay away; "": it has none
    instead: str = ""
    sent_back: bool = False
    satisfaction: int = 5
    rated: bool = True
    until: str = ""
    matter: Matter | None = None


@dataclass(slots=True)
class Planned:
    """One call. `until`: the state in which it stays before it goes out; "": it goes out."""

    at: dt.datetime
    scene: Scene
    level: Level
    caller: str
    where: str
    n: int
    point: tuple[float, float]
    answers: list[Answer]
    until: str = ""
    sent_back: bool = False
    withdrawn: bool = False
    matter: Matter | None = None

    def say(self, words: str) -> str:
        return words.replace("{where}", self.where).replace("{n}", str(self.n))


# --- planning --------------------------------------------------------------------------------------------------------


def plan(
    world: World, first: dt.datetime, last: dt.datetime, *, calls: int, called: int, chance: Random
) -> list[Planned]:
    """`calls` call-outs in order of time, by which units are called `called` times, those called instead included."""
    found = [_one(world, _moment(first, last, chance), chance) for _ in range(calls)]
    declining = [p for p in found if chance.random() < DECLINES]
    for planned in declining:
        _declines(world, planned, chance)
    missing = called - calls - sum(bool(a.instead) for p in found for a in p.answers)
    roomy = [p for p in found if _others(world, p)]
    for planned in sorted(chance.sample(roomy, min(missing, len(roomy))), key=lambda p: p.at):
        planned.answers.append(_answer(_others(world, planned)[0], chance))
    return sorted(found, key=lambda p: p.at)


def _moment(first: dt.datetime, last: dt.datetime, chance: Random) -> dt.datetime:
    """Mostly in the day, with a few calls at night."""
    day = timezone.localtime(first + (last - first) * chance.random())
    hour = chance.choices(
        range(24), (1, 1, 0, 0, 1, 2, 4, 10, 22, 26, 24, 18, 10, 12, 22, 24, 20, 14, 9, 8, 6, 4, 3, 2)
    )
    at = day.replace(hour=hour[0], minute=chance.randrange(60), second=chance.randrange(60), microsecond=0)
    return min(max(at, first), last)


def _one(world: World, at: dt.datetime, chance: Random, *, purpose: str = "", home: bool = False) -> Planned:
    level = Level.COMMUNITY if home else chance.choices([one for one, _ in LEVELS], [share for _, share in LEVELS])[0]
    fit = [s for s in scenes() if level in s.levels and purpose in ("", s.purpose)]
    scene = chance.choice(fit or [s for s in scenes() if purpose in ("", s.purpose)])
    level = level if fit else Level(scene.levels[0])
    grid = chance.choice(world.by_community[COMMUNITY]) if home else world.grid(chance)
    where = chance.choice([*grid.spot.estates, *grid.spot.roads])
    unit = chance.choice(scene.units)
    caller = {Level.COMMUNITY: grid.spot.community, Level.STREET: grid.spot.street}.get(level, "")
    if not caller:
        callers = [one for one in ("jianshe", "chengguan", "ziran", "yingji", "huanbao", "shuiwu") if one != unit]
        caller = chance.choice(callers)
    point = chance.choice(grid.points)
    planned = Planned(at, scene, level, caller, where, chance.randint(2, 6), point, [_answer(unit, chance)])
    planned.sent_back, planned.withdrawn = chance.random() < ASKED_BACK, chance.random() < WITHDRAWN
    return planned


def _answer(unit: str, chance: Random) -> Answer:
    answer = Answer(unit, late=chance.random() < LATE, late_result=chance.random() < LATE_RESULT)
    answer.sent_back, answer.rated = chance.random() < SENT_BACK, chance.random() >= UNRATED
    satisfied = chance.choices((4, 5), (0.35, 0.65))[0]
    answer.satisfaction = satisfied if chance.random() >= DISSATISFIED else chance.choices((1, 2, 3), (1, 2, 2))[0]
    return answer


def _others(world: World, planned: Planned) -> list[str]:
    """Further units that fit the scene and that this caller may call."""
    fit = {unit.code for unit in callable_by(world.book.by_code[planned.caller])}
    taken = {code for a in planned.answers for code in (a.unit, a.instead)}
    return [code for code in (*planned.scene.more, *planned.scene.units) if code in fit and code not in taken]


def _declines(world: World, planned: Planned, chance: Random) -> None:
    answer = planned.answers[0]
    answer.verdict = "bound" if chance.random() < BOUND else "released"
    if answer.verdict == "released" and (others := _others(world, planned)):
        answer.instead = others[0]


# --- playing ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Calling:
    """Plays planned calls until `now`. What would lie in the future has not happened."""

    world: World
    now: dt.datetime
    chance: Random
    told_from: dt.datetime
    posts: Posts = field(init=False)

    def __post_init__(self) -> None:
        self.posts = Posts.read(self.world.book.by_id)

    def play(self, planned: Sequence[Planned], after_window: Callable[[int], None] = lambda n: None) -> None:
        """A fortnight of calls at a time, each to its end: what is open then is what would be."""
        for window in _windows(planned):
            self._open(window)
            self._go_out(window)
            going = [p for p in window if p.matter is not None and p.matter.state == "issued"]
            self._find_responses(going)
            self._withdraw([p for p in going if p.withdrawn])
            self._answer([p for p in going if not p.withdrawn])
            after_window(len(window))

    # --- before it is out ---

    def _open(self, window: Sequence[Planned]) -> None:
        openings: list[Opening] = []
        for p in window:
            data: dict[str, object] = {
                "purpose": p.scene.purpose,
                "title": p.say(p.scene.title),
                "text": p.say(p.scene.text),
                "wanted": p.scene.wanted,
                "units": [answer.unit for answer in p.answers],
                "address": p.where,
                "lon": p.point[0],
                "lat": p.point[1],
                "submit": p.until != "drafted",
            }
            by = self.world.handler(self._unit(p.caller), self.chance)
            openings.append(Opening(by, data, p.at, recorded_at=p.at))
        results = engine.open_many(CALLOUTS, "draft", openings, now=self.now, quiet=True)
        for p, result in zip(window, results, strict=True):
            p.matter = result.unwrap()
        self._tell(results)

    def _go_out(self, window: Sequence[Planned]) -> None:
        def dispatcher(p: Planned) -> Actor:
            return self.world.at_centre("dispatcher", self.chance)

        def minutes(p: Planned, least: float, most: float) -> dt.timedelta:
            quick = 0.1 if p.scene.purpose == "emergency" else 1.0
            return dt.timedelta(minutes=self.chance.uniform(least, most) * quick)

        def there(state: str) -> list[Planned]:
            return [p for p in window if p.matter is not None and p.matter.state == state and p.until != state]

        back = [p for p in there("analysing") if p.sent_back]
        self._take(
            back, "send_back", dispatcher, lambda p: {"reason": self._word("back")}, lambda p: minutes(p, 10, 60)
        )
        again = [p for p in back if p.matter is not None and p.matter.state == "drafted"]
        self._take(again, "submit", self._caller, lambda p: {}, lambda p: minutes(p, 20, 90))
        self._take(
            there("analysing"),
            "analyse",
            dispatcher,
            lambda p: {
                "purpose": p.scene.purpose,
                "units": [answer.unit for answer in p.answers],
                "note": self._word("analysed"),
            },
            lambda p: minutes(p, 5, 70),
        )
        self._take(there("approving"), "approve", self._approver, lambda p: {}, lambda p: minutes(p, 5, 60))

    def _caller(self, p: Planned) -> Actor:
        return self.world.handler(self._unit(p.caller), self.chance)

    def _approver(self, p: Planned) -> Actor:
        assert p.matter is not None
        return self.world.chief(self.world.book.by_id[p.matter.holder_id])

    def _take(
        self,
        wanted: Sequence[Planned],
        step: str,
        by: Callable[[Planned], Actor],
        data: Callable[[Planned], Data],
        later: Callable[[Planned], dt.timedelta],
    ) -> None:
        """One step of call-outs, so much later than what came before it."""
        going: list[tuple[Planned, Move]] = []
        for p in wanted:
            assert p.matter is not None
            at = p.matter.moved_at + later(p)
            if at <= self.now:
                going.append((p, Move(p.matter.pk, by(p), data(p), at, recorded_at=at)))
        results = engine.move(CALLOUTS, step, [one for _, one in going], now=self.now, quiet=True)
        for (p, _), result in zip(going, results, strict=True):
            p.matter = result.unwrap()
        self._tell(results)

    def _withdraw(self, wanted: Sequence[Planned]) -> None:
        later = dt.timedelta(minutes=6)
        self._take(wanted, "withdraw", self._caller, lambda p: {"reason": self._word("withdraw")}, lambda p: later)

    # --- what units do ---

    def _find_responses(self, going: Sequence[Planned]) -> None:
        rows = Response.objects.filter(callout__in=[p.matter.pk for p in going if p.matter]).select_related("matter")
        found = {(row.callout_id, row.matter.lead_id): row.matter for row in rows}
        for p in going:
            for answer in p.answers:
                assert p.matter is not None
                answer.matter = found[p.matter.pk, self._unit(answer.unit).id]

    def _answer(self, going: Sequence[Planned]) -> None:
        pairs = [(p, answer) for p in going for answer in p.answers]
        self._run_out([(p, a) for p, a in pairs if a.late])
        declining = [(p, a) for p, a in pairs if a.verdict]
        self._move(declining, "decline", self._handler, self._why_not, self._soon)
        ruler = lambda p, a: self.world.at_centre("dispatcher", self.chance)  # noqa: E731
        self._move(
            declining, "rule", ruler, self._ruling, lambda p, a: dt.timedelta(minutes=self.chance.uniform(3, 90))
        )
        for p, answer in declining:
            if answer.instead and answer.matter is not None and answer.matter.state == "released":
                more = _answer(answer.instead, self.chance)
                more.late = False
                p.answers.append(more)
                self._find_responses([p])
                pairs.append((p, more))
        self._move(pairs, "respond", self._handler, self._who, self._respond_in)
        on_site = [(p, a) for p, a in pairs if p.scene.purpose not in ("hard", "service") or p.n > 3]
        coming = {id(answer) for _, answer in on_site}
        others = [pair for pair in pairs if id(pair[1]) not in coming]
        self._move(on_site, "arrive", self._handler, lambda p, a: {"note": "已到现场。"}, self._minutes(8, 50))
        self._move(others, "confer", self._handler, lambda p, a: {"note": self._word("confer")}, self._minutes(30, 200))
        self._move(pairs, "handle", self._handler, lambda p, a: {}, self._minutes(2, 30))
        reporting = [pair for pair in pairs if pair[0].n % 3 == 0]
        self._move(
            reporting, "report", self._handler, lambda p, a: {"text": p.say(p.scene.progress)}, self._minutes(20, 90)
        )
        self._move(pairs, "feed_back", self._handler, self._result, self._feed_back_in)
        back = [(p, a) for p, a in pairs if a.sent_back]
        reason = lambda p, a: {"reason": self._word("send_back")}  # noqa: E731
        self._move(back, "send_back", self._caller_of, reason, self._minutes(60, 400))
        self._move(back, "feed_back", self._handler, self._result, self._minutes(120, 900))
        self._move(pairs, "accept", self._caller_of, lambda p, a: {}, self._minutes(20, 500))
        rating = [(p, a) for p, a in pairs if a.rated]
        self._move(rating, "rate", self._caller_of, self._rating, self._minutes(1, 30))
        self._move(pairs, "rate_caller", self._handler, self._callers_rating, self._minutes(20, 700))

    def _move(
        self,
        pairs: Sequence[tuple[Planned, Answer]],
        step: str,
        by: Callable[[Planned, Answer], Actor],
        data: Callable[[Planned, Answer], Data],
        later: Callable[[Planned, Answer], dt.timedelta],
    ) -> None:
        """One step of those responses that stand where it begins and do not stay there."""
        sources = RESPONSES.step[step].sources
        going: list[tuple[Answer, Move]] = []
        for p, answer in pairs:
            matter = answer.matter
            if matter is None or matter.state not in sources or answer.until == matter.state:
                continue
            at = matter.moved_at + later(p, answer)
            if at <= self.now:
                going.append((answer, Move(matter.pk, by(p, answer), data(p, answer), at, recorded_at=at)))
        results = engine.move(RESPONSES, step, [one for _, one in going], now=self.now, quiet=True)
        for (answer, _), result in zip(going, results, strict=True):
            answer.matter = result.unwrap()
        self._tell(results)

    def _run_out(self, pairs: Sequence[tuple[Planned, Answer]]) -> None:
        """The limit passed before they came: what the sweep would have done then."""
        for p, answer in pairs:
            assert answer.matter is not None
            at = answer.matter.opened_at + self._limit(p)
            if at <= self.now and answer.until != "waiting":
                move = Move(answer.matter.pk, SYSTEM, {}, at, recorded_at=at)
                results = engine.move(RESPONSES, "run_out", [move], now=self.now, quiet=True)
                answer.matter = results[0].unwrap()
                self._tell(results)

    def _limit(self, p: Planned) -> dt.timedelta:
        return dt.timedelta(hours=LIMIT_HOURS.get(p.scene.purpose, 24.0))

    def _soon(self, p: Planned, answer: Answer) -> dt.timedelta:
        return self._limit(p) * self.chance.uniform(0.03, 0.12)

    def _respond_in(self, p: Planned, answer: Answer) -> dt.timedelta:
        """Since it was called, or since what was ruled."""
        assert answer.matter is not None
        if answer.late:
            return self._limit(p) * self.chance.uniform(0.1, 0.9)  # after it ran out
        return self._limit(p) * self.chance.triangular(0.02, 0.75, 0.15)

    def _feed_back_in(self, p: Planned, answer: Answer) -> dt.timedelta:
        """Within the working days there are, or beyond them; never before half an hour of work."""
        assert answer.matter is not None
        matter = answer.matter
        days = LIMIT_DAYS.get(p.scene.purpose, 5)
        share = self.chance.uniform(1.05, 1.6) if answer.late_result else self.chance.triangular(0.05, 0.9, 0.4)
        hours = self._unit(answer.unit).hours
        at = due(
            matter.opened_at, max(30, int(days * A_DAY * share)), Unit.WORKING_MINUTES, hours, self.world.calendar
        ).at
        return max(at - matter.moved_at, dt.timedelta(minutes=30))

    def _minutes(self, least: float, most: float) -> Callable[[Planned, Answer], dt.timedelta]:
        return lambda p, answer: dt.timedelta(minutes=self.chance.uniform(least, most))

    # --- who, and what they say ---

    def _unit(self, code: str) -> Listed:
        return self.world.book.by_code[code]

    def _handler(self, p: Planned, answer: Answer) -> Actor:
        return self.world.handler(self._unit(answer.unit), self.chance)

    def _caller_of(self, p: Planned, answer: Answer) -> Actor:
        return self._caller(p)

    def _word(self, key: str) -> str:
        return self.chance.choice(words("words", key))

    def _who(self, p: Planned, answer: Answer) -> Data:
        return {"minutes": self.chance.choice((10, 15, 20, 30, 40))} if p.scene.purpose == "emergency" else {}

    def _why_not(self, p: Planned, answer: Answer) -> Data:
        cause = self.chance.choice(("not_ours", "other_unit", "wrong_place", "repeated"))
        said = {"cause": cause, "reason": self.chance.choice(words("decline", cause))}
        return said | ({"suggested": answer.instead} if answer.instead else {})

    def _ruling(self, p: Planned, answer: Answer) -> Data:
        said = {"verdict": answer.verdict, "reason": self.chance.choice(words("ruling", answer.verdict))}
        return said | ({"instead": answer.instead} if answer.instead else {})

    def _result(self, p: Planned, answer: Answer) -> Data:
        return {"done": p.say(self.chance.choice(p.scene.done))}

    def _rating(self, p: Planned, answer: Answer) -> Data:
        good = answer.satisfaction >= 4
        solved = (
            "yes" if good else self.chance.choice(("partly", "no") if answer.satisfaction < 3 else ("yes", "partly"))
        )
        comment = self._word("good" if good else "poor")
        return {"solved": solved, "satisfaction": answer.satisfaction, "comment": comment}

    def _callers_rating(self, p: Planned, answer: Answer) -> Data:
        good = self.chance.random() < 0.94
        justified = "yes" if good else self.chance.choice(("partly", "no"))
        clear = self.chance.choice((4, 5, 5)) if good else self.chance.choice((2, 3))
        comment = self._word("caller_good" if good else "caller_poor")
        return {"justified": justified, "clear": clear, "right_address": good or clear > 2, "comment": comment}

    def _tell(self, results: Sequence[Result]) -> None:
        late = [r for r in results if r.change is not None and r.change.at >= self.told_from]
        if late:
            telling.tell(late, self.posts)


def _windows(planned: Sequence[Planned]) -> Iterator[list[Planned]]:
    window: list[Planned] = []
    for p in planned:
        if window and p.at - window[0].at > WINDOW:
            yield window
            window = []
        window.append(p)
    if window:
        yield window


# --- the demo --------------------------------------------------------------------------------------------------------

# How long ago (share of the response limit) a live call came, in which state each of its responses stays.
_LIVE: tuple[tuple[str, float, tuple[str, ...]], ...] = (
    ("emergency", 0.3, ("waiting", "responded")),
    ("emergency", 1.5, ("waiting",)),
    ("emergency", 0.9, ("arrived", "waiting")),
    ("joint", 0.5, ("waiting", "arrived")),
    ("joint", 0.8, ("responded",)),
    ("assistance", 0.2, ("waiting",)),
    ("assistance", 1.2, ("handling",)),
    ("safety", 0.4, ("waiting", "declined")),
    ("safety", 2.5, ("handling", "fed_back")),
    ("service", 1.5, ("fed_back",)),
    ("service", 3.0, ("accepted",)),
    ("hard", 2.0, ("conferring", "handling")),
    ("hard", 4.0, ("fed_back", "accepted")),
)
_BEFORE = (("hard", "analysing"), ("service", "analysing"), ("hard", "approving"), ("service", "drafted"))


def are_there() -> bool:
    return Matter.objects.filter(kind=CALLOUTS.kind).exists()


def build(world: World, now: dt.datetime) -> int:
    """A year of call-outs and what runs today, all or nothing. Returns how many."""
    with transaction.atomic():
        chance = Random(SEED)  # noqa: S311
        first, last = now - dt.timedelta(days=365), now - dt.timedelta(days=12)
        past = plan(world, first, last, calls=DEMO, called=round(DEMO * YEAR_CALLED / YEAR_CALLS), chance=chance)
        live = sorted(_live(world, now, chance), key=lambda p: p.at)
        Calling(world, now, chance, now - TOLD).play([*past, *live])
        sweep(now, past=True)
    take_anchor(timezone.now())
    return len(past) + len(live)


def _live(world: World, now: dt.datetime, chance: Random) -> Iterator[Planned]:
    """What lists of today must show, about half of it around the demo's accounts."""
    for turn, home in enumerate((True, False)):
        for n, (purpose, age, states) in enumerate(_LIVE):
            at = now - dt.timedelta(hours=LIMIT_HOURS.get(purpose, 24.0) * (age + 0.05 * turn))
            planned = _one(world, at, chance, purpose=purpose, home=home)
            planned.withdrawn = planned.sent_back = False
            if home and "chengguan" in (*planned.scene.units, *planned.scene.more) and n % 2:
                planned.answers[0].unit = "chengguan"
            while len(planned.answers) < len(states) and (others := _others(world, planned)):
                planned.answers.append(_answer(others[0], chance))
            for answer, state in zip(planned.answers, states, strict=False):
                answer.until = state
                answer.late = answer.late_result = answer.sent_back = False
                answer.verdict = "bound" if state == "declined" else ""
            yield planned
        for purpose, state in _BEFORE:
            planned = _one(
                world, now - dt.timedelta(minutes=chance.uniform(12, 80)), chance, purpose=purpose, home=home
            )
            planned.until, planned.withdrawn = state, False
            yield planned


def play_year(
    world: World,
    now: dt.datetime,
    *,
    seed: int = SEED,
    calls: int = YEAR_CALLS,
    called: int = YEAR_CALLED,
    days: int = 365,
    after_window: Callable[[int], None] = lambda n: None,
) -> None:
    """A year as the district's report counts it: so many calls, by which units were called so many times."""
    chance = Random(seed)  # noqa: S311
    first, last = now - dt.timedelta(days=days), now - dt.timedelta(days=1)
    planned = plan(world, first, last, calls=calls, called=called, chance=chance)
    with transaction.atomic():
        Calling(world, now, chance, now).play(planned, after_window)
        sweep(now, quiet=True)
