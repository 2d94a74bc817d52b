"""Stars as workbooks, each with a sheet that says what they mean. No personal data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from huying.callouts.stars.league import League, UnitStars
from huying.callouts.stars.measured import REASONS, SIDES
from huying.callouts.stars.queries import Row
from huying.callouts.stars.standards import Standard
from huying.kernel.privacy import mask_text
from huying.kernel.tabular import Cell, write_book


def of_league(path: Path, league: League, words: str) -> None:
    headers: list[str] = ["名次", SIDES[league.side], "总星级", "星级", "计入响应数", "没有计入的响应数"]
    dimensions = league.standard.of(league.side)
    for dimension in dimensions:
        headers += [f"{dimension.name}（{dimension.weight}%）", f"{dimension.name}：件数", f"{dimension.name}：原平均"]
    rows = [_line(line) for line in (*league.lines, league.district)]
    write_book(path, [(words[:20], headers, rows), _meaning(league.standard, league, words)])


def _line(line: UnitStars) -> list[Cell]:
    name = line.unit.label if line.unit else "全区"
    mark = line.mark
    row: list[Cell] = [line.place_words if line.unit else "", name]
    row += [round(mark.value, 2), mark.name] if mark else [None, "样本不足"]
    row += [line.n, line.left_out]
    for part in line.cells:
        own = part.tally.mean
        shown = part.drawn is not None and line.enough
        row += [
            round(part.drawn, 2) if part.drawn is not None and shown else None,
            part.n,
            round(own, 2) if own is not None and shown else None,
        ]
    return row


def of_rows(path: Path, rows: Sequence[Row], words: str) -> None:
    headers = ("响应编号", "标题", "对方单位", "被呼叫时间", "状态", "量到的", "星数", "不计入的原因")
    table: list[list[Cell]] = [
        [
            row.number or "不在查看范围",
            mask_text(row.title),
            row.other,
            row.given.row.at,
            row.state,
            row.value,
            row.given.stars,
            row.reason if row.given.stars is None else "",
        ]
        for row in rows
    ]
    write_book(path, [(words[:20], headers, table)])


def _meaning(standard: Standard, league: League, words: str) -> tuple[str, Sequence[str], list[list[Cell]]]:
    rows: list[list[Cell]] = [["统计范围", words], ["评星标准", standard.since_words]]
    for dimension in standard.of(league.side):
        bands = "；".join(f"{band.name}：{band.words}" for band in dimension.bands)
        rows.append([f"{dimension.name}（权重 {dimension.weight}%）", f"{dimension.measure.what}{bands}。"])
    rows += [
        ["向全区平均靠拢", f"（件数×本单位平均＋{standard.strength}×全区平均）÷（件数＋{standard.strength}）"],
        ["样本不足", f"计入的响应不到 {standard.least} 件的不评星、不排名"],
        ["没有数据的维度", "不算，它的权重按比例分给其他维度"],
    ]
    for reason, n in _reasons(league):
        rows.append([f"不计入：{reason}", n])
    return "怎样计算", ("项目", "说明"), rows


def _reasons(league: League) -> list[tuple[str, int]]:
    """How often a dimension of a response was left out, by reason."""
    found: dict[str, int] = {}
    for part in league.district.cells:
        for key, n in part.tally.left_out.items():
            found[f"{REASONS.get(key, key)}（{part.dimension.name}）"] = n
    return sorted(found.items())
