"""Slowing down whoever tries passwords or the codes of matters: by account name, by second factor, by address, by
number.

An attempt is counted *before* it is checked, in one statement, so a hundred attempts at once are a hundred attempts.
Names that do not exist are counted like those that do; nothing here tells them apart.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, DateTimeField, F, Q, Value, When
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from huying.kernel.errors import Invalid, TooMany
from huying.people.models import SignInGuard, User

Steps = Sequence[tuple[int, dt.timedelta]]


def _minutes(*steps: tuple[int, int]) -> Steps:
    return [(count, dt.timedelta(minutes=minutes)) for count, minutes in steps]


# After so many failures in a row, so long a pause. Whole offices share one address, so it is given more.
ACCOUNT_STEPS = _minutes((5, 1), (6, 2), (7, 5), (8, 15), (9, 30), (10, 60))
ADDRESS_STEPS = _minutes((30, 1), (40, 5), (60, 15), (100, 60))
# The code of a matter has 8 letters, so pauses are short: whoever guesses must not lock its reporter out for long, nor
# all the phones that one carrier sends from the same address.
NUMBER_STEPS = _minutes((5, 1), (8, 5), (10, 15))
CODE_ADDRESS_STEPS = _minutes((60, 1), (120, 5), (240, 15))
FORGOTTEN_AFTER = dt.timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Subject:
    """Something attempts are counted for; only its keyed hash is stored."""

    key: str
    steps: Steps


def account(username: str) -> Subject:
    return Subject(_keyed("account", username), ACCOUNT_STEPS)


def second_factor(user_id: int) -> Subject:
    return Subject(_keyed("second_factor", str(user_id)), ACCOUNT_STEPS)


def address(ip: str) -> Subject:
    return Subject(_keyed("address", ip), ADDRESS_STEPS)


def own_password(user_id: int) -> Subject:
    """The password asked for once more of who has signed in: a desk left open is no place to guess it."""
    return Subject(_keyed("own_password", str(user_id)), ACCOUNT_STEPS)


def matter_code(number: str) -> Subject:
    """The code of this matter, whoever tries it; numbers that were never given are counted alike."""
    return Subject(_keyed("matter_code", number), NUMBER_STEPS)


def code_address(ip: str) -> Subject:
    """Whoever tries codes of matters from here."""
    return Subject(_keyed("code_address", ip), CODE_ADDRESS_STEPS)


def _keyed(kind: str, value: str) -> str:
    return salted_hmac("huying.people.guards", f"{kind}\0{value}", algorithm="sha256").hexdigest()


def admit(*subjects: Subject, now: dt.datetime | None = None) -> dt.timedelta | None:
    """Count an attempt for each subject. None: go on and check it; otherwise how long to wait first."""
    now = now or timezone.now()
    SignInGuard.objects.bulk_create(
        sorted((SignInGuard(subject=s.key, failed_at=now) for s in subjects), key=lambda guard: guard.subject),
        ignore_conflicts=True,
    )
    for subject in subjects:
        # The attempt that reaches a step is still checked; the pause follows it.
        pause = Case(
            *[
                When(failed_count__gte=count - 1, failed_at__gt=now - FORGOTTEN_AFTER, then=Value(now + length))
                for count, length in reversed(subject.steps)
            ],
            default=Value(None),
            output_field=DateTimeField(null=True),
        )
        counted = (
            SignInGuard.objects.filter(subject=subject.key)
            .filter(Q(locked_until__isnull=True) | Q(locked_until__lte=now))
            .update(
                failed_count=Case(When(failed_at__gt=now - FORGOTTEN_AFTER, then=F("failed_count") + 1), default=1),
                failed_at=now,
                locked_until=pause,
            )
        )
        if not counted:
            until = SignInGuard.objects.values_list("locked_until", flat=True).get(subject=subject.key)
            return max(until - now, dt.timedelta(seconds=1)) if until else dt.timedelta(seconds=1)
    return None


def forgive(subject: Subject) -> None:
    """The attempt was right: the count starts anew."""
    SignInGuard.objects.filter(subject=subject.key).delete()


def take_back(subject: Subject) -> None:
    """The attempt was right, but others at this address may be guessing: only this one is not counted."""
    SignInGuard.objects.filter(subject=subject.key).update(
        failed_count=Greatest(F("failed_count") - 1, 0), locked_until=None
    )


def require_own_password(user: User, password: str, *, field: str) -> None:
    """Refuse unless this is the password of who has signed in; the words belong to the form's `field`."""
    subject = own_password(user.pk)
    wait = admit(subject)
    if wait is not None:
        raise too_many(wait)
    if not user.check_password(password):
        words = "原密码不正确。" if field == "old_password" else "密码不正确。"
        raise Invalid(words, code="wrong_password", fields={field: [words]})
    forgive(subject)


def too_many(wait: dt.timedelta, otherwise: str = "忘记密码请联系系统管理员。") -> TooMany:
    """The refusal of who has to wait; `otherwise`: what can be done meanwhile."""
    minutes = math.ceil(wait.total_seconds() / 60)
    return TooMany(
        f"尝试次数过多，请 {minutes} 分钟后再试。{otherwise}",
        code="locked",
        retry_after=math.ceil(wait.total_seconds()),
    )


def clear_old(now: dt.datetime | None = None) -> int:
    """Remove counts that no longer matter. Returns how many."""
    now = now or timezone.now()
    deleted, _ = SignInGuard.objects.filter(
        Q(locked_until__isnull=True) | Q(locked_until__lte=now), failed_at__lt=now - FORGOTTEN_AFTER
    ).delete()
    return deleted


def locked_until(*subjects: Subject, now: dt.datetime | None = None) -> dt.datetime | None:
    """The latest moment until which one of these is locked; None when none is."""
    moments = SignInGuard.objects.filter(
        subject__in=[subject.key for subject in subjects], locked_until__gt=now or timezone.now()
    ).values_list("locked_until", flat=True)
    return max((moment for moment in moments if moment), default=None)
