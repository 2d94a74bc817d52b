"""What units of the demo have asked for: more time, a longer limit, to put a case by, to judge an appeal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from huying.cases import options
from huying.cases.enums import RequestKind
from huying.cases.flow import CASES
from huying.cases.models import CaseRequest
from huying.cases.parameters import COMPLEX_WITHIN
from huying.kernel.files import accept
from huying.matters.attachments import uploader
from huying.matters.engine import Move, move
from huying.matters.enums import Urgency
from huying.matters.models import Clock, Matter
from huying.people.actors import Actor
from huying.simulator.accounts import COMMUNITY, STREET
from huying.simulator.phrases import choices
from huying.simulator.world import World

DEFERRED = 26
BUILT = ("01", "02", "03", "04", "05")  # categories: the city's streets, facilities, supply, housing, traffic
SHOWN = "chengguan"  # the unit whose handler and chief the demo signs in as
Said = Callable[[Matter], Mapping[str, object]]
Who = Callable[[Matter], Actor]


def nothing(matter: Matter) -> Mapping[str, object]:
    return {}


def are_there() -> bool:
    return CaseRequest.objects.exists()


def build(world: World, now: dt.datetime, *, deferred: int = DEFERRED) -> None:
    """Out of what is being handled. All or nothing."""
    with transaction.atomic():
        Requests(world, now).run(deferred)


class Requests:
    def __init__(self, world: World, now: dt.datetime) -> None:
        self.world, self.now, self.chance = world, now, Random(world.book.centre.id)  # noqa: S311
        # Asked for in time, and by a unit that knows by now what it needs; where the upper level has set a day, nobody
        # here can give more.
        rows = Matter.objects.filter(
            kind=CASES.kind,
            state="handling",
            rework_count=0,
            next_due_at__gt=now,
            case__contacted_at__isnull=False,
            case__upper_due_at=None,
        )
        found = list(rows.exclude(urgency=Urgency.EMERGENCY).filter(aspects=[], raised_by__users=None).order_by("pk"))
        self.chance.shuffle(found)
        shown = [m for m in found if self._unit(m) == SHOWN]
        # The street and the community that people sign in as keep what they have: it is little.
        self.own, self.others = shown, [m for m in found if self._unit(m) not in (SHOWN, STREET, COMMUNITY)]

    def _unit(self, matter: Matter) -> str:
        return self.world.book.by_id[matter.holder_id].code

    @staticmethod
    def _fitting(matters: Sequence[Matter]) -> list[Matter]:
        """What could be put by first: what is broken or built, and nothing that presses."""
        last = ("consult", "praise")
        return sorted(
            matters, key=lambda m: (m.urgency != Urgency.NORMAL, m.subkind in last, not m.category.startswith(BUILT))
        )

    def _next(self, n: int, own: int = 0) -> list[Matter]:
        """So many more cases, `own` of them of the unit that is shown."""
        mine, self.own = self.own[:own], self.own[own:]
        rest = n - len(mine)
        theirs, self.others = self.others[:rest], self.others[rest:]
        return [*mine, *theirs]

    def run(self, deferred: int) -> None:
        self._complex()
        self._deferrals(deferred)  # before what may as well be a few less: how many are in hand depends on the hour
        self._unreasonable()
        self._extensions()

    # --- kinds -------------------------------------------------------------------------------------------------------

    def _extensions(self) -> None:
        asked = self._next(26, own=4)
        self._ask(asked, "ask_extension", lambda m: {
            "days": self.chance.choice((2, 3, 5, 5, 8)),
            "ground": self._ground(RequestKind.EXTENSION),
            "explanation": self._said("申请延期"),
        })  # fmt: skip
        waiting, asked = asked[::4], [m for n, m in enumerate(asked) if n % 4]
        self._take(waiting[-1:], "withdraw_request", self._handler, 0.5)
        self._endorse(asked)
        granted = asked[::3]
        self._take(granted, "grant_extension", self._dispatcher, 0.8)
        refused = [m for m in asked if m not in granted][:3]
        self._take(refused, "refuse_request", self._dispatcher, 0.8, lambda m: {"refusal": self._said("申请 不批")})

    def _complex(self) -> None:
        today = timezone.localdate(self.now)
        clocks = Clock.objects.filter(kind="handle", stopped_at=None, matter__in=self.others)
        fresh = {
            matter
            for matter, start in clocks.values_list("matter_id", "started_at")
            if self.world.calendar.workdays_between(timezone.localdate(start), today) <= COMPLEX_WITHIN.value
        }
        asked = [m for m in self.others if m.pk in fresh and m.subkind not in ("motion",)][:6]
        self.others = [m for m in self.others if m not in asked]
        self._ask(asked, "ask_complex", lambda m: {
            "ground": self._ground(RequestKind.COMPLEX), "explanation": self._said("申请复杂件")
        })  # fmt: skip
        self._endorse(asked[1:])
        self._take(asked[2:], "grant_complex", self._dispatcher, 0.8)

    def _unreasonable(self) -> None:
        asked = self._next(4, own=1)
        self._ask(asked, "propose_unreasonable", lambda m: {
            "ground": self.chance.choice(("un-again", "un-beyond", "un-false")),
            "times": self.chance.randint(2, 5),
            "explanation": self._said("不合理 解释"),
            "attachments": [self._evidence(m)],
        })  # fmt: skip
        self._endorse(asked[1:])
        self._take(asked[2:], "approve_unreasonable", self._dispatcher, 0.75)
        supervisor = self.world.at_centre("supervisor", self.chance)
        self._take(asked[2:], "approve_unreasonable", lambda m: supervisor, 0.85)

    def _deferrals(self, n: int) -> None:
        self.own, self.others = self._fitting(self.own), self._fitting(self.others)
        asked = self._next(n + 4, own=3)
        today = timezone.localdate(self.now)
        self._ask(asked, "ask_deferral", lambda m: {
            "ground": self._ground(RequestKind.DEFERRAL),
            "until": (today + dt.timedelta(days=self.chance.randint(40, 150))).isoformat(),
            "plan": self._said("挂账计划"),
        })  # fmt: skip
        self._endorse(asked[1:])
        deferred = asked[2:]
        self._take(deferred, "defer", self._dispatcher, 0.6, lambda m: {"review_days": self.chance.choice((1, 14, 30))})
        supervisor = self.world.at_centre("supervisor", self.chance)
        self._take(deferred[:3], "review_deferral", lambda m: supervisor, 0.8, lambda m: {
            "still": True, "finding": self._said("挂账复核"), "review_days": 30
        })  # fmt: skip
        self._take(deferred[3:5], "resume", self._handler, 0.9, lambda m: {"reason": self._said("恢复办理")})

    # --- taking steps ------------------------------------------------------------------------------------------------

    def _ask(self, matters: Sequence[Matter], step: str, data: Said) -> None:
        self._take(matters, step, self._handler, 0.3, data)

    def _endorse(self, matters: Sequence[Matter]) -> None:
        self._take(matters, "endorse_request", lambda m: self.world.chief(self.world.book.by_id[m.holder_id]), 0.45)

    def _take(self, matters: Iterable[Matter], step: str, who: Who, share: float, data: Said = nothing) -> None:
        """So far along the time that has passed since each was moved before all of this."""
        moves = []
        for matter in matters:
            at = matter.moved_at + (self.now - matter.moved_at) * share
            moves.append(Move(matter.pk, who(matter), data(matter), at=at, recorded_at=at))
        for result in move(CASES, step, moves, now=self.now, quiet=True):
            result.unwrap()

    def _handler(self, matter: Matter) -> Actor:
        return self.world.handler(self.world.book.by_id[matter.holder_id], Random(matter.pk))  # noqa: S311

    def _dispatcher(self, matter: Matter) -> Actor:
        return self.world.at_centre("dispatcher", self.chance)

    def _said(self, section: str) -> str:
        return self.chance.choice(choices(section))

    def _ground(self, kind: RequestKind) -> str:
        return self.chance.choice([key for key, _ in options.grounds(kind)])

    def _evidence(self, matter: Matter) -> str:
        file = SimpleUploadedFile("历次答复记录.txt", "历次答复的时间、方式和内容。".encode())
        return str(accept(file, uploader=uploader(self._handler(matter))).pk)
