"""`huying doctor`, `huying keys` and `huying outbox`: for whoever keeps the system running."""

from __future__ import annotations

import time

import click

from huying.kernel.commands import Trouble, needs_database


@click.command("doctor", short_help="检查运行状况。")
@needs_database
def doctor() -> None:
    """逐项检查数据库、密钥、磁盘、时钟和后台处理，有问题的说明如何解决。只看不改；有一项不正常，退出码为 1。"""
    from huying.kernel.health import examine

    findings = examine()
    for name, finding in findings:
        mark = click.style("正常", fg="green") if finding.ok else click.style("异常", fg="red")
        where = f"（{finding.place}）" if finding.place else ""
        click.echo(f"[{mark}] {name}：{finding.message}{where}")
        if finding.how_to_mend:
            click.echo(f"       解决办法：{finding.how_to_mend}")
    wrong = sum(not finding.ok for _, finding in findings)
    if wrong:
        raise Trouble(f"{len(findings)} 项检查中有 {wrong} 项不正常。")
    click.echo(f"{len(findings)} 项检查全部正常。")


@click.group("keys", short_help="接口密钥；更换加密密钥，导出公钥。")
def keys() -> None:
    """外部系统使用接口的密钥；个人信息的加密密钥、检索密钥和留痕的签名密钥。"""


@keys.command("rotate", short_help="更换密钥并重新加密。")
@click.option("--rest", is_flag=True, help="不生成新密钥，只把尚未用新密钥加密的数据补完。")
@click.option("--signing", is_flag=True, help="同时更换留痕的签名密钥。")
@needs_database
def rotate(rest: bool, signing: bool) -> None:
    """生成新的加密密钥和检索密钥，并用它们重新加密全部个人信息。可在系统运行中执行，中断后可用 --rest 继续。

    旧密钥仍保留，用来读取以前的备份。完成后请备份密钥目录，并与数据库的备份分开存放。
    """
    from huying.kernel.privacy import keys as rings
    from huying.kernel.privacy import rotate_fields, rotate_keys
    from huying.kernel.privacy.signing import signing_ring

    if not rest:
        rotate_keys()
        if signing:
            signing_ring.rotate()
        time.sleep(1.5 * rings.LOOK_AGAIN_SECONDS)  # from then on every process writes with the new key
    rows = rotate_fields(progress=lambda table, done: click.echo(f"{table}：{done:,} 行", err=True))
    click.echo(f"已用新密钥重新加密 {rows:,} 行。" if rows else "全部数据都已使用新密钥。")


@keys.command("public", short_help="打印验证封印用的公钥。")
@needs_database
def public() -> None:
    """打印留痕封印的公钥（PEM），交给外部审计即可独立验证。"""
    from huying.kernel.privacy import export_public_keys

    for key, pem in export_public_keys().items():
        click.echo(f"{key}\n{pem}")


@click.group("outbox", short_help="查看和重做搁置的事件。")
def outbox() -> None:
    """业务变动之后要做的事（消息、页面刷新等）和后台任务。多次失败的会搁置，等人处理。"""


@outbox.command("show", short_help="显示积压和搁置的事件。")
@needs_database
def show() -> None:
    """显示等待处理的事件数，以及多次失败后搁置的事件和任务。"""
    from huying.kernel import jobs
    from huying.kernel.outbox import backlog

    found = backlog()
    click.echo(f"等待处理 {found.waiting:,} 条，最早的已等待 {found.oldest.total_seconds():.0f} 秒。")
    for pk, topic, error in found.set_aside:
        click.echo(f"已搁置 #{pk} {topic}：{error}")
    for pk, name in jobs.failed():
        click.echo(f"已放弃 任务 {pk} {name}")


@outbox.command("retry", short_help="重新处理搁置的事件和失败的任务。")
@click.option("--topic", default=None, help="只处理这一主题的事件。")
@needs_database
def retry(topic: str | None) -> None:
    """原因排除之后，把搁置的事件和放弃的后台任务交回后台重新处理。"""
    from huying.kernel import jobs
    from huying.kernel.outbox import release_set_aside

    click.echo(f"已交回 {release_set_aside(topic):,} 条事件。")
    if topic is None:
        click.echo(f"已交回 {jobs.retry_failed():,} 个任务。")
