"""`huying forget` and `huying retain`: what is known of a person, and of what is over, does not stay for ever."""

from __future__ import annotations

import sys

import click

from huying.kernel.commands import Mistake, Trouble, needs_database


@click.command("forget", short_help="清除一个人的个人信息。")
@click.argument("person", default="")
@click.option("--name", default="", help="姓名；几个人用同一个电话时要写明。")
@click.option("--everybody", is_flag=True, help="用过这个电话的人都清除，不论登记的姓名。")
@click.option("--reason", default="", help="清除的原因，写进设置修改记录；不写当事人的姓名和号码。")
@click.option("--texts", is_flag=True, help="本人说的话整段抹除；不加则只去掉其中的姓名、号码和住址。")
@click.option("--files", is_flag=True, help="本人提供的照片等附件也删除。")
@click.option("--even-open", is_flag=True, help="还有件没有办结、被督办或在议题中，也照样清除。")
@click.option("--yes", is_flag=True, help="真的清除；不加只列出将清除什么，什么都不改。")
@needs_database
def forget(
    person: str,
    name: str,
    everybody: bool,
    reason: str,
    texts: bool,
    files: bool,
    even_open: bool,
    yes: bool,
) -> None:
    """清除一个人的个人信息，不能恢复。件和留痕保留，留痕链照样能校验。

    PERSON：电话、身份证号码、件的编号，或 #联系人编号；不写则提示输入，不留在命令记录里。

    同一个人的几个联系人一并清除：姓名、电话、证件号码、住址和账号；其诉求件的文字、标题、消息里出现的姓名、号码和
    住址；查询码、草稿、含有这些件的导出和导入文件。查看个人信息的记录保留，只记谁、何时、为什么看过。
    """
    from huying.kernel.changes import at_the_machine
    from huying.kernel.errors import Invalid, Refusal
    from huying.matters import forgetting
    from huying.people.actions import system_user

    person = person or _asked()
    try:
        asked = forgetting.meant(person, name=name, everybody=everybody)
    except Invalid as refusal:
        raise Mistake(refusal.message) from None
    except Refusal as refusal:
        raise Trouble(refusal.message) from None
    _tell(asked)
    if yes and not reason:
        raise Mistake("请用 --reason 写明清除的原因。")
    try:
        told = forgetting.forget(
            asked,
            by=system_user(),
            who=at_the_machine(),
            reason=reason or "试算，不清除",
            texts=texts,
            files=files,
            even_open=even_open,
            dry_run=not yes,
        )
    except Invalid as refusal:
        raise Mistake(refusal.message) from None
    except Refusal as refusal:
        raise Trouble(f"{refusal.message}照样清除请加 --even-open。") from None
    for label, n in told.items():
        click.echo(f"  {label} {n:,}")
    if not told:
        click.echo("没有可清除的个人信息。")
    elif yes:
        click.echo("已清除，并记入设置修改记录。请执行 huying verify 校验留痕。")
    else:
        anyway = "、--even-open" if (asked.open or asked.held) and not even_open else ""
        click.echo(f"以上将清除，现在什么都没有改。确认清除请加 --yes、--reason{anyway}。")


def _asked() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("电话、身份证号码或件的编号", hide_input=True)).strip()
    given = sys.stdin.readline().strip()
    if not given:
        raise Mistake("请写明清除谁：电话、身份证号码、件的编号，或 #联系人编号。")
    return given


def _tell(asked: object) -> None:
    """Masked, so that whoever gave the command sees that it is the right person."""
    from huying.matters.forgetting import Meant

    assert isinstance(asked, Meant)
    for contact in asked.contacts:
        click.echo(f"联系人 #{contact.pk}：{contact}")
    click.echo(f"名下 {len(asked.matters):,} 件，其中没有办结 {len(asked.open):,} 件。")
    for number, label in asked.held:
        click.echo(f"  {number} {label}")
    if asked.others:
        click.echo(f"另有 {asked.others:,} 个联系人用同一个电话、姓名不同，不在其内。")


@click.command("retain", short_help="清除过了保存期限的数据。")
@click.option("--dry-run", is_flag=True, help="只数一数，什么都不改。")
@needs_database
def retain(dry_run: bool) -> None:
    """按“系统设置 → 参数”里的各项保存期限，清除到期的数据。

    后台每天自动做一次。成批清除，可以随时中断，再执行即接着做。没有办结、被督办或在议题中的件不动；件、留痕和数字
    始终保留，留痕链照样能校验。有一类没有做完，退出码为 1。
    """
    from django.utils import timezone

    from huying.kernel import retention
    from huying.kernel.changes import at_the_machine

    broken = []
    for cleared in retention.run(timezone.now(), who=at_the_machine(), dry_run=dry_run):
        period = cleared.kept.period.words
        click.echo(f"{cleared.kept.label}（{period}）：{'到期' if dry_run else '清除'} {cleared.n:,}")
        if cleared.failed:
            broken.append(cleared.kept.label)
    if broken:
        raise Trouble(f"没有做完：{'、'.join(broken)}。原因见日志，再执行即接着做。")
    if dry_run:
        click.echo("以上是到期的数据，现在什么都没有改。")
