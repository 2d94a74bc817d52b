"""Organisations and posts have their time; deputies act for others; an actor knows all of it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from huying.kernel.errors import Conflict, Invalid
from huying.people import actions
from huying.people.actors import actor_for, machine_actor, usable_posts
from huying.people.directory import directory
from huying.people.enums import OrganisationKind, UserKind
from huying.people.hours import parse_spans, print_spans
from huying.people.models import Deputy, Organisation, Post, User
from tests.people.conftest import PASSWORD, District, NewPost, NewUser

TODAY = timezone.localdate
DAY = dt.timedelta(days=1)


# ---- organisations --------------------------------------------------------------------------------------
def test_the_tree_and_what_it_answers_for(district: District) -> None:
    names = set(Organisation.objects.inside(district.office.pk).values_list("code", flat=True))
    assert names == {"xjp", "xjp-sa"}
    assert set(Organisation.objects.above(district.committee.pk).values_list("code", flat=True)) == {
        "centre",
        "xjp",
        "xjp-sa",
    }
    answering = Organisation.objects.current().answering_for(district.grids[0])
    assert [one.code for one in answering] == ["xjp-sa", "xjp"], "the nearest first"
    assert [one.code for one in Organisation.objects.answering_for(district.street)] == ["xjp"]


def test_an_organisation_exists_from_its_first_to_before_its_last_day(district: District) -> None:
    actions.dissolve(district.water, on=dt.date(2026, 7, 1), successor=district.centre)
    assert district.water in Organisation.objects.at(dt.date(2026, 6, 30))
    assert district.water not in Organisation.objects.at(dt.date(2026, 7, 1))
    assert not directory().by_code["water"].current


def test_the_tree_has_no_ring(district: District) -> None:
    with pytest.raises(DatabaseError, match="上级单位不能是本单位或其下级单位"), transaction.atomic():
        Organisation.objects.filter(pk=district.centre.pk).update(parent=district.committee)
    with pytest.raises(IntegrityError), transaction.atomic():
        Organisation.objects.filter(pk=district.water.pk).update(parent=district.water)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"kind": OrganisationKind.STREET}, "街道和社区要写明负责的区域"),
        ({"code": "有 空格"}, "单位编码只用字母"),
        ({"valid_to": dt.date(2019, 1, 1)}, "撤销日期要晚于设立日期"),
        ({"working_hours": [["12:00", "09:00"]]}, "要晚于开始"),
        ({"working_hours": [["09:00", "12:00"], ["11:00", "17:00"]]}, "不能重叠"),
        ({"working_hours": {"am": 1}}, "例如 9:00–12:00"),
        ({"working_hours": []}, "例如 9:00–12:00"),
        ({"working_hours": [["9点", "12点"]]}, "不是有效的时间"),
    ],
)
def test_an_organisation_that_cannot_be_is_refused_in_words(db: None, values: dict[str, object], message: str) -> None:
    given = {"code": "x", "name": "某单位", "kind": "department", "valid_from": dt.date(2020, 1, 1)} | values
    with pytest.raises(ValidationError, match=message):
        Organisation(**given).full_clean()


@pytest.mark.parametrize("text", ["9:00-12:00、14:00-17:30", "09：00—12：00，14:00~17:30", "9:00–12:00;14:00–17:30"])
def test_working_hours_as_people_write_them(text: str) -> None:
    spans = parse_spans(text)
    assert spans == [["09:00", "12:00"], ["14:00", "17:30"]]
    assert parse_spans(print_spans(spans)) == spans


# ---- posts ----------------------------------------------------------------------------------------------
def test_a_post_counts_from_its_first_day_to_before_its_last(new_user: NewUser, new_post: NewPost) -> None:
    user = new_user()
    post = new_post(user, valid_from=TODAY() - 10 * DAY, valid_to=TODAY() + DAY)
    assert usable_posts(user) == [post]
    assert usable_posts(user, TODAY() - 11 * DAY) == []
    assert usable_posts(user, TODAY() + DAY) == []


def test_nobody_holds_a_post_in_a_dissolved_organisation(
    district: District, new_user: NewUser, new_post: NewPost
) -> None:
    user = new_user()
    new_post(user)
    actions.dissolve(district.water, on=TODAY())
    assert usable_posts(user) == []


def test_the_primary_post_comes_first_and_there_is_one_at_a_time(
    district: District, new_user: NewUser, new_post: NewPost
) -> None:
    user = new_user()
    first = new_post(user)
    second = actions.give_post(user, "chief", district.water, is_primary=True)
    assert usable_posts(user) == [second, first]
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.filter(pk=first.pk).update(is_primary=True)
    with pytest.raises(Invalid):
        actions.give_post(user, "chief", district.water)


@pytest.mark.parametrize(
    ("role", "grids", "message"),
    [("grid_worker", False, "要写明负责的网格"), ("handler", True, "不分网格"), ("resident", False, "没有角色")],
)
def test_posts_that_make_no_sense(district: District, new_user: NewUser, role: str, grids: bool, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        actions.give_post(new_user(), role, district.water, grids=district.grids if grids else ())


def test_leaving_a_post(district: District, new_user: NewUser, new_post: NewPost) -> None:
    user = new_user()
    post = new_post(user)
    actions.end_post(post)
    assert usable_posts(user) == []
    again = actions.give_post(user, "handler", district.water, is_primary=True)
    assert usable_posts(user) == [again]


# ---- actors ---------------------------------------------------------------------------------------------
def test_an_actor_knows_organisation_place_and_grids(district: District, new_user: NewUser, new_post: NewPost) -> None:
    user = new_user()
    post = new_post(user, "grid_worker", district.committee)
    post.grids.set(district.grids)
    for actor in (actor_for(user, usable_posts(user)[0]), actor_for(user, Post.objects.get(pk=post.pk))):
        assert (actor.user_id, actor.post_id) == (user.pk, post.pk)
        assert actor.organisation_id == district.committee.pk
        assert actor.place_id == district.community.pk
        assert actor.grid_ids == tuple(sorted(grid.pk for grid in district.grids))
        assert actor.on_behalf_of_id is None
        assert actor.scope == "grids"
        assert actor.may("cases.view")
        assert not actor.may("cases.dispatch")


def test_residents_act_as_their_contact(resident: User) -> None:
    actor = actor_for(resident)
    assert (actor.role.key, actor.contact_id, actor.scope, actor.via) == (
        "resident",
        resident.contact_id,
        "own",
        "portal",
    )


def test_staff_without_a_post_may_nothing(new_user: NewUser) -> None:
    actor = actor_for(new_user())
    assert actor.role.key == "without_post"
    assert actor.scope == "none"
    assert not actor.role.permissions


def test_a_machine_may_what_its_key_was_granted_and_no_more(db: None) -> None:
    actor = machine_actor(1, "hotline", frozenset({"cases.receive", "people.manage"}))
    assert actor.via == "api:hotline"
    assert actor.may("cases.receive")
    assert not actor.may("cases.view"), "not granted"
    assert not actor.may("people.manage"), "not the role's"


# ---- deputies -------------------------------------------------------------------------------------------
def test_a_deputy_acts_through_the_post_on_behalf_of_its_holder(
    district: District, handler: User, new_user: NewUser, new_post: NewPost
) -> None:
    post = handler.posts.get()
    deputy = new_user("zhao", "赵敏")
    own = new_post(deputy, "chief")
    actions.appoint_deputy(post, deputy, since=TODAY(), until=TODAY() + 7 * DAY, by=handler)
    assert usable_posts(deputy) == [own, post], "the own post stays the first"
    actor = actor_for(deputy, usable_posts(deputy)[1])
    assert (actor.user_id, actor.post_id, actor.on_behalf_of_id) == (deputy.pk, post.pk, handler.pk)
    assert actor.role.key == "handler"
    assert usable_posts(deputy, TODAY() + 7 * DAY) == [own]
    assert usable_posts(deputy, TODAY() - DAY) == [own]
    assert usable_posts(handler) == [post], "the holder still may"


def test_a_deputy_stands_in_also_when_the_account_is_closed_but_not_when_the_post_has_ended(
    handler: User, administrator: User, new_user: NewUser
) -> None:
    post = handler.posts.get()
    deputy = new_user("zhao", "赵敏")
    actions.appoint_deputy(post, deputy, since=TODAY(), until=TODAY() + 7 * DAY, by=handler)
    actions.deactivate(handler, by=administrator)
    assert usable_posts(deputy) == [post]
    actions.end_post(post)
    assert usable_posts(deputy) == []


def test_deputies_that_make_no_sense(handler: User, resident: User, new_user: NewUser) -> None:
    post = handler.posts.get()
    with pytest.raises(Invalid, match="自己"):
        actions.appoint_deputy(post, handler, since=TODAY(), until=TODAY() + DAY, by=handler)
    with pytest.raises(Invalid, match="工作人员"):
        actions.appoint_deputy(post, resident, since=TODAY(), until=TODAY() + DAY, by=handler)
    other = new_user("zhao", "赵敏")
    with pytest.raises(Invalid):
        actions.appoint_deputy(post, other, since=TODAY(), until=TODAY(), by=handler)
    with pytest.raises(DatabaseError, match="不能代理自己的岗位"), transaction.atomic():
        Deputy.objects.create(post=post, user=handler, valid_from=TODAY(), valid_to=TODAY() + DAY, appointed_by=other)


# ---- accounts -------------------------------------------------------------------------------------------
def test_the_first_administrator_gets_a_centre_and_a_post(db: None) -> None:
    user = actions.create_admin(username="Admin", password=PASSWORD)
    assert user.username == "admin"
    (post,) = usable_posts(user)
    assert (post.role, post.organisation.kind) == ("administrator", OrganisationKind.CENTRE)
    second = actions.create_admin(username="admin2", password=PASSWORD)
    assert usable_posts(second)[0].organisation == post.organisation
    with pytest.raises(Invalid) as caught:
        actions.create_admin(username="admin", password=PASSWORD)
    assert caught.value.fields == {"username": ["这个用户名已被使用，请换一个。"]}
    with pytest.raises(Invalid, match="没有编码为"):
        actions.create_admin(username="admin3", password=PASSWORD, organisation="nowhere")
    assert not User.objects.filter(username="admin3").exists()


def test_closing_an_account(handler: User, administrator: User) -> None:
    with pytest.raises(Conflict):
        actions.deactivate(administrator, by=administrator)
    actions.deactivate(handler, by=administrator)
    handler.refresh_from_db()
    assert handler.deactivated_by == administrator
    actions.reactivate(handler)
    handler.refresh_from_db()
    assert handler.is_active
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=handler.pk).update(is_active=False)


def test_names_of_residents_stay_out_of_accounts(resident: User) -> None:
    assert str(resident) == "王**（138****4567）"
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=resident.pk).update(full_name="王小明")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(username="noname", kind=UserKind.RESIDENT)
