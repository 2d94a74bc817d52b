"""Printable numbers of matters: prefix + date + sequence, for example WC20261122000123.

The sequence of a kind never repeats and never goes back, so a number is unique without any counter row that all would
wait for; gaps are allowed. A room creates the sequence of each of its kinds in its own migration:

    operations = [create_number_sequence("case")]
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from django.db import connection, migrations, models

DIGITS = 6  # at least; a number grows when the sequence has passed a million

_KIND = re.compile(r"[a-z][a-z_]{0,39}")


def sequence_name(kind: str) -> str:
    """Name of the database sequence. `ValueError` unless `kind` is a lower-case identifier."""
    if not _KIND.fullmatch(kind):
        raise ValueError(f"{kind!r} is not a kind of numbers: lower-case letters and underscores only")
    return f"kernel_number_{kind}"


def create_number_sequence(kind: str) -> migrations.RunSQL:
    """Migration operation that creates the sequence of `kind` and, backwards, drops it."""
    name = sequence_name(kind)
    return migrations.RunSQL(f"CREATE SEQUENCE IF NOT EXISTS {name}", f"DROP SEQUENCE IF EXISTS {name}")


def next_numbers(kind: str, prefix: str, n: int, day: date) -> list[str]:
    """`n` new numbers of `kind`, ascending, in one query. They are used up even when the transaction is rolled back."""
    if n <= 0:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s) FROM generate_series(1, %s)", [sequence_name(kind), n])
        return _printed(prefix, [day] * n, [value for (value,) in cursor.fetchall()])


def reserve(model: type[models.Model], kind: str, prefix: str, days: Sequence[date]) -> list[tuple[int, str]]:
    """A primary key of `model` and a number of each day, in order: one query for rows that do not exist yet."""
    if not days:
        return []
    pk = model._meta.pk
    assert pk is not None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)), nextval(%s) FROM generate_series(1, %s)",
            [model._meta.db_table, pk.column, sequence_name(kind), len(days)],
        )
        rows = cursor.fetchall()
    return list(zip([key for key, _ in rows], _printed(prefix, days, [value for _, value in rows]), strict=True))


def _printed(prefix: str, days: Sequence[date], values: Sequence[int]) -> list[str]:
    begins = {day: f"{prefix}{day:%Y%m%d}" for day in set(days)}
    return [f"{begins[day]}{value:0{DIGITS}d}" for day, value in zip(days, values, strict=True)]
