"""The district before anything happens in it: places, organisations, and everybody who works there; set-wise."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from huying.cases.models import ServiceManager
from huying.kernel.bulk import reserve_ids
from huying.kernel.errors import Conflict
from huying.kernel.generation import bump
from huying.kernel.order import sort_key
from huying.people.contacts import Person, remember_many
from huying.people.enums import ContactKind, OrganisationKind, UserKind
from huying.people.models import Organisation, Post, User
from huying.people.passwords import hash_many
from huying.places import wuchang
from huying.places.actions import write_aliases, write_key_places, write_layers, write_places
from huying.places.enums import Level
from huying.places.models import Place
from huying.places.rows import PlaceRow
from huying.places.synthetic import GRIDS, generate, key_places, layers
from huying.simulator import names
from huying.simulator.accounts import ACCOUNTS, MACHINE, PASSWORD, WORKER_GRIDS, Account

FOUNDED = dt.date(2019, 6, 1)
CENTRE = {"call_taker": 25, "supervisor": 6, "dispatcher": 8, "analyst": 2}
# Evenings and weekends are worked at the centre; the limits of the centre's clocks count these hours.
CENTRE_HOURS = [["08:00", "12:00"], ["13:30", "20:00"]]
UTILITY_HOURS = [["08:00", "12:00"], ["13:00", "18:00"]]


@dataclass(frozen=True, slots=True)
class Body:
    """One row of `data/organisations.csv`, or a street's office or community's committee made from its place."""

    code: str
    name: str
    short_name: str
    kind: OrganisationKind
    phone: str
    handlers: int = 0
    parent: str = ""
    place: str = ""


def is_built() -> bool:
    """Whether this database holds the demo district.

    Raises:
        Conflict: it holds somebody else's organisations; nothing invented may be mixed with them.
    """
    if User.objects.filter(username=MACHINE.username, kind=UserKind.MACHINE).exists():
        return True
    if Organisation.objects.exists() or Place.objects.exists():
        raise Conflict("这个数据库里已有别的单位和区域，演示数据不会写进去。请换一个空的数据库或数据目录。")
    return False


@transaction.atomic
def build(*, seed: int, grids: int | None = None) -> None:
    """Write the whole district, all or nothing."""
    chance = Random(seed)  # noqa: S311 — an invented district, no secret
    rows = places_of(grids or GRIDS)
    write_places(rows, day=FOUNDED)
    write_aliases(wuchang.aliases())
    write_key_places(key_places(rows))
    write_layers(layers(rows), day=FOUNDED)
    places = {place.code: place for place in Place.objects.all()}
    organisations = _organisations(places)
    _staff(organisations, places, chance)
    _reporters()
    _service_managers()
    bump("organisations")


@cache
def places_of(grids: int) -> Sequence[PlaceRow]:
    """The invented geography; some seconds of arithmetic that `huying demo` does while the database is made."""
    return generate(grids=grids)


def bodies() -> Iterator[Body]:
    text = files("huying.simulator").joinpath("data/organisations.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        yield Body(
            row["code"],
            row["name"],
            row["short_name"],
            OrganisationKind(row["kind"]),
            row["phone"],
            int(row["handlers"]),
            "" if row["code"] == "centre" else "centre" if row["kind"] == "department" else "",
        )


def _local_bodies(places: dict[str, Place]) -> Iterator[Body]:
    for code, place in places.items():
        if place.level == Level.STREET:
            phone = f"027-0000-1{code[-3:]}"
            yield Body(code, f"{place.name}办事处", place.name, OrganisationKind.STREET, phone, 3, "centre", code)
        elif place.level == Level.COMMUNITY:
            name = f"{place.name}居民委员会"
            yield Body(code, name, place.name, OrganisationKind.COMMUNITY, f"027-0001-{int(code[-6:]) % 10_000:04}", 2,
                       code[:9], code)  # fmt: skip


def _organisations(places: dict[str, Place]) -> dict[str, Organisation]:
    listed = [*bodies(), *_local_bodies(places)]
    made: dict[str, Organisation] = {}
    hours = {OrganisationKind.CENTRE: CENTRE_HOURS, OrganisationKind.UTILITY: UTILITY_HOURS}
    district = next(place for place in places.values() if place.level == Level.DISTRICT)
    for body, key in zip(listed, reserve_ids(Organisation, len(listed)), strict=True):
        place = places[body.place] if body.place else district if body.kind == OrganisationKind.CENTRE else None
        made[body.code] = Organisation(
            id=key,
            code=body.code,
            name=body.name,
            short_name=body.short_name,
            kind=body.kind,
            duty_phone=body.phone,
            working_hours=hours.get(body.kind),
            place=place,
            sort_key=sort_key(body.name),
            valid_from=FOUNDED,
        )
    for body in listed:
        if body.parent and body.kind in (OrganisationKind.STREET, OrganisationKind.COMMUNITY):
            made[body.code].parent = made[body.parent]
    Organisation.objects.bulk_create(made.values())
    return made


@dataclass(frozen=True, slots=True)
class Job:
    """One post to fill. `grid` is a place's code."""

    role: str
    organisation: str
    username: str
    grid: str = ""


def _jobs(places: dict[str, Place]) -> Iterator[Job]:
    """Everybody but the accounts of the demo."""
    for role, number in CENTRE.items():
        prefix = {"call_taker": "jiexian", "supervisor": "dudao", "dispatcher": "paidan", "analyst": "fenxi"}[role]
        for n in range(2, number + 1):  # number one is the demo's account
            yield Job(role, "centre", f"{prefix}{n:02}")
    for body in (*bodies(), *_local_bodies(places)):
        if not body.handlers:
            continue
        role = {OrganisationKind.STREET: "street_clerk", OrganisationKind.COMMUNITY: "community_clerk"}.get(
            body.kind, "handler"
        )
        for n in range(1, body.handlers + 1):
            yield Job(role, body.code, f"{body.code}.{n:02}")
        yield Job("chief", body.code, f"{body.code}.fuze")
    yield Job("third_party", "pingjia", "pingjia02")
    for n in (1, 2):
        yield Job("third_party", "pinggu", f"pinggu{n:02}")
    for n in (1, 2):
        yield Job("assistance", "minzheng", f"jiuzhu{n:02}")
    for code, place in places.items():
        if place.level == Level.GRID:
            yield Job("grid_worker", code[:12], f"wg{code}", code)


def _staff(organisations: dict[str, Organisation], places: dict[str, Place], chance: Random) -> None:
    taken = {(account.role, account.organisation) for account in ACCOUNTS}
    jobs = [job for job in _jobs(places) if not (job.role == "chief" and ("chief", job.organisation) in taken)]
    unusable = make_password(None)  # the same for all: nobody can sign in with it
    users = [
        User(username=job.username, full_name=names.person(chance), password=unusable, kind=UserKind.STAFF)
        for job in jobs
    ]
    users.append(User(username=MACHINE.username, full_name=MACHINE.full_name, password=unusable, kind=UserKind.MACHINE))
    accounts = [account for account in ACCOUNTS if account.organisation]
    for account, password in zip(accounts, hash_many([PASSWORD] * len(accounts)), strict=True):
        users.append(User(username=account.username, full_name=account.full_name, password=password))
    User.objects.bulk_create(users, batch_size=1000)
    by_name = {user.username: user for user in users}

    held = [(job.username, job.role, job.organisation, job.grid) for job in jobs]
    held += [(account.username, account.role, account.organisation, "") for account in accounts]
    posts = [
        Post(
            user=by_name[username],
            role=role,
            organisation=organisations[organisation],
            is_primary=True,
            valid_from=FOUNDED,
        )
        for username, role, organisation, _ in held
    ]
    Post.objects.bulk_create(posts, batch_size=1000)
    pairs = [(post, grid) for post, (_, _, _, grid) in zip(posts, held, strict=True) if grid]
    demo = next(post for post in posts if post.role == "grid_worker" and post.user.username == "wangge")
    pairs += [(demo, grid) for grid in WORKER_GRIDS]
    through = Post.grids.through
    through.objects.bulk_create(
        [through(post_id=post.pk, place_id=places[grid].pk) for post, grid in pairs], batch_size=2000
    )
    chiefs = {post.organisation_id: post.user for post in posts if post.role == "chief"}
    for organisation in organisations.values():
        organisation.chief = chiefs.get(organisation.pk)
    Organisation.objects.bulk_update([o for o in organisations.values() if o.chief_id], ["chief"])


def _service_managers() -> None:
    """Somebody of the city management for what it leads, a call-taker for all other enterprises."""
    for username, phone in (("chengban", "027-88850001"), ("jiexian", "027-88850000")):
        post = Post.objects.get(user__username=username, is_primary=True)
        ServiceManager.objects.create(post=post, phone=phone)


def _reporters() -> None:
    """The resident's and the enterprise's account; whose they are stands in contacts only."""
    outside = [account for account in ACCOUNTS if not account.organisation]
    contacts = remember_many([_person(account) for account in outside])
    for account, contact, password in zip(outside, contacts, hash_many([PASSWORD] * len(outside)), strict=True):
        kind = UserKind(account.role)
        User.objects.create(
            username=account.username,
            kind=kind,
            full_name=account.full_name if kind == UserKind.ENTERPRISE else "",
            contact_id=contact,
            password=password,
        )


def _person(account: Account) -> Person:
    if account.role == UserKind.ENTERPRISE:
        return Person(name=account.full_name, phone="027-0000-9001", kind=ContactKind.ENTERPRISE)
    return Person(name=account.full_name, phone="13000000001", address="武昌区徐家棚街道水岸星城小区")


def is_empty_of_cases() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT NOT EXISTS (SELECT FROM matters_matter)")
        return bool(cursor.fetchone()[0])
