"""The life of one case: what is done next, by whom, when, and with which words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from random import Random

from huying.cases.enums import CaseKind, ContactExemption, HandBackReason, Means, NoCallbackReason
from huying.kernel.calendar import DEFAULT_HOURS, SHANGHAI
from huying.matters.enums import Urgency
from huying.matters.models import Matter
from huying.people.actors import SYSTEM, Actor, visitor
from huying.people.directory import Listed
from huying.simulator import whose
from huying.simulator.arrivals import Arrival, channel_for, situation_for
from huying.simulator.callers import NUMBERED, VOICE, receiver, reporter_of
from huying.simulator.deputies import Deputy
from huying.simulator.habits import Habit
from huying.simulator.helping import BESIDE, Helping
from huying.simulator.opinions import opinion, published
from huying.simulator.scenes import Scene
from huying.simulator.situations import COMMUNITY, STREET
from huying.simulator.world import Grid, World

Next = tuple[str, dt.datetime]  # step and moment
Data = Mapping[str, object]

COMPLAINING = (CaseKind.HELP, CaseKind.COMPLAINT, CaseKind.TIP)
LIMITS = {CaseKind.CONSULT: 2, CaseKind.MOTION: 60}
MINUTE = dt.timedelta(minutes=1)
DAY = 390  # working minutes
POOR = 0.06  # of the replies to what is complained of fall short
OPEN_FROM, OPEN_UNTIL = 7, 22  # the centre's desks


class Life:
    """`world` and `habits` are shared; everything else is this case's own, drawn from its own generator."""

    def __init__(self, world: World, habits: Mapping[str, Habit], arrival: Arrival, seed: int) -> None:
        self.world, self.habits, self.arrival = world, habits, arrival
        self.chance = chance = Random(seed * 10_000_019 + arrival.index)  # noqa: S311
        self.situation = situation_for(arrival, chance)
        self.grid = self._where()
        self.channel = channel_for(arrival, self.situation, chance)
        self.praise = self.situation.kind == CaseKind.PRAISE
        self.scene = Scene(chance, self.situation, self.grid.spot, VOICE[self.channel])
        self.hold, self.prompt = arrival.hold, bool(arrival.hold)
        self.matter_id = 0
        self.deputy = Deputy(world.run, arrival.index) if self.channel == "proposal" else None
        self.scene.on(arrival.at.astimezone(SHANGHAI))
        self.title, self.said = self.scene.title(), self.scene.text()
        self._character()
        self._course()

    def _where(self) -> Grid:
        if not self.arrival.place:
            return self.world.grid(self.chance)
        return self.chance.choice([g for g in self.world.grids if g.code.startswith(self.arrival.place)])

    def _character(self) -> None:
        """Who raises it, how pressing it is, and what is known of the place."""
        chance, marks = self.chance, self.situation.marks
        owned = bool(self.arrival.owner)
        self.anonymous = not owned and chance.random() < (0.75 if "匿" in marks else 0.035)
        self.confidential = not self.anonymous and not owned and chance.random() < (0.6 if "密" in marks else 0.012)
        if self.channel in ("proposal", "grid"):
            self.anonymous = False
        if self.deputy:
            self.confidential = False
        self.reply_wanted = owned or chance.random() > 0.025
        self.urgency = Urgency.NORMAL
        if "特急" in marks:
            self.urgency = Urgency.EMERGENCY if chance.random() < 0.85 else Urgency.URGENT
        elif chance.random() < (0.5 if "急" in marks else 0.015):
            self.urgency = Urgency.URGENT
        self.emergency = self.urgency == Urgency.EMERGENCY
        roll = chance.random()
        self.located = (
            "" if "无地点" in marks else "point" if roll < 0.8 or self.emergency else "address" if roll < 0.93 else ""
        )
        if self.arrival.place:
            self.located = "point"
        fixed = any(unit not in (STREET, COMMUNITY) for unit in self.situation.units)
        self.no_place = not self.located and fixed and not self.arrival.unit and chance.random() < 0.45

    def _course(self) -> None:
        """What will happen on its way."""
        chance, arrival = self.chance, self.arrival
        free = not self.hold and not arrival.unit
        self.answered_at_once = ""
        if self.situation.has("即答") and free:
            self.answered_at_once = chance.choices(("received", "triaged", ""), (0.6, 0.25, 0.15))[0]
        self.wrong = free and not self.emergency and chance.random() < 0.035
        roll = chance.random()
        self.ask = "received" if roll < 0.025 else "handling" if roll < 0.045 else ""
        if self.emergency or self.hold or self.anonymous or self.answered_at_once or self.praise:
            self.ask = ""
        if self.hold == "waiting":
            self.ask = "handling" if chance.random() < 0.6 or arrival.unit else "received"
        self.asked_in = self.ask
        self.back = chance.random() < 0.75  # the reporter answers
        self.unreachable = 0 if chance.random() < 0.9 else 3 if chance.random() < 0.12 else 1
        self.unreachable = 0 if self.deputy else self.unreachable
        self.tries = self.callbacks = self.attempts = 0
        self.rated = False
        self.lead: Listed | None = None
        self.helping = Helping(self.world, self.grid, self.hold, arrival.index)
        self.unit: Listed = self.world.book.by_code[self._unit()]
        self.habit = self.habits[self.unit.code]
        self.reworks = arrival.reworks if arrival.reworks is not None else -1  # -1: as it comes
        self.late = self.sent_back = False
        self.contacted = self.again = False  # talked to in this round; done over
        self.solved = True
        self.reply = ""
        self.judges: list[Actor] = []  # who still has to judge
        self.improper = self.disagrees = False
        self.proposer: Actor = SYSTEM
        self.presser: Actor = SYSTEM
        self.by: Actor = SYSTEM
        self.officer = ""
        self.dispatched_at = arrival.at

    def _unit(self) -> str:
        if self.arrival.unit:
            return self.arrival.unit
        spot = None if self.no_place else self.grid.spot
        said = f"{self.title}\n{self.said}"
        about = whose.asked(said, self.situation, spot, urgency=self.urgency, channel=self.channel)
        return whose.unit_for(self.world, about, self.situation, self.grid.spot, self.chance)

    def _resolved(self, unit: str) -> str:
        return whose.resolved(unit, self.grid.spot)

    # --- time -------------------------------------------------------------------------------------------------------

    def _centre(self, at: dt.datetime, median: float, spread: float = 0.7) -> dt.datetime:
        """After a wait at the centre, whose desks are open every day; emergencies at any hour."""
        if self.emergency:
            return at + MINUTE * self.chance.uniform(1, 6)
        if self.prompt:
            return at + MINUTE * self.chance.uniform(2, 9)
        then = at + MINUTE * min(self.chance.lognormvariate(0, spread) * median, median * 12)
        local = then.astimezone(SHANGHAI)
        if OPEN_FROM <= local.hour < OPEN_UNTIL:
            return then
        day = local.date() + dt.timedelta(days=1 if local.hour >= OPEN_UNTIL else 0)
        opening = dt.datetime.combine(day, dt.time(OPEN_FROM), SHANGHAI)
        return opening + MINUTE * self.chance.uniform(3, 55)

    def _unit_time(self, at: dt.datetime, median: float, spread: float = 0.7) -> dt.datetime:
        """After a wait at the unit, in its working hours."""
        if self.emergency:
            return at + MINUTE * min(median, 25) * self.chance.uniform(0.2, 1.3)
        hours = self.unit.hours
        if self.prompt:
            return self.world.after(at, self.chance.uniform(3, 12), DEFAULT_HOURS)
        return self.world.after(at, self.chance.lognormvariate(0, spread) * median * self.habit.pace, hours)

    # --- what comes next --------------------------------------------------------------------------------------------

    def begin(self) -> Next:
        return "receive", self.arrival.at

    def after(self, step: str, matter: Matter, at: dt.datetime, waiting_due: dt.datetime | None) -> Next | None:
        """What is done next once a step is taken; None when nothing more will happen."""
        state = matter.state
        if state == self.hold and self.reworks <= 0 and not (state == "handling" and self.ask):
            return None
        match state:
            case "received":
                return self._after_received(step, at)
            case "triaged":
                if self.answered_at_once:
                    return "answer", self._centre(at, 12)
                return "dispatch", self._centre(at, 34)
            case "dispatched":
                return self._after_dispatched(at)
            case "acknowledged" if self.helping.to_take:
                return "take_part", self._unit_time(at, 30)
            case "acknowledged":
                return "contact", self._contact_time(at)
            case "passed":
                return "take_on", self._unit_time(at, 40)
            case "checking":
                return "report_check", self._unit_time(at, 150)
            case "handling":
                return self._after_handling(step, at)
            case "waiting":
                return self._after_waiting(at, waiting_due)
            case "awaiting_approval":
                self.sent_back = not self.prompt and not self.sent_back and self.chance.random() < self.habit.sent_back
                return "send_back" if self.sent_back else "approve", self._unit_time(at, 70)
            case "resolved":
                return self._after_resolved(matter, at)
            case "reply_review":
                return "publish_reply", self._centre(at, 150)
            case "under_review":
                return self._after_review(step, matter, at)
            case _:
                return self._after_closed(step, at)

    def _after_received(self, step: str, at: dt.datetime) -> Next:
        if self.arrival.same and not self.arrival.leads and not self.deputy:
            return "join", self._centre(at, 14)
        if self.ask == "received":
            return "return_to_reporter", self._centre(at, 20)
        if self.answered_at_once == "received":
            return "answer", self._centre(at, 6)
        slow = not self.prompt and self.chance.random() < 0.03
        return "triage", self._centre(at, 90 if slow else 11)

    def _after_dispatched(self, at: dt.datetime) -> Next:
        self.dispatched_at = at
        if self.wrong:
            return "hand_back", self._unit_time(at, 45)
        slow = not self.prompt and self.chance.random() < self.habit.slow_start
        return "acknowledge", self._unit_time(at, 150 if slow else 32)

    def _contact_time(self, at: dt.datetime) -> dt.datetime:
        return self._centre(at, 80) if self.confidential else self._unit_time(at, 75)

    def _after_handling(self, step: str, at: dt.datetime) -> Next:
        if step in ("callback", "record_opinion", "rework", "judge", "decide_review"):
            self.again, self.contacted, self.tries, self.unreachable = True, False, 0, 0
        if not self.contacted:
            return "contact", self._contact_time(at)
        if beside := self.helping.next():
            return beside, self._unit_time(at, 240 if beside in ("report_part", "give_back") else 30)
        if self.ask == "handling":
            return "return_to_reporter", self._unit_time(at, 60)
        if step in ("send_back", "add_information", "no_answer"):
            return "propose", self._unit_time(at, 120)
        if self.emergency:
            return "propose", at + dt.timedelta(hours=self.chance.uniform(1.5, 14))
        if self.prompt:
            return "propose", self._unit_time(at, 10)
        again = self.again
        days = (20.0 if self.deputy else 3.0) if again else float(LIMITS.get(self.situation.kind, 5))
        self.late = self.chance.random() < self.habit.late * (1.6 if again else 1.0) and not self.praise
        share = (
            self.chance.uniform(1.02, 2.2) if self.late
            else min(0.97, self.chance.lognormvariate(0, 0.45) * 0.42 * self.habit.pace)
        )  # fmt: skip
        start = at if again else self.dispatched_at
        then = self.world.after(start, days * self.unit.hours.minutes * share, self.unit.hours)
        return "propose", max(then, self.world.after(at, 20, self.unit.hours))

    def _after_waiting(self, at: dt.datetime, due: dt.datetime | None) -> Next | None:
        if not self.back:
            return ("no_answer", due) if due else None
        return "add_information", at + dt.timedelta(hours=self.chance.lognormvariate(0, 0.9) * 14)

    def _after_resolved(self, matter: Matter, at: dt.datetime) -> Next:
        if self.anonymous or not self.reply_wanted or self.callbacks >= 3:
            return "close_without_callback", self._centre(at, 240)
        if self.deputy:
            return "record_opinion", self.world.after(at, self.chance.uniform(3, 15) * DAY, DEFAULT_HOURS)
        slow = self.chance.random() < 0.03
        # Nobody likes to be called in the night or early in the morning.
        then = self._centre(at, 1500 if slow else 300, 0.6)
        local = then.astimezone(SHANGHAI)
        if local.hour < 9 or local.hour >= 20:
            day = local.date() + dt.timedelta(days=1 if local.hour >= 20 else 0)
            then = dt.datetime.combine(day, dt.time(9), SHANGHAI) + MINUTE * self.chance.uniform(0, 150)
        return "callback", then

    def _after_review(self, step: str, matter: Matter, at: dt.datetime) -> Next:
        """Two from outside, each after some days; where they disagree, the supervisor."""
        if step != "judge":
            self.judges = [self.world.reviewers[key] for key in matter.reviewers]
            self.improper = self.hold == "handling" or self.chance.random() < 0.65
            self.disagrees = self.hold != "handling" and self.chance.random() < 0.15
        if not self.judges:
            return "decide_review", self._centre(at, 300)
        return "judge", self.world.after(at, self.chance.uniform(0.2, 1.9) * DAY, DEFAULT_HOURS)

    def _after_closed(self, step: str, at: dt.datetime) -> Next | None:
        if step in ("rate", "judge", "decide_review") or self.hold:
            return None
        own = bool(self.arrival.owner) or self.channel in ("portal", "neighbours", "enterprise")
        complains = step != "close_without_callback" and not self.anonymous and not self.praise
        if complains and self.chance.random() < 0.006:
            return "rework", at + dt.timedelta(days=self.chance.uniform(0.5, 9))
        if (
            own
            and not self.anonymous
            and not self.rated
            and self.chance.random() < (0.6 if self.arrival.owner else 0.3)
        ):
            self.rated = True
            return "rate", at + dt.timedelta(hours=self.chance.uniform(0.3, 60))
        return None

    # --- what is said -----------------------------------------------------------------------------------------------

    def data(self, step: str, at: dt.datetime) -> tuple[Actor, Data]:
        """Who takes a step, and its input."""
        self.scene.on(at.astimezone(SHANGHAI))
        beside = step in BESIDE
        found = self.helping.data(step, self.scene, self.proposer) if beside else _DATA[step](self, at)
        self.presser = found[0]
        return found

    def receive(self, at: dt.datetime) -> tuple[Actor, Data]:
        chance, scene = self.chance, self.scene
        self.by = receiver(self.world, self.arrival, self.channel, self.grid, self.chance)
        data: dict[str, object] = {"channel": self.channel}
        staff = self.by.scope == "all"
        if staff or chance.random() < 0.3:
            data["title"] = self.title
        data["text"] = self.said
        if self.by.role.key == "call_taker":
            if chance.random() < 0.8:
                data["kind"], data["category"] = self.situation.kind, self.situation.category
            if self.urgency != Urgency.NORMAL:
                data["urgency"] = self.urgency
        if self.located:
            data["address"] = scene.address()
        if self.located == "point":
            data["lon"], data["lat"] = chance.choice(self.grid.points)
        if prefix := NUMBERED.get(self.channel):
            data["external_number"] = f"{prefix}{at:%y%m%d}{self.world.run}{self.arrival.index:06}"
        if self.anonymous:
            data["anonymous"] = True
        elif not self.arrival.owner:
            reporter = data["reporter"] = reporter_of(self.scene, self.chance)
            if self.deputy:
                data["motion"] = self.deputy.paper(at, str(reporter["name"]))
        data["confidential"] = self.confidential
        data["wants_reply"] = self.reply_wanted
        if self.situation.has("营商"):
            data["tags"] = ["营商环境"]
        if chance.random() < 0.25:
            data["happened_at"] = at - dt.timedelta(hours=chance.uniform(0.2, 30))
        if self.channel in ("hotline", "mayor") and chance.random() < 0.05:
            data["upper_due_at"] = at + dt.timedelta(days=chance.choice((4, 5, 7)))
        return self.by, data

    def triage(self, at: dt.datetime) -> tuple[Actor, Data]:
        role = "call_taker" if self.chance.random() < 0.9 else "dispatcher"
        actor = self._demo("jiexian", 0.3 if self.prompt else 0.04) or self.world.at_centre(role, self.chance)
        data: dict[str, object] = {
            "kind": self.situation.kind,
            "category": self.situation.category,
            "urgency": self.urgency,
        }
        if self.no_place:
            data["no_place"] = True
        elif self.located != "point":
            data["place"] = self.grid.spot.community
        if self.by.scope != "all":
            data["title"] = self.title
        self.scene["单位"] = self.unit.label
        if self.chance.random() < 0.3:
            data["note"] = self.scene.phrase("研判意见")
        return actor, data

    def _demo(self, username: str, share: float) -> Actor | None:
        return self.world.users.get(username) if self.chance.random() < share else None

    def answer(self, at: dt.datetime) -> tuple[Actor, Data]:
        said = {"reply": self.scene.say("答"), "basis": self.scene.say("据")} | self.world.shelf.cited(self.said)
        data: Data = said | {"kind": self.situation.kind, "category": self.situation.category}
        self.answered_at_once = ""
        return self.world.at_centre("call_taker", self.chance), data

    def join(self, at: dt.datetime) -> tuple[Actor, Data]:
        return self.world.at_centre("call_taker", self.chance), {"main": self.world.mains[self.arrival.same]}

    def return_to_reporter(self, at: dt.datetime) -> tuple[Actor, Data]:
        where, self.ask = self.ask, ""
        question = self.scene.say("问") if self.scene.has("问") else self.scene.phrase("问题")
        if where == "received":
            return self.world.at_centre("call_taker", self.chance), {"question": question}
        return self.proposer, {"question": question}

    def add_information(self, at: dt.datetime) -> tuple[Actor, Data]:
        text = self.scene.say("补") if self.scene.has("补") else self.scene.phrase("补充")
        return self._reporter_or_centre(), {"text": text}

    def _reporter_or_centre(self) -> Actor:
        if self.arrival.owner:
            return self.world.users[self.arrival.owner]
        if self.channel in ("portal", "neighbours", "enterprise"):
            return visitor(matter_id=self.matter_id)
        return self.world.at_centre("call_taker", self.chance)

    def no_answer(self, at: dt.datetime) -> tuple[Actor, Data]:
        return SYSTEM, {}

    def dispatch(self, at: dt.datetime) -> tuple[Actor, Data]:
        chance = self.chance
        actor = self._demo("paidan", 0.15) or self.world.at_centre("dispatcher", chance)
        if actor.user_id == self.presser.user_id:  # some categories want a second pair of eyes
            actor = next(a for a in self.world.actors[self.world.centre.id, "dispatcher"] if a != actor)
        right = self.unit
        if self.wrong:
            near = [code for code in map(self._resolved, self.situation.units) if code != right.code]
            others = near or [code for code in self.world.wrong_units if code != right.code]
            self.lead = self.world.book.by_code[chance.choice(others)]
            self.scene["应办"] = right.label
        else:
            self.lead = right
        self.scene["单位"] = right.label
        data: dict[str, object] = {"lead": self.lead.code}
        co_handlers = [c for c in map(self._resolved, self.situation.co_handlers) if c != self.lead.code]
        if self.arrival.helper and self.arrival.helper != self.lead.code:
            co_handlers = [self.arrival.helper]
        elif not co_handlers and chance.random() < 0.03 and not self.no_place:
            co_handlers = [c for c in (self.grid.spot.street,) if c != self.lead.code]
        if co_handlers:
            data["co_handlers"] = co_handlers
            data["co_task"] = self.scene.phrase("请协办")
        self.helping.begin(self.lead, co_handlers)
        if chance.random() < 0.6 or self.urgency != Urgency.NORMAL:
            data["note"] = self.scene.phrase("派单意见 急" if self.urgency != Urgency.NORMAL else "派单意见")
        return actor, data

    def hand_back(self, at: dt.datetime) -> tuple[Actor, Data]:
        assert self.lead is not None
        chance = self.chance
        actor = self.world.handler(self.lead, chance)
        self.wrong = False
        local = self.lead.kind in ("street", "community")
        reason = chance.choices(
            (HandBackReason.NOT_OURS, HandBackReason.WRONG_PLACE, HandBackReason.NEEDS_OTHERS, HandBackReason.UNCLEAR),
            (6, 4 if local else 0, 2, 0.6),
        )[0]
        data: dict[str, object] = {"reason": reason, "explanation": self.scene.phrase(f"退回 {reason.value}")}
        if chance.random() < 0.7:
            data["suggested"] = self.unit.code
        return actor, data

    def acknowledge(self, at: dt.datetime) -> tuple[Actor, Data]:
        relief = self.situation.category.startswith("09.01") and self.unit.code == "minzheng"
        share = 0.4 if self.prompt else 0.2
        own = {"chengguan": "chengban", self.world.home[0]: "jiedao", self.world.home[1]: "shequ"}.get(self.unit.code)
        actor = (self._demo(own, share) if own else None) or self.world.handler(self.unit, self.chance, relief=relief)
        self.proposer = actor
        assert actor.user_id is not None
        self.officer = self.world.names[actor.user_id]
        return actor, {"officer": self.officer}

    def contact(self, at: dt.datetime) -> tuple[Actor, Data]:
        chance, scene = self.chance, self.scene
        actor = self.world.at_centre("call_taker", chance) if self.confidential else self.proposer
        self.tries += 1
        self.contacted = self.anonymous or self.tries > min(self.unreachable, 3) or self.emergency
        if self.anonymous:
            return actor, {"exemption": ContactExemption.ANONYMOUS, "outcome": scene.phrase("匿名")}
        if self.tries > 3:
            return actor, {"exemption": ContactExemption.UNREACHABLE}
        before = at - MINUTE * chance.uniform(1, 9)
        earliest = max(before, self.dispatched_at)
        base: dict[str, object] = {"at": earliest, "whom": "诉求人"}
        if self.tries <= self.unreachable and not self.emergency:
            base |= {"means": Means.PHONE, "reached": False, "outcome": scene.phrase("没接通")}
            return actor, base
        if self.confidential:
            base |= {"means": Means.PHONE, "outcome": scene.phrase("保密沟通")}
        elif self.deputy:
            base |= self.deputy.contact(scene)
        elif self.emergency:
            base |= {"means": Means.PHONE, "outcome": scene.phrase("沟通 急")}
        elif chance.random() < 0.12:
            base |= {"means": Means.VISIT, "outcome": scene.phrase("沟通 上门")}
        else:
            means = Means.PHONE if chance.random() < 0.93 else Means.MESSAGE
            base |= {"means": means, "outcome": scene.phrase("沟通")}
        return actor, base | {"reached": True}

    def propose(self, at: dt.datetime) -> tuple[Actor, Data]:
        chance, scene = self.chance, self.scene
        again = self.attempts > 0
        self.attempts += 1
        scene["单位"] = self.unit.label
        # What is asked or praised is neither untrue nor unsolved, nor is it where everybody could see it burn.
        plain = self.situation.kind in COMPLAINING and not self.emergency and not again
        true = not plain or chance.random() > 0.08
        self.solved = not true or self.praise or chance.random() > 0.03
        done, reply = scene.outcome(again=again, true=true, solved=self.solved)
        if plain and true and chance.random() < POOR:
            reply = scene.poor_reply()
        self.reply = reply
        data: dict[str, object] = {
            "true": true,
            "solved": self.solved,
            "done": done,
            "by_whom": self.officer,
            "public_reply": reply,
            "checklist": self.world.checklist(chance),
        }
        if self.deputy:
            data["public_reply"], letter = self.deputy.answer(scene, at, self.unit.label.removeprefix("区"))
            data = {name: value for name, value in data.items() if name not in ("true", "solved")} | letter
        if chance.random() < 0.25:
            data["internal_note"] = scene.phrase("内部说明")
        if self.helping.alone and not again:
            data["without_parts"] = scene.phrase("不再等协办")
        return self.proposer, data

    def send_back(self, at: dt.datetime) -> tuple[Actor, Data]:
        return self.world.chief(self.unit), {"reason": self.scene.phrase("退回重拟")}

    def approve(self, at: dt.datetime) -> tuple[Actor, Data]:
        note = self.scene.phrase("审批") if self.chance.random() < 0.4 else ""
        return self.world.chief(self.unit), {"note": note}

    def publish_reply(self, at: dt.datetime) -> tuple[Actor, Data]:
        open_to_all = not self.confidential and not self.situation.has("企业")
        return self.world.at_centre("dispatcher", self.chance), published(self.scene, self.reply, open_to_all)

    def callback(self, at: dt.datetime) -> tuple[Actor, Data]:
        chance, scene = self.chance, self.scene
        actor = self._demo("jiexian", 0.04) or self.world.at_centre("call_taker", chance)
        self.callbacks += 1
        if chance.random() < 0.13:
            return actor, {"reached": False, "note": scene.phrase("回访 没接通")}
        self.callbacks = 0
        again = self._dissatisfied()
        if again:
            satisfied, solved = chance.choice((1, 2, 2)), chance.random() < 0.2 and self.solved
            real = solved or chance.random() < 0.7
            note = "回访 不满意" if solved else "回访 未解决" if real else "回访 不属实"
        else:
            satisfied = chance.choices((3, 4, 5), (8, 30, 62))[0]
            solved, real, note = True, True, "回访 一般" if satisfied == 3 else "回访 满意"
        data: dict[str, object] = {"reached": True, "solved": solved, "satisfied": satisfied}
        if not real or chance.random() < 0.8:
            data["real"] = real
        if again or chance.random() < 0.5:
            data["note"] = scene.phrase(note)
        return actor, data

    def record_opinion(self, at: dt.datetime) -> tuple[Actor, Data]:
        assert self.deputy is not None
        self.callbacks += 1
        told = self.deputy.opinion(self.scene, again=self.attempts > 1)
        if told["returned"]:
            self.callbacks = 0
        return self.world.at_centre("call_taker", self.chance), told

    def _dissatisfied(self) -> bool:
        if self.praise:
            return False
        if self.reworks >= 0:
            self.reworks -= 1
            return self.reworks >= 0
        if not self.solved:
            return True
        odds = self.habit.careless * (1.8 if self.late else 1.0) * (1.7 if self.attempts > 1 else 1.0)
        return self.attempts < 4 and self.chance.random() < odds

    def rework(self, at: dt.datetime) -> tuple[Actor, Data]:
        return self._reporter_or_centre(), {"reason": self.scene.phrase("重办")}

    def judge(self, at: dt.datetime) -> tuple[Actor, Data]:
        actor = self.judges.pop(0)
        improper = self.improper != (self.disagrees and not self.judges)
        return actor, opinion(self.scene, self.chance, improper=improper)

    def decide_review(self, at: dt.datetime) -> tuple[Actor, Data]:
        self.improper = self.chance.random() < 0.7
        reason = self.scene.phrase("裁定 不当" if self.improper else "裁定 得当")
        return self.world.at_centre("supervisor", self.chance), {"proper": not self.improper, "reason": reason}

    def close_without_callback(self, at: dt.datetime) -> tuple[Actor, Data]:
        reason = (
            NoCallbackReason.ANONYMOUS if self.anonymous
            else NoCallbackReason.UNREACHABLE if self.reply_wanted
            else NoCallbackReason.NO_REPLY_WANTED
        )  # fmt: skip
        actor = self.world.at_centre("dispatcher", self.chance)
        return actor, {"reason": reason, "note": self.scene.phrase("回访 免")}

    def rate(self, at: dt.datetime) -> tuple[Actor, Data]:
        good = self.praise or self.chance.random() < 0.9
        satisfied = self.chance.choice((4, 5, 5)) if good else self.chance.choice((1, 2, 3))
        data: dict[str, object] = {"satisfied": satisfied}
        if self.chance.random() < 0.5:
            data["text"] = self.scene.phrase("评价 好" if good else "评价 差")
        return self._reporter_or_centre(), data


_DATA: dict[str, Callable[[Life, dt.datetime], tuple[Actor, Data]]] = {
    name: getattr(Life, name)
    for name in (
        "receive", "join", "triage", "answer", "return_to_reporter", "add_information", "no_answer", "dispatch",
        "hand_back", "acknowledge", "contact", "propose", "send_back", "approve", "publish_reply", "callback", "rework",
        "record_opinion", "close_without_callback", "judge", "decide_review", "rate",
    )
}  # fmt: skip
