"""Figures as workbooks, each with a sheet that says what they mean. No personal data: what a list shows, masked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from huying.kernel.metrics import Tally
from huying.kernel.registry import Metric, metric_sources, metrics
from huying.kernel.tabular import Cell, write_book
from huying.people.directory import Listed
from huying.people.periods import Period
from huying.web.evaluation import DistrictTable, UnitMetrics

_MEANING = ("指标", "怎样计算", "分子", "分母", "不计算", "怎样算一次")


def of_unit(path: Path, unit: Listed, shown: UnitMetrics) -> None:
    headers = (
        "指标",
        "单位",
        shown.period.words,
        "九成在多少小时以内",
        "分子",
        "分母",
        "不计算",
        "不计算的原因",
        "件数少",
    )
    rows = [
        [
            line.metric.label,
            unit.label,
            line.value,
            line.more,
            line.part if line.metric.is_rate else None,
            line.whole,
            line.left_out,
            _told(line.reasons),
            "是" if line.small else "",
            line.before,
            line.change,
            line.district,
        ]
        for line in shown.lines
    ]
    channels = [
        [line.channel, line.n, line.before, line.target, line.over if line.target is not None else None]
        for line in shown.channels
    ]
    write_book(
        path,
        [
            ("考核指标", (*headers, shown.before.words, "较上期", "全区"), rows),
            (
                "各渠道件数",
                ("渠道", f"{shown.period.words}结案件数", f"{shown.before.words}结案件数", "控制目标", "超过目标"),
                channels,
            ),
            meanings(list(metrics)),
        ],
    )


def of_district(path: Path, shown: DistrictTable) -> None:
    headers: list[str] = ["单位", f"按{shown.sorted_by.label}的名次"]
    for metric in metrics:
        if metric.is_rate:
            headers += [
                f"{metric.label}（%）",
                f"{metric.label}：分子",
                f"{metric.label}：分母",
                f"{metric.label}：不计算",
            ]
        elif metric.is_time:
            headers += [f"{metric.label}：平均小时", f"{metric.label}：九成在多少小时以内", f"{metric.label}：次数"]
        else:
            headers += [metric.label, f"{metric.label}：不计算"]
    rows: list[list[Cell]] = []
    for line in (*shown.lines, shown.total):
        of = shown.tallies.get(line.unit.id if line.unit else None)
        if of is None:
            of = {metric.id: Tally() for metric in metrics}
        row: list[Cell] = [line.unit.label if line.unit else "全区", line.rank]
        for metric in metrics:
            row += _cells(metric, of[metric.id])
        rows.append(row)
    write_book(path, [(shown.period.words, headers, rows), meanings(list(metrics))])


def of_rows(path: Path, metric: Metric, period: Period, of: str, rows: Iterable[Sequence[Cell]]) -> None:
    falls = metric_sources[metric.main.source].falls
    headers = ("平台编号", "标题", "单位", falls, "哪一次", "是否计入", "不计算的原因", "工作小时")
    write_book(path, [(f"{of}"[:20], headers, rows), meanings([metric], period)])


def meanings(of: Sequence[Metric], period: Period | None = None) -> tuple[str, Sequence[str], Iterable[Sequence[Cell]]]:
    rows: list[list[Cell]] = [
        [
            metric.label,
            metric.formula,
            metric.numerator,
            metric.denominator,
            "；".join(metric.exclusions),
            metric.grain,
        ]
        for metric in of
    ]
    if period is not None:
        rows.append(["统计时间", period.words, "", "", "", ""])
    return "指标说明", _MEANING, rows


def _cells(metric: Metric, tally: Tally) -> list[Cell]:
    if metric.is_rate:
        rate = round(tally.rate * 100, 2) if tally.rate is not None else None
        return [rate, tally.part, tally.whole, tally.left_out]
    if metric.is_time:
        hours = [round(value / 60, 2) if value is not None else None for value in (tally.average, tally.ninetieth)]
        return [*hours, tally.whole]
    return [tally.whole, tally.left_out]


def _told(reasons: Sequence[tuple[str, int]]) -> str:
    return "；".join(f"{words} {n}" for words, n in reasons)
