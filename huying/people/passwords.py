"""How strong a password must be, and how an initial one is made."""

from __future__ import annotations

import gzip
import re
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from django.contrib.auth import password_validation
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError

from huying.kernel.errors import Invalid
from huying.people.models import User

LEAST, MOST = 10, 128
RULES = f"至少 {LEAST} 位，含大写字母、小写字母、数字、符号中的三类，不能包含用户名，也不能是常见密码。"

_CLASSES = (re.compile(r"[a-z]"), re.compile(r"[A-Z]"), re.compile(r"[0-9]"), re.compile(r"[^a-zA-Z0-9\s]"))
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "01234567890")
_RUN = 5  # so many neighbours on the keyboard are a pattern

# Without l, I, O, 0, 1: an initial password is read from paper.
_LETTERS, _CAPITALS, _DIGITS = "abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789"


class Strength:
    """Django's form of a password rule; `complaints` is the rule."""

    def validate(self, password: str, user: User | None = None) -> None:
        found = complaints(password, user)
        if found:
            raise ValidationError(found)

    def get_help_text(self) -> str:
        return RULES


def complaints(password: str, user: User | None = None) -> list[str]:
    """What is wrong with this password, in sentences; empty when it is good."""
    found: list[str] = []
    if len(password) < LEAST:
        found.append(f"密码至少 {LEAST} 位。")
    if len(password) > MOST:
        found.append(f"密码最多 {MOST} 位。")
    if sum(bool(pattern.search(password)) for pattern in _CLASSES) < 3:
        found.append("密码要含大写字母、小写字母、数字、符号中的三类。")
    lowered = password.lower()
    if user is not None and user.username and user.username in lowered:
        found.append("密码不能包含用户名。")
    if lowered in _common() or lowered.rstrip("0123456789!@#$%^&*.?_-") in _common():
        found.append("这是常见密码，容易被猜中，请换一个。")
    elif _has_run(lowered) or (len(password) >= LEAST and len(set(password)) < LEAST // 2):
        found.append("密码不能用连续或重复的字符，例如 12345、qwert、aaaaa。")
    return found


def require_strong(password: str, user: User | None = None, *, field: str = "password") -> None:
    """Refuse a weak password with one message for each rule it breaks."""
    found = complaints(password, user)
    if found:
        raise Invalid("密码不符合要求，请换一个。", code="weak_password", fields={field: found})


def initial_password() -> str:
    """A random one that a person can type from paper: twelve letters and digits in groups, about 66 bits."""
    while True:
        groups = ["".join(secrets.choice(_LETTERS + _CAPITALS + _DIGITS) for _ in range(4)) for _ in range(3)]
        password = "-".join(groups)
        if not complaints(password):
            return password


def hash_many(passwords: Sequence[str]) -> list[str]:
    """Hashes of many passwords; argon2 releases the interpreter, so two cores do it in half the time."""
    with ThreadPoolExecutor(max_workers=2) as threads:
        return list(threads.map(make_password, passwords))


def _has_run(lowered: str) -> bool:
    for start in range(len(lowered) - _RUN + 1):
        piece = lowered[start : start + _RUN]
        if any(piece in row or piece in row[::-1] for row in _ROWS):
            return True
    return False


@cache
def _common() -> frozenset[str]:
    """The 20,000 passwords most often used, as Django ships them."""
    path = Path(password_validation.__file__).parent / "common-passwords.txt.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return frozenset(line.strip() for line in lines)
