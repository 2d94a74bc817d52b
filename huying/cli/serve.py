"""`huying serve`: database, web processes and background worker as one tree behind one port."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import click

from huying.cli.children import Children
from huying.kernel.commands import Mistake, Trouble, data_option
from huying.kernel.postgres import embedded


@click.command("serve", short_help="启动网站和后台任务。")
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址；对外服务时用 0.0.0.0。")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="端口；0 为任选空闲端口。")
@click.option("--workers", type=click.IntRange(1, 64), help="网页进程数。[默认：处理器核数，最多 4]")
@click.option("--migrate/--no-migrate", default=None, help="先升级数据库结构。[默认：内置数据库升级，外部数据库不升级]")
@data_option
def serve(host: str, port: int, workers: int | None, migrate: bool | None) -> None:
    """启动网站和后台任务，用 DATABASE_URL 指定的数据库；没有指定时用数据目录里的内置数据库。

    按 Ctrl-C 停止。
    """
    serve_until_stopped(host, port, workers=workers, migrate=migrate)


def serve_until_stopped(
    host: str,
    port: int,
    *,
    workers: int | None = None,
    migrate: bool | None = None,
    prepare: Callable[[], None] | None = None,
    announce: Callable[[str], None] | None = None,
) -> None:
    """Runs the whole tree. `prepare` is called when the database is migrated and before anybody is served."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with ExitStack() as stack:
        listener = stack.enter_context(listen(host, port))
        environment = dict(os.environ)
        if not environment.get("DATABASE_URL"):
            migrate = True if migrate is None else migrate
            server = stack.enter_context(embedded(Path(environment.get("HUYING_DATA_DIR", ".huying"))))
            environment |= {"DATABASE_URL": server.url, "HUYING_OWNER_DATABASE_URL": server.owner_url}
        if migrate:
            run_migrations(environment)
        if prepare:
            prepare()
        measurements = tempfile.mkdtemp(prefix="huying-metrics-")  # the web processes add up their counters here
        stack.callback(shutil.rmtree, measurements, ignore_errors=True)
        environment["PROMETHEUS_MULTIPROC_DIR"] = measurements

        children = Children()
        children.stop_on_signals()
        web = {**environment, "HUYING_PROCESS": "web"}
        for number in range(workers or min(os.cpu_count() or 1, 4)):
            children.add(f"网页进程 {number + 1}", ["huying.cli.web", str(listener.fileno())], web, listener.fileno())
        children.add("后台进程", ["huying.cli", "worker"], {**environment, "HUYING_PROCESS": "worker"})
        reached = listener.getsockname()
        address = f"http://{printable(reached[0])}:{reached[1]}"
        children.run(
            is_ready=lambda: answers(*reached[:2]),
            when_ready=lambda: (announce or announce_plainly)(address),
        )
        click.echo("呼应已停止。")


def announce_plainly(address: str) -> None:
    click.echo(f"呼应已启动：{address}  （按 Ctrl-C 停止）")


def listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    except socket.gaierror as error:
        raise Mistake(f"监听地址 {host} 无法识别。") from error
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except PermissionError as error:
        raise Trouble(f"没有权限使用端口 {port}（1024 以下的端口需要 root）。请换一个：--port 8000") from error
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise Trouble(f"端口 {port} 已被其他程序占用。请换一个：--port {port + 1}") from error
        raise Trouble(f"无法在 {host}:{port} 上监听（{error.strerror}）。请检查 --host 和 --port。") from error
    return listener


def printable(host: str) -> str:
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def run_migrations(environment: dict[str, str]) -> None:
    done = subprocess.run([sys.executable, "-m", "huying.cli", "migrate"], env=environment, check=False)
    if done.returncode:
        raise Trouble("数据库结构升级失败，原因见上面的输出。")


def answers(host: str, port: int) -> bool:
    connection = HTTPConnection("127.0.0.1" if host == "0.0.0.0" else host, port, timeout=2)  # noqa: S104
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
