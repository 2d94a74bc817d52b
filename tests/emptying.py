"""After a transactional test the database is again as the migrations left it.

Django's own way empties every table by TRUNCATE, which makes hundreds of files anew and its content types and
permissions as well; what migrations had loaded would be gone for all tests after it. Here only the tables that hold
something are emptied, row by row, and what migrations had loaded is copied back: as a superuser, with foreign keys and
the triggers of the append-only tables switched off for that one transaction.
"""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

LEFT_ALONE = ["django_migrations", "django_content_type", "auth_permission"]  # no test writes them
KEPT = "kept_for_tests"  # a schema

_all: list[str] = []
_loaded: dict[str, str] = {}  # table that migrations have filled -> its columns


def remember() -> None:
    """Once, after the migrations."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL(%s)",
            [LEFT_ALONE],
        )
        _all[:] = [table for (table,) in cursor.fetchall()]
        # What the product asks the statistics of is found by the clock of the server otherwise, or not.
        cursor.execute("ALTER TABLE matters_words SET (autovacuum_analyze_threshold = 2147483647)")
        cursor.execute(f"CREATE SCHEMA {KEPT}")
        for table in filled(cursor):
            cursor.execute(f"CREATE TABLE {KEPT}.{table} AS TABLE {table}")
            cursor.execute(
                "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute"
                " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
                [table],
            )
            (_loaded[table],) = cursor.fetchone()


def filled(cursor: Any) -> list[str]:
    """The tables that hold a row."""
    cursor.execute(" UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM {table})" for table in _all))
    return [table for (table,) in cursor.fetchall()]


def restore(_test: object) -> None:
    """In the place of `TransactionTestCase._fixture_teardown`."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in filled(cursor):
            cursor.execute(f"DELETE FROM {table}")
        for table, columns in _loaded.items():
            cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {KEPT}.{table}")
    connection.close()
