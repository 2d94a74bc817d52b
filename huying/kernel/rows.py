"""Rows from the database without ceremony.

Batches load tens of thousands of rows, and most of what Django spends on one goes into setting thirty attributes one by
one, two signals that nobody hears, and taking times apart by a regular expression.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.backends.postgresql.psycopg_any import get_adapters_template
from django.db.models.base import ModelState
from psycopg.abc import Buffer
from psycopg.types.datetime import TimestamptzLoader


class QuickModel(models.Model):
    """Base of models whose rows are loaded in great numbers. `pre_init` and `post_init` are not sent for them."""

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **options: Any) -> Self:
        if len(values) != len(cls._meta.concrete_fields):  # some are deferred
            return super().from_db(db, field_names, values, **options)
        return cls._of(dict(zip(field_names, values, strict=True)), db)

    @classmethod
    def fresh(cls, **columns: object) -> Self:
        """A new row of *all* its columns, foreign keys by id; only the primary key may be left out."""
        pk = cls._meta.pk
        assert pk is not None
        columns.setdefault(pk.attname, None)
        assert len(columns) == len(cls._meta.concrete_fields), "a column is missing or unknown"
        return cls._of(columns, None)

    @classmethod
    def _of(cls, columns: dict[str, Any], db: str | None) -> Self:
        row = cls.__new__(cls)
        row.__dict__ = columns
        row._state = state = ModelState()
        state.db, state.adding = db, db is None
        return row


class Moment(TimestamptzLoader):
    """A timestamptz as UTC, read by the parser that Python has in C."""

    timezone = UTC  # Django asks the loader for it

    def load(self, data: Buffer) -> datetime:
        try:
            found = datetime.fromisoformat(bytes(data).decode())
        except ValueError:  # infinity and years that Python does not know: explained there
            return super().load(data)
        return found if found.tzinfo is UTC else found.astimezone(UTC)


def load_moments_quickly() -> None:
    """For every connection that Django opens from now on."""
    if settings.USE_TZ:
        get_adapters_template(True, UTC).register_loader("timestamptz", Moment)


def columns_of(model: type[models.Model], names: Sequence[str]) -> tuple[str, ...]:
    """Attribute names (`holder_id`) for field names (`holder`)."""
    return tuple(str(model._meta.get_field(name).attname) for name in names)  # type: ignore[union-attr]
