"""The account's own pages, and those on which administrators help others."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client

from huying.kernel.models import ConfigChange
from huying.people import guards, second_factor, sign_in
from huying.people.models import Session, SignIn, User
from tests.people.conftest import PASSWORD, NewPost, NewUser
from tests.ui.house import HouseClient

NEW = "Bao-tong-chan-si-9"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36"
WECHAT = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1 MicroMessenger/8.0"


def signed_in(username: str, agent: str = CHROME, password: str = PASSWORD) -> HouseClient:
    client = HouseClient(headers={"User-Agent": agent})
    response = client.post("/account/sign-in/", {"username": username, "password": password})
    assert response.status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


# ---- password ------------------------------------------------------------------------------------------------
def test_changing_the_password_ends_every_other_session(handler: User) -> None:
    here, phone = signed_in("liwei"), signed_in("liwei", WECHAT)
    response = here.post(
        "/account/password/", {"old_password": PASSWORD, "new_password": NEW, "again": NEW}, follow=False
    )
    assert response["Location"] == "/desk/"
    assert is_in(here)
    assert not is_in(phone)
    signed_in("liwei", password=NEW)


@pytest.mark.parametrize(
    ("old", "new", "again", "words"),
    [
        ("wrong-Password-1", NEW, NEW, "原密码不正确"),
        (PASSWORD, PASSWORD, PASSWORD, "新密码不能与原密码相同"),
        (PASSWORD, "short", "short", "至少 10 位"),
        (PASSWORD, NEW, NEW + "x", "两次输入的新密码不一致"),
        (PASSWORD, "", "", "必填"),
    ],
)
def test_a_refused_change_says_why_and_changes_nothing(
    handler: User, old: str, new: str, again: str, words: str
) -> None:
    client = signed_in("liwei")
    page = client.post("/account/password/", {"old_password": old, "new_password": new, "again": again})
    assert page.status_code == 422
    assert words in text_of(page)
    handler.refresh_from_db()
    assert handler.check_password(PASSWORD)


def test_guessing_the_old_password_from_an_open_desk_is_slowed_down(handler: User) -> None:
    client = signed_in("liwei")
    form = {"old_password": "wrong-Password-1", "new_password": NEW, "again": NEW}
    statuses = [client.post("/account/password/", form).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]


def test_an_initial_password_is_changed_on_the_way_in(new_user: NewUser, new_post: NewPost) -> None:
    new_post(new_user(must_change_password=True))
    client = signed_in("liwei")
    page = client.get("/account/", follow=True)
    assert "您用的是初始密码" in text_of(page)
    assert "返回" not in text_of(page)
    client.post("/account/password/", {"old_password": PASSWORD, "new_password": NEW, "again": NEW})
    assert is_in(client)


# ---- own sessions ----------------------------------------------------------------------------------------------
def test_the_account_page_lists_posts_and_devices(handler: User, new_post: NewPost) -> None:
    new_post(handler, "chief")
    signed_in("liwei", WECHAT)
    page = text_of(signed_in("liwei").get("/account/"))
    for words in (
        "区水务局 承办单位经办人",
        "区水务局 承办单位负责人",
        "Chrome · Windows",
        "微信 · iPhone",
        "本机",
        "登录成功",
    ):
        assert words in page


def test_a_resident_has_an_account_page(resident: User) -> None:
    page = text_of(signed_in("wang01", WECHAT).get("/account/"))
    assert "王**（138****4567）" in page
    assert "岗位" not in page


def test_ending_another_device_and_all_others(handler: User) -> None:
    here, phone, tablet = signed_in("liwei"), signed_in("liwei", WECHAT), signed_in("liwei")
    key = Session.objects.get(agent=WECHAT).session_key
    here.post(f"/account/sessions/{key}/end/")
    assert not is_in(phone)
    assert here.post(f"/account/sessions/{key}/end/").status_code == 404, "gone already"
    here.post("/account/sessions/end-others/")
    assert not is_in(tablet)
    assert is_in(here)


def test_sessions_of_others_are_not_to_be_ended_by_guessing(handler: User, resident: User) -> None:
    other = signed_in("wang01")
    key = Session.objects.get(user=resident).session_key
    assert signed_in("liwei").post(f"/account/sessions/{key}/end/").status_code == 404
    assert is_in(other)


# ---- administrators ------------------------------------------------------------------------------------------------
def test_administrators_see_and_end_every_session(handler: User, administrator: User) -> None:
    worker, admin = signed_in("liwei"), signed_in("admin")
    page = admin.get("/desk/sessions/")
    assert "李伟" in text_of(page)
    assert "李伟" not in text_of(admin.get("/desk/sessions/?q=管理员"))
    key = Session.objects.get(user=handler).session_key
    assert admin.post(f"/desk/sessions/{key}/end/").status_code == 302
    assert not is_in(worker)
    ended = SignIn.objects.filter(user=handler, outcome="ended").get()
    assert ended.by == administrator
    assert acts_on("李伟（liwei）") == ["结束会话"]


def test_only_administrators_do(handler: User, resident: User) -> None:
    for name in ("liwei", "wang01"):
        client = signed_in(name)
        for address in ("/desk/sessions/", "/desk/accounts/", f"/desk/accounts/{handler.pk}/"):
            assert client.get(address).status_code == 403
        assert client.post(f"/desk/accounts/{handler.pk}/reset-password/").status_code == 403
        assert client.post("/desk/sessions/abc/end/").status_code == 403


def test_lists_cost_the_same_for_one_and_for_many(
    administrator: User, new_user: NewUser, new_post: NewPost, django_assert_max_num_queries: Any
) -> None:
    admin = signed_in("admin")
    counts = []
    for batch in (1, 25):
        for n in range(batch):
            user = new_user(f"many{batch}-{n}", "某人")
            new_post(user)
            other = Client()
            other.force_login(user)
        for address in ("/desk/sessions/", "/desk/accounts/"):
            with django_assert_max_num_queries(12) as captured:
                admin.get(address)
            counts.append(len(captured))
    assert counts[:2] == counts[2:]


def test_a_reset_password_is_shown_once_and_must_be_changed(handler: User, administrator: User) -> None:
    worker, admin = signed_in("liwei"), signed_in("admin")
    page = admin.post(f"/desk/accounts/{handler.pk}/reset-password/")
    password = re.search(r'class="secret">([^<]+)<', page.content.decode())
    assert password is not None
    assert "no-store" in page["Cache-Control"]
    assert not is_in(worker)
    back = signed_in("liwei", password=password[1])
    assert back.get("/account/")["Location"].startswith("/account/password/")


def test_unlocking_and_closing(handler: User, administrator: User) -> None:
    admin = signed_in("admin")
    for _ in range(5):
        guards.admit(guards.account("liwei"))
    page = admin.get(f"/desk/accounts/{handler.pk}/")
    assert "连续输错" in text_of(page)
    admin.post(f"/desk/accounts/{handler.pk}/unlock/")
    worker = signed_in("liwei")
    admin.post(f"/desk/accounts/{handler.pk}/deactivate/")
    assert not is_in(worker)
    assert "由 管理员 停用" in text_of(admin.get(f"/desk/accounts/{handler.pk}/"))
    admin.post(f"/desk/accounts/{handler.pk}/reactivate/")
    signed_in("liwei")
    assert acts_on("李伟（liwei）") == ["解除锁定", "停用", "启用"]
    page = text_of(admin.get("/desk/settings/changes/?what=账号"))
    assert "解除锁定" in page
    assert "管理员（admin）" in page


def acts_on(key: str) -> list[str]:
    """What the log of configuration says was done to this account, the oldest first."""
    words = {"是": "启用", "否": "停用"}
    return [
        dict(change.after).get("操作") or words[dict(change.after)["启用"]]
        for change in ConfigChange.objects.filter(key=key).order_by("id")
    ]


def test_administrators_do_not_shut_themselves_out(administrator: User) -> None:
    admin = signed_in("admin")
    assert admin.post(f"/desk/accounts/{administrator.pk}/deactivate/").status_code == 409
    assert admin.post(f"/desk/accounts/{administrator.pk}/reset-password/").status_code == 409
    assert is_in(admin)


def test_a_lost_phone(handler: User, administrator: User) -> None:
    import pyotp

    secret = second_factor.new_secret()
    second_factor.confirm(handler, secret, pyotp.TOTP(secret).now())
    admin = signed_in("admin")
    assert "重置动态验证码" in text_of(admin.get(f"/desk/accounts/{handler.pk}/"))
    admin.post(f"/desk/accounts/{handler.pk}/reset-second-factor/")
    assert is_in(signed_in("liwei"))


def test_accounts_that_are_not_there(administrator: User) -> None:
    admin = signed_in("admin")
    assert admin.get("/desk/accounts/999999/").status_code == 404
    assert admin.get("/desk/accounts/99999999999999999999999/").status_code == 404


def test_finding_accounts(administrator: User, handler: User) -> None:
    admin = signed_in("admin")
    assert "李伟" in text_of(admin.get("/desk/accounts/?q=LIW"))
    assert "没有符合条件的账号" in text_of(admin.get("/desk/accounts/?q=%E6%9F%90%E6%9F%90%00"))


def test_the_frame_offers_posts_and_the_way_out(handler: User, new_post: NewPost) -> None:
    new_post(handler, "chief")
    client = signed_in("liwei")
    page = client.get("/account/").content.decode()
    assert 'action="/account/post/"' in page
    assert 'action="/account/sign-out/"' in page
    assert client.session[SESSION_KEY] == str(handler.pk)


def test_sign_in_page_of_who_is_in_leads_on(handler: User) -> None:
    assert signed_in("liwei").get("/account/sign-in/?next=/account/")["Location"] == "/account/"


def test_origin_survives_odd_headers(client: HouseClient, handler: User) -> None:
    client.post("/account/sign-in/", {"username": "liwei", "password": PASSWORD}, headers={"User-Agent": "x" * 5000})
    assert len(Session.objects.live().get().agent) == 200
    assert sign_in.Origin("", "").address == ""
