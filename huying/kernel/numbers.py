"""Printable numbers of matters: prefix + date + sequence, for example WC20261122000123.

The sequence of a kind never repeats and never goes back, so a number is unique without any counter row that all would
wait for; gaps are allowed. A room creates the sequence of each of its kinds in its own migration:

    operations = [create_number_sequence("case")]
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from django.db import connection, migrations

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
    return numbers_of(kind, prefix, [day] * n)


def numbers_of(kind: str, prefix: str, days: Sequence[date]) -> list[str]:
    """Likewise a number for each day, in order."""
    if not days:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s) FROM generate_series(1, %s)", [sequence_name(kind), len(days)])
        printed = {day: f"{prefix}{day:%Y%m%d}" for day in set(days)}
        return [f"{printed[day]}{n:0{DIGITS}d}" for day, (n,) in zip(days, cursor.fetchall(), strict=True)]
