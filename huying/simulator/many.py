"""Many that are one, in the demo: a burst pipe that a dozen people call about, somebody who calls for the third time,
two units that were given the same thing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from django.db import transaction

from huying.cases.flow import CASES
from huying.cases.models import Batch
from huying.cases.options import categories
from huying.cases.repeats import count_repeats
from huying.matters.engine import Move, Opening, move, open_many
from huying.matters.models import Matter
from huying.matters.sweep import sweep
from huying.people.actors import Actor
from huying.simulator import names
from huying.simulator.accounts import COMMUNITY
from huying.simulator.world import World

SEED = 41
CALLS = (
    "家里一点水都没有，做饭都做不了，什么时候来水？",
    "整栋楼停水了，老人在家等着用水，请问是什么原因？",
    "从中午开始停水，物业也说不清楚，请核实。",
    "水压很低，六楼以上都没有水，请尽快处理。",
    "停水没有提前通知，家里没有存水，能不能安排送水车？",
)
TOLD = "徐东大街供水主管破裂，供水公司正在抢修，送水车停在水岸星城小区门口，预计今晚十点恢复供水。"
NEWS = "破裂的管段已经挖出，正在更换，恢复供水推迟到明天早上六点，送水车继续停在小区门口。"


def are_there() -> bool:
    return Batch.objects.exists()


@transaction.atomic
def build(world: World, now: dt.datetime) -> int:
    """All of it, or nothing. Returns how many cases."""
    teller = _Teller(world, now, Random(SEED))  # noqa: S311
    made = teller.burst_pipe() + teller.third_call() + teller.given_twice()
    count_repeats(now, quiet=True)
    sweep(now, past=True)
    return made


@dataclass(slots=True)
class _Teller:
    """Everything happens at its own moment; nobody is told anew of what is past."""

    world: World
    now: dt.datetime
    chance: Random

    def burst_pipe(self) -> int:
        """A batch: the pipe, a dozen calls, what they were told."""
        main = self._call(5.0, "徐东大街路面冒水，旁边水岸星城小区停水了，请尽快抢修。", "停水")
        self._to_unit(main, "停水", "gongshui", 4.8, contacted=True)
        self._step(
            "open_batch",
            main,
            self._centre("dispatcher"),
            4.2,
            {
                "name": "徐东大街供水主管破裂停水",
                "places": [COMMUNITY],
                "category": _category("停水"),
                "words": "停水、没有水、没水、水压低、一点水",
                "begins_at": (self.now - dt.timedelta(hours=5)).isoformat(),
                "announcement": TOLD,
            },
        )
        for n in range(13):
            self._call(4.0 - n * 0.28, CALLS[n % len(CALLS)], "停水", joins=main.number)
        self._step("announce", main, self._centre("dispatcher"), 0.3, {"text": NEWS})
        return 14

    def third_call(self) -> int:
        """The same person, the same rubbish, for the third time."""
        who = self._person()
        main = self._call(30.0, "小区后门的垃圾堆了几天没有人清，气味很大。", "垃圾清运", who)
        self._to_unit(main, "垃圾清运", "chengguan", 29.0)
        for hours, text in (
            (12.0, "后门的垃圾还是没有人清，请催一下。"),
            (1.5, "第三次打电话了，后门垃圾还没有清运。"),
        ):
            self._call(hours, text, "垃圾清运", who, repeats=main.number)
        return 3

    def given_twice(self) -> int:
        """Two units were given one thing, until somebody noticed."""
        main = self._call(28.0, "小区三号门路灯不亮，晚上很黑。", "路灯不亮")
        self._to_unit(main, "路灯不亮", "chengguan", 27.0, contacted=True)
        other = self._call(26.0, "三号门口的路灯坏了，老人晚上出门不安全。", "路灯不亮")
        self._to_unit(other, "路灯不亮", "gongshui", 25.0)
        note = "同一处路灯，由城管一并维修。"
        self._step("merge", other, self._centre("dispatcher"), 2.0, {"main": main.number, "note": note})
        return 2

    # --- the parts --------------------------------------------------------------------------------------------------

    def _to_unit(self, matter: Matter, category: str, unit: str, ago: float, *, contacted: bool = False) -> None:
        listed = self.world.book.by_code[unit]
        triaged = {"kind": "help", "category": _category(category)}
        self._step("triage", matter, self._centre("call_taker"), ago, triaged)
        self._step("dispatch", matter, self._centre("dispatcher"), ago - 0.1, {"lead": unit})
        by = self.world.handler(listed, self.chance)
        officer = self.world.names[by.user_id or 0]
        self._step("acknowledge", matter, by, ago - 0.2, {"officer": officer})
        if contacted:
            at = (self.now - dt.timedelta(hours=ago - 0.3)).isoformat()
            said = {"at": at, "means": "phone", "reached": True, "outcome": "已电话了解情况，马上到现场。"}
            self._step("contact", matter, by, ago - 0.4, said)

    def _call(
        self, ago: float, text: str, category: str, who: Mapping[str, object] | None = None, **more: object
    ) -> Matter:
        lon, lat = self.chance.choice(self.world.by_community[COMMUNITY][0].points)
        at = self.now - dt.timedelta(hours=ago)
        data = {"channel": "phone", "text": text, "lon": lon, "lat": lat, "reporter": who or self._person()} | more
        opening = Opening(self._centre("call_taker"), data, at, recorded_at=at)
        return open_many(CASES, "receive", [opening], now=at, quiet=True)[0].unwrap()

    def _step(self, key: str, matter: Matter, by: Actor, ago: float, data: Mapping[str, object]) -> None:
        at = self.now - dt.timedelta(hours=ago)
        move(CASES, key, [Move(matter.pk, by, data, at, recorded_at=at)], now=at, quiet=True)[0].unwrap()

    def _centre(self, role: str) -> Actor:
        return self.world.at_centre(role, self.chance)

    def _person(self) -> Mapping[str, object]:
        return {"name": names.person(self.chance), "phone": names.mobile(self.chance)}


def _category(name: str) -> str:
    return next(code for code, path in categories() if path.endswith(name))
