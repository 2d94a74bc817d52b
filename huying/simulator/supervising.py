"""The demo's supervisions and instructions: what the centre presses for, how far each has come, and who owes what."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files
from random import Random

from django.db.models import Q, QuerySet

from huying.matters import engine
from huying.matters.engine import Move, Opening, Result
from huying.matters.flow import Flow
from huying.matters.messages import Posts
from huying.matters.models import Matter
from huying.matters.sweep import sweep
from huying.people.actors import SYSTEM, Actor
from huying.simulator import telling
from huying.simulator.accounts import COMMUNITY, STREET
from huying.simulator.world import World
from huying.supervision.flow import INSTRUCTIONS, SUPERVISIONS

DAY = 390  # working minutes
FIRST = ("chengguan", STREET, COMMUNITY)  # units with accounts: each has something to do

Data = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Plan:
    """One supervision. `until`: the state it has reached; `climbs`: the escalations it saw; `returns`: how often the
    feedback was not good enough."""

    kind: str
    age: float  # working days since it was issued
    until: str
    unit: str
    title: str
    requirement: str
    about: tuple[str, ...] = ()
    rung: int = 2
    source: str = ""
    climbs: tuple[str, ...] = ()
    returns: int = 0


_DONE = (
    "接件后当天到现场核实，情况属实。已组织人员处理完毕，并向诉求人当面说明，诉求人表示认可。",
    "已召集有关科室专题研究，明确一名负责人包办，问题已经处理到位，现场照片附后。",
    "已按要求完成整改，并对同类问题排查一遍，另处理三处，建立了定期巡查台账。",
)
_CAUSES = (
    "责任科室之间衔接不畅，没有及时跟进。",
    "施工队伍排期紧，没有提前告知诉求人。",
    "对反复投诉重视不够，只作了答复没有治本。",
)
_BACK = ("没有写明处理结果，请核实后重新反馈。", "诉求人回访时表示问题还在，请再到现场办理。")
_CLIMBING: Mapping[str, Data] = {
    "notify": {"reason": "提醒之后没有动作，请按督办要求限期办结。"},
    "summon": {"reason": "督办之后仍未办到位，群众反复投诉。", "talk_place": "区政府办公楼三楼第二会议室"},
    "publish": {"reason": "经督办、约谈，问题仍没有解决，群众反映强烈。该单位责任不落实、跟进不及时，现予以通报批评。"},
    "hand_over": {"reason": "经提醒、督办、约谈、通报，仍未按要求办结，造成不良影响，现将有关情况移交。"},
}


def exists() -> bool:
    return Matter.objects.filter(kind__in=(SUPERVISIONS.kind, INSTRUCTIONS.kind)).exists()


class Supervising:
    """One run, until `now`. From `told_from` on people are told."""

    def __init__(self, world: World, now: dt.datetime, seed: int, *, told_from: dt.datetime) -> None:
        self.world, self.now, self.told_from = world, now, told_from
        self.chance = Random(seed)  # noqa: S311
        self.leader = world.users["lingdao"]

    @cached_property
    def _posts(self) -> Posts:
        return Posts.read(self.world.book.by_id)

    def run(self) -> int:
        """Play everything; returns how many supervisions there are."""
        plans = [*_from_cases(self.world, self.chance), *_from_elsewhere()]
        for plan in sorted(plans, key=lambda plan: -plan.age):  # documents are numbered as they are issued
            self._supervise(plan)
        for row in _rows("instructions"):
            self._instruct(row)
        sweep(self.now, past=True)
        return Matter.objects.filter(kind=SUPERVISIONS.kind).count()

    # --- one supervision ---------------------------------------------------------------------------------------------

    def _supervise(self, plan: Plan) -> None:
        at = self.world.before(self.now, plan.age * DAY)
        by = self._supervisor()
        data = {
            "kind": plan.kind,
            "title": plan.title,
            "lead": plan.unit,
            "requirement": plan.requirement,
            "matters": list(plan.about),
            "rung": plan.rung,
            "source": plan.source,
        }
        matter = self._open(SUPERVISIONS, "issue", by, data, at)
        at = self._later(at, 15, 60)
        self._go_on(plan, matter, at, by)

    def _go_on(self, plan: Plan, matter: Matter, at: dt.datetime, by: Actor) -> None:
        """To the state it has reached. What would lie in the future has not happened."""
        if plan.until == "unassigned":
            why = {"reason": "not_ours", "explanation": "按职责分工，这一项由市政养护单位负责，建议改派。"}
            self._step(matter, "hand_back", self._handler(matter), why, at)
            return
        if plan.until == "issued":
            return
        returns = plan.returns
        at = self._step(matter, "acknowledge", self._handler(matter), {"officer": self._officer(matter)}, at)
        for key in plan.climbs:
            at = self._climb(matter, key, at, by)
        if plan.until == "working" and not returns:
            return
        while True:
            at = self._later(at, 0.2 * DAY, 0.6 * DAY)
            at = self._step(matter, "feedback", self._handler(matter), self._feedback(), at)
            if plan.until == "reviewing":
                return
            at = self._step(matter, "endorse", self._chief(matter), {"note": "情况属实，同意上报。"}, at)
            if not returns:
                break
            returns -= 1
            at = self._step(matter, "return_feedback", self._supervisor(), {"reason": self.chance.choice(_BACK)}, at)
            if plan.until == "working" and not returns:
                return
        if plan.until == "closed":
            self._step(matter, "accept", self._supervisor(), {"note": "反馈完整，同意办结。"}, at)

    def _climb(self, matter: Matter, key: str, at: dt.datetime, by: Actor) -> dt.datetime:
        data = dict(_CLIMBING[key])
        if key == "summon":
            data["talk_at"] = at + dt.timedelta(days=1)
        at = self._step(matter, key, by, data, at)
        if key in ("notify", "hand_over"):
            return at  # the one holds at once, the other still waits to be signed
        return self._step(matter, "sign", self.leader, {"note": "同意。"}, at)

    def _feedback(self) -> Data:
        solved = self.chance.random() < 0.8
        found: dict[str, object] = {
            "solved": solved,
            "done": self.chance.choice(_DONE),
            "cause": self.chance.choice(_CAUSES),
        }
        return found if solved else found | {"plan": "其余部分已经排定工期，下周五前全部完成，完成后再报。"}

    # --- one instruction ---------------------------------------------------------------------------------------------

    def _instruct(self, row: Mapping[str, str]) -> None:
        age, until, units = float(row["age"]), row["until"], row["units"].split()
        at = self.world.before(self.now, age * DAY)
        data = {
            "kind": row["kind"],
            "title": row["title"],
            "source": row["source"],
            "reference": row["reference"],
            "dated": at - dt.timedelta(hours=2),
            "text": row["text"],
        }
        by = self.leader if row["kind"] == "leader" else self._supervisor()
        matter = self._open(INSTRUCTIONS, "record", by, data, at)
        if until == "recorded":
            return
        served = self._supervisor()
        at = self._later(at, 30, 200)
        self._step(matter, "assign", served, {"leads": units, "requirement": row["requirement"]}, at)
        tasks = list(Matter.objects.filter(supervision__instruction=matter.pk).order_by("pk"))
        for n, task in enumerate(tasks):
            done = "closed" if until != "tasked" else ("closed", "working", "reported", "issued")[n % 4]
            plan = Plan("signed_item", age, done, "", row["title"], row["requirement"])
            self._go_on(plan, task, self._later(at, 20, 120), served)
        ended = [task.closed_at for task in tasks if task.closed_at is not None]
        if until == "tasked" or len(ended) < len(tasks):
            return
        at = self._step(matter, "gather", SYSTEM, {}, max(ended))
        if until == "closed":
            names = "、".join(self.world.book.by_code[unit].label for unit in units)
            told = f"{names}已按要求办结，长效措施已经印发，下一步将定期抽查。"
            self._step(matter, "report", served, {"report": told}, at)

    # --- the parts ---------------------------------------------------------------------------------------------------

    def _open(self, flow: Flow, step: str, by: Actor, data: Data, at: dt.datetime) -> Matter:
        opening = Opening(by, data, at, recorded_at=at)
        return self._told(engine.open_many(flow, step, [opening], now=self.now, quiet=True))

    def _step(self, matter: Matter, key: str, by: Actor, data: Data, at: dt.datetime) -> dt.datetime:
        """Take a step at that moment, or now at the latest; the moment of the next one."""
        at = min(at, self.now)
        flow = SUPERVISIONS if matter.kind == SUPERVISIONS.kind else INSTRUCTIONS
        self._told(engine.move(flow, key, [Move(matter.pk, by, data, at, recorded_at=at)], now=self.now, quiet=True))
        matter.refresh_from_db()
        return self._later(at, 20, 150)

    def _told(self, results: Sequence[Result]) -> Matter:
        """What happened lately was told to whom it concerned, as the cases were."""
        matter = results[0].unwrap()
        if matter.moved_at >= self.told_from:
            telling.tell(results, self._posts)
        return matter

    def _later(self, at: dt.datetime, least: float, most: float) -> dt.datetime:
        return self.world.after(at, self.chance.uniform(least, most), self.world.centre.hours)

    def _supervisor(self) -> Actor:
        demo = self.world.users["dudao"]
        return demo if self.chance.random() < 0.4 else self.world.at_centre("supervisor", self.chance)

    def _handler(self, matter: Matter) -> Actor:
        return self.world.handler(self.world.book.by_id[matter.lead_id or 0], self.chance)

    def _chief(self, matter: Matter) -> Actor:
        return self.world.chief(self.world.book.by_id[matter.lead_id or 0])

    def _officer(self, matter: Matter) -> str:
        return self.world.names[self._handler(matter).user_id or 0]


# --- what is supervised -----------------------------------------------------------------------------------------------

_PACE = (("issued", 0.3), ("working", 1.2), ("reviewing", 1.6), ("reported", 2.0), ("working", 2.6), ("closed", 4.0))


def _from_cases(world: World, chance: Random) -> Iterator[Plan]:
    """Cases that are late, and those done over and over."""
    now_late = Q(closed_at=None, warning__gte=2, lead__isnull=False)
    for n, (matter, unit) in enumerate(_chosen(world, Matter.objects.filter(now_late), 14)):
        until, age = _PACE[n % len(_PACE)]
        yield Plan(
            kind="overdue",
            age=age,
            until=until,
            unit=unit,
            title=f"超时未办结：{matter.title}"[:120],
            requirement="这件诉求已经超过规定时限。请立即办结并联系诉求人，查明超时原因，明确责任人，举一反三防止再次超时。",
            about=(matter.number,),
            rung=1 if n % 3 == 0 else 2,
            climbs=("notify",) if n % 3 == 0 and until == "working" else (),
            returns=1 if n % 7 == 4 else 0,
        )
    again = Q(rework_count__gte=2, lead__isnull=False)
    for n, (matter, unit) in enumerate(_chosen(world, Matter.objects.filter(again), 10)):
        until, age = _PACE[(n + 1) % len(_PACE)]
        plan = Plan(
            kind="rework",
            age=age + 1,
            until=until,
            unit=unit,
            title=f"重复办理仍未解决：{matter.title}"[:120],
            requirement="诉求人多次表示没有解决。请单位负责人带队到现场，与诉求人当面商定解决办法，办结后附诉求人意见。",
            about=(matter.number,),
        )
        yield replace(plan, climbs=("summon",)) if n == 3 else plan


def _chosen(world: World, rows: QuerySet[Matter], most: int) -> list[tuple[Matter, str]]:
    """The newest of them, those of units with an account first; of each other unit two at most."""
    found: list[tuple[Matter, str]] = []
    taken: dict[str, int] = {}
    cases = rows.filter(kind="case", subkind__in=("help", "complaint", "tip")).order_by("-id")
    for code in (*FIRST, ""):
        unit = world.book.by_code.get(code)
        for matter in cases.filter(lead=unit.id)[:3] if unit else cases[: most * 6]:
            lead = world.book.by_id[matter.lead_id or 0]
            fits = (lead.id, "chief") in world.actors and taken.get(lead.code, 0) < (3 if lead.code in FIRST else 2)
            if fits and all(matter.pk != other.pk for other, _ in found) and len(found) < most:
                taken[lead.code] = taken.get(lead.code, 0) + 1
                found.append((matter, lead.code))
    return found


def _from_elsewhere() -> Iterator[Plan]:
    for row in _rows("supervisions"):
        yield Plan(
            kind=row["kind"],
            age=float(row["age"]),
            until=row["until"],
            unit=row["unit"],
            title=row["title"],
            requirement=row["requirement"],
            rung=int(row["rung"]),
            source=row["source"],
            climbs=tuple(row["climbs"].split()),
            returns=int(row["returns"]),
        )


def _rows(name: str) -> list[dict[str, str]]:
    """Of a table of the demo; the texts are invented."""
    text = files("huying.simulator").joinpath(f"data/{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
