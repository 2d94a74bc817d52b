"""Matters whose number and code somebody without an account has shown.

They stay open for a while in the session, and, where the reader asked for it, for months in a signed cookie of this
browser. Both hold ids only: what a reader sees is asked of the database each time, and the code itself is kept nowhere.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

SESSION = "matters.shown"  # [[id, until when], …], the last one first
COOKIE = "followed"
SHOWN_FOR = timedelta(hours=2)
REMEMBERED_FOR = timedelta(days=90)
MOST = 20
_SALT = "huying.matters.shown.1"


def show(request: HttpRequest, matter_id: int) -> None:
    """The right code was shown a moment ago."""
    until = (timezone.now() + SHOWN_FOR).timestamp()
    others = [row for row in _rows(request) if row[0] != matter_id]
    request.session[SESSION] = [[matter_id, until], *others][:MOST]


def shown(request: HttpRequest) -> list[int]:
    """Ids of all that this browser may follow without an account, the last one first."""
    return list(dict.fromkeys([*(matter_id for matter_id, _ in _rows(request)), *remembered(request)]))


def remembered(request: HttpRequest) -> list[int]:
    """Those that this browser was asked to keep."""
    value = request.get_signed_cookie(COOKIE, "", salt=_SALT, max_age=REMEMBERED_FOR)
    return [int(part) for part in value.split(".") if part] if isinstance(value, str) else []


def remember(request: HttpRequest, response: HttpResponseBase, matter_id: int) -> None:
    """Keep one in this browser; the time begins anew for all it keeps."""
    kept = [matter_id, *(pk for pk in remembered(request) if pk != matter_id)][:MOST]
    response.set_signed_cookie(
        COOKIE,
        ".".join(map(str, kept)),
        salt=_SALT,
        max_age=REMEMBERED_FOR,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def forget(request: HttpRequest, response: HttpResponseBase) -> None:
    """Nothing more is open in this browser."""
    request.session.pop(SESSION, None)
    response.delete_cookie(COOKIE, samesite="Lax")


def _rows(request: HttpRequest) -> list[tuple[int, float]]:
    now = timezone.now().timestamp()
    return [(matter_id, until) for matter_id, until in request.session.get(SESSION, []) if until > now]
