"""Publishing on channels, and who may hear them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Collection, Hashable, Iterable, MutableMapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from django.http import HttpRequest

from huying.kernel.live.feeds import feeds
from huying.kernel.outbox import Payload, emit, handler
from huying.kernel.outbox.notify import collect

Scope = MutableMapping[str, Any]  # as the ASGI specification types it
MayHear = Callable[[HttpRequest, frozenset[str]], Collection[str] | None]

MOST_CHANNELS = 100  # of one page
_NAME = re.compile(r"[\w:.\-]{1,120}")
_may_hear: list[MayHear] = []


def publish(channels: Iterable[str]) -> None:
    """Say that these channels have news, once the transaction has committed. Names: letters, digits, `: . - _`."""
    names = sorted(set(channels))
    for name in names:
        if not _NAME.fullmatch(name):
            raise ValueError(f"not a channel: {name!r}")
    if names and not collect(names):
        emit("kernel.live", [{"channels": names}])


@handler("kernel.live")
def _tell(payloads: list[Payload]) -> None:
    collect(name for payload in payloads for name in payload["channels"])


def authorise_by(may_hear: MayHear) -> MayHear:
    """Register the one function that decides who hears what; usable as a decorator.

    It gets a request with `session` and `user`, and the channels that the page asks for. It returns those that this
    user may hear, or None when this user may not listen at all.
    """
    if _may_hear:
        raise ValueError(f"live: {_may_hear[0]} decides already")
    _may_hear.append(may_hear)
    return may_hear


@dataclass(frozen=True, slots=True)
class Grant:
    listener: str  # whoever the limit of streams is counted by
    channels: frozenset[str]
    feed: str = ""
    key: Hashable = None  # what its feed shows this user


def grant(scope: Scope, wanted: frozenset[str]) -> Grant | None:
    """What the user of this request may hear now. Asks the database; not for the event loop's thread."""
    try:
        request = ASGIRequest(dict(scope), io.BytesIO())
        store = import_module(settings.SESSION_ENGINE).SessionStore
        request.session = store(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
        request.user = get_user(request)
        allowed = _may_hear[0](request, wanted) if _may_hear else None
        if allowed is None:
            return None
        granted = frozenset(allowed) & wanted
        if not (name := request.GET.get("feed", "")):
            return Grant(_listener(request), granted)
        declared = feeds.get(name)
        key = declared.key(request) if declared is not None else None
        return Grant(_listener(request), granted, name, key) if key is not None else None
    finally:
        connection.close()


def _listener(request: HttpRequest) -> str:
    """Whole quarters share one address: whoever has not signed in counts by session where there is one."""
    if request.user.is_authenticated:
        return f"user {request.user.pk}"
    session = request.session.session_key
    return f"session {session}" if session else f"at {request.META.get('REMOTE_ADDR', '')}"


def wanted_channels(names: Collection[str]) -> frozenset[str] | None:
    """The channels a page asks for; None when they are not channels or far too many."""
    if len(names) > MOST_CHANNELS or not all(_NAME.fullmatch(name) for name in names):
        return None
    return frozenset(names)
