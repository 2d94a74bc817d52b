"""API keys: made, revoked, recognised. A key reads `hy_<prefix>_<secret>`; only its hash is kept.

Recognising one costs no query: live keys are in memory, and a revoked one is gone from there at once in the process
that revoked it, and within two seconds in all others.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from huying.kernel.errors import Conflict, Invalid, Missing, Unauthenticated
from huying.kernel.generation import bump, cached
from huying.kernel.inputs import clean_line
from huying.people.actions import create_user
from huying.people.actors import Actor, machine_actor
from huying.people.directory import directory
from huying.people.enums import UserKind
from huying.people.models import ApiKey, Organisation
from huying.people.permissions import PERMISSIONS
from huying.people.roles import ROLES

GRANTABLE = ROLES["integrator"].permissions
PER_MINUTE = 600  # unless said otherwise
MOST_PER_MINUTE = 1_000_000
NOTED_SECONDS = 60.0  # how exactly the last use is known

_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_FORM = re.compile(r"hy_([2-9a-z]{8})_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class LiveKey:
    """A key that was neither revoked nor has run out when it was read."""

    id: int
    name: str
    prefix: str
    digest: bytes
    per_minute: int
    expires_at: dt.datetime | None
    actor: Actor


@transaction.atomic
def create_key(
    *,
    name: str,
    scopes: Iterable[str],
    organisation: str = "",
    channel: str = "",
    expires_at: dt.datetime | None = None,
    per_minute: int = PER_MINUTE,
) -> tuple[ApiKey, str]:
    """A new key and its text, which nobody can read again. `organisation` is a code.

    Raises:
        Invalid: for a scope that is unknown or no machine may have, an unknown unit, a time that has passed.
    """
    name = clean_line(name)
    granted = list(dict.fromkeys(scopes))
    if not 1 <= len(name) <= 60:
        raise Invalid("请写明是哪个系统用这个密钥，最多 60 个字。", fields={"name": ["1 至 60 个字"]})
    if not granted or (wrong := [scope for scope in granted if scope not in GRANTABLE]):
        listed = "\n".join(f"  {key}  {PERMISSIONS[key]}" for key in PERMISSIONS if key in GRANTABLE)
        what = f"不能授予：{'、'.join(wrong)}" if granted else "请至少授予一项权限"
        raise Invalid(f"{what}。可以授予的权限有：\n{listed}", fields={"scopes": [what]})
    unit = Organisation.objects.current().filter(code=organisation).first() if organisation else None
    if organisation and unit is None:
        raise Invalid(f"没有编码为 {organisation} 的单位。", fields={"organisation": ["没有这个单位"]})
    if expires_at is not None and expires_at <= timezone.now():
        raise Invalid("到期时间已经过去。", fields={"expires_at": ["到期时间要晚于现在"]})
    if not 1 <= per_minute <= MOST_PER_MINUTE:
        raise Invalid(f"每分钟次数应在 1 到 {MOST_PER_MINUTE} 之间。", fields={"per_minute": ["超出范围"]})
    prefix = "".join(secrets.choice(_LETTERS) for _ in range(8))
    text = f"hy_{prefix}_{secrets.token_urlsafe(32)}"
    user = create_user(username=f"key.{prefix}", password=None, full_name=name, kind=UserKind.MACHINE)
    key = ApiKey.objects.create(
        name=name,
        prefix=prefix,
        digest=_digest(text),
        user=user,
        scopes=granted,
        organisation=unit,
        channel=channel,
        per_minute=per_minute,
        expires_at=expires_at,
    )
    bump("api_keys")
    return key, text


@transaction.atomic
def revoke_key(prefix: str) -> ApiKey:
    """Nobody can use it any more.

    Raises:
        Missing, Conflict
    """
    key = ApiKey.objects.select_for_update().filter(prefix=prefix).first()
    if key is None:
        raise Missing(f"没有前缀为 {prefix} 的密钥。")
    if key.revoked_at is not None:
        raise Conflict(f"密钥 {prefix} 早已停用。")
    key.revoked_at = timezone.now()
    key.save(update_fields=["revoked_at"])
    bump("api_keys")
    return key


@cached("api_keys")
def live_keys() -> Mapping[str, LiveKey]:
    """By prefix. After a change to any key, or to the account of one: `bump("api_keys")`."""
    rows = ApiKey.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=timezone.now()), revoked_at=None, user__is_active=True
    )
    return {
        key.prefix: LiveKey(
            id=key.pk,
            name=key.name,
            prefix=key.prefix,
            digest=bytes(key.digest),
            per_minute=key.per_minute,
            expires_at=key.expires_at,
            actor=machine_actor(
                key.user_id, key.prefix, frozenset(key.scopes) & GRANTABLE, key.organisation_id, key.channel
            ),
        )
        for key in rows
    }


def recognise(text: str) -> LiveKey:
    """The key with this text.

    Raises:
        Unauthenticated: there is none, it was revoked, it has run out, or its unit was dissolved; all sound the same.
    """
    form = _FORM.fullmatch(text)
    key = live_keys().get(form[1]) if form else None
    if key is None or not hmac.compare_digest(key.digest, _digest(text)) or not _is_current(key):
        raise Unauthenticated("密钥无效、已停用或已到期。请核对，或向区中心的系统管理员重新申请。", code="bad_key")
    return key


def _is_current(key: LiveKey) -> bool:
    if key.expires_at is not None and key.expires_at <= timezone.now():
        return False
    unit = key.actor.organisation_id
    return unit is None or ((listed := directory().by_id.get(unit)) is not None and listed.current)


def _digest(text: str) -> bytes:
    # The secret is 256 random bits: nobody can try them all, so a plain and quick hash is enough.
    return hashlib.sha256(text.encode()).digest()


_noted: dict[int, float] = {}
_noting = threading.Lock()


def note_use(key: LiveKey) -> None:
    """Remember that it was used: one small write a minute for each key and process."""
    now = time.monotonic()
    with _noting:
        if now - _noted.get(key.id, -NOTED_SECONDS) < NOTED_SECONDS:
            return
        _noted[key.id] = now
    ApiKey.objects.filter(pk=key.id).update(last_used_at=timezone.now())
