"""`huying replies check`: what the reply check says of a file of messages and replies."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from huying.kernel.commands import Mistake, Progress
from huying.kernel.errors import Invalid
from huying.kernel.privacy import mask_text
from huying.knowledge.replies import planted as plant
from huying.knowledge.replies.files import Checked, Row, check_rows, read
from huying.knowledge.replies.findings import Kind
from huying.knowledge.replies.phrases import shipped

SHOWN = 60  # characters of a passage


@click.group("replies", short_help="答复检查：检验一批答复。")
def replies() -> None:
    """答复检查。"""


@replies.command("check", short_help="检查一批来件和答复，逐件列出该再看一眼的地方。")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--planted", type=int, metavar="SEED", help="先故意换错、抄错一部分答复，再报告查出多少、误报多少。")
@click.option("--json", "as_json", is_flag=True, help="输出一行 JSON。")
def check_command(file: Path, planted: int | None, as_json: bool) -> None:
    """检查 jsonl 文件中的答复：答非所问、与别件雷同、他人个人信息、空话套话、过于简短、称呼和日期不符。

    每行一个 JSON 对象：id、user、title、time、text、reply、replied，其中 reply 和 text（或 title）必填。
    词语的统计取自文件本身，行数越多越准；不用数据库，不写入任何数据。电话和证件号码遮盖后显示。
    """
    try:
        rows = read(file)
    except Invalid as refusal:
        raise Mistake(f"{file.name}：{refusal.message}") from refusal
    if planted is not None:
        _tell_planted(rows, planted, as_json)
        return
    checked = _check(rows)
    if as_json:
        click.echo(json.dumps(_as_json(checked), ensure_ascii=False))
        return
    for one in checked:
        if one.findings:
            click.echo(f"{one.row.label} {mask_text(one.row.message.title)}")
        for finding in one.findings:
            passage = " ".join(mask_text(finding.passage(one.row.reply)).split())
            cut = f"{passage[:SHOWN]}……" if len(passage) > SHOWN else passage
            where = f"【{cut}】" if cut else ""
            click.echo(f"  {finding.severity.label}·{finding.kind.label}：{mask_text(finding.why)}{where}")
    found = Counter(kind for one in checked for kind in {finding.kind for finding in one.findings})
    click.echo(f"\n{len(checked):,} 件，其中 {sum(bool(one.findings) for one in checked):,} 件有提示。")
    for kind in Kind:
        if found[kind]:
            click.echo(f"  {kind.label} {found[kind]:,} 件")


def _check(rows: Sequence[Row]) -> list[Checked]:
    checked = []
    with Progress("检查", len(rows)) as bar:
        for one in check_rows(rows, shipped()):
            checked.append(one)
            bar.advance()
    return checked


def _as_json(checked: Sequence[Checked]) -> dict[str, object]:
    return {
        "rows": [
            {
                "row": one.row.number,
                "id": one.row.id,
                "off_topic": round(one.probability, 4),
                "findings": [
                    {
                        "kind": finding.kind.value,
                        "severity": finding.severity.value,
                        "why": mask_text(finding.why),
                        "start": finding.start,
                        "end": finding.end,
                        "passage": mask_text(finding.passage(one.row.reply)),
                    }
                    for finding in one.findings
                ],
            }
            for one in checked
        ],
        "checked": len(checked),
        "with_findings": sum(bool(one.findings) for one in checked),
        "kinds": Counter(kind.value for one in checked for kind in {finding.kind for finding in one.findings}),
    }


def _tell_planted(rows: Sequence[Row], seed: int, as_json: bool) -> None:
    if len(rows) < plant.SHARE * 2:
        raise Mistake(f"至少要 {plant.SHARE * 2} 行才能换错。")
    told = {
        "换错（随机）": (plant.swapped(rows, seed), Kind.OFF_TOPIC),
        "换错（问题相近）": (plant.swapped(rows, seed, plant.nearest(rows)), Kind.OFF_TOPIC),
        "抄用别件": (plant.copied(rows, seed), Kind.COPY),
    }
    figures = []
    for name, (planted, kind) in told.items():
        wrong = planted.swapped | planted.copied
        hit = {at for at, one in enumerate(_check(planted.rows)) if any(found.kind is kind for found in one.findings)}
        right = (
            set(range(len(rows))) - wrong - planted.sources
        )  # these are rightly found: nobody knows which came first
        figures.append(
            {
                "planted": name,
                "kind": kind.value,
                "wrong": len(wrong),
                "found": len(hit & wrong),
                "recall": round(len(hit & wrong) / max(1, len(wrong)), 4),
                "right": len(right),
                "false": len(hit & right),
                "false_share": round(len(hit & right) / max(1, len(right)), 4),
            }
        )
    if as_json:
        click.echo(json.dumps({"seed": seed, "rows": len(rows), "figures": figures}, ensure_ascii=False))
        return
    for one in figures:
        click.echo(
            f"{one['planted']}：换了 {one['wrong']:,} 件，查出 {one['found']:,} 件（{one['recall']:.1%}）；"
            f"没换的 {one['right']:,} 件，误报 {one['false']:,} 件（{one['false_share']:.1%}）。"
        )
