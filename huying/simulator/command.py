"""`huying demo` and `huying simulate`."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import click

from huying.kernel.commands import Mistake, data_option
from huying.simulator.accounts import ACCOUNTS, MACHINE, PASSWORD, SAMPLE_CODE
from huying.simulator.table import columns


@click.command("demo", short_help="启动带演示数据的系统。")
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址；让局域网里的人看时用 0.0.0.0。")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="端口；0 为任选空闲端口。")
@click.option("--workers", type=click.IntRange(1, 64), help="网页进程数。[默认：处理器核数，最多 4]")
@click.option("--fresh", is_flag=True, help="删除内置数据库，重新建立演示数据。")
@data_option
def demo(host: str, port: int, workers: int | None, fresh: bool) -> None:
    """启动带演示数据的系统：虚构的武昌区，近一年的诉求件，每个角色一个账号。

    第一次启动时建立演示数据，以后直接启动。演示数据只写进空的数据库。
    """
    from huying.cli.serve import serve_until_stopped

    # One signs in without an authenticator app here; a real district keeps the second factor for its administrators.
    os.environ.setdefault("HUYING_SECOND_FACTOR_ROLES", "")
    if fresh:
        start_over()
    serve_until_stopped(host, port, workers=workers, migrate=True, prepare=prepare, announce=announce)


def start_over() -> None:
    from huying.kernel.postgres import discard

    if os.environ.get("DATABASE_URL"):
        raise Mistake("--fresh 只用于内置数据库。DATABASE_URL 指定的数据库请自行清空，或换一个空的。")
    data_dir = Path(os.environ.get("HUYING_DATA_DIR", ".huying"))
    discard(data_dir)
    shutil.rmtree(data_dir / "media", ignore_errors=True)


def prepare() -> None:
    """Runs between migration and the first request; does nothing when everything is there already."""
    from django.db import connections

    from huying.simulator.demo import ensure

    try:
        ensure()
    finally:
        connections.close_all()


def announce(address: str) -> None:
    from django.db import connections

    from huying.simulator.demo import sample_number

    number = sample_number()
    connections.close_all()
    rows = [("角色", "用户名", "可以做什么"), *((role_name(a.role), a.username, a.about) for a in ACCOUNTS)]
    click.echo(
        f"\n呼应演示系统已启动：{address}  （按 Ctrl-C 停止）\n\n{columns(rows)}\n\n"
        f"以上账号的密码都是 {PASSWORD} ，只用于演示。登录：{address}/account/sign-in/\n"
        f"没有账号的居民凭编号和查询码看进展：编号 {number} ，查询码 {SAMPLE_CODE} 。\n"
        f"{role_name(MACHINE.role)}（{MACHINE.username}）{MACHINE.about}。\n"
        "人名、电话、诉求和网格边界都是虚构的。"
    )


def role_name(key: str) -> str:
    from huying.people.roles import ROLES

    return ROLES[key].name
