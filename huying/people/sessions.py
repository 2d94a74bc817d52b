"""Sessions in our own table: whose, from where, since when; stored under a hash of the cookie."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models import QuerySet
from django.utils import timezone

from huying.people.models import Session

# Keys of the session's data.
STARTED, SEEN, ADDRESS, AGENT, POST = "started", "seen", "address", "agent", "post"
PENDING_USER, PENDING_SINCE = "pending_user", "pending_since"


def row_key(cookie: str) -> str:
    """What a session is stored under, and how pages name it. 160 bits of SHA-256 of a random key of 165 bits."""
    return hashlib.sha256(cookie.encode()).hexdigest()[:40]


class SessionStore(DatabaseStore):
    """Django's database store with the cookie's value hashed, and columns that let sessions be listed and ended."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        row = None
        if self.session_key is not None:
            row = _rows(self.session_key).filter(expire_date__gt=timezone.now()).first()
        if row is None:
            self._session_key = None
        return row

    def exists(self, session_key: str) -> bool:
        return _rows(session_key).exists()

    def create_model_instance(self, data: Mapping[str, Any]) -> Session:
        now = timezone.now()
        user_id = data.get("_auth_user_id")
        started = data.get(STARTED)
        return Session(
            session_key=row_key(self._get_or_create_session_key()),  # type: ignore[attr-defined]  # not in the stubs
            session_data=self.encode(dict(data)),
            expire_date=self.get_expiry_date(),
            user_id=int(user_id) if user_id is not None else None,
            address=data.get(ADDRESS),
            agent=data.get(AGENT, ""),
            started_at=dt.datetime.fromisoformat(started) if started else now,
            seen_at=now,
        )

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            _rows(key).delete()

    # The live streams read sessions from asynchronous code; there, too, the hash is what is looked up.
    async def aload(self) -> dict[str, Any]:
        return await sync_to_async(self.load)()

    async def aexists(self, session_key: str) -> bool:
        return await sync_to_async(self.exists)(session_key)

    async def acreate(self) -> None:
        await sync_to_async(self.create)()

    async def asave(self, must_create: bool = False) -> None:
        await sync_to_async(self.save)(must_create)

    async def adelete(self, session_key: str | None = None) -> None:
        await sync_to_async(self.delete)(session_key)


def _rows(cookie: str) -> QuerySet[Session]:
    return Session.objects.filter(session_key=row_key(cookie))
