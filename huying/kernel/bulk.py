"""Set-wise writes, and the reads that go with them: many rows of one table in one statement.

The ORM's `bulk_create` and `bulk_update` build an object and an expression per row; for thousands of rows that is
most of the time spent. One row goes by INSERT or UPDATE, many by COPY or `UPDATE … FROM unnest`. Values are plain
Python values that psycopg adapts (datetime, bytes, list, `Jsonb`); model defaults are *not* applied.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection, connections, models

from huying.kernel.writes import send_kept, write

COPY_FROM = 8  # below so many rows a multi-row INSERT is quicker than starting a COPY


@cache
def _columns(model: type[models.Model], names: tuple[str, ...]) -> list[models.Field[Any, Any]]:
    fields: list[models.Field[Any, Any]] = []
    for name in names:
        field = model._meta.get_field(name)
        assert isinstance(field, models.Field)
        fields.append(field)
    return fields


def _quoted(fields: Sequence[models.Field[Any, Any]]) -> str:
    return ", ".join(f'"{field.column}"' for field in fields)


def insert_rows(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert `rows` (each as long as `names`, field names of `model`) inside the caller's transaction."""
    if not rows:
        return
    fields = _columns(model, tuple(names))
    table = model._meta.db_table
    if len(rows) < COPY_FROM:
        one = "(" + ", ".join(["%s"] * len(fields)) + ")"
        write(
            f'INSERT INTO "{table}" ({_quoted(fields)}) VALUES ' + ", ".join([one] * len(rows)),  # noqa: S608
            [value for row in rows for value in row],
        )
        return
    send_kept()
    with (
        connection.cursor() as cursor,
        cursor.copy(f'COPY "{table}" ({_quoted(fields)}) FROM STDIN') as copy,
    ):
        for row in rows:
            copy.write_row(row)


def update_rows(
    model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]], *, key: str = "pk"
) -> int:
    """Update rows found by `key`: every row is `(key value, value of names[0], …)`.

    Returns how many were found; inside `together`, how many should be.
    """
    if not rows or not names:
        return 0
    key_field = model._meta.pk if key == "pk" else _columns(model, (key,))[0]
    assert key_field is not None
    fields = _columns(model, tuple(names))
    table = model._meta.db_table
    if len(rows) == 1:
        assignments = ", ".join(f'"{field.column}" = %s' for field in fields)
        found = write(
            f'UPDATE "{table}" SET {assignments} WHERE "{key_field.column}" = %s',  # noqa: S608
            [*rows[0][1:], rows[0][0]],
        )
        return 1 if found is None else found
    everything = [key_field, *fields]
    types = [_type(field) for field in everything]
    # unnest flattens arrays of arrays, so an array column travels as text and is cast back
    arrays = ", ".join("%s::text[]" if kind.endswith("[]") else f"%s::{kind}[]" for kind in types)
    names_of_v = ", ".join(f"c{i}" for i in range(len(everything)))
    assignments = ", ".join(
        f'"{field.column}" = v.c{i}' + (f"::{types[i]}" if types[i].endswith("[]") else "")
        for i, field in enumerate(fields, start=1)
    )
    found = write(
        f'UPDATE "{table}" AS t SET {assignments} FROM unnest({arrays}) AS v({names_of_v}) '  # noqa: S608
        f'WHERE t."{key_field.column}" = v.c0',
        [array(types[i], [row[i] for row in rows]) for i in range(len(everything))],
    )
    return len(rows) if found is None else found


def _type(field: models.Field[Any, Any]) -> str:
    """The column's type without `serial`; a foreign key has its target's."""
    target: models.Field[Any, Any] = field
    while isinstance(target, models.ForeignKey):
        target = target.target_field
    db_type = target.rel_db_type(connection) if target.primary_key else target.db_type(connection)
    assert db_type is not None
    return db_type


def array(kind: str, values: Sequence[Any]) -> object:
    """These values as a parameter for `%s::kind[]`.

    psycopg looks at every single value; one text for the whole array is written an order of magnitude faster.
    """
    if kind.endswith("[]"):  # of numbers or of words; they travel as text
        write_item = _WRITERS.get(kind.partition("(")[0].removesuffix("[]"), _quoted_text)
        return _literal(values, lambda value: _quoted_text(f"{{{','.join(map(write_item, value))}}}"))
    write_one = _WRITERS.get(kind.partition("(")[0])
    return list(values) if write_one is None else _literal(values, write_one)


def _literal(values: Sequence[Any], write_one: Callable[[Any], str]) -> str:
    return "{" + ",".join(["NULL" if value is None else write_one(value) for value in values]) + "}"


def _quoted_text(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


# Types of which an array is written here; all others are left to psycopg.
_WRITERS: dict[str, Callable[[Any], str]] = {
    "bigint": str,
    "integer": str,
    "smallint": str,
    "double precision": repr,
    "boolean": lambda value: "t" if value else "f",
    "timestamp with time zone": lambda value: f'"{value.isoformat()}"',
    "date": lambda value: str(value.isoformat()),
    "bytea": lambda value: f'"\\\\x{bytes(value).hex()}"',
    "text": _quoted_text,
    "varchar": _quoted_text,
    "jsonb": lambda value: _quoted_text(json.dumps(value.obj)),
}


M = TypeVar("M", bound=models.Model)


def select_rows(model: type[M], condition: str, parameters: Sequence[Any]) -> list[M]:
    """Whole rows as instances; `condition` is what follows WHERE in SQL, with ORDER BY and FOR UPDATE where wanted.

    For the few reads that every step makes. The ORM puts its statement together anew each time, and for a row of forty
    columns that takes longer than the server does.
    """
    with connection.cursor() as cursor:
        cursor.execute(_reading(model)[1] + condition, parameters)
        rows = [list(row) for row in cursor.fetchall()]
    return _instances(model, rows)


def _instances(model: type[M], rows: Sequence[list[Any]]) -> list[M]:
    names, _, converters = _reading(model)
    alias = connection.alias
    here = connections[alias]  # looked up once: the name `connection` finds it anew each time
    for at, column, convert in converters:
        for row in rows:
            row[at] = convert(row[at], column, here)
    return [model.from_db(alias, names, row) for row in rows]


def select_chain(model: type[M], path: Sequence[str], condition: str, parameters: Sequence[Any]) -> list[M]:
    """As `select_rows`, with the rows that the foreign keys of `path` lead to, each from the one before it.

    In `condition` the tables are `t0`, `t1` and so on, in this order.
    """
    models_of: list[type[models.Model]] = [model]
    keys: list[models.ForeignKey[Any, Any]] = []
    for name in path:
        key = models_of[-1]._meta.get_field(name)
        assert isinstance(key, models.ForeignKey)
        keys.append(key)
        models_of.append(key.remote_field.model)
    with connection.cursor() as cursor:
        cursor.execute(_chain(model, tuple(path)) + condition, parameters)
        found = cursor.fetchall()
    rows: list[list[Any]] = []
    start = 0
    for one in models_of:
        width = len(one._meta.concrete_fields)
        rows.append(_instances(one, [list(row[start : start + width]) for row in found]))
        start += width
    for at, key in enumerate(keys):
        for row, led_to in zip(rows[at], rows[at + 1], strict=True):
            key.set_cached_value(row, led_to)
            if key.one_to_one:
                key.remote_field.set_cached_value(led_to, row)
    return rows[0]


@cache
def _chain(model: type[models.Model], path: tuple[str, ...]) -> str:
    """The SELECT of such a chain up to its condition."""
    columns = [f't0."{field.column}"' for field in model._meta.concrete_fields]
    joins = f'"{model._meta.db_table}" t0'
    for at, name in enumerate(path, start=1):
        key = model._meta.get_field(name)
        assert isinstance(key, models.ForeignKey)
        model = key.remote_field.model
        columns += [f't{at}."{field.column}"' for field in model._meta.concrete_fields]
        joins += f' JOIN "{model._meta.db_table}" t{at} ON t{at}."{key.target_field.column}" = t{at - 1}."{key.column}"'
    return f"SELECT {', '.join(columns)} FROM {joins} WHERE "  # noqa: S608


@cache
def _reading(model: type[models.Model]) -> tuple[list[str], str, list[tuple[int, Any, Callable[..., Any]]]]:
    """Attribute names, the SELECT up to its condition, and how columns are read that psycopg alone does not."""
    fields = model._meta.concrete_fields
    converters = [
        (at, field.cached_col, convert)
        for at, field in enumerate(fields)
        for convert in (*connection.ops.get_db_converters(field.cached_col), *field.get_db_converters(connection))
    ]
    statement = f'SELECT {_quoted(fields)} FROM "{model._meta.db_table}" WHERE '  # noqa: S608
    return [field.attname for field in fields], statement, converters


def reserve_ids(model: type[models.Model], n: int) -> list[int]:
    """`n` primary keys taken from the table's own sequence, before the rows exist."""
    pk = model._meta.pk
    assert pk is not None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [model._meta.db_table, pk.column, n],
        )
        return [row[0] for row in cursor.fetchall()]
