"""Markers of views: they enforce what they say, and can be read back."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import URLPattern, get_resolver, path
from django.views import View

from huying.people import actions
from huying.people.access import desk, public, requires, rule_of, signed_in
from huying.people.models import User
from huying.people.requests import ActorRequest
from tests.people.conftest import District, NewPost, NewUser
from tests.ui.house import HouseClient


def plain(words: str) -> HttpResponse:
    return HttpResponse(words, content_type="text/plain")


@public
def open_page(request: ActorRequest) -> HttpResponse:
    return plain(request.actor.role.key)


@signed_in
def own_page(request: ActorRequest) -> HttpResponse:
    actor = request.actor
    return plain(f"{actor.role.key} {actor.post_id} {actor.on_behalf_of_id}")


@requires("cases.dispatch", "cases.acknowledge")
def work_page(request: ActorRequest) -> HttpResponse:
    return plain("work")


@requires("people.manage")
class ClassPage(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return plain("managed")


@requires("cases.approve")
class NarrowerPage(ClassPage):
    pass


def silent_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


@desk()
def any_desk_page(request: ActorRequest) -> HttpResponse:
    return plain("desk")


@desk("cases.view")
def case_desk_page(request: ActorRequest) -> HttpResponse:
    return plain("cases")


urlpatterns = [
    *get_resolver("config.urls").url_patterns,
    path("t/open/", open_page),
    path("t/own/", own_page),
    path("t/work/", work_page),
    path("t/class/", ClassPage.as_view()),
    path("t/desk/", any_desk_page),
    path("t/cases/", case_desk_page),
]
pytestmark = pytest.mark.urls(__name__)


def test_rules_can_be_read_back() -> None:
    def words(view: Any) -> str:
        return str(rule_of(view))

    assert words(open_page) == "任何人"
    assert words(own_page) == "已登录"
    assert words(work_page) == "派单 或 签收"
    assert words(ClassPage) == words(ClassPage.as_view()) == "管理单位、账号和岗位"
    assert words(NarrowerPage.as_view()) == "审批办理结果"
    assert rule_of(silent_page) is None
    assert rule_of(View.as_view()) is None


def test_a_misspelt_permission_is_noticed_at_once() -> None:
    for wrong in (("cases.dispach",), ()):
        with pytest.raises(ValueError, match="PERMISSIONS"):
            requires(*wrong)(silent_page)


def test_every_page_of_this_room_says_who_may_open_it() -> None:
    from huying.people.urls import urlpatterns as own

    for pattern in own:
        assert isinstance(pattern, URLPattern)
        assert rule_of(pattern.callback) is not None, pattern


def test_nobody_is_sent_to_the_door_and_back(client: HouseClient, handler: User) -> None:
    assert client.get("/t/open/").content == b"visitor"
    response = client.get("/t/work/?page=2")
    assert response.status_code == 302
    assert response["Location"] == "/account/sign-in/?next=%2Ft%2Fwork%2F%3Fpage%3D2"


def test_a_form_sent_too_late_comes_back_to_its_page(client: HouseClient, db: None) -> None:
    here = client.post("/t/work/", headers={"Referer": "http://testserver/desk/cases/WC1/?tab=2"})
    assert "next=%2Fdesk%2Fcases%2FWC1%2F%3Ftab%3D2" in here["Location"]
    page = client.get(here["Location"]).content.decode()
    assert "刚才没有提交成功" in page
    assert "草稿" not in page
    away = client.post("/t/work/", headers={"Referer": "https://example.org/desk/"})
    assert "next=&" in away["Location"]


def test_a_part_of_a_page_takes_the_whole_page_to_the_door(client: HouseClient, db: None) -> None:
    response = client.get("/t/work/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/desk/cases/"})
    assert response["HX-Redirect"] == "/account/sign-in/?next=%2Fdesk%2Fcases%2F"
    assert response.content == b""


def test_a_post_opens_what_its_role_may(client: HouseClient, handler: User) -> None:
    client.force_login(handler)
    assert client.get("/t/work/").content == b"work"
    refused = client.get("/t/class/")
    assert refused.status_code == 403
    assert "您的岗位不能打开这一页" in refused.content.decode()


def test_residents_have_no_desk(client: HouseClient, resident: User) -> None:
    client.force_login(resident)
    assert client.get("/t/own/").content == b"resident None None"
    for address in ("/t/work/", "/t/desk/", "/t/cases/"):  # though a resident may see cases, too
        assert client.get(address).status_code == 403


def test_every_post_has_a_desk(client: HouseClient, handler: User, administrator: User) -> None:
    client.force_login(handler)
    assert [client.get(address).status_code for address in ("/t/desk/", "/t/cases/")] == [200, 200]
    client.force_login(administrator)
    assert [client.get(address).status_code for address in ("/t/desk/", "/t/cases/")] == [200, 403]


def test_staff_without_a_post_are_told_so(client: HouseClient, new_user: NewUser, new_post: NewPost) -> None:
    user = new_user()
    client.force_login(user)
    response = client.get("/t/own/")
    assert response.status_code == 403
    assert "您的账号还没有在任岗位" in response.content.decode()
    assert client.get("/account/password/").status_code == 200, "but may change the password"
    new_post(user)
    assert client.get("/t/own/").status_code == 200


def test_an_initial_password_must_be_changed_first(client: HouseClient, new_user: NewUser, new_post: NewPost) -> None:
    user = new_user(must_change_password=True)
    new_post(user)
    client.force_login(user)
    assert client.get("/t/own/")["Location"] == "/account/password/?next=%2Ft%2Fown%2F"


def test_a_closed_account_is_out_at_once(client: HouseClient, handler: User, administrator: User) -> None:
    client.force_login(handler)
    assert client.get("/t/own/").status_code == 200
    User.objects.filter(pk=handler.pk).update(
        is_active=False, deactivated_at=handler.created_at, deactivated_by=administrator
    )
    assert client.get("/t/own/").status_code == 302


def test_switching_posts(client: HouseClient, district: District, handler: User, new_post: NewPost) -> None:
    first = handler.posts.get()
    second = new_post(handler, "chief")
    client.force_login(handler)
    assert client.get("/t/own/").content.decode() == f"handler {first.pk} None", "the primary one at first"
    answer = client.post("/account/post/", {"post": second.pk, "next": "/t/own/"}, follow=True)
    assert answer.content.decode() == f"chief {second.pk} None"
    actions.end_post(second)
    assert client.get("/t/own/").content.decode() == f"handler {first.pk} None", "an ended choice falls back"


@pytest.mark.parametrize("post", ["", "x", "0", "9" * 30])
def test_only_own_posts_can_be_chosen(
    client: HouseClient, handler: User, new_user: NewUser, new_post: NewPost, post: str
) -> None:
    foreign = new_post(new_user("zhao", "赵敏"), "chief")
    client.force_login(handler)
    for wanted in (post, str(foreign.pk)):
        assert client.post("/account/post/", {"post": wanted}).status_code == 409
    assert client.get("/t/own/").content.startswith(b"handler")


def test_a_deputy_switches_to_the_post_stood_in_for(client: HouseClient, handler: User, new_user: NewUser) -> None:
    from datetime import timedelta

    from django.utils import timezone

    deputy, post, today = new_user("zhao", "赵敏"), handler.posts.get(), timezone.localdate()
    actions.appoint_deputy(post, deputy, since=today, until=today + timedelta(days=1), by=handler)
    client.force_login(deputy)
    assert client.get("/t/own/").content.decode() == f"handler {post.pk} {handler.pk}"


def test_a_public_page_costs_nothing_and_a_staff_page_little(
    client: HouseClient, handler: User, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        client.get("/t/open/")
    client.force_login(handler)
    client.get("/t/work/")
    with django_assert_num_queries(3):  # session, account, posts
        client.get("/t/work/")


@override_settings(ROOT_URLCONF="config.urls")
def test_pages_of_this_room_work_without_script(client: HouseClient, administrator: User, handler: User) -> None:
    """The address behind every button that asks first answers GET with the question."""
    client.force_login(administrator)
    for action in ("reset-password", "unlock", "reset-second-factor", "deactivate", "reactivate"):
        assert client.get(f"/desk/accounts/{handler.pk}/{action}/").status_code == 200
