"""`huying keys create`, `list` and `revoke`: by what outside systems use the API."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from huying.cli.maintenance import keys
from huying.kernel.commands import Mistake, needs_database

__all__ = ["keys"]


@keys.command("create", short_help="建立接口密钥，只打印一次。")
@click.option("--name", required=True, help="哪个系统用这个密钥，例如“市民热线平台”。")
@click.option("--scope", "scopes", multiple=True, required=True, help="授予的权限，可以写多次，例如 cases.receive。")
@click.option("--organisation", default="", metavar="编码", help="只看得到、只能办理交给这个单位的诉求件。")
@click.option("--channel", default="", metavar="标识", help="只能提交、只看得到这个渠道的诉求件。")
@click.option("--days", type=click.IntRange(1, 3650), help="多少天后到期。[默认：不到期]")
@click.option("--per-minute", type=int, default=600, show_default=True, help="每分钟最多多少次请求。")
@needs_database
def create(
    name: str, scopes: tuple[str, ...], organisation: str, channel: str, days: int | None, per_minute: int
) -> None:
    """建立一个接口密钥，打印在标准输出。密钥不保存，请立即交给对接方妥善保管；丢失后停用并重新建立。"""
    from django.db import transaction
    from django.utils import timezone

    from huying.kernel.changes import at_the_machine, record_change
    from huying.matters.models import Channel
    from huying.people.keys import create_key
    from huying.web.settings.keys import KEYS

    if channel and not Channel.objects.filter(key=channel).exists():
        known = "、".join(Channel.objects.values_list("key", flat=True))
        raise Mistake(f"没有渠道 {channel}，可选：{known}。")
    with transaction.atomic():
        key, text = create_key(
            name=name,
            scopes=scopes,
            organisation=organisation,
            channel=channel,
            expires_at=timezone.now() + timedelta(days=days) if days else None,
            per_minute=per_minute,
        )
        record_change(who=at_the_machine(), what=KEYS.what, key=str(key), before=None, after=KEYS.words(key))
    click.echo(f"已为“{key.name}”建立密钥，只显示这一次：", err=True)
    click.echo(text)


@keys.command("list", short_help="列出接口密钥。")
@needs_database
def listed() -> None:
    """列出全部接口密钥：前缀、名称、权限、范围和最近使用时间。密钥本身不保存，无法再看到。"""
    from huying.people.models import ApiKey

    for key in ApiKey.objects.select_related("organisation"):
        state = "已停用" if key.revoked_at else f"到期 {_day(key.expires_at)}" if key.expires_at else "不到期"
        narrowed = [f"单位 {key.organisation.code}"] if key.organisation else []
        narrowed += [f"渠道 {key.channel}"] if key.channel else []
        used = f"最近使用 {_day(key.last_used_at)}" if key.last_used_at else "尚未使用"
        click.echo("  ".join([key.prefix, key.name, state, used, *narrowed, "、".join(key.scopes)]))


@keys.command("revoke", short_help="停用接口密钥。")
@click.argument("prefix", metavar="前缀")
@needs_database
def revoke(prefix: str) -> None:
    """停用一个接口密钥，两秒之内在所有网页进程生效。前缀是 hy_ 后面的八位，可用 huying keys list 查看。"""
    from django.db import transaction

    from huying.kernel.changes import ACT, at_the_machine, record_change
    from huying.people.keys import revoke_key
    from huying.web.settings.keys import KEYS

    parts = prefix.split("_")
    with transaction.atomic():
        key = revoke_key(parts[1] if parts[0] == "hy" and len(parts) > 1 else prefix)
        record_change(who=at_the_machine(), what=KEYS.what, key=str(key), before={}, after={ACT: "停用"})
    click.echo(f"已停用“{key.name}”的密钥 {key.prefix}。")


def _day(moment: datetime) -> str:
    from django.utils import timezone

    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"
