"""Lists of call-outs and of responses as workbooks: what a list shows, numbers of phones and identities masked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from huying.callouts.enums import Justified, Level, Solved
from huying.callouts.queries import ResponseRow, Row, callout_rows, response_rows
from huying.kernel.privacy import mask_text
from huying.kernel.tabular import Cell, write_xlsx
from huying.matters.models import Matter
from huying.people.actors import Actor

MOST = 20_000
_CALLOUTS = (
    *("编号", "标题", "呼叫类型", "呼叫层级", "提级", "呼叫单位", "被呼叫单位", "状态", "应到单位", "已响应单位"),
    *("区域", "发起时间", "发出时间", "了结时间"),
)
_RESPONSES = (
    *(
        "编号",
        "呼叫编号",
        "标题",
        "呼叫类型",
        "呼叫层级",
        "呼叫单位",
        "被呼叫单位",
        "状态",
        "区域",
        "呼叫时间",
        "响应时间",
    ),
    *(
        "到场时间",
        "反馈时间",
        "验收时间",
        "催办次数",
        "退回次数",
        "解决程度",
        "呼叫方满意度",
        "呼叫必要性",
        "情况清楚",
        "地点准确",
    ),
)


def write_callouts(path: Path, matters: Sequence[Matter], actor: Actor, now: datetime) -> int:
    rows = callout_rows(matters, actor, now)
    return write_xlsx(path, _CALLOUTS, ([*_of_callout(row)] for row in rows), title="呼叫")


def _of_callout(row: Row) -> list[Cell]:
    matter = row.matter
    return [
        *(matter.number, mask_text(matter.title), row.purpose, row.level, row.raised, row.caller),
        *("、".join(row.called), row.state, row.expected, row.answered, row.place),
        *(matter.opened_at, matter.callout.issued_at, matter.closed_at),
    ]


def write_responses(path: Path, matters: Sequence[Matter], actor: Actor, now: datetime) -> int:
    rows = response_rows(matters, actor, now)
    return write_xlsx(path, _RESPONSES, ([*_of_response(row)] for row in rows), title="响应")


def _of_response(row: ResponseRow) -> list[Cell]:
    matter, one = row.matter, row.matter.response
    right = {True: "准确", False: "不准", None: ""}[one.right_address]
    return [
        *(matter.number, row.callout, mask_text(matter.title), row.purpose, Level(one.callout.level).label),
        *(row.caller.name, row.unit.name, row.state, row.place, matter.opened_at, one.responded_at, one.arrived_at),
        *(one.fed_back_at, one.accepted_at, one.presses, matter.rework_count),
        *(Solved(one.solved).label if one.solved else "", one.satisfaction),
        *(Justified(one.justified).label if one.justified else "", one.clear, right),
    ]
