"""Files that the product makes itself: exports, sheets of rows sent back. Nothing in them has to be looked at."""

from __future__ import annotations

from pathlib import Path

from django.db import transaction

from huying.kernel.files import store
from huying.kernel.files.kinds import Kind
from huying.kernel.files.names import clean_name
from huying.kernel.models import StoredFile


def keep_made(path: Path, *, name: str, kind: Kind, owner: tuple[str, str]) -> StoredFile:
    """Keep a file under its digest; `path` is moved away. `owner` is kind and key of what it belongs to.

    Whoever makes it also removes it: the row is deleted, the bytes follow with the next sweep.
    """
    row = StoredFile(
        sha256=store.digest_of(path),
        size=path.stat().st_size,
        media_type=kind.media_type,
        name=clean_name(name, kind),
        state=StoredFile.State.ATTACHED,
        owner_kind=owner[0],
        owner_key=owner[1],
    )
    with transaction.atomic():
        store.lock(row.sha256)
        if not store.path_of(row.sha256).exists():
            store.keep(path, store.path_of(row.sha256))
        row.save(force_insert=True)
    return row
