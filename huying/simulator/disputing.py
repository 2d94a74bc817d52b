"""The demo's side ways: objections at each of their stages, a few disputes, what was not accepted and what was taken
back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import cached_property
from random import Random

from django.db.models import F, Q, QuerySet

from huying.cases.flow import CASES
from huying.cases.models import Objection
from huying.cases.rejections import usual_target
from huying.kernel.errors import Refusal
from huying.matters.engine import Move, move
from huying.matters.messages import Posts
from huying.matters.models import Matter
from huying.people.actors import Actor, visitor
from huying.people.directory import Listed
from huying.simulator import telling
from huying.simulator.accounts import COMMUNITY, STREET
from huying.simulator.world import World

Data = Mapping[str, object]

OBJECTING: tuple[Data, ...] = (
    {
        "cause": "not_ours",
        "explanation": "经现场核实，该处属小区内部共有部位，由物业服务企业负责维护，不在本单位职责范围。",
        "basis": "《武汉市物业管理条例》，区级部门“三定”规定",
    },
    {
        "cause": "wrong_place",
        "explanation": "经核对位置，该处已过辖区分界，不在本单位辖区，请改派所在地单位。",
        "basis": "街道行政区划图",
    },
    {
        "cause": "being_handled",
        "explanation": "同一处问题上周已由牵头单位立项整治，工程正在施工，本单位只是配合单位。",
        "basis": "老旧小区改造工程施工公告",
    },
    {
        "cause": "unclear",
        "explanation": "诉求没有写明地点和时间，联系电话也没有留，无法确定由哪个科室到场处理。",
        "basis": "诉求件办理规范关于要素齐全的要求",
    },
)
UPHELD: Data = {"upheld": True, "reason": "经核对职责分工和现场位置，申诉成立，改派实际管理单位。"}
STAYS: Data = {"upheld": False, "reason": "该事项在本单位权责清单内，施工期间的日常管理仍由本单位负责，请按时办理。"}
HAND_BACK: Data = {
    "reason": "not_ours",
    "explanation": "该事项不在本单位权责清单内，建议由行业主管部门牵头办理。",
}
REJECTING: tuple[Data, ...] = (
    {"reason": "outside", "explanation": "该事项由市级主管部门直接管理，已电话核对。"},
    {"reason": "repeated", "explanation": "同一诉求人上月反映过同一件事，已经答复，没有新的情况。"},
    {"reason": "petition", "explanation": "同一事项信访部门去年已出具复查意见。"},
)
WITHDRAWING = ("昨天已经修好了，不用再办。", "和对方商量好了，谢谢你们。", "重复报了，留前面那一件就行。")


def are_there() -> bool:
    return Objection.objects.filter(way=Objection.Way.OBJECTED).exists()


class Disputing:
    """One run, until `now`. From `told_from` on people are told."""

    def __init__(self, world: World, now: dt.datetime, seed: int) -> None:
        self.world, self.now = world, now
        self.chance = Random(seed)  # noqa: S311
        self.taken: set[int] = set()
        self.told: dict[int, int] = {}  # unit → how many of its cases

    @cached_property
    def _posts(self) -> Posts:
        return Posts.read(self.world.book.by_id)

    def run(self) -> None:
        fresh = Matter.objects.filter(state="dispatched", rework_count=0).order_by("-moved_at", "-pk")
        known = self.world.book.by_code["chengguan"].id  # whose handler and chief have accounts
        for matter in self._some(fresh.filter(lead=known), 1):
            self._object(matter, 0)
        for n, matter in enumerate(self._some(fresh, 10)):
            self._object(matter, n)
        for matter in self._some(fresh, 3):
            self._dispute(matter)
        for n, matter in enumerate(self._some(Matter.objects.filter(state="received").order_by("-pk"), 6)):
            self._reject(matter, n)
        handled = Matter.objects.filter(state__in=("dispatched", "acknowledged", "handling"), confidential=False)
        for n, matter in enumerate(self._some(handled.order_by("-moved_at", "-pk"), 5)):
            said = WITHDRAWING[n % len(WITHDRAWING)]
            self._step(matter, "withdraw", visitor(matter_id=matter.pk), {"reason": said}, 0.8)

    def _some(self, rows: QuerySet[Matter], most: int) -> Iterator[Matter]:
        """Cases that nothing else has been done to here, and whose unit has a chief; of each unit two at most, of the
        street and the community that people sign in as none: they have few in each state."""
        plain = rows.filter(kind=CASES.kind, aspects=[], urgency="normal", case__upper_due_at=None)
        spared = [self.world.book.by_code[code].id for code in (STREET, COMMUNITY)]
        plain = plain.filter(Q(lead=None) | ~Q(lead__in=spared))
        for matter in plain.exclude(raised_by__in=self._owners()).annotate(_at=F("moved_at"))[: most * 8]:
            lead = matter.lead_id or 0
            fits = not lead or (lead, "chief") in self.world.actors
            if not fits or matter.pk in self.taken or (lead and self.told.get(lead, 0) >= 2) or not most:
                continue
            self.told[lead] = self.told.get(lead, 0) + 1
            self.taken.add(matter.pk)
            most -= 1
            yield matter

    def _owners(self) -> list[int]:
        """Contacts of the accounts that people try: what is theirs stays as it is."""
        return [actor.contact_id for actor in self.world.users.values() if actor.contact_id]

    # --- each of them ------------------------------------------------------------------------------------------------

    def _object(self, matter: Matter, n: int) -> None:
        """At one of its stages: with the chief, with the centre, ruled either way."""
        data = OBJECTING[n % len(OBJECTING)]
        if not self._step(matter, "object", self._handler(matter), data, 0.3) or n % 5 == 0:
            return
        self._step(matter, "endorse_objection", self._chief(matter), {"note": "同意报区中心。"}, 0.3)
        if n % 5 in (3, 4):
            self._step(matter, "rule", self._apart(matter), UPHELD if n % 5 == 3 else STAYS, 0.5)

    def _dispute(self, matter: Matter) -> None:
        first = matter.lead_id
        self._step(matter, "hand_back", self._handler(matter), HAND_BACK, 0.2)
        other = next(unit for unit in self._units() if unit.id != first)
        self._step(matter, "dispatch", self._apart(matter), {"lead": other.code}, 0.3)
        self._step(matter, "hand_back", self.world.handler(other, self.chance), HAND_BACK, 0.4)

    def _reject(self, matter: Matter, n: int) -> None:
        data = REJECTING[n % len(REJECTING)]
        self._step(matter, "propose_rejection", self.world.at_centre("call_taker", self.chance), data, 0.4)
        if n < 3:
            return
        by = self.world.at_centre("dispatcher", self.chance)
        if self._step(matter, "approve_rejection", by, {"note": "同意。"}, 0.5):
            target = usual_target(str(data["reason"]))
            told = {"target": target, "means": "phone", "receipt": f"转〔{self.now.year}〕{matter.pk % 900 + 100} 号"}
            if target:
                self._step(matter, "hand_over", by, told, 0.5)

    # --- the parts ---------------------------------------------------------------------------------------------------

    def _step(self, matter: Matter, key: str, by: Actor, data: Data, share: float) -> bool:
        """Take a step after this share of the time since the last one. What the rules do not allow just now (too late,
        the same person) has not happened."""
        at = matter.moved_at + (self.now - matter.moved_at) * share
        results = move(CASES, key, [Move(matter.pk, by, data, at, recorded_at=at)], now=self.now, quiet=True)
        try:
            results[0].unwrap()
        except Refusal:
            return False
        telling.tell(results, self._posts)
        matter.refresh_from_db()
        return True

    def _units(self) -> list[Listed]:
        departments = [unit for unit in self.world.book.handlers() if unit.kind == "department"]
        return [unit for unit in departments if (unit.id, "chief") in self.world.actors]

    def _handler(self, matter: Matter) -> Actor:
        return self.world.handler(self.world.book.by_id[matter.lead_id or 0], self.chance)

    def _chief(self, matter: Matter) -> Actor:
        return self.world.chief(self.world.book.by_id[matter.lead_id or 0])

    def _apart(self, matter: Matter) -> Actor:
        """A dispatcher who has not given it to anybody."""
        given = set(Objection.objects.filter(case=matter.pk).values_list("dispatched_by", flat=True))
        there = self.world.actors[self.world.centre.id, "dispatcher"]
        return next((actor for actor in there if actor.user_id not in given), there[0])
