"""`huying demo` and `huying simulate`."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from threading import Thread

import click

from huying.kernel.commands import Mistake, Trouble, data_option, needs_database
from huying.simulator.accounts import ACCOUNTS, MACHINE, PASSWORD, SAMPLE_CODE
from huying.simulator.table import columns


@click.command("demo", short_help="启动带演示数据的系统。")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="监听地址；让别的机器看时用 0.0.0.0，并把本机地址写进 HUYING_ALLOWED_HOSTS。",
)
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
    if not built_before():
        Thread(target=draw_map, daemon=True).start()
    sample: list[str] = []
    serve_until_stopped(
        host,
        port,
        workers=workers,
        migrate=True,
        prepare=lambda: sample.append(prepare()),
        announce=lambda address: announce(address, sample[0]),
    )


def built_before() -> bool:
    """A guess that costs nothing: only what is done meanwhile depends on it."""
    return bool(os.environ.get("DATABASE_URL")) or (data_dir() / "postgres").exists()


def draw_map() -> None:
    """While the database is made by other processes: arithmetic that the district needs."""
    from huying.places.synthetic import GRIDS
    from huying.simulator.district import places_of

    places_of(GRIDS)


def data_dir() -> Path:
    return Path(os.environ.get("HUYING_DATA_DIR", ".huying"))


def start_over() -> None:
    from huying.kernel.postgres import discard

    if os.environ.get("DATABASE_URL"):
        raise Mistake("--fresh 只用于内置数据库。DATABASE_URL 指定的数据库请自行清空，或换一个空的。")
    discard(data_dir())
    shutil.rmtree(data_dir() / "media", ignore_errors=True)


def prepare() -> str:
    """Between migration and the first request: builds what is missing; the number of the case shown to everybody."""
    from django.db import connections

    from huying.simulator.demo import ensure, sample_number

    try:
        ensure()
        return sample_number()
    finally:
        connections.close_all()


def announce(address: str, number: str) -> None:
    rows = [("角色", "用户名", "可以做什么"), *((role_name(a.role), a.username, a.about) for a in ACCOUNTS)]
    click.echo(
        f"\n呼应演示系统已启动：{address}  （按 Ctrl-C 停止）\n\n{columns(rows)}\n\n"
        f"以上账号的密码都是 {PASSWORD} ，只用于演示（管理员也不要求动态口令）。登录：{address}/account/sign-in/\n"
        f"没有账号的居民凭编号和查询码看进展：编号 {number} ，查询码 {SAMPLE_CODE} 。\n"
        f"{role_name(MACHINE.role)}（{MACHINE.username}）{MACHINE.about}。\n"
        "人名、电话、诉求和网格边界都是虚构的。"
    )


def role_name(key: str) -> str:
    from huying.people.roles import ROLES

    return ROLES[key].name


@click.command("simulate", short_help="用虚构的诉求件演练一段时间。")
@click.option("--days", type=click.IntRange(1, 3650), required=True, help="到现在为止的天数。")
@click.option(
    "--scale", type=click.FloatRange(0.001, 20), default=1.0, show_default=True, help="规模；1 为每年 187,300 件。"
)
@click.option(
    "--seed", type=click.IntRange(0, 2**31), default=2026, show_default=True, help="随机种子；相同则诉求相同。"
)
@click.option(
    "--workers", type=click.IntRange(1, 16), help="同时演练的进程数。[默认：不足一万件为 1，否则为处理器核数]"
)
@click.option("--callouts", is_flag=True, help="演练呼叫而不是诉求件；规模 1 为每年呼叫 5,297 次、被呼叫 5,812 次。")
@needs_database
def simulate(days: int, scale: float, seed: int, workers: int | None, callouts: bool) -> None:
    """让一个区的诉求件按真实流程走一遍：受理、研判、派单、办理、回访，各项时限照常计时。

    只写进演示用的数据库；空的数据库先建立虚构的武昌区。过去的步骤不通知任何人。
    """
    from huying.simulator.running import run, run_callouts

    if callouts:
        called = run_callouts(days=days, scale=scale, seed=seed)
        click.echo(columns([("项目", "数值", "说明"), *called.figures]))
        click.echo(f"\n{called.opened:,} 次呼叫、被呼叫 {called.moves:,} 次，用时 {called.seconds:.1f} 秒。")
        return
    done = run(days=days, scale=scale, seed=seed, workers=workers)
    click.echo(columns([("项目", "数值", "说明"), *done.figures]))
    click.echo(
        f"\n{done.opened:,} 件、{done.moves:,} 步，用时 {done.seconds:.1f} 秒，"
        f"每秒 {done.opened / done.seconds:.0f} 件。"
    )
    if done.refusals:
        words = "\n".join(f"  {count} 次：{reason}" for reason, count in done.refusals[:10])
        raise Trouble(f"有步骤被拒绝：\n{words}")
