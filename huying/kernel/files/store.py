"""Where the bytes lie: under MEDIA_ROOT by their digest, so that equal files are stored once.

A file is written to `incoming/`, forced to disk and renamed: under its digest there is always a whole file or none.
"""

from __future__ import annotations

import hashlib
import logging
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from huying.kernel.models import StoredFile
from huying.kernel.outbox import periodic

logger = logging.getLogger(__name__)

KEPT_SECONDS = 24 * 3600  # an upload that nobody attached


def path_of(sha256: str) -> Path:
    return Path(settings.MEDIA_ROOT) / sha256[:2] / sha256[2:4] / sha256


def thumbnail_path_of(sha256: str) -> Path:
    return path_of(sha256).with_suffix(".thumbnail")


@contextmanager
def incoming() -> Iterator[Path]:
    """A path for a new file. Whatever is left there, and beside it under the same stem, is removed in the end."""
    directory = Path(settings.MEDIA_ROOT) / "incoming"
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / uuid.uuid4().hex
    try:
        yield path
    finally:
        for left in directory.glob(f"{path.name}*"):
            left.unlink(missing_ok=True)


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def lock(sha256: str) -> None:
    """Until the end of the transaction nobody else keeps or removes this content."""
    number = int.from_bytes(bytes.fromhex(sha256[:16]), "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def keep(path: Path, final: Path) -> None:
    """Move a file to its place; durable when this returns."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fchmod(handle, 0o640)
        os.fsync(handle)
    finally:
        os.close(handle)
    made = [parent for parent in final.parents if not parent.exists()]
    final.parent.mkdir(parents=True, exist_ok=True)
    path.replace(final)
    for directory in (final.parent, *(parent.parent for parent in made)):
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@periodic("files.sweep_loose", 3600)
def sweep_loose() -> int:
    """Remove the rows of uploads that were attached to nothing within a day. Returns how many."""
    old = StoredFile.objects.filter(
        state=StoredFile.State.LOOSE, uploaded_at__lt=timezone.now() - timedelta(seconds=KEPT_SECONDS)
    )
    return old.delete()[0]


@periodic("files.sweep_unreferenced", 3600)
def _sweep_hourly() -> None:
    """A part of the tree every hour, the whole in a day."""
    sweep_unreferenced(hour=timezone.localtime().hour)


def sweep_unreferenced(*, hour: int | None = None) -> int:
    """Remove bytes without a row: of swept uploads, and what was left by a kill or a rollback. Returns how many."""
    root = Path(settings.MEDIA_ROOT)
    removed = sum(_remove_if_old(left) for left in (root / "incoming").glob("*"))
    for directory in root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]"):
        if hour is not None and int(directory.name, 16) % 24 != hour:
            continue
        old = {path.stem for path in directory.iterdir() if _is_old(path)}
        used = set(StoredFile.objects.filter(sha256__in=old).values_list("sha256", flat=True))
        for sha256 in sorted(old - used):
            with transaction.atomic():
                removed += _remove_unless_used(sha256)
    return removed


def _remove_unless_used(sha256: str) -> bool:
    lock(sha256)
    if StoredFile.objects.filter(sha256=sha256).exists():
        return False
    path_of(sha256).unlink(missing_ok=True)
    thumbnail_path_of(sha256).unlink(missing_ok=True)
    return True


def _remove_if_old(path: Path) -> bool:
    if not _is_old(path):
        return False
    path.unlink(missing_ok=True)
    return True


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > KEPT_SECONDS
    except FileNotFoundError:
        return False
