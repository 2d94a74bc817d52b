"""The way in and out: password, second factor, sessions, and the log of the door.

Nothing here tells an existing account from one that does not exist: the same words, the same work, the same counting.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from huying.kernel.errors import Conflict, Invalid, Missing
from huying.people import guards, second_factor, sessions
from huying.people.enums import SignInOutcome, UserKind
from huying.people.models import Session, SignIn, User
from huying.people.passwords import require_strong

BACKEND = "huying.people.sign_in.AccountBackend"
WRONG = "用户名或密码不正确。"
PENDING_FOR = dt.timedelta(minutes=10)  # between password and second factor
RESIDENT_SESSION = dt.timedelta(days=30)
SEEN_EVERY = dt.timedelta(minutes=5)  # a session's last use is written no oftener


class AccountBackend(BaseBackend):
    """Tells Django whose session it is. Signing in itself goes through this module only."""

    def get_user(self, user_id: int) -> User | None:
        return User.objects.select_related("contact").filter(pk=user_id, is_active=True).first()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an attempt came from."""

    address: str | None
    agent: str

    @classmethod
    def of(cls, request: HttpRequest) -> Origin:
        return cls(request.META.get("REMOTE_ADDR") or None, request.headers.get("User-Agent", "")[:200])


def check_password(username: str, password: str, origin: Origin) -> User:
    """The account these belong to.

    Raises:
        TooMany: this name or this address has failed too often and has to wait.
        Invalid: anything else that is wrong, in the same words.
    """
    name = User.normalize_username(username)[:64]
    subjects = [guards.account(name)] + ([guards.address(origin.address)] if origin.address else [])
    wait = guards.admit(*subjects)
    user = User.objects.select_related("contact").filter(username=name).first()
    if wait is not None:
        _log(user, SignInOutcome.LOCKED, origin)
        raise guards.too_many(wait)
    if user is None or not user.is_active:
        make_password(password)  # as much work as checking would have been
        right = False
    else:
        right = user.check_password(password)
    if user is None or not right:
        _log(user, SignInOutcome.WRONG_PASSWORD, origin)
        raise Invalid(WRONG, code="wrong_password")
    guards.forgive(subjects[0])
    for subject in subjects[1:]:
        guards.take_back(subject)
    return user


def begin(request: HttpRequest, user: User) -> bool:
    """After the right password: sign in, or remember who must still show the second factor. True when signed in."""
    if not user.has_second_factor:
        complete(request, user)
        return True
    request.session.cycle_key()
    request.session[sessions.PENDING_USER] = user.pk
    request.session[sessions.PENDING_SINCE] = timezone.now().isoformat()
    request.session.set_expiry(PENDING_FOR)
    return False


def pending_user(request: HttpRequest) -> User | None:
    """Who has given the password a moment ago and owes the second factor."""
    since = request.session.get(sessions.PENDING_SINCE)
    if since is None or timezone.now() - dt.datetime.fromisoformat(since) > PENDING_FOR:
        return None
    return User.objects.filter(pk=request.session[sessions.PENDING_USER], is_active=True).first()


def check_second_factor(user: User, code: str, origin: Origin) -> None:
    """A code from the phone or a recovery code; raises like `check_password`."""
    subject = guards.second_factor(user.pk)
    wait = guards.admit(subject)
    if wait is not None:
        _log(user, SignInOutcome.LOCKED, origin)
        raise guards.too_many(wait)
    if not (second_factor.accept_code(user, code) or second_factor.accept_recovery_code(user, code)):
        _log(user, SignInOutcome.WRONG_CODE, origin)
        raise Invalid("验证码不正确或已用过，请等手机上出现下一组数字再试。", code="wrong_code")
    guards.forgive(subject)


def complete(request: HttpRequest, user: User) -> None:
    """Start the session. Whoever calls this has made sure of the person."""
    origin = Origin.of(request)
    for key in (sessions.PENDING_USER, sessions.PENDING_SINCE):
        request.session.pop(key, None)
    login(request, user, backend=BACKEND)
    now = timezone.now()
    request.session[sessions.STARTED] = now.isoformat()
    request.session[sessions.SEEN] = now.timestamp()
    request.session[sessions.ADDRESS] = origin.address
    request.session[sessions.AGENT] = origin.agent
    request.session.set_expiry(
        RESIDENT_SESSION if user.kind in (UserKind.RESIDENT, UserKind.ENTERPRISE) else settings.SESSION_COOKIE_AGE
    )
    _log(user, SignInOutcome.SIGNED_IN, origin)


def keep_alive(request: HttpRequest) -> None:
    """A session in use does not run out."""
    now = timezone.now().timestamp()
    if now - request.session.get(sessions.SEEN, 0) > SEEN_EVERY.total_seconds():
        request.session[sessions.SEEN] = now


def sign_out(request: HttpRequest) -> None:
    if isinstance(request.user, User):
        _log(request.user, SignInOutcome.SIGNED_OUT, Origin.of(request))
    logout(request)


def end_session(key: str, *, by: User, anyone: bool = False) -> SignIn:
    """End one session, named by its row; the line of the door's log. Without `anyone` only an own one; somebody else's
    sounds like none."""
    rows = Session.objects.live().filter(session_key=key)
    if not anyone:
        rows = rows.filter(user=by)
    with transaction.atomic():
        row = rows.select_related("user").select_for_update(of=("self",)).first()
        if row is None:
            raise Missing("这个会话已经结束。")
        row.delete()
        return SignIn.objects.create(
            user=row.user, outcome=SignInOutcome.ENDED, address=row.address, agent=row.agent, by=by
        )


def end_all_sessions(user: User, *, by: User, but: str | None = None) -> int:
    """End every session of a user (but the one with this row key). Returns how many."""
    with transaction.atomic():
        rows = list(Session.objects.live().filter(user=user).exclude(session_key=but or ""))
        SignIn.objects.bulk_create(
            SignIn(user=user, outcome=SignInOutcome.ENDED, address=row.address, agent=row.agent, by=by) for row in rows
        )
        Session.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def change_password(user: User, *, old: str, new: str, keep: str | None = None) -> None:
    """A new password chosen by its owner; every other session ends.

    `keep` is the row key of the session that goes on.
    """
    guards.require_own_password(user, old, field="old_password")
    if old == new:
        raise Invalid("新密码不能与原密码相同。", fields={"new_password": ["新密码不能与原密码相同。"]})
    require_strong(new, user, field="new_password")
    with transaction.atomic():
        user.set_password(new)
        user.must_change_password = False
        user.password_changed_at = timezone.now()
        user.save(update_fields=["password", "must_change_password", "password_changed_at"])
        end_all_sessions(user, by=user, but=keep)


def choose_post(request: HttpRequest, post_id: int, usable: list[int]) -> None:
    """Act through another post from now on."""
    if post_id not in usable:
        raise Conflict("这个岗位已不可用，请刷新后重新选择。", code="post_not_usable")
    request.session[sessions.POST] = post_id


def _log(user: User | None, outcome: SignInOutcome, origin: Origin) -> None:
    SignIn.objects.create(user=user, outcome=outcome, address=origin.address, agent=origin.agent)
