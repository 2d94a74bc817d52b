"""A small whole district: one street, two communities, four grids, bodies that answer, and a post of every role."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import pytest
import shapely
from django.db import connection

from huying.kernel.generation import bump
from huying.people.actors import Actor, actor_for
from huying.people.contacts import Person, remember
from huying.people.enums import UserKind
from huying.people.models import Organisation, Post, User
from huying.people.roles import ROLES
from huying.places.models import Boundary, Place

BORN = dt.date(2020, 1, 1)
PASSWORD = "Huying-2026-test"
WEST, SOUTH, SIZE = 114.30, 30.54, 0.01


@dataclass
class District:
    places: dict[str, Place] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)

    def actor(self, name: str) -> Actor:
        return self.actors[name]

    @staticmethod
    def point(grid: int) -> tuple[float, float]:
        """A point inside grid 0–3."""
        return WEST + (grid % 2 + 0.5) * SIZE, SOUTH + (grid // 2 + 0.5) * SIZE


def make_district() -> District:
    made = District()
    _places(made)
    _organisations(made)
    _posts(made)
    for key in ("places", "organisations"):
        bump(key)
    return made


def _places(made: District) -> None:
    def place(key: str, **values: object) -> Place:
        made.places[key] = Place.objects.create(district_code="420106", sort_key=key, valid_from=BORN, **values)
        return made.places[key]

    district = place("district", level="district", code="420106", name="武昌区")
    street = place("street", level="street", code="420106003", name="徐家棚街道", parent=district)
    for c, name in enumerate(("水岸星城社区", "湖北大学社区")):
        community = place(
            f"community{c}", level="community", code=f"42010600300{c + 1}", name=name, parent=street, street=street
        )
        for g in range(2):
            n = c * 2 + g
            grid = place(
                f"grid{n}",
                level="grid",
                code=f"42010600300{c + 1}00{g + 1}",
                name=f"第{g + 1}网格",
                parent=community,
                street=street,
                community=community,
                kind="basic",
            )
            box = shapely.box(WEST + g * SIZE, SOUTH + c * SIZE, WEST + (g + 1) * SIZE, SOUTH + (c + 1) * SIZE)
            Boundary.objects.create(
                place=grid,
                geometry=shapely.to_wkb(box),
                min_x=box.bounds[0],
                min_y=box.bounds[1],
                max_x=box.bounds[2],
                max_y=box.bounds[3],
                area_m2=1.0,
                valid_from=BORN,
            )


def _organisations(made: District) -> None:
    def body(key: str, name: str, kind: str, **values: object) -> None:
        made.organisations[key] = Organisation.objects.create(
            code=key.upper(), name=name, kind=kind, valid_from=BORN, sort_key=key, **values
        )

    body("centre", "武昌区社会管理网格服务中心", "centre", place=made.places["district"])
    body("urban", "区城市管理执法局", "department")
    body("housing", "区住房保障和房屋管理局", "department")
    body("civil", "区民政局", "department")
    body("water", "区自来水公司", "utility")
    body("street", "徐家棚街道办事处", "street", place=made.places["street"])
    body(
        "community0",
        "水岸星城社区居委会",
        "community",
        place=made.places["community0"],
        parent=made.organisations["street"],
    )


_STAFF = {
    "call_taker": "centre",
    "dispatcher": "centre",
    "supervisor": "centre",
    "analyst": "centre",
    "leader": "centre",
    "third_party": "centre",
    "administrator": "centre",
    "handler": "urban",
    "chief": "urban",
    "assistance": "civil",
    "street_clerk": "street",
    "community_clerk": "community0",
    "grid_worker": "community0",
}


def _posts(made: District) -> None:
    staff = [(role, role, organisation) for role, organisation in _STAFF.items()]
    staff += [
        ("handler2", "handler", "housing"),
        ("chief2", "chief", "housing"),
        ("call_taker2", "call_taker", "centre"),
        ("dispatcher2", "dispatcher", "centre"),
        ("street_chief", "chief", "street"),
    ]
    users = [User(username=name.replace("_", "."), full_name=f"{ROLES[role].name}甲") for name, role, _ in staff]
    for kind in (UserKind.RESIDENT, UserKind.ENTERPRISE):
        phone = "13800001111" if kind == UserKind.RESIDENT else "02788880000"
        users.append(User(username=kind.value, kind=kind, contact_id=remember(Person(name="周晓兰", phone=phone))))
    for user in users:
        user.set_password(PASSWORD)
    User.objects.bulk_create(users)
    posts = Post.objects.bulk_create(
        Post(user=user, role=role, organisation=made.organisations[organisation], is_primary=True, valid_from=BORN)
        for user, (_, role, organisation) in zip(users, staff, strict=False)
    )
    for user, post, (name, role, _) in zip(users, posts, staff, strict=False):
        if role == "grid_worker":
            post.grids.add(made.places["grid0"])
        made.users[name] = user
        made.actors[name] = actor_for(user, post)
    for user in users[len(staff) :]:
        made.users[user.username] = user
        made.actors[user.username] = actor_for(user)


@pytest.fixture
def district(db: None) -> District:
    """As if it had been there for long: what it changed may be kept in memory again, as after a commit. Who changes
    it in a test says so by `bump`, as the product does."""
    before = len(connection.run_on_commit)
    made = make_district()
    del connection.run_on_commit[before:]
    return made
