"""Dockets of the demo: what `data/dockets.toml` tells, through the flow engine, each step at its own moment."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from importlib.resources import files
from operator import or_
from random import Random
from typing import Any

from django.db import transaction
from django.db.models import Case, Q, When
from django.utils import timezone

from huying.dockets.flow import DOCKETS
from huying.dockets.models import Meeting
from huying.dockets.notices import invitations
from huying.dockets.work import WORK
from huying.kernel.calendar import Unit, due
from huying.matters import engine
from huying.matters.engine import Move, Opening, Result
from huying.matters.flow import Flow
from huying.matters.messages import Posts, send
from huying.matters.models import Matter
from huying.matters.sweep import sweep
from huying.people.actors import Actor
from huying.people.directory import Listed
from huying.simulator import telling
from huying.simulator.accounts import ACCOUNTS
from huying.simulator.world import World

A_DAY = 390  # working minutes
TOLD_DAYS = dt.timedelta(days=7)  # messages are older than that only in a real district
Told = Mapping[str, Any]


def are_there() -> bool:
    return Matter.objects.filter(kind=DOCKETS.kind).exists()


@transaction.atomic
def build(world: World, now: dt.datetime) -> int:
    """All of them, or nothing. Returns how many."""
    stories = tomllib.loads((files("huying.simulator") / "data" / "dockets.toml").read_text(encoding="utf-8"))["docket"]
    posts = Posts.read(world.book.by_id)
    for index, story in enumerate(stories):
        _Teller(world, now, posts, Random(index)).tell(story)  # noqa: S311
    sweep(now, past=True)
    return len(stories)


@dataclass(slots=True)
class _Teller:
    """One docket as it happens. `meetings`: those that were planned, in order."""

    world: World
    now: dt.datetime
    posts: Posts
    chance: Random
    docket: Matter | None = None
    meetings: list[int] = field(default_factory=list)
    work: list[tuple[Told, Matter]] = field(default_factory=list)

    def tell(self, story: Told) -> None:
        """Everything in the order of time: what stands in the file says how long ago."""
        began = self._ago(story["days"])
        by = self.world.users[story["by"]]
        draft = {"kind": story["kind"], "title": story["title"], "text": story["text"].strip(),
                 "numbers": self._numbers(story, by, began)}  # fmt: skip
        opening = Opening(by, draft, began, recorded_at=began)
        self._done(engine.open_many(DOCKETS, "draft", [opening], now=began, quiet=True), DOCKETS)
        events: list[tuple[float, int, str, Told]] = []

        def then(days: float, key: str, told: Told) -> None:
            events.append((-days, len(events), key, told))

        if "withdrawn" in story:
            then(story["withdrawn"], "withdraw", story)
        if "opened" in story:
            then(story["opened"], "open", story)
        if "taken_up" in story:
            then(story["taken_up"], "take_up", story)
            if story["until"] == "in_progress":
                then(0.8, "add_matters", story)
        for meeting in story.get("meeting", ()):
            then(meeting["planned"], "plan_meeting", meeting)
            for code in meeting["yes"]:
                then(meeting["planned"] - 1, "answer_invitation", {"code": code, "who": meeting["yes"][code]})
            if "held" in meeting:
                then(meeting["held"], "hold_meeting", meeting)
        for decision in story.get("decision", ()):
            then(decision["days"] - 0.2, "decide", decision)
            for key, step in (("report", "report"), ("fed_back", "feed_back"), ("accepted", "accept"),
                              ("given_up", "give_up")):  # fmt: skip
                if key in decision:
                    then(decision[key], f"work.{step}", decision)
        for result in story.get("result", ()):
            then(result["days"], "propose_result", result)
            if "accepted" in result:
                then(result["accepted"], "accept", result)
        for days, _, key, told in sorted(events, key=lambda event: event[:2]):
            self._take(story, key, told, self._ago(-days))
        assert self.docket is not None
        assert self.docket.state == story["until"], f"{story['title']}: {self.docket.state}"

    def _ago(self, days: float) -> dt.datetime:
        return self.world.before(self.now, days * A_DAY + self.chance.uniform(5, 240))

    def _numbers(self, story: Told, by: Actor, at: dt.datetime) -> list[str]:
        """Cases that had come by then and say one of its words."""
        says = reduce(or_, (Q(title__contains=word) for word in story["words"]))
        rows = Matter.objects.visible_to(by).filter(says, kind="case", opened_at__lt=at).exclude(subkind="praise")
        if self.docket is not None:
            rows = rows.filter(closed_at=None).exclude(docket_links__docket=self.docket.pk)
        lead = self._unit(story["lead"]).id if "lead" in story else 0
        own = Case(When(lead_id=lead, then=0), default=1)
        return list(rows.order_by(own, "-opened_at").values_list("number", flat=True)[: story["most"] // 2 + 1])

    def _unit(self, code: str) -> Listed:
        return self.world.book.by_code[code]

    def _handler(self, code: str) -> Actor:
        """Whoever of the unit has an account of the demo, else somebody of it."""
        unit = self._unit(code)
        own = [actor for actor in self.world.users.values() if actor.organisation_id == unit.id]
        handlers = [actor for actor in own if actor.may("dockets.work") and actor.role.key != "chief"]
        named = {self.world.users[account.username].user_id for account in ACCOUNTS if account.organisation}
        first = sorted(handlers, key=lambda actor: (actor.user_id not in named, actor.user_id))
        return first[0] if first else self.world.chief(unit)

    def _take(self, story: Told, key: str, told: Told, at: dt.datetime) -> None:
        if key.startswith("work."):
            self._take_work(story, key.removeprefix("work."), told, at)
            return
        by, data = self._said(story, key, told)
        assert self.docket is not None
        if key == "add_matters":
            data = {"numbers": self._numbers(story, by, at)}
            if not data["numbers"]:
                return
        move = Move(self.docket.pk, by, data, max(at, self.docket.moved_at), recorded_at=max(at, self.docket.moved_at))
        self._done(engine.move(DOCKETS, key, [move], now=move.at, quiet=True), DOCKETS)
        if key == "plan_meeting":
            self.meetings.append(Meeting.objects.filter(docket=self.docket.pk).order_by("-pk")[0].pk)
            if "coming" in told:
                told_of = {"meeting": self.meetings[-1], "seq": self.docket.version, "user": by.user_id}
                send(invitations([told_of]), at=move.at, past=True)
        if key == "decide":
            work = Matter.objects.filter(kind=WORK.kind).order_by("-pk")[0]
            self.work.append((told, work))

    def _said(self, story: Told, key: str, told: Told) -> tuple[Actor, dict[str, object]]:
        """Who takes the step, with what."""
        lead = self._handler(story["lead"]) if "lead" in story else self.world.users["dudao"]
        leader = self.world.users[story["leader"]] if "leader" in story else None
        members = story.get("members", [])
        match key:
            case "add_matters":
                return self.world.users["dudao"], {}
            case "withdraw":
                return self.world.users["dudao"], {"reason": told["why"]}
            case "open":
                chief = str(leader.user_id) if leader else ""
                staff = {"lead": story["lead"], "leader": chief, "members": members, "days": story.get("limit")}
                return self.world.users["dudao"], staff
            case "take_up":
                return lead, {"officer": self.world.names[lead.user_id or 0], "plan": story.get("plan", "")}
            case "plan_meeting":
                ahead = told["coming"] if "coming" in told else told["planned"] - told["held"]
                start = self.now if "coming" in told else self._ago(told["planned"])
                at = due(start, ahead, Unit.WORKING_DAYS, self.world.centre.hours, self.world.calendar).at
                planned = timezone.localtime(at).replace(hour=14, minute=30, second=0, microsecond=0)
                agenda = told["agenda"].strip()
                return lead, {"at": planned.isoformat(), "place": told["place"], "agenda": agenda, "invited": members}
            case "answer_invitation":
                return self._handler(told["code"]), {"attending": True, "who": told["who"]}
            case "hold_meeting":
                attended = [story["lead"], *(code for code in members if code not in told["absent"])]
                held = self._ago(told["held"] + 0.3).replace(second=0, microsecond=0)
                minutes = told["minutes"].strip()
                return lead, {"at": held.isoformat(), "chair": told["chair"], "attended": attended, "minutes": minutes}
            case "decide":
                meeting = str(self.meetings[told["meeting"] - 1]) if "meeting" in told else ""
                return lead, {k: told[k] for k in ("text", "owner")} | {"meeting": meeting, "days": told["limit"]}
            case "propose_result":
                return lead, {"result": told["text"].strip()}
            case _:
                return leader or self.world.users["dudao"], {"note": told["note"]}

    def _take_work(self, story: Told, key: str, told: Told, at: dt.datetime) -> None:
        index = next(i for i, (decision, _) in enumerate(self.work) if decision is told)
        work = self.work[index][1]
        owner = self._handler(told["owner"])
        judge = self._handler(story["lead"])
        if told["owner"] == story["lead"]:
            judge = self.world.chief(self._unit(story["lead"]))
        by, data = {
            "report": (owner, {"text": told.get("progress", "")}),
            "feed_back": (owner, {"done": told.get("done", "")}),
            "accept": (judge, {}),
            "give_up": (self.world.users["dudao"], {"reason": told.get("why", "")}),
        }[key]
        moment = max(at, work.moved_at)
        move = Move(work.pk, by, data, moment, recorded_at=moment)
        self._done(engine.move(WORK, key, [move], now=moment, quiet=True), WORK)
        self.work[index] = (told, Matter.objects.get(pk=work.pk))

    def _done(self, results: Sequence[Result], flow: Flow) -> None:
        for result in results:
            matter = result.unwrap()
            if flow is DOCKETS:
                self.docket = matter
            if matter.moved_at > self.now - TOLD_DAYS:
                telling.tell([result], self.posts)
