"""`huying places …`"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import click

from huying.kernel.commands import Mistake, database
from huying.places.evaluation import Sample, Score, evaluate, evaluate_wuchang

LISTED = 20


@click.group("places", short_help="区域：检验地址判断。")
def places() -> None:
    """区域与网格。"""


@places.command("evaluate", short_help="检验由地址文字判断社区的准确率。")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--part", type=click.Choice(["tune", "held"]), help="只算样本的一部分：tune 调试用，held 未参与调试。")
@click.option("--json", "as_json", is_flag=True, help="输出一行 JSON。")
def evaluate_command(file: Path | None, part: str | None, as_json: bool) -> None:
    """报告准确率（给出的判断有多少是对的）和召回率（该判断的有多少判断出来了）。

    不给文件时，用自带的武昌地址样本和地名；给出 CSV 文件（列：address、expected，可有 candidates）时，
    用本系统数据库里的区域和别名，expected 为社区或街道编码，应判断不了的留空。
    """
    if file is None:
        score = evaluate_wuchang(part)
    else:
        rows = _rows(file)
        with database():
            from huying.places.address import find
            from huying.places.tree import place_tree

            score = evaluate(rows, find, place_tree().code_of)
    if as_json:
        click.echo(json.dumps(score.as_dict(), ensure_ascii=False))
        return
    _print(score)


def _rows(path: Path) -> list[Sample]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        if not {"address", "expected"} <= set(reader.fieldnames or ()):
            raise Mistake("文件要有 address 和 expected 两列。")
        return [
            Sample("", "", row["address"], row["expected"] or "", tuple((row.get("candidates") or "").split()))
            for row in reader
        ]


def _print(score: Score) -> None:
    click.echo(
        f"{score.n} 条地址：判断 {score.decided} 条，其中正确 {score.right} 条，准确率 {score.precision:.1%}；"
        f"应能判断 {score.answerable} 条，召回率 {score.recall:.1%}；"
        f"只判断到街道 {score.coarse} 条；应给候选的 {score.to_offer} 条中给全 {score.offered} 条。"
    )
    for title, lines in (("判断错的", score.wrong), ("没有判断到社区的", score.missed)):
        if lines:
            click.echo(f"{title}：")
            for line in lines[:LISTED]:
                click.echo(f"  {line}")
            if len(lines) > LISTED:
                click.echo(f"  ……共 {len(lines)} 条")
