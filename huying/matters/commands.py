"""`huying verify`: the proof of the ledger."""

from __future__ import annotations

from datetime import datetime

import click

from huying.kernel.commands import Mistake, Trouble, needs_database


@click.command("verify", short_help="校验留痕。")
@click.option("--since", default="", help="只校验此时间以来有新留痕的事项，例如 2026-11-22 或 2026-11-22 14:05。")
@click.option("--public-keys", is_flag=True, help="另外打印封印的公钥，供外部审计。")
@needs_database
def verify(since: str, public_keys: bool) -> None:
    """重新计算每个事项的留痕链、文字摘要和封印。有一处不符即打印第一处，退出码为 1。"""
    from huying.kernel.privacy import export_public_keys
    from huying.kernel.tabular import parse_moment
    from huying.matters import ledger

    moment: datetime | None = None
    if since:
        try:
            moment = parse_moment(since)
        except ValueError:
            raise Mistake("--since 请写成 2026-11-22 或 2026-11-22 14:05。") from None
    proof = ledger.verify(moment)
    if not proof.holds:
        raise Trouble(f"留痕校验不通过：{proof.broken}")
    counted = f"{proof.matters:,} 个事项，{proof.lines:,} 条留痕，{proof.words:,} 段文字，{proof.anchors:,} 个封印"
    click.echo(f"留痕完好：{counted}。")
    if public_keys:
        for key, pem in export_public_keys().items():
            click.echo(f"\n{key}\n{pem}")
