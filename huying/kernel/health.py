"""What `huying doctor` looks at. Each check says what it found and, when something is wrong, how to mend it.

    @check("密钥")
    def keys() -> Finding: …

Rooms add their own in `tasks.py` or `AppConfig.ready`. Checks only look; they change nothing.
"""

from __future__ import annotations

import logging
import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from huying.kernel import jobs, outbox
from huying.kernel.models import PeriodicRun
from huying.kernel.outbox.periodic import periodic_work
from huying.kernel.privacy.cipher import Undecipherable, decrypt
from huying.kernel.privacy.rotation import ProtectedTable, protected_tables
from huying.kernel.registry import Registry

logger = logging.getLogger(__name__)

OLDEST_POSTGRESQL, NEWEST_POSTGRESQL = 15, 18
LEAST_FREE_BYTES = 2 * 1024**3
MOST_CLOCK_SECONDS = 5
MOST_BACKLOG_SECONDS = 60
KEY_RINGS = ("fields", "lookup", "signing")


@dataclass(frozen=True, slots=True)
class Finding:
    """`how_to_mend` is empty when all is well. Both texts are read by an administrator, also by one who has only the
    pages; `place` is for whoever sits at the machine."""

    ok: bool
    message: str
    how_to_mend: str = ""
    place: str = ""


Check = Callable[[], Finding]
checks: Registry[Check] = Registry("health checks")


def check(name: str) -> Callable[[Check], Check]:
    """Register a check under the Chinese name that doctor prints."""
    return checks.register(name)


def examine() -> list[tuple[str, Finding]]:
    """Run all checks in the order of their registration. One that breaks is a finding, too."""
    findings = []
    for name, look in checks.items():
        try:
            findings.append((name, look()))
        except (DatabaseError, psycopg.Error) as error:
            reason = str(error).strip().splitlines()
            findings.append((name, Finding(False, f"数据库无法查询：{reason[0] if reason else error!r}", _DATABASE)))
            connection.close()
        except Exception as error:
            logger.exception("The check %s failed", name)
            findings.append((name, Finding(False, f"检查未能完成：{error!r}", "请把日志中的错误信息发给维护人员。")))
    return findings


_DATABASE = "请确认数据库正在运行，DATABASE_URL 中的地址、用户和密码正确。"


@check("数据库")
def database() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000, pg_is_in_recovery()")
        version, standby = cursor.fetchone()
    if standby:
        return Finding(
            False, "连接到的是只读备库。", "请把 DATABASE_URL 指向主库，或加上 target_session_attrs=read-write。"
        )
    if not OLDEST_POSTGRESQL <= version <= NEWEST_POSTGRESQL:
        return Finding(
            False,
            f"数据库是 PostgreSQL {version}，未经验证。",
            f"请使用 PostgreSQL {OLDEST_POSTGRESQL} 至 {NEWEST_POSTGRESQL}。",
        )
    return Finding(True, f"PostgreSQL {version} 可以读写")


@check("数据库结构")
def migrations() -> Finding:
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if pending:
        return Finding(False, f"有 {len(pending)} 个结构变更尚未执行。", "请执行 huying migrate。")
    return Finding(True, "与程序一致")


@check("数据库角色")
def role() -> Finding:
    """Whoever owns a table may switch off the triggers that protect it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) OR EXISTS "
            "(SELECT FROM pg_tables WHERE schemaname = 'public' AND pg_has_role(tableowner, 'USAGE'))"
        )
        name, owns = cursor.fetchone()
    if owns:
        return Finding(
            False,
            f"应用使用的角色 {name} 拥有数据表，可以停用对留痕的保护。",
            "请另建一个普通角色供 DATABASE_URL 使用，把所有者的地址放在 HUYING_OWNER_DATABASE_URL，"
            "再执行 huying migrate 授权。",
        )
    return Finding(True, f"{name} 只有读写权限")


@check("时钟")
def clock() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (there,) = cursor.fetchone()
    seconds = abs((datetime.now(UTC) - there).total_seconds())
    if seconds > MOST_CLOCK_SECONDS:
        return Finding(
            False,
            f"本机与数据库的时间相差 {seconds:.0f} 秒，时限计算会出错。",
            "请在两台机器上启用时间同步（chrony 或 systemd-timesyncd），并核对时区。",
        )
    return Finding(True, "与数据库一致")


@check("密钥")
def keys() -> Finding:
    """Readable by nobody else, and the ones that the stored data were encrypted with."""
    directory = Path(settings.KEYS_DIR)
    for ring in KEY_RINGS:
        path = directory / f"{ring}.json"
        if not path.exists():
            continue  # made on first use
        if not os.access(path, os.R_OK):
            return Finding(
                False, f"密钥文件 {path.name} 无法读取。", f"请把它交给运行本程序的用户：chown <用户> {path}"
            )
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            return Finding(False, f"密钥文件 {path.name} 可以被其他用户读取。", f"请执行 chmod 600 {path}")
    if not _writable(directory):
        return Finding(False, "密钥目录无法写入。", "请检查目录权限。", str(directory))
    for table in protected_tables():
        if not _opens(table):
            return Finding(
                False,
                f"{table.model._meta.verbose_name}中的加密数据无法用现有密钥打开。",
                "密钥文件丢失或来自另一套系统。请从备份恢复密钥目录；在此之前不要录入新的数据。",
                str(directory),
            )
    return Finding(True, "能打开已加密的数据", place=str(directory))


def _opens(table: ProtectedTable) -> bool:
    """Whether the newest row's columns can be decrypted. A table that is not there yet has nothing to open."""
    names = [connection.ops.quote_name(str(field.column)) for field in table.encrypted]
    model = table.model._meta
    if model.db_table not in connection.introspection.table_names():
        return True
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(names)} FROM {connection.ops.quote_name(model.db_table)} "  # noqa: S608 - our own names
            f"ORDER BY {connection.ops.quote_name(str(model.pk.column))} DESC LIMIT 1"
        )
        row = cursor.fetchone() or ()
    try:
        for field, sealed in zip(table.encrypted, row, strict=False):
            if sealed:
                decrypt(bytes(sealed), bound_to=field.bound_to)
    except Undecipherable:
        return False
    return True


@check("附件存储")
def media() -> Finding:
    directory = Path(settings.MEDIA_ROOT)
    if not _writable(directory):
        mend = "请检查目录权限，或用 HUYING_MEDIA_DIR 换一个目录。"
        return Finding(False, "附件目录无法写入。", mend, str(directory))
    free = shutil.disk_usage(_existing(directory)).free
    gigabytes = f"{free / 1024**3:.1f} GB"
    if free < LEAST_FREE_BYTES:
        return Finding(
            False, f"附件所在磁盘只剩 {gigabytes}。", "请清理磁盘或扩容；写满后将无法上传附件。", str(directory)
        )
    return Finding(True, f"剩余 {gigabytes}", place=str(directory))


def _writable(directory: Path) -> bool:
    return os.access(_existing(directory), os.W_OK | os.X_OK)


def _existing(directory: Path) -> Path:
    """The directory, or the one it will be made in."""
    directory = directory.absolute()
    return next(place for place in (directory, *directory.parents) if place.exists())


@check("后台处理")
def dispatcher() -> Finding:
    if not outbox.is_led(outbox.DISPATCHING):
        return Finding(
            False,
            "没有后台进程在处理消息和时限。",
            "请启动 huying worker（huying serve 会自动带一个），并查看它的日志。",
        )
    late = [
        run
        for run in PeriodicRun.objects.filter(name__in=periodic_work.keys())
        if run.error or (run.started_at and _seconds_since(run.started_at) > 3 * run.every_seconds + 60)
    ]
    if late:
        names = "；".join(f"{run.name}：{run.error or '已过时间未执行'}" for run in late[:5])
        return Finding(False, f"有 {len(late)} 项定时工作不正常：{names}", "请查看后台进程的日志；改正后会自动重做。")
    return Finding(True, "正在运行，定时工作均正常")


def _seconds_since(moment: datetime) -> float:
    return (datetime.now(UTC) - moment).total_seconds()


@check("待处理事件")
def outbox_backlog() -> Finding:
    backlog = outbox.backlog()
    if backlog.set_aside:
        rows = "；".join(f"#{pk} {topic}：{error}" for pk, topic, error in backlog.set_aside[:5])
        return Finding(
            False,
            f"有 {len(backlog.set_aside)}{' 条以上' if len(backlog.set_aside) >= outbox.MOST_LISTED else ' 条'}事件"
            f"多次失败后被搁置：{rows}",
            "请按错误信息排除原因，然后执行 huying outbox retry 重新处理。",
        )
    seconds = backlog.oldest.total_seconds()
    if seconds > MOST_BACKLOG_SECONDS:
        return Finding(
            False,
            f"积压 {backlog.waiting} 条事件，最早的已等待 {seconds / 60:.0f} 分钟。",
            "请确认后台进程正在运行；若数据库繁忙，请查看慢查询。",
        )
    return Finding(True, f"{backlog.waiting} 条，没有积压")


@check("后台任务")
def failed_jobs() -> Finding:
    given_up = jobs.failed()
    if given_up:
        names = "、".join(sorted({name for _, name in given_up}))
        return Finding(
            False,
            f"有 {len(given_up)} 个后台任务多次失败后放弃：{names}",
            "请查看后台进程的日志，排除原因后执行 huying outbox retry。",
        )
    return Finding(True, "没有失败的任务")


@check("前端资源")
def front_end() -> Finding:
    if finders.find("dist/manifest.json") is None:
        return Finding(
            False, "页面样式和脚本尚未构建。", "请执行 ./dev demo，或在 frontend 目录执行 npm ci && npm run build。"
        )
    return Finding(True, "已构建")
