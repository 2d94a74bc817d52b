"""A small district: a street, a community and two grids, organisations for them, and people in posts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.utils import timezone

from huying.people.enums import OrganisationKind, UserKind
from huying.people.models import Contact, Organisation, Post, User
from huying.places.models import Place
from tests.ui.house import HouseClient

PASSWORD = "Qiao-liang-27"
START = dt.date(2020, 1, 1)


@dataclass(frozen=True)
class District:
    street: Place
    community: Place
    grids: tuple[Place, Place]
    centre: Organisation
    office: Organisation
    committee: Organisation
    water: Organisation


@pytest.fixture
def district(db: None) -> District:
    def place(level: str, code: str, name: str, parent: Place | None, **more: object) -> Place:
        return Place.objects.create(level=level, code=code, name=name, parent=parent, valid_from=START, **more)

    top = place("district", "420106", "武昌区", None)
    street = place("street", "420106013", "徐家棚街道", top)
    community = place("community", "420106013001", "水岸社区", street, street=street)
    grids = [
        place("grid", f"42010601300100{n}", f"第{n}网格", community, street=street, community=community, kind="basic")
        for n in (1, 2)
    ]

    def body(code: str, name: str, kind: str, parent: Organisation | None, at: Place | None) -> Organisation:
        return Organisation.objects.create(code=code, name=name, kind=kind, parent=parent, place=at, valid_from=START)

    centre = body("centre", "区网格化中心", OrganisationKind.CENTRE, None, top)
    office = body("xjp", "徐家棚街道办事处", OrganisationKind.STREET, centre, street)
    committee = body("xjp-sa", "水岸社区居委会", OrganisationKind.COMMUNITY, office, community)
    water = body("water", "区水务局", OrganisationKind.DEPARTMENT, centre, None)
    return District(street, community, (grids[0], grids[1]), centre, office, committee, water)


NewUser = Callable[..., User]
NewPost = Callable[..., Post]


@pytest.fixture
def new_user(db: None) -> NewUser:
    def make(username: str = "liwei", full_name: str = "李伟", *, password: str = PASSWORD, **more: object) -> User:
        user = User(username=username, full_name=full_name, **more)
        user.set_password(password)
        user.save()
        return user

    return make


@pytest.fixture
def new_post(district: District) -> NewPost:
    def make(user: User, role: str = "handler", organisation: Organisation | None = None, **more: object) -> Post:
        more.setdefault("valid_from", timezone.localdate() - dt.timedelta(days=30))
        more.setdefault("is_primary", not user.posts.exists())
        return Post.objects.create(user=user, role=role, organisation=organisation or district.water, **more)

    return make


@pytest.fixture
def handler(new_user: NewUser, new_post: NewPost) -> User:
    user = new_user()
    new_post(user)
    return user


@pytest.fixture
def administrator(new_user: NewUser, new_post: NewPost, district: District) -> User:
    user = new_user("admin", "管理员")
    new_post(user, "administrator", district.centre)
    return user


@pytest.fixture
def resident(db: None) -> User:
    contact = Contact.objects.create(_name="王小明", _phone="13871234567")
    user = User(username="wang01", kind=UserKind.RESIDENT, contact=contact)
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def client() -> HouseClient:
    return HouseClient()
