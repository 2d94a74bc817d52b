"""Connections of our own, beside Django's: a session that keeps a lock, or one that listens.

They go past a connection pooler, which would hand the session to somebody else (`HUYING_DIRECT_DATABASE_URL`).
"""

from __future__ import annotations

import psycopg
from django.conf import settings
from django.db import connection
from psycopg.conninfo import make_conninfo

# A primary that lost its power closes nothing: without these a session would wait for it for hours.
_NOTICE_A_DEAD_SERVER = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
_NOT_FOR_LIBPQ = frozenset({"pool", "isolation_level", "server_side_binding", "assume_role", "context"})


def direct_conninfo(application_name: str) -> str:
    """The libpq connection string of the database that Django uses, past any pooler."""
    database = settings.DIRECT_DATABASE or connection.settings_dict
    options = {key: value for key, value in database["OPTIONS"].items() if key not in _NOT_FOR_LIBPQ}
    named = {
        "dbname": database["NAME"],
        "user": database["USER"],
        "password": database["PASSWORD"],
        "host": database["HOST"],
        "port": database["PORT"],
    }
    given = {key: value for key, value in named.items() if value}
    return make_conninfo(**{**_NOTICE_A_DEAD_SERVER, **options, **given, "application_name": application_name})


def connect_directly(application_name: str) -> psycopg.Connection:
    """A session in autocommit mode; the caller closes it."""
    return psycopg.connect(direct_conninfo(application_name), autocommit=True)
