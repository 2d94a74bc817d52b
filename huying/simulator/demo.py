"""The demo: the district, and the last twelve months of its cases, with something to see in every list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from random import Random

from django.db import transaction
from django.utils import timezone

from huying.cases.flow import CASES
from huying.cases.models import Case
from huying.cases.steps.intake import follow_hash
from huying.kernel.commands import Progress
from huying.matters.engine import Move, move
from huying.matters.ledger import take_anchor
from huying.matters.models import Matter
from huying.simulator import (
    articles,
    calling,
    disputing,
    district,
    dockets,
    many,
    pool,
    recommending,
    requests,
    ruling,
    supervising,
    telling,
)
from huying.simulator.accounts import COMMUNITY, SAMPLE_CODE, STREET, WORKER_GRIDS
from huying.simulator.arrivals import YEAR, Arrival, arrivals
from huying.simulator.phrases import choices
from huying.simulator.play import Play, Played, windows
from huying.simulator.supervising import Supervising
from huying.simulator.world import World

SEED = 2026
HELPERS = (COMMUNITY, "chengguan", "minzheng", STREET, "", "", "", "")  # who helps with some of what is being handled
BACKGROUND = 2_450  # cases of the year before
DAYS = 365
TOLD_DAYS = 7  # messages are older than that only in a real district
JOINING = ("hotline", "phone", "portal", "neighbours")
OF_THE_UNIT = {"chengguan": 5, STREET: 3, COMMUNITY: 4, "minzheng": 2}  # in each of a unit's states


def ensure(*, background: int = BACKGROUND, days: int = DAYS, grids: int | None = None) -> bool:
    """Build what is missing; False when nothing was. The numbers are smaller in tests.

    District, cases and dockets are one transaction each, so an interrupted build leaves nothing half done.
    """
    built = False
    if not district.is_built():
        district.build(seed=SEED, grids=grids)
        built = True
    if not articles.are_there():
        articles.build(World(SEED), timezone.now())
        built = True
    if district.is_empty_of_cases():
        build_cases(timezone.now(), background=background, days=days)
        built = True
    if not supervising.exists():
        build_supervisions(timezone.now())
        built = True
    if not disputing.are_there():
        build_disputes(timezone.now())
        built = True
    if not requests.are_there():
        requests.build(World(SEED), timezone.now())
        built = True
    if not dockets.are_there():
        dockets.build(World(SEED), timezone.now())
        built = True
    if not many.are_there():
        many.build(World(SEED), timezone.now())
        built = True
    if not ruling.are_there():
        ruling.build(timezone.now())
        built = True
    if not calling.are_there():
        calling.build(World(SEED), timezone.now())
        built = True
    if not pool.are_there():
        pool.build(World(SEED), timezone.now())
        built = True
    if not recommending.are_there():
        recommending.build()
        built = True
    return built


def build_supervisions(now: dt.datetime) -> int:
    """What the centre presses for, on top of the cases. All or nothing."""
    with transaction.atomic():
        made = Supervising(World(SEED), now, SEED, told_from=now - dt.timedelta(days=TOLD_DAYS)).run()
        telling.mark_read(now)
    take_anchor(timezone.now())
    return made


def build_disputes(now: dt.datetime) -> None:
    """Objections, disputes, what was not accepted or taken back, on top of the cases. All or nothing."""
    with transaction.atomic():
        disputing.Disputing(World(SEED), now, SEED).run()
    take_anchor(timezone.now())


def build_cases(now: dt.datetime, *, background: int = BACKGROUND, days: int = DAYS) -> Played:
    """Play the plan until `now`. All or nothing."""
    with transaction.atomic():
        world = World(SEED)
        first = now - dt.timedelta(days=days)
        told_from = now - dt.timedelta(days=TOLD_DAYS)
        coming = plan(world, first, now, background=background)
        play = Play(world, seed=SEED, until=now, told_from=told_from)
        ends = [
            *windows(first, told_from, length=dt.timedelta(days=14)),
            *windows(told_from, now, length=dt.timedelta(hours=12)),
        ]
        with Progress("建立演示数据", len(coming)) as progress:
            played = play.run(coming, ends, after_window=progress.advance)
        _spot_check(world, now)
        _from_above(world, now)
        telling.mark_read(now)
        assert played.sample is not None
        Case.objects.filter(pk=played.sample).update(follow_hash=follow_hash(SAMPLE_CODE))
    take_anchor(timezone.now())
    return played


def _spot_check(world: World, now: dt.datetime) -> None:
    """What was answered at once and drawn has been looked at, but for the last days' answers."""
    chance = Random(SEED)  # noqa: S311
    drawn = Matter.objects.filter(
        state="closed", lead=None, case__sampled=True, moved_at__lt=now - dt.timedelta(days=6)
    )
    moves: list[Move] = []
    for matter in drawn.order_by("moved_at", "pk"):
        at = matter.moved_at + dt.timedelta(days=chance.uniform(1, 5))
        found: dict[str, object] = {"right": True}
        if chance.random() < 0.1:
            found = {"right": False, "reason": chance.choice(choices("抽查 误"))}
        moves.append(Move(matter.pk, world.at_centre("supervisor", chance), found, at=at, recorded_at=at))
    for result in move(CASES, "spot_check", moves, now=now, quiet=True):
        result.unwrap()


def _from_above(world: World, now: dt.datetime) -> None:
    """The upper level urges some that are being handled, of which a few are answered, and calls back about others."""
    chance = Random(SEED + 1)  # noqa: S311
    theirs = Matter.objects.filter(kind=CASES.kind, channel__in=("hotline", "mayor"), case__imported=False)
    urged = list(theirs.filter(state="handling", moved_at__lt=now - dt.timedelta(hours=2)).order_by("pk")[:9])
    called = theirs.filter(state="closed", lead__isnull=False, closed_at__lt=now - dt.timedelta(hours=2))
    called = called.exclude(subkind="praise")

    def take(step: str, matters: Sequence[Matter], data: Callable[[int], dict[str, object]]) -> None:
        moves: list[Move] = []
        for n, matter in enumerate(matters):
            at = now - min(now - matter.moved_at, dt.timedelta(hours=20)) * chance.uniform(0.2, 0.8)
            actor = world.at_centre("dispatcher", chance)
            moves.append(Move(matter.pk, actor, data(n), at=at, recorded_at=at))
        for result in move(CASES, step, moves, now=now, quiet=True):
            result.unwrap()

    words = choices("上级催办")
    take("urge_from_above", urged, lambda n: {"item": f"CB{now:%y%m%d}{n + 1:03}", "words": chance.choice(words)})
    for matter in urged[::3]:
        matter.refresh_from_db()
    take("answer_above", urged[::3], lambda n: {"text": chance.choice(choices("答复上级"))})
    take(
        "callback_from_above",
        list(called.order_by("-closed_at", "pk")[:12]),
        lambda n: {"item": f"HF{now:%y%m%d}{n + 1:03}", "solved": n >= 3, "satisfied": 5 if n >= 3 else 2},
    )


def sample_number() -> str:
    """The number of the case that anybody may look at with `SAMPLE_CODE`."""
    return Matter.objects.filter(case__follow_hash=follow_hash(SAMPLE_CODE)).values_list("number", flat=True)[0]


def plan(world: World, first: dt.datetime, now: dt.datetime, *, background: int = BACKGROUND) -> list[Arrival]:
    """Everybody who comes, in order of time: a year as it goes, and what the lists of today must show."""
    chance = Random(SEED)  # noqa: S311
    share = (now - first) / dt.timedelta(days=365)
    coming = list(arrivals(first, now, scale=background / YEAR / share, seed=SEED, calendar=world.calendar))
    coming += [*_held(world, now, chance), *_own(world, now, chance), *_worked_over(now, chance), *_alarming(now)]
    coming += [*_joined(world, now, chance), *_beside(world, now, chance)]
    coming += _to_publish(world, now, chance)
    coming.sort(key=lambda arrival: arrival.at)
    for index, arrival in enumerate(coming):
        arrival.index = index
    return coming


# State → how many stay in it, and the shares of their ages (in working minutes since they came).
_HELD: dict[str, tuple[int, tuple[tuple[float, float, float], ...]]] = {
    "dispatched": (46, ((0.55, 30, 95), (0.27, 113, 127), (0.18, 150, 900))),
    "acknowledged": (42, ((0.75, 45, 370), (0.25, 380, 900))),
    "handling": (120, ((0.6, 130, 1300), (0.2, 1500, 1940), (0.2, 1950, 4600))),
    "waiting": (38, ((1.0, 150, 1500),)),
    "awaiting_approval": (42, ((0.8, 220, 1500), (0.2, 1500, 2600))),
    "resolved": (48, ((0.85, 320, 760), (0.15, 900, 1900))),
}


def _held(world: World, now: dt.datetime, chance: Random) -> Iterator[Arrival]:
    for _ in range(32):
        yield Arrival(0, now - dt.timedelta(minutes=chance.uniform(2, 240)), hold="received")
    for _ in range(28):
        yield Arrival(0, now - dt.timedelta(minutes=chance.uniform(15, 500)), hold="triaged")
    for state, (number, ages) in _HELD.items():
        wanted = [unit for unit, n in OF_THE_UNIT.items() for _ in range(n)] if state != "resolved" else []
        wanted += [""] * (number - len(wanted))
        for n, unit in enumerate(wanted):
            _, least, most = chance.choices(ages, [age[0] for age in ages])[0]
            at = min(world.before(now, chance.uniform(least, most)), now - dt.timedelta(minutes=40))
            place = unit if unit.isdigit() else chance.choice(WORKER_GRIDS) if not unit and n % 6 == 0 else ""
            helper = HELPERS[n % len(HELPERS)] if state == "handling" and not unit else ""
            yield Arrival(0, at, hold=state, unit=unit, place=place, helper=helper)


def _beside(world: World, now: dt.datetime, chance: Random) -> Iterator[Arrival]:
    """Passed down to a community and not taken on yet, and on their way to be looked at on site."""
    for n in range(24):
        at = world.before(now, chance.uniform(60, 200))
        yield Arrival(0, at, hold="passed", unit=STREET, place=COMMUNITY if n % 3 == 0 else STREET)
    for _ in range(24):
        at = world.before(now, chance.uniform(60, 420))
        yield Arrival(0, at, hold="checking", unit=COMMUNITY, place=chance.choice(WORKER_GRIDS))


def _joined(world: World, now: dt.datetime, chance: Random) -> Iterator[Arrival]:
    """What several people report: one is handled, the others go along with it."""
    for same in range(1, 11):
        at = world.before(now, chance.uniform(400, 1400))
        place = world.grid(chance).code
        yield Arrival(0, at, hold="handling", place=place, channel="hotline", same=same, leads=True)
        for _ in range(3 if same % 2 else 2):
            later = at + (now - at) * chance.uniform(0.02, 0.8)
            yield Arrival(0, later, hold="joined", place=place, channel=chance.choice(JOINING), same=same)


def _own(world: World, now: dt.datetime, chance: Random) -> Iterator[Arrival]:
    """Cases of the accounts of a resident and an enterprise, and the one shown to who has no account."""
    for owner, channel, place in (("jumin", "neighbours", COMMUNITY), ("qiye", "enterprise", "")):
        for state, age in (("received", 0), ("dispatched", 70), ("handling", 700), ("waiting", 600), ("resolved", 900)):
            at = world.before(now, age) if age else now - dt.timedelta(minutes=25)
            at = min(at, now - dt.timedelta(minutes=25))
            yield Arrival(0, at, hold=state, owner=owner, channel=channel, place=place)
        for days in (12, 25, 40, 75, 130, 210):
            at = now - dt.timedelta(days=days + chance.random())
            yield Arrival(0, at, owner=owner, channel=channel, place=place)
    yield Arrival(0, world.before(now, 800), hold="handling", channel="portal", place=COMMUNITY, sample=True)


def _worked_over(now: dt.datetime, chance: Random) -> Iterator[Arrival]:
    """Dissatisfied twice: judged by two from outside, most of them done over once more."""
    for _ in range(30):
        at = now - dt.timedelta(days=chance.uniform(35, 200))
        yield Arrival(0, at, reworks=2)
    for _ in range(8):  # and some that are being done over for the second time just now
        yield Arrival(0, now - dt.timedelta(days=chance.uniform(8, 16)), hold="handling", reworks=2)
    for _ in range(34):  # and some about which two from outside have been asked
        yield Arrival(0, now - dt.timedelta(days=chance.uniform(6, 10)), hold="under_review", reworks=2)


def _to_publish(world: World, now: dt.datetime, chance: Random) -> Iterator[Arrival]:
    """Replies to public boards that the centre has to review."""
    for n in range(26):
        at = min(world.before(now, chance.uniform(320, 700)), now - dt.timedelta(minutes=40))
        yield Arrival(0, at, hold="reply_review", channel=("city_board", "leaders_board")[n % 3 == 0])


def _alarming(now: dt.datetime) -> Iterator[Arrival]:
    """Danger signs of the last hours; nobody has acknowledged the last ones yet."""
    for minutes, alone in ((4, True), (11, True), (26, True), (95, False), (170, False), (260, False)):
        yield Arrival(0, now - dt.timedelta(minutes=minutes), mark="特急", alone=alone)
