"""The resource pool of the demo: providers of every kind with their offers, needs in every state, projects, check-ins.

Set-wise: offers, projects and check-ins are plain rows; needs go through the flow engine, all of one step together,
each at its own moment. Names and phones belong to nobody.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from importlib.resources import files
from random import Random
from typing import Any

from django.db import transaction
from django.utils import timezone

from huying.dockets.enums import CheckInKind, CheckInState, OfferState, ProjectState, ProviderKind, RecordState
from huying.dockets.models import CheckIn, Need, Offer, Project, ProjectNote, Provider, Service, ServiceRecord
from huying.dockets.models.pool import changed
from huying.dockets.pool.access import unit_of
from huying.dockets.pool.matching import offered_of, where
from huying.dockets.pool.needs.flow import NEEDS
from huying.dockets.pool.ranking import covers, open_days
from huying.matters import engine
from huying.matters.engine import Move, Opening
from huying.matters.messages import Posts
from huying.matters.models import Matter
from huying.matters.sweep import sweep
from huying.people.actors import Actor
from huying.people.contacts import Person, remember_many
from huying.places.enums import Level
from huying.places.tree import Family, place_tree
from huying.simulator import names, telling
from huying.simulator.accounts import COMMUNITY, STREET
from huying.simulator.world import World

SEED = 41
CHECK_INS, NEEDS_WANTED = 300, 150
TOLD_DAYS = dt.timedelta(days=3)
# How many needs end where: the share of each hundred, and how long ago they were raised, in days.
ENDS: tuple[tuple[str, int, float, float], ...] = (
    ("raised", 18, 0.1, 1.6),
    ("asked", 12, 0.1, 0.8),
    ("claimed", 15, 0.4, 2.5),
    ("done", 10, 1.2, 4.0),
    ("confirmed", 76, 5, 80),
    ("unmet", 10, 5, 60),
    ("withdrawn", 9, 3, 60),
)
UNITS = (
    "区税务局机关党委",
    "武昌船舶社区企业党支部（虚构）",
    "江城设计院党委（虚构）",
    "楚天银行武昌支行（虚构）",
    "区教育局机关党委",
    "区卫健局机关党委",
    "江汉航运公司党委（虚构）",
    "东湖软件园联合党委（虚构）",
    "区市场监管局机关党委",
    "长江勘测队党支部（虚构）",
)
WEEKDAYS: tuple[tuple[int, ...], ...] = ((), (), (6, 7), (1, 2, 3, 4, 5), (3,), (2, 4), (6,))


def are_there() -> bool:
    return Offer.objects.exists()


@transaction.atomic
def build(world: World, now: dt.datetime) -> None:
    """All of it, or nothing."""
    _Builder(world, now).run()
    changed()


@dataclass(slots=True)
class _Builder:
    world: World
    now: dt.datetime
    chance: Random = field(default_factory=lambda: Random(SEED))  # noqa: S311
    told: Mapping[str, Any] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    communities: list[Family] = field(default_factory=list)
    home: Family | None = None

    def run(self) -> None:
        text = (files("huying.simulator") / "data" / "pool.toml").read_text(encoding="utf-8")
        self.told = tomllib.loads(text)
        self.services = {one.key: one for one in Service.objects.all()}
        tree = place_tree()
        self.communities = [one for one in tree.by_code.values() if one.level == Level.COMMUNITY]
        self.home = tree.family(COMMUNITY) or self.communities[0]
        offers = self._offers(self._providers())
        changed()  # so that needs see what is offered
        needs = self._needs(offers)
        self._projects(offers, needs)
        self._check_ins()

    def _contacts(self, n: int) -> list[int]:
        people = [Person(names.person(self.chance), names.mobile(self.chance)) for _ in range(n)]
        found = remember_many(people, at=self.now)
        return [key for key in found if key is not None]

    # --- who offers what ---------------------------------------------------------------------------------------------

    def _providers(self) -> list[Provider]:
        """Those that have an organisation here, then teams of streets and communities; those of the accounts first."""
        rows: list[Provider] = []
        at = self.now - dt.timedelta(days=200)

        def add(kind: str, name: str, unit: int | None = None, place: int | None = None, phone: str = "") -> None:
            rows.append(
                Provider(kind=kind, name=name, organisation_id=unit, place_id=place, phone=phone, created_at=at)
            )

        for code in (*self.told["departments"], *self.told["utilities"]):
            unit = self.world.book.by_code.get(code)
            if unit is not None:
                kind = ProviderKind.UTILITY if code in self.told["utilities"] else ProviderKind.DEPARTMENT
                add(kind, unit.name, unit.id, None, unit.duty_phone)
        local = self._local(14)
        for place in local:
            stem = place.name.removesuffix("社区")
            add(ProviderKind.VOLUNTEERS, f"{stem}志愿服务队", None, place.id)
            add(ProviderKind.OWNERS, f"{stem}小区业委会", None, place.id)
            add(ProviderKind.PROPERTY, f"{stem}物业服务中心", None, place.id, "027-0000-0600")
        for place, name in zip(local, UNITS, strict=False):
            add(ProviderKind.SUNK, name, None, place.id)
        for place in local[:6]:
            add(ProviderKind.PARTY, f"{place.name.removesuffix('社区')}报到党员先锋队", None, place.id)
        for street in list(dict.fromkeys(one.street_id for one in local))[:6]:
            road = place_tree().name_of(street).removesuffix("街道")
            add(ProviderKind.SAFETY, f"{road}街道安全巡查队", None, street, "027-0000-0700")
            add(ProviderKind.ASSISTANCE, f"{road}街道救助服务站", None, street, "027-0000-0800")
        contacts = self._contacts(len(rows))
        for row, contact in zip(rows, contacts, strict=False):
            row.contact_id = contact
        return Provider.objects.bulk_create(rows)

    def _local(self, n: int) -> list[Family]:
        """Communities of the demo: that of its account, some of its street, and others."""
        assert self.home is not None
        street = [one for one in self.communities if one.street_id == self.home.street_id and one.id != self.home.id]
        others = [one for one in self.communities if one.street_id != self.home.street_id]
        near = self.chance.sample(street, min(len(street), n // 2))
        return [self.home, *near, *self.chance.sample(others, min(len(others), n - 1 - len(near)))]

    def _offers(self, providers: Sequence[Provider]) -> list[Offer]:
        today = timezone.localdate(self.now)
        rows: list[Offer] = []
        centre = self.world.users["paidan"].user_id
        states = [OfferState.ACTIVE] * 30 + [OfferState.PAUSED, OfferState.EXPIRED, OfferState.PROPOSED] * 2
        states += [OfferState.CONFIRMED, OfferState.RETURNED, OfferState.WITHDRAWN, OfferState.ACTIVE]
        for provider in providers:
            unit = self.world.book.by_id.get(provider.organisation_id or 0)
            key = unit.code if unit is not None and unit.code in self.told["offers"] else provider.kind
            for told in self.told["offers"].get(key, ()):
                if unit is None and self.chance.random() < 0.2:
                    continue
                state = self.chance.choice(states)
                begun = today - dt.timedelta(days=self.chance.randrange(40, 190))
                ends: dt.date | None = None
                if self.chance.random() < 0.45:
                    ends = today + dt.timedelta(days=self.chance.randrange(3, 300))
                if state == OfferState.EXPIRED:
                    ends = today - dt.timedelta(days=self.chance.randrange(1, 30))
                if state == OfferState.CONFIRMED:
                    begun, ends = today + dt.timedelta(days=self.chance.randrange(2, 20)), None
                confirmed = state not in (OfferState.PROPOSED, OfferState.RETURNED)
                at = self.now - dt.timedelta(days=self.chance.uniform(0.2, 3) if not confirmed else 45)
                opens, closes = told.get("hours", ("", ""))
                rows.append(
                    Offer(
                        provider=provider,
                        service=self.services[told["service"]],
                        title=told["title"],
                        detail=told.get("detail", ""),
                        qualifications=told.get("qualifications", ""),
                        places=[provider.place_id] if provider.place_id else [],
                        weekdays=told.get("weekdays", []),
                        months=told.get("months", []),
                        opens=dt.time.fromisoformat(opens) if opens else None,
                        closes=dt.time.fromisoformat(closes) if closes else None,
                        valid_from=begun,
                        valid_to=ends,
                        per_day=told.get("per_day"),
                        per_month=told.get("per_month"),
                        contact_id=provider.contact_id,
                        state=state,
                        reason={"returned": "服务范围写得不清楚，请改。", "paused": "人手临时调走。"}.get(state, ""),
                        proposed_at=at,
                        confirmed_at=at if confirmed else None,
                        confirmed_by_id=centre if confirmed else None,
                    )
                )
        return Offer.objects.bulk_create(rows)

    # --- needs -------------------------------------------------------------------------------------------------------

    def _needs(self, offers: Sequence[Offer]) -> list[Matter]:
        """Each with what can be had where it is; all of one step in one batch."""
        usable = [one for one in offers if one.state == OfferState.ACTIVE]
        plans = self._plans(usable)
        openings = [Opening(one.raiser, one.data, one.at, recorded_at=one.at) for one in plans]
        for plan, result in zip(
            plans, engine.open_many(NEEDS, "raise", openings, now=self.now, quiet=True), strict=True
        ):
            plan.matter = result.unwrap()
            plan.results.append(result)
        for step in ("ask", "claim", "finish", "confirm", "give_up", "withdraw"):
            going = [plan for plan in plans if step in plan.steps]
            moves = [plan.move(step, self.now) for plan in going]
            for plan, result in zip(going, engine.move(NEEDS, step, moves, now=self.now, quiet=True), strict=True):
                if result.matter is None:  # an offer whose day is full: then nobody could do it
                    plan.steps = ("withdraw",)
                    continue
                plan.matter = result.matter
                plan.results.append(result)
        posts = Posts.read(self.world.book.by_id)
        recent = [r for plan in plans for r in plan.results if r.change and r.change.at > self.now - TOLD_DAYS]
        telling.tell(recent, posts)
        sweep(self.now, past=True)
        return [plan.matter for plan in plans if plan.matter is not None]

    def _plans(self, usable: Sequence[Offer]) -> list[_Plan]:
        local = list(dict.fromkeys(one.provider.place_id for one in usable if one.provider.place_id))
        tree = place_tree()
        places = [tree.by_id[key] for key in local if tree.by_id[key].community_id]
        judged = {one.pk: offered_of(one) for one in usable}
        told = self.told["needs"]
        found: list[_Plan] = []
        for state, n, least, most in ENDS:
            for i in range(n):
                place = self.home if i % 4 == 0 else self.chance.choice(places)
                assert place is not None
                here, days = where(place.id), self.chance.uniform(least, most)
                at = self._by_day(days)
                fitting = [
                    one
                    for one in usable
                    if one.service.key in told
                    and covers(judged[one.pk], here)
                    and open_days(judged[one.pk], at, at + dt.timedelta(days=3))
                ]
                offer = self.chance.choice(fitting)
                if state == "raised" and self.chance.random() < 0.3:
                    key = self.chance.choice(list(told))
                else:
                    key = offer.service.key
                title, text = self.chance.choice(told[key])
                found.append(self._plan(state, place, offer, key, (title, text), at))
        return sorted(found, key=lambda plan: plan.at)

    def _by_day(self, days: float) -> dt.datetime:
        """About so many days ago, while somebody is at work."""
        at = timezone.localtime(self.now - dt.timedelta(days=days))
        if 8 <= at.hour < 18:
            return at
        at = at.replace(hour=self.chance.randrange(9, 17), minute=self.chance.randrange(60))
        return at if at < self.now else at - dt.timedelta(days=1)

    def _plan(self, state: str, place: Family, offer: Offer, key: str, said: tuple[str, str], at: dt.datetime) -> _Plan:
        title, text = said
        raiser = self._clerk(place)
        until = (at + dt.timedelta(days=self.chance.randrange(4, 8))).replace(hour=18, minute=0)
        data: dict[str, object] = {
            "service": key,
            "community": place.code,
            "title": title,
            "text": text,
            "where": f"{place.name.removesuffix('社区')}小区{self.chance.randrange(1, 20)}栋",
            "wanted_from": at.isoformat(),
            "wanted_until": until.isoformat(),
            "quantity": 1 if self.chance.random() < 0.85 else 2,
            "urgency": "urgent" if self.chance.random() < 0.08 else "normal",
        }
        if self.chance.random() < 0.6:
            data |= {"person_name": names.person(self.chance), "person_phone": names.mobile(self.chance)}
        unit = self.world.book.by_id.get(offer.provider.organisation_id or 0)
        doer = self._doer(unit.id) if unit is not None else raiser
        plan = _Plan(at, raiser, doer, self._street_clerk(place), data, offer, Random(self.chance.random()))  # noqa: S311
        plan.steps = {
            "raised": (),
            "asked": ("ask",) if unit is not None else (),
            "claimed": ("ask", "claim") if unit is not None else ("ask",),
            "done": ("ask", "claim", "finish") if unit is not None else ("ask", "finish"),
            "confirmed": ("ask", "claim", "finish", "confirm") if unit is not None else ("ask", "finish", "confirm"),
            "unmet": ("give_up",),
            "withdrawn": ("withdraw",),
        }[state]
        plan.words = self.told["words"]
        return plan

    def _clerk(self, place: Family) -> Actor:
        unit = unit_of(place.id)
        found = self.world.actors.get((unit.id, "community_clerk")) if unit is not None else None
        return found[0] if found else self.world.users["paidan"]

    def _street_clerk(self, place: Family) -> Actor:
        unit = unit_of(place.street_id)
        found = self.world.actors.get((unit.id, "street_clerk")) if unit is not None else None
        return found[0] if found else self.world.users["dudao"]

    def _doer(self, unit: int) -> Actor:
        for role in ("handler", "assistance"):
            if found := self.world.actors.get((unit, role)):
                return found[0]
        return self.world.users["dudao"]

    # --- projects ----------------------------------------------------------------------------------------------------

    def _projects(self, offers: Sequence[Offer], needs: Sequence[Matter]) -> None:
        today = timezone.localdate(self.now)
        states = [
            ProjectState.RUNNING,
            ProjectState.RUNNING,
            ProjectState.DONE,
            ProjectState.PLANNED,
            ProjectState.DONE,
        ]
        rows: list[Project] = []
        streets = list(dict.fromkeys(one.street_id for one in self.communities))
        streets.sort(key=lambda key: place_tree().code_of(key) != STREET)
        told = self.told["projects"]
        for n in range(20):
            one = told[n % len(told)]
            street = streets[n % len(streets)]
            unit = unit_of(street) or self.world.centre
            state = ProjectState.STOPPED if n == 17 else states[n % len(states)]
            begun = today - dt.timedelta(days=self.chance.randrange(20, 150))
            if state == ProjectState.PLANNED:
                begun = today + dt.timedelta(days=self.chance.randrange(3, 20))
            over = state in (ProjectState.DONE, ProjectState.STOPPED)
            ends = today - dt.timedelta(days=3) if over else today + dt.timedelta(days=self.chance.randrange(5, 120))
            progress = {"planned": 0, "running": self.chance.randrange(2, 9) * 10, "done": 100, "stopped": 30}[state]
            road = place_tree().name_of(street).removesuffix("街道")
            rows.append(
                Project(
                    title=f"{road}{one['title']}",
                    detail=one["detail"],
                    service=self.services[one["service"]],
                    owner_id=unit.id,
                    place_id=street,
                    begins_on=min(begun, ends),
                    ends_on=ends,
                    budget=Decimal(self.chance.randrange(3, 60) * 1000) if self.chance.random() < 0.6 else None,
                    progress=progress,
                    result=one["result"]
                    if state == "done"
                    else "承办的队伍人员变动，改由区里统一安排。"
                    if over
                    else "",
                    state=state,
                    created_at=self.now - dt.timedelta(days=self.chance.randrange(1, 150)),
                )
            )
        made = Project.objects.bulk_create(rows)
        notes, used, met = [], [], []
        for project in made:
            for n, text in enumerate(self.told["notes"][: project.progress // 35 + 1 if project.progress else 0]):
                at = self.now - dt.timedelta(days=30 - 9 * n)
                notes.append(
                    ProjectNote(project=project, at=at, progress=min(project.progress, 30 * (n + 1)), text=text)
                )
            near = [one for one in offers if one.service_id == project.service_id or one.provider.place_id is None]
            for one in self.chance.sample(near, min(4, len(near))):
                used.append(Project.offers.through(project_id=project.pk, offer_id=one.pk))
            same = [one for one in needs if one.street_id == project.place_id]
            for need in self.chance.sample(same, min(5, len(same))):
                met.append(Project.needs.through(project_id=project.pk, need_id=need.pk))
        ProjectNote.objects.bulk_create(notes)
        Project.offers.through.objects.bulk_create(used)
        Project.needs.through.objects.bulk_create(met)

    # --- check-ins ---------------------------------------------------------------------------------------------------

    def _check_ins(self) -> None:
        local = self._local(24)
        contacts = self._contacts(CHECK_INS + 20)[:CHECK_INS]
        keys = ["elderly", "repair", "mediation", "policy", "cleaning", "order", "legal", "medical", "psychology"]
        clerk = {place.id: self._clerk(place).user_id for place in local}
        accounts = [self.world.users[name] for name in ("chengban", "jiexian", "wangge", "fuze")]
        rows: list[CheckIn] = []
        for n, contact in enumerate(contacts):
            place = local[0] if n % 7 == 0 else self.chance.choice(local)
            waits = n % 23 == 0
            unit = n % 19 == 0
            own = accounts[n] if n < len(accounts) else None
            at = self.now - dt.timedelta(days=self.chance.uniform(0.1, 2) if waits else self.chance.uniform(20, 170))
            state = CheckInState.PROPOSED if waits else CheckInState.ENDED if n % 31 == 0 else CheckInState.ACTIVE
            state = CheckInState.ACTIVE if own is not None else state
            rows.append(
                CheckIn(
                    kind=CheckInKind.UNIT if unit and own is None else CheckInKind.MEMBER,
                    community_id=place.id,
                    contact_id=contact,
                    user_id=own.user_id if own else None,
                    unit=self.world.book.name_of(own.organisation_id) if own else self.chance.choice(UNITS),
                    organisation_id=own.organisation_id if own else None,
                    people=self.chance.randrange(6, 30) if unit and own is None else 1,
                    services=self.chance.sample(keys, self.chance.randrange(1, 4)),
                    weekdays=list(self.chance.choice(WEEKDAYS)),
                    evenings=self.chance.random() < 0.2,
                    state=state,
                    at=at,
                    confirmed_at=None if state == CheckInState.PROPOSED else at + dt.timedelta(hours=5),
                    confirmed_by_id=None if state == CheckInState.PROPOSED else clerk[place.id],
                )
            )
        made = CheckIn.objects.bulk_create(rows)
        self._records(made, clerk)

    def _records(self, made: Sequence[CheckIn], clerk: Mapping[int, int | None]) -> None:
        today = timezone.localdate(self.now)
        rows: list[ServiceRecord] = []
        for one in made:
            if one.state == CheckInState.PROPOSED or (one.user_id is None and self.chance.random() < 0.35):
                continue
            since = (today - timezone.localdate(one.at)).days
            for _ in range(self.chance.randrange(1, 6)):
                day = today - dt.timedelta(days=self.chance.randrange(0, max(1, since)))
                key = self.chance.choice(one.services)
                waits = (today - day).days < 6
                returned = not waits and self.chance.random() < 0.03
                state = RecordState.PROPOSED if waits else RecordState.RETURNED if returned else RecordState.CONFIRMED
                at = dt.datetime.combine(day, dt.time(18), timezone.get_current_timezone())
                rows.append(
                    ServiceRecord(
                        check_in=one,
                        service=self.services[key],
                        day=day,
                        hours=Decimal(self.chance.randrange(2, 9)) / 2,
                        text=self.chance.choice(self.told["served"][key]),
                        state=state,
                        reason="当天没有签到，请核对日期。" if returned else "",
                        at=min(at, self.now),
                        confirmed_at=None if waits else min(at + dt.timedelta(days=1), self.now),
                        confirmed_by_id=None if waits else clerk[one.community_id],
                    )
                )
        ServiceRecord.objects.bulk_create(rows)


@dataclass(slots=True)
class _Plan:
    """One need as it will go: who raises, does and judges it, with which offer, and its steps."""

    at: dt.datetime
    raiser: Actor
    doer: Actor
    judge: Actor
    data: dict[str, object]
    offer: Offer
    chance: Random
    steps: tuple[str, ...] = ()
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)
    matter: Matter | None = None
    results: list[engine.Result] = field(default_factory=list)

    def move(self, step: str, now: dt.datetime) -> Move:
        assert self.matter is not None
        left = now - self.matter.moved_at
        at = self.matter.moved_at + min(dt.timedelta(hours=self.chance.uniform(0.5, 20)), left * 0.7)
        if step == "claim":  # before the day on which it is done is over
            day = Need.objects.values_list("planned_on", flat=True).get(pk=self.matter.pk)
            over = dt.datetime.combine(day or at.date(), dt.time(23, 50), timezone.get_current_timezone())
            at = max(self.matter.moved_at, min(at, over))
        by, data = self._said(step)
        return Move(self.matter.pk, by, data, at, recorded_at=at)

    def _said(self, step: str) -> tuple[Actor, dict[str, object]]:
        assert self.matter is not None
        match step:
            case "ask":
                return self.raiser, {"offer": str(self.offer.pk)}
            case "claim":
                planned = Need.objects.values_list("planned_on", flat=True).get(pk=self.matter.pk)
                return self.doer, {"offer": str(self.offer.pk), "planned_on": str(planned)}
            case "finish":
                people = self.chance.randrange(1, 5)
                hours = people * self.chance.choice((0.5, 1, 1.5, 2, 3))
                by = self.doer if self.matter.lead_id != self.matter.first_holder_id else self.raiser
                return by, {"text": self.chance.choice(self.words["finish"]), "people": people, "hours": hours}
            case "confirm":
                rating = self.chance.choices("54321", (52, 31, 11, 4, 2))[0]
                own = self.matter.lead_id == self.matter.first_holder_id
                return self.judge if own else self.raiser, {"rating": rating}
            case "give_up":
                return self.raiser, {"reason": self.chance.choice(self.words["give_up"])}
            case _:
                return self.raiser, {"reason": self.chance.choice(self.words["withdraw"])}
