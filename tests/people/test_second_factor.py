"""The second factor: enrolling, codes that work once, recovery codes, and roles that cannot do without."""

from __future__ import annotations

import datetime as dt
import re

import pyotp
import pytest
from django.test import override_settings
from django.utils import timezone

from huying.kernel.errors import Conflict, Forbidden, Invalid, TooMany
from huying.people import actions, second_factor, sign_in
from huying.people.models import RecoveryCode, Session, User
from huying.people.roles import ROLES
from tests.people.conftest import PASSWORD, NewPost, NewUser
from tests.ui.house import HouseClient

HERE = sign_in.Origin("10.1.2.3", "")
NOW = dt.datetime(2026, 11, 22, 6, 5, 10, tzinfo=dt.UTC)


def enrolled(user: User, now: dt.datetime = NOW) -> tuple[pyotp.TOTP, list[str]]:
    secret = second_factor.new_secret()
    codes = second_factor.confirm(user, secret, pyotp.TOTP(secret).at(now), now=now)
    return pyotp.TOTP(secret), codes


def test_a_wrong_first_code_switches_nothing_on(handler: User) -> None:
    with pytest.raises(Invalid) as caught:
        second_factor.confirm(handler, second_factor.new_secret(), "000000", now=NOW)
    assert "code" in caught.value.fields
    handler.refresh_from_db()
    assert not handler.has_second_factor


def test_a_code_works_once(handler: User) -> None:
    totp, _ = enrolled(handler)
    later = NOW + dt.timedelta(minutes=2)
    code = totp.at(later)
    assert second_factor.accept_code(handler, f"{code[:3]} {code[3:]}", now=later)
    assert not second_factor.accept_code(handler, code, now=later), "replayed"
    assert not second_factor.accept_code(handler, totp.at(later - dt.timedelta(seconds=30)), now=later), "older"
    assert second_factor.accept_code(handler, totp.at(later + dt.timedelta(seconds=30)), now=later), "clock ahead"


def test_the_code_of_enrolling_is_used_up_too(handler: User) -> None:
    totp, _ = enrolled(handler)
    assert not second_factor.accept_code(handler, totp.at(NOW), now=NOW)


@pytest.mark.parametrize("seconds", [-90, 90, 3600])
def test_codes_of_another_time_are_refused(handler: User, seconds: int) -> None:
    totp, _ = enrolled(handler)
    later = NOW + dt.timedelta(days=1)
    assert not second_factor.accept_code(handler, totp.at(later + dt.timedelta(seconds=seconds)), now=later)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "12345\x00"])
def test_what_is_no_code_is_refused(handler: User, code: str) -> None:
    enrolled(handler)
    assert not second_factor.accept_code(handler, code, now=NOW)


def test_a_recovery_code_works_once_and_only_for_its_owner(handler: User, administrator: User) -> None:
    _, codes = enrolled(handler)
    enrolled(administrator)
    assert len(set(codes)) == 10
    assert not second_factor.accept_recovery_code(administrator, codes[0])
    assert second_factor.accept_recovery_code(handler, codes[0].upper().replace("-", " "))
    assert not second_factor.accept_recovery_code(handler, codes[0])
    assert second_factor.codes_left(handler) == 9


def test_recovery_codes_are_stored_as_hashes(handler: User) -> None:
    _, codes = enrolled(handler)
    stored = b"".join(bytes(row.code_hash) for row in RecoveryCode.objects.all())
    assert not any(code.replace("-", "").encode() in stored for code in codes)


def test_new_recovery_codes_replace_the_old(handler: User) -> None:
    _, old = enrolled(handler)
    new = second_factor.renew_recovery_codes(handler)
    assert not second_factor.accept_recovery_code(handler, old[1])
    assert second_factor.accept_recovery_code(handler, new[1])


def test_guessing_codes_locks_even_with_the_right_password_between(handler: User) -> None:
    enrolled(handler)
    for _ in range(5):
        assert sign_in.check_password("liwei", PASSWORD, HERE) == handler
        with pytest.raises(Invalid):
            sign_in.check_second_factor(handler, "000000", HERE)
    with pytest.raises(TooMany):
        sign_in.check_second_factor(handler, "000000", HERE)


def test_enrolling_and_signing_in_with_it(client: HouseClient, handler: User) -> None:
    client.force_login(handler)
    page = client.get("/account/second-factor/").content.decode()
    assert "<svg" in page
    assert " style=" not in page
    secret = re.sub(r"\s", "", re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', page)[1])  # type: ignore[index]
    assert secret in re.sub(r"\s", "", client.get("/account/second-factor/").content.decode()), "same when reloaded"
    assert client.post("/account/second-factor/", {"code": "000000"}).status_code == 422
    shown = client.post("/account/second-factor/", {"code": pyotp.TOTP(secret).now()})
    codes = re.findall(r"<code>([a-z0-9]{4}(?:-[a-z0-9]{4}){3})</code>", shown.content.decode())
    assert len(codes) == 10
    assert "no-store" in shown["Cache-Control"]
    client.post("/account/sign-out/")

    step = client.post("/account/sign-in/", {"username": "liwei", "password": PASSWORD, "next": "/account/"})
    assert step["Location"].startswith("/account/code/")
    assert client.get("/account/").status_code == 302, "the password alone opens nothing"
    assert not Session.objects.live().exists()
    refused = client.post("/account/code/", {"code": "000000", "next": "/account/"})
    assert refused.status_code == 422
    assert "验证码不正确" in refused.content.decode()
    done = client.post("/account/code/", {"code": codes[3], "next": "/account/"})
    assert done["Location"] == "/account/"
    assert client.get("/account/").status_code == 200


def test_the_second_step_without_the_first_leads_back(client: HouseClient, db: None) -> None:
    for response in (client.get("/account/code/"), client.post("/account/code/", {"code": "123456"})):
        assert response["Location"] == "/account/sign-in/"


def test_the_second_step_does_not_wait_for_ever(client: HouseClient, handler: User) -> None:
    enrolled(handler)
    client.post("/account/sign-in/", {"username": "liwei", "password": PASSWORD})
    session = client.session
    session["pending_since"] = (timezone.now() - dt.timedelta(minutes=11)).isoformat()
    session.save()
    assert client.get("/account/code/")["Location"] == "/account/sign-in/"


@override_settings(SECOND_FACTOR_ROLES=["administrator"])
def test_a_role_that_needs_it_is_led_to_enrol(client: HouseClient, administrator: User, handler: User) -> None:
    client.force_login(administrator)
    assert client.get("/desk/accounts/")["Location"] == "/account/second-factor/?next=%2Fdesk%2Faccounts%2F"
    assert "您的岗位要求" in client.get("/account/second-factor/").content.decode()
    enrolled(administrator)
    assert client.get("/desk/accounts/").status_code == 200
    client.force_login(handler)
    assert client.get("/account/").status_code == 200


@override_settings(SECOND_FACTOR_ROLES=["administrator"])
def test_it_cannot_be_switched_off_by_who_needs_it(administrator: User, handler: User) -> None:
    enrolled(administrator)
    with pytest.raises(Forbidden):
        second_factor.switch_off_own(administrator, PASSWORD, [ROLES["handler"], ROLES["administrator"]])
    enrolled(handler)
    with pytest.raises(Invalid):
        second_factor.switch_off_own(handler, "wrong-Password-1", [ROLES["handler"]])
    second_factor.switch_off_own(handler, PASSWORD, [ROLES["handler"]])
    handler.refresh_from_db()
    assert not handler.has_second_factor
    assert not RecoveryCode.objects.filter(user=handler).exists()


def test_switching_off_on_the_account_page(client: HouseClient, handler: User) -> None:
    enrolled(handler)
    client.force_login(handler)
    assert "停用动态验证码" in client.get("/account/").content.decode()
    assert client.get("/account/second-factor/off/").status_code == 200
    assert client.post("/account/second-factor/off/", {"password": "wrong-Password-1"}).status_code == 422
    assert client.post("/account/second-factor/off/", {"password": PASSWORD}).status_code == 302
    handler.refresh_from_db()
    assert not handler.has_second_factor


def test_an_administrator_resets_it_for_a_lost_phone(handler: User, administrator: User) -> None:
    enrolled(handler)
    actions.reset_second_factor(handler, by=administrator)
    handler.refresh_from_db()
    assert not handler.has_second_factor


def test_it_is_not_switched_on_twice(handler: User) -> None:
    enrolled(handler)
    with pytest.raises(Conflict):
        enrolled(handler)


def test_the_secret_is_encrypted_at_rest(handler: User) -> None:
    totp, _ = enrolled(handler)
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT totp_secret FROM people_user WHERE id = %s", [handler.pk])
        assert totp.secret.encode() not in bytes(cursor.fetchone()[0])


def test_a_post_added_later_is_noticed(client: HouseClient, new_user: NewUser, new_post: NewPost) -> None:
    user = new_user("zhao", "赵敏")
    new_post(user)
    client.force_login(user)
    assert client.get("/account/").status_code == 200
    with override_settings(SECOND_FACTOR_ROLES=["chief"]):
        chief = new_post(user, "chief")
        client.post("/account/post/", {"post": chief.pk})
        assert client.get("/account/")["Location"].startswith("/account/second-factor/")
