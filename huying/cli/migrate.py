"""`huying migrate`: the owner's role changes the tables, then says what the application's role may do with them."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager

import click
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from huying.kernel.commands import Trouble, data_option
from huying.kernel.postgres import embedded

MIGRATING = 5_281_306  # advisory lock: two nodes that start together migrate one after the other

EVERYWHERE = ("SELECT", "INSERT", "UPDATE", "DELETE")  # TRUNCATE nowhere
# What the application may do less than that. The triggers refuse the same things; but a table's owner may switch
# triggers off, and the application owns nothing and is not even granted it.
RESTRICTED: dict[str, tuple[str, ...]] = {
    "matters_matter": ("SELECT", "INSERT", "UPDATE"),
    "matters_ledgerline": ("SELECT", "INSERT"),
    "matters_anchor": ("SELECT", "INSERT"),
    "django_migrations": ("SELECT",),
}


@click.command("migrate", short_help="升级数据库结构。")
@data_option
def migrate() -> None:
    """升级数据库结构，并授予应用角色所需的权限。

    设置了 HUYING_OWNER_DATABASE_URL 时以该角色升级，DATABASE_URL 的角色只获得读写权限。
    """
    with addresses() as (owner_url, application_role):
        os.environ["DATABASE_URL"] = owner_url
        import django

        django.setup()
        from django.db import connections

        try:
            applied = apply_migrations()
            if application_role:
                grant_to(application_role)
        except Exception as error:
            if isinstance(denied := root_cause(error), psycopg.errors.InsufficientPrivilege):
                raise Trouble(
                    f"数据库角色 {role_in(owner_url)} 没有建表权限（{denied.diag.message_primary}）。"
                    "请把 HUYING_OWNER_DATABASE_URL 设为数据库所有者的地址。"
                ) from error
            raise
        finally:
            connections.close_all()
    click.echo(f"数据库结构已升级（{applied} 项）。" if applied else "数据库结构已是最新。")


@contextmanager
def addresses() -> Iterator[tuple[str, str | None]]:
    """URL of the role that migrates, and the other role's name when there are two."""
    from config.environment import Environment  # not the settings: they keep the address they were imported with

    environment = Environment()
    if environment.database_url:
        owner_url = environment.owner_database_url or environment.database_url
        application = role_in(environment.database_url)
        yield owner_url, application if application != role_in(owner_url) else None
        return
    with embedded(environment.data_dir) as server:
        yield server.owner_url, role_in(server.url)


def role_in(url: str) -> str:
    return str(conninfo_to_dict(url).get("user") or getpass.getuser())


def root_cause(error: BaseException) -> BaseException:
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def apply_migrations() -> int:
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATING])
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if pending:
            call_command("migrate", interactive=False, verbosity=0)
        cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATING])
    return len(pending)


def grant_to(role: str) -> None:
    """Exactly what the application needs, whatever was granted before; in one transaction: it never has less."""
    from django.db import connection, transaction

    who = sql.Identifier(role)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            allowed = sql.SQL(", ").join(map(sql.SQL, RESTRICTED.get(table, EVERYWHERE)))
            name = sql.Identifier(table)
            cursor.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(name, who))
            cursor.execute(sql.SQL("GRANT {} ON {} TO {}").format(allowed, name, who))
        cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(who))
        cursor.execute(sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(who))
        cursor.execute(sql.SQL("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {}").format(who))
