"""Uploaded tables that wait for a decision: checked first, imported when somebody says so, gone after a day.

They lie beside the attachments, so that every web process finds them; whoever may come back for one carries a signed
ticket with the account it was made for.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path, PurePath

from django.conf import settings
from django.core import signing
from django.core.files.uploadedfile import UploadedFile

from huying.kernel.errors import Invalid, Missing
from huying.kernel.outbox import periodic

KEPT_SECONDS = 24 * 3600
_SALT = "huying.kernel.files.held.1"


@dataclass(frozen=True, slots=True)
class Held:
    """A file that waits. `options` are what was said with it."""

    token: str
    name: str
    owner: int
    options: dict[str, str]

    @property
    def path(self) -> Path:
        return _directory() / self.token

    @property
    def error_sheet(self) -> Path:
        return self.path.with_suffix(".errors.xlsx")

    @property
    def ticket(self) -> str:
        return signing.dumps([self.token, self.name, self.owner, self.options], salt=_SALT, compress=True)

    def let_go(self) -> None:
        self.path.unlink(missing_ok=True)


def hold(upload: UploadedFile[bytes], *, owner: int, suffixes: Collection[str], options: dict[str, str]) -> Held:
    """Keep an upload for the account `owner`.

    Raises:
        Invalid: when its name ends otherwise than a table does.
    """
    name = PurePath(upload.name or "").name
    suffix = PurePath(name).suffix.lower()
    if suffix not in suffixes:
        text = f"只能上传 {'、'.join(sorted(suffixes))} 文件。"
        raise Invalid(text, fields={"file": [text]})
    held = Held(f"{secrets.token_hex(16)}{suffix}", name[:200], owner, options)
    _directory().mkdir(mode=0o700, parents=True, exist_ok=True)
    with held.path.open("xb") as stream:
        for chunk in upload.chunks():
            stream.write(chunk)
    return held


def held_by(ticket: str, owner: int) -> Held:
    """The file of a ticket.

    Raises:
        Missing: forged, of somebody else, or the day is over.
    """
    try:
        token, name, whose, options = signing.loads(ticket, salt=_SALT, max_age=KEPT_SECONDS)
    except (signing.BadSignature, ValueError):
        raise Missing(_GONE) from None
    held = Held(token, name, whose, options)
    if whose != owner or not held.path.exists():
        raise Missing(_GONE)
    return held


_GONE = "上传的文件已经不在了（只保留一天），请重新上传。"


def _directory() -> Path:
    return Path(settings.MEDIA_ROOT) / "held"


@periodic("kernel.held", 3600)
def sweep_held() -> None:
    """Remove what nobody came back for."""
    if not _directory().is_dir():
        return
    oldest = time.time() - KEPT_SECONDS
    for path in _directory().iterdir():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
