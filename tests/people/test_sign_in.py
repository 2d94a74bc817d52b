"""The way in: what somebody with the right password, and somebody without, experiences."""

from __future__ import annotations

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth import hashers
from django.db import connection, connections
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from huying.kernel.errors import Invalid, TooMany
from huying.people import actions, guards, sign_in
from huying.people.enums import SignInOutcome
from huying.people.models import Session, SignIn, SignInGuard, User
from huying.people.tasks import tidy
from tests.people.conftest import PASSWORD
from tests.ui.house import HouseClient

HERE = sign_in.Origin("10.1.2.3", "Mozilla/5.0 (Windows NT 10.0) Chrome/120.0")
URL = "/account/sign-in/"


def try_in(client: HouseClient, username: str, password: str, **more: str) -> tuple[int, str]:
    response = client.post(URL, {"username": username, "password": password, **more})
    return response.status_code, response.content.decode()


def test_signing_in_leads_staff_to_the_desk_and_residents_home(
    client: HouseClient, handler: User, resident: User
) -> None:
    response = client.post(URL, {"username": " LiWei ", "password": PASSWORD})
    assert response.status_code == 302
    assert response["Location"] == "/desk/"
    client.post("/account/sign-out/")
    response = client.post(URL, {"username": "wang01", "password": PASSWORD})
    assert response["Location"] == "/"


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("/desk/cases/?state=open", "/desk/cases/?state=open"),
        ("https://example.org/", "/desk/"),
        ("//example.org/", "/desk/"),
        ("/\\example.org", "/desk/"),
        ("javascript:alert(1)", "/desk/"),
    ],
)
def test_only_our_own_addresses_are_followed(client: HouseClient, handler: User, wanted: str, led_to: str) -> None:
    response = client.post(URL, {"username": "liwei", "password": PASSWORD, "next": wanted})
    assert response["Location"] == led_to


def test_wrong_password_unknown_name_and_closed_account_read_the_same(
    client: HouseClient, handler: User, administrator: User
) -> None:
    actions.deactivate(handler, by=administrator)
    pages = [
        try_in(client, "admin", "wrong-Password-1"),
        try_in(client, "nobody", "wrong-Password-1"),
        try_in(client, "liwei", PASSWORD),
        try_in(client, "名字", "wrong-Password-1"),
    ]
    assert {status for status, _ in pages} == {422}
    for username, (_, page) in zip(("admin", "nobody", "liwei", "名字"), pages, strict=True):
        assert "用户名或密码不正确。" in page
        assert f'value="{username}"' in page, "what was typed is kept"
        assert PASSWORD not in page
    shown = {re.sub(r'value="[^"]*"', "", page) for _, page in pages}
    assert len(shown) == 1


def test_unknown_names_cost_as_much_work_as_known_ones(handler: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: one hash each."""
    worked: list[str] = []
    hasher = hashers.get_hasher()
    monkeypatch.setattr(
        type(hasher), "encode", lambda self, password, salt: worked.append(password) or f"md5${salt}$no"
    )
    for username in ("liwei", "nobody"):
        worked.clear()
        with pytest.raises(Invalid):
            sign_in.check_password(username, "wrong-Password-1", HERE)
        assert len(worked) == 1, username


@pytest.mark.parametrize("username", ["liwei", "nobody"])
def test_five_failures_lock_a_name_whether_it_exists_or_not(handler: User, username: str) -> None:
    for _ in range(5):
        with pytest.raises(Invalid):
            sign_in.check_password(username, "wrong-Password-1", HERE)
    with pytest.raises(TooMany, match="请 1 分钟后再试") as caught:
        sign_in.check_password(username, PASSWORD, HERE)
    assert caught.value.retry_after is not None
    assert 0 < caught.value.retry_after <= 60


def test_the_pause_grows_and_ends(handler: User) -> None:
    subject = guards.account("liwei")
    now = timezone.now()
    pauses: list[int] = []
    for _ in range(12):
        assert guards.admit(subject, now=now) is None
        wait = guards.admit(subject, now=now)
        if wait is not None:
            pauses.append(round(wait.total_seconds() / 60))
            now += wait
        else:  # it was counted
            continue
    assert pauses[0] == 1
    assert pauses == sorted(pauses)
    assert pauses[-1] == 60
    now += dt.timedelta(hours=25)
    assert guards.admit(subject, now=now) is None
    assert SignInGuard.objects.get().failed_count == 1, "after a quiet day the count starts anew"


def test_the_right_password_clears_the_count(handler: User) -> None:
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(Invalid):
                sign_in.check_password("liwei", "wrong-Password-1", HERE)
        assert sign_in.check_password("liwei", PASSWORD, HERE) == handler


def test_an_address_that_tries_many_names_is_slowed_down(handler: User) -> None:
    for n in range(30):
        with pytest.raises(Invalid):
            sign_in.check_password(f"guess{n}", "wrong-Password-1", HERE)
    with pytest.raises(TooMany):
        sign_in.check_password("liwei", PASSWORD, HERE)
    elsewhere = sign_in.Origin("10.9.9.9", "")
    assert sign_in.check_password("liwei", PASSWORD, elsewhere) == handler


def test_an_attacker_with_one_account_cannot_reset_the_address(handler: User) -> None:
    for n in range(29):
        with pytest.raises(Invalid):
            sign_in.check_password(f"guess{n}", "wrong-Password-1", HERE)
    sign_in.check_password("liwei", PASSWORD, HERE)
    with pytest.raises(Invalid):
        sign_in.check_password("guess30", "wrong-Password-1", HERE)
    with pytest.raises(TooMany):
        sign_in.check_password("guess31", "wrong-Password-1", HERE)


def test_neither_names_nor_passwords_are_stored_by_the_guard(db: None) -> None:
    with pytest.raises(Invalid):
        sign_in.check_password("My-Password-9", "x", HERE)
    subjects = list(SignInGuard.objects.values_list("subject", flat=True))
    assert len(subjects) == 2
    assert not any("password" in subject.lower() or "10.1.2.3" in subject for subject in subjects)


@pytest.mark.django_db(transaction=True)
def test_many_attempts_at_once_are_many_attempts() -> None:
    def attempt(_: int) -> bool:
        try:
            return guards.admit(guards.account("liwei")) is None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        admitted = sum(threads.map(attempt, range(40)))
    assert admitted == 5


def test_what_no_longer_matters_is_tidied_away(client: HouseClient, handler: User) -> None:
    with pytest.raises(Invalid):
        sign_in.check_password("nobody", "wrong-Password-1", HERE)
    try_in(client, "liwei", PASSWORD)
    tidy()
    assert (SignInGuard.objects.exists(), Session.objects.exists()) == (True, True)
    SignInGuard.objects.update(failed_at=timezone.now() - dt.timedelta(hours=25))
    Session.objects.update(expire_date=timezone.now() - dt.timedelta(seconds=1))
    tidy()
    assert (SignInGuard.objects.exists(), Session.objects.exists()) == (False, False)


def test_an_administrator_unlocks(handler: User) -> None:
    for _ in range(5):
        with pytest.raises(Invalid):
            sign_in.check_password("liwei", "wrong-Password-1", HERE)
    actions.unlock(handler)
    assert sign_in.check_password("liwei", PASSWORD, HERE) == handler


def test_the_door_keeps_a_log_that_cannot_be_changed(client: HouseClient, handler: User) -> None:
    try_in(client, "liwei", "wrong-Password-1")
    try_in(client, "liwei", PASSWORD)
    client.post("/account/sign-out/")
    rows = SignIn.objects.filter(user=handler).order_by("id")
    assert [row.outcome for row in rows] == [
        SignInOutcome.WRONG_PASSWORD,
        SignInOutcome.SIGNED_IN,
        SignInOutcome.SIGNED_OUT,
    ]
    assert {row.address for row in rows} == {"127.0.0.1"}
    from django.db import DatabaseError, transaction

    for statement in ("UPDATE people_signin SET address = NULL", "DELETE FROM people_signin"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_session_has_a_new_key_after_signing_in_and_is_stored_hashed(client: HouseClient, handler: User) -> None:
    client.get(URL)
    try_in(client, "liwei", PASSWORD)
    cookie = client.cookies["sessionid"].value
    row = Session.objects.live().get()
    assert row.user == handler
    assert row.address == "127.0.0.1"
    assert cookie not in (row.session_key, row.session_data)
    client.cookies["sessionid"] = row.session_key
    assert client.get("/account/").status_code == 302, "what is stored opens nothing"


def test_a_session_in_use_goes_on_and_an_idle_one_ends(client: HouseClient, handler: User) -> None:
    try_in(client, "liwei", PASSWORD)
    Session.objects.update(expire_date=timezone.now() + dt.timedelta(minutes=1))
    session = client.session
    session["seen"] = (timezone.now() - dt.timedelta(minutes=6)).timestamp()
    session.save()
    assert client.get("/account/").status_code == 200
    assert Session.objects.get().expire_date > timezone.now() + dt.timedelta(hours=11)
    Session.objects.update(expire_date=timezone.now() - dt.timedelta(seconds=1))
    assert client.get("/account/").status_code == 302


def test_signing_out_ends_the_session_and_twice_is_no_error(client: HouseClient, handler: User) -> None:
    try_in(client, "liwei", PASSWORD)
    assert client.get("/account/sign-out/").status_code == 405
    for _ in range(2):
        assert client.post("/account/sign-out/")["Location"] == reverse("people:sign-in")
    assert not Session.objects.live().exists()


def test_pages_behind_the_door_are_kept_in_no_cache(client: HouseClient, handler: User) -> None:
    try_in(client, "liwei", PASSWORD)
    assert "no-store" in client.get("/account/")["Cache-Control"]


def test_signing_in_survives_odd_input(client: HouseClient, db: None) -> None:
    for username in ("a\x00b", "'; DROP TABLE people_user; --", "😀" * 40, "x" * 150):
        status, _ = try_in(client, username, "x" * 200)
        assert status == 422, username
    assert try_in(client, "x" * 100_000, "y")[0] == 422


@override_settings(SESSION_COOKIE_AGE=3600)
def test_residents_stay_signed_in_longer_than_staff(client: HouseClient, resident: User, handler: User) -> None:
    try_in(client, "wang01", PASSWORD)
    assert Session.objects.get(user=resident).expire_date > timezone.now() + dt.timedelta(days=29)
    client.post("/account/sign-out/")
    try_in(client, "liwei", PASSWORD)
    assert Session.objects.get(user=handler).expire_date < timezone.now() + dt.timedelta(hours=2)
