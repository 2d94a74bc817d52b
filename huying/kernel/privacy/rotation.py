"""Changing the keys: new ones for writing, and everything stored re-encrypted with them while people work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from huying.kernel.privacy.cipher import current_prefix, decrypt, encrypt, fields_ring
from huying.kernel.privacy.fields import EncryptedTextField, LookupHashField
from huying.kernel.privacy.lookup import current_lookup_prefix, lookup_hash, lookup_ring

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class ProtectedTable:
    """A table with encrypted columns and the hashes made of them."""

    model: type[models.Model]
    encrypted: tuple[EncryptedTextField, ...]
    hashed: tuple[LookupHashField, ...]


def protected_tables() -> Iterator[ProtectedTable]:
    for model in apps.get_models():
        fields = model._meta.local_concrete_fields
        encrypted = tuple(field for field in fields if isinstance(field, EncryptedTextField))
        if encrypted and model._meta.managed and not model._meta.proxy:
            yield ProtectedTable(model, encrypted, tuple(f for f in fields if isinstance(f, LookupHashField)))


def rotate_keys() -> None:
    """Make new keys for personal data and for its hashes; other processes write with them a second later."""
    fields_ring.rotate()
    lookup_ring.rotate()


def rotate_fields(*, batch: int = 500, progress: Progress = lambda table, rows: None) -> int:
    """Re-encrypt and re-hash everything that was written with an older key. Returns the number of rows.

    Each batch is a transaction of its own: it can be stopped and started again at any time, and a second run finds
    what other processes still wrote with the old key during the first.
    """
    return sum(_rotate(table, batch, progress) for table in protected_tables())


def _rotate(table: ProtectedTable, batch: int, progress: Progress) -> int:
    prefix, hash_prefix = current_prefix(), current_lookup_prefix()
    quote = connection.ops.quote_name

    def column(field: models.Field[Any, Any]) -> str:
        return quote(str(field.column))

    name, pk = table.model._meta.db_table, table.model._meta.pk
    columns = [*table.encrypted, *table.hashed]
    stale = [
        f"({column(f)} <> '' AND substring({column(f)} FROM 1 FOR {len(prefix)}) <> %(prefix)s)"
        for f in table.encrypted
    ] + [f"substring({column(f)} FROM 1 FOR {len(hash_prefix)}) <> %(hash_prefix)s" for f in table.hashed]
    names = ", ".join(column(f) for f in (pk, *columns))
    # Only names of our own models are put together here.
    select = (
        f"SELECT {names} FROM {quote(name)} WHERE ({' OR '.join(stale)}) "  # noqa: S608
        f"AND (%(after)s::text IS NULL OR {column(pk)} > %(after)s::{pk.db_type(connection)}) "
        f"ORDER BY {column(pk)} LIMIT %(batch)s FOR UPDATE"
    )
    update = (
        f"UPDATE {quote(name)} SET {', '.join(f'{column(f)} = %s' for f in columns)} "  # noqa: S608
        f"WHERE {column(pk)} = %s"
    )
    done = 0
    after: str | None = None
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(select, {"prefix": prefix, "hash_prefix": hash_prefix, "after": after, "batch": batch})
            rows = cursor.fetchall()
            if not rows:
                return done
            cursor.executemany(update, [(*_renewed(table, row[1:]), row[0]) for row in rows])
        after = str(rows[-1][0])
        done += len(rows)
        progress(name, done)


def _renewed(table: ProtectedTable, stored: tuple[bytes | memoryview | None, ...]) -> list[bytes | None]:
    """The columns of a row, as they are written with the current keys. What is empty or NULL stays so."""
    renewed = [None if value is None else bytes(value) for value in stored]
    plain: dict[str, str] = {}
    for at, field in enumerate(table.encrypted):
        if sealed := renewed[at]:
            plain[field.name] = decrypt(sealed, bound_to=field.bound_to)
            renewed[at] = encrypt(plain[field.name], bound_to=field.bound_to)
    for at, hashed in enumerate(table.hashed, start=len(table.encrypted)):
        if hashed.of in plain:
            renewed[at] = lookup_hash(hashed.kind, plain[hashed.of])
    return renewed
