"""The second factor: time-based codes (TOTP) from a phone, and recovery codes for when the phone is gone."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets

import pyotp
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.people import guards
from huying.people.models import RecoveryCode, User
from huying.people.roles import Role

ISSUER = "呼应"
STEP_SECONDS = 30
DRIFT_STEPS = 1  # clocks of phones may be half a minute off
RECOVERY_CODES = 10
_RECOVERY_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_RECOVERY_LENGTH = 16  # nearly 80 bits: a plain hash cannot be turned back


def is_required(role: Role) -> bool:
    """Whether this role may only be acted in with a second factor (setting HUYING_SECOND_FACTOR_ROLES)."""
    return role.key in settings.SECOND_FACTOR_ROLES


def new_secret() -> str:
    """A secret to put into a phone; it counts only once `confirm` has seen a code made with it."""
    return pyotp.random_base32()


def qr_svg(user: User, secret: str) -> str:
    """The secret as a QR code, inline SVG without style attributes (the content security policy forbids them)."""
    uri = _totp(secret).provisioning_uri(name=user.username, issuer_name=ISSUER)
    import segno  # for one page that people open once

    code = segno.make(uri, error="m")
    return str(code.svg_inline(scale=5, border=2, dark="#000", light="#fff", svgclass="qr", lineclass=None))


@transaction.atomic
def confirm(user: User, secret: str, code: str, *, now: dt.datetime | None = None) -> list[str]:
    """Switch the second factor on with a first right code. Returns the recovery codes, which are shown this once."""
    now = now or timezone.now()
    if user.has_second_factor:
        raise Conflict("动态验证码已经启用。要换手机，请先停用再重新启用。", code="already_enrolled")
    step = _step_of(secret, code, now)
    if step is None:
        words = "验证码不正确，请填手机上当前显示的 6 位数字，并核对手机时间是否准确。"
        raise Invalid(words, code="wrong_code", fields={"code": [words]})
    user.totp_secret, user.totp_confirmed_at, user.totp_last_step = secret, now, step
    user.save(update_fields=["totp_secret", "totp_confirmed_at", "totp_last_step"])
    return renew_recovery_codes(user)


def accept_code(user: User, code: str, *, now: dt.datetime | None = None) -> bool:
    """Whether this is a code of now that has not been used. It is used up by this."""
    step = _step_of(user.totp_secret, code, now or timezone.now()) if user.totp_secret else None
    if step is None:
        return False
    # Of two requests with the same code at once, the database lets one through.
    return User.objects.filter(pk=user.pk, totp_last_step__lt=step).update(totp_last_step=step) == 1


def accept_recovery_code(user: User, code: str, *, now: dt.datetime | None = None) -> bool:
    """Use up a recovery code."""
    used = RecoveryCode.objects.filter(user=user, code_hash=_hash(user, code), used_at__isnull=True).update(
        used_at=now or timezone.now()
    )
    return used == 1


@transaction.atomic
def renew_recovery_codes(user: User) -> list[str]:
    """New codes in place of the old ones; only their hashes are kept."""
    letters = [secrets.choice(_RECOVERY_ALPHABET) for _ in range(RECOVERY_CODES * _RECOVERY_LENGTH)]
    codes = ["".join(letters[at : at + _RECOVERY_LENGTH]) for at in range(0, len(letters), _RECOVERY_LENGTH)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, code_hash=_hash(user, code)) for code in codes)
    return ["-".join(code[at : at + 4] for at in range(0, _RECOVERY_LENGTH, 4)) for code in codes]


def codes_left(user: User) -> int:
    return RecoveryCode.objects.filter(user=user, used_at__isnull=True).count()


@transaction.atomic
def switch_off(user: User) -> None:
    """Forget the secret and the recovery codes. Who may ask for it is the caller's matter."""
    user.totp_secret = None
    user.totp_confirmed_at = None
    user.save(update_fields=["totp_secret", "totp_confirmed_at"])
    RecoveryCode.objects.filter(user=user).delete()


def switch_off_own(user: User, password: str, roles: list[Role]) -> None:
    """What a person asks for on the own account page."""
    required = [role.name for role in roles if is_required(role)]
    if required:
        raise Forbidden(f"“{required[0]}”岗位必须使用动态验证码，不能停用。换手机请联系系统管理员重置。")
    guards.require_own_password(user, password, field="password")
    switch_off(user)


def _step_of(secret: str, code: str, now: dt.datetime) -> int | None:
    """Which half-minute the code belongs to, if it is near now."""
    digits = re.sub(r"\s", "", code)
    if not re.fullmatch(r"[0-9]{6}", digits):
        return None
    step, totp = int(now.timestamp()) // STEP_SECONDS, _totp(secret)
    near = range(step - DRIFT_STEPS, step + DRIFT_STEPS + 1)
    return next((one for one in near if hmac.compare_digest(totp.generate_otp(one), digits)), None)


def _totp(secret: str) -> pyotp.TOTP:
    return pyotp.TOTP(secret, interval=STEP_SECONDS)


def _hash(user: User, code: str) -> bytes:
    letters = re.sub(r"[\s-]", "", code).lower()
    return hashlib.sha256(f"{user.pk}:{letters}".encode()).digest()
