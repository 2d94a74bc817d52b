"""The list of needs as a table, and in from one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from huying.dockets.pool.matching import services
from huying.dockets.pool.needs import inputs
from huying.dockets.pool.needs.flow import NEEDS
from huying.dockets.pool.sheets import place_of, places_by_name, too_long
from huying.dockets.queries import title_of
from huying.kernel.errors import Invalid
from huying.kernel.inputs import parse
from huying.kernel.tabular import Cell, Column, Report, Row, open_rows
from huying.matters.engine import Opening, open_many
from huying.matters.enums import Urgency
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.places.tree import place_tree

NEED_COLUMNS = (
    Column(
        key="community", title="社区", required=True, note="名称；有重名的写“街道 / 社区”或编码。", example="滨湖社区"
    ),
    Column(key="service", title="服务类别", required=True, example="助老服务"),
    Column(key="title", title="需要什么", required=True, example="独居老人家里水管漏水"),
    Column(
        key="text",
        title="具体情况",
        required=True,
        note="不写个人的姓名和电话。",
        example="厨房水管漏水，需要上门修理。",
    ),
    Column(key="where", title="地点", example="滨湖小区3栋"),
    Column(key="wanted_from", title="希望从", note="不填为现在。", example="2026-11-25 9:00"),
    Column(key="wanted_until", title="最迟到", note="不填为三天后。", example="2026-11-27 18:00"),
    Column(key="quantity", title="数量", note="不填为 1。", example="1"),
    Column(key="urgency", title="紧急程度", note="、".join(Urgency.labels), example="一般"),
    Column(key="person_name", title="受助人或现场联系人", example=""),
    Column(key="person_phone", title="联系电话", example=""),
)
NEEDS_OUT = (
    Column(key="number", title="编号"),
    *NEED_COLUMNS[:3],
    *NEED_COLUMNS[4:8],
    Column(key="state", title="状态"),
    Column(key="raiser", title="提出"),
    Column(key="taker", title="谁来做"),
    Column(key="offer", title="认领的资源"),
    Column(key="planned_on", title="安排在"),
    Column(key="hours", title="服务时长"),
    Column(key="rating", title="评价"),
    Column(key="opened", title="提出时间"),
    Column(key="closed", title="了结时间"),
)


def take_in_needs(path: Path, *, by: Actor, dry_run: bool, sheet: Path | None = None) -> Report:
    """Each good row becomes a need that its importer raises.

    Raises:
        Invalid: too many rows for one file.
    """
    too_long(path, NEED_COLUMNS)
    known, kinds = places_by_name(), {one.name: key for key, one in services().items() if one.active}
    with open_rows(path, NEED_COLUMNS) as source, Report(source, sheet=sheet) as report, transaction.atomic():
        good: list[tuple[Row, inputs.Raise]] = []
        for row in source:
            wanted = _read(row, known, kinds)
            if wanted is None:
                report.reject(row)
            else:
                good.append((row, wanted))
        results = open_many(NEEDS, "raise", [Opening(by, wanted) for _, wanted in good]) if good else []
        for (row, _), result in zip(good, results, strict=True):
            if result.refusal is None:
                report.accept()
                continue
            for name, texts in (result.refusal.fields or {"title": [result.refusal.message]}).items():
                row.fault(name, texts[0])
            report.reject(row)
        if dry_run:
            transaction.set_rollback(True)
    return report


def _read(row: Row, known: dict[str, list[int]], kinds: dict[str, str]) -> inputs.Raise | None:
    now = timezone.now()
    name = row.text("community", required=True, most=60)
    place = place_of(row, "community", name, known) if name else None
    starts = row.moment("wanted_from") or now
    urgencies = {label: value for value, label in Urgency.choices}
    data = {
        "community": place_tree().code_of(place),
        "service": row.choice("service", kinds, required=True) or "",
        "title": row.text("title", required=True),
        "text": row.text("text", required=True, lines=True),
        "where": row.text("where"),
        "wanted_from": starts.isoformat(),
        "wanted_until": (row.moment("wanted_until") or starts + timedelta(days=3)).isoformat(),
        "quantity": row.integer("quantity", least=1, most=10_000) or 1,
        "urgency": row.choice("urgency", urgencies) or Urgency.NORMAL.value,
        "person_name": row.text("person_name", most=60),
        "person_phone": row.code("person_phone", most=40),
    }
    if row.faults:
        return None
    try:
        return parse(inputs.Raise, data)
    except Invalid as refusal:
        for field, texts in refusal.fields.items():
            row.fault(field, texts[0])
        return None


def need_rows(matters: Iterable[Matter], actor: Actor) -> Iterable[Sequence[Cell]]:
    """Lines of the list; whom it is for is not among them."""
    tree, book = place_tree(), directory()
    for matter in matters:
        need = matter.need
        service = services().get(matter.subkind)
        yield [
            matter.number,
            tree.name_of(matter.community_id),
            service.name if service else matter.subkind,
            title_of(matter, actor),
            need.where,
            need.wanted_from,
            need.wanted_until,
            need.quantity,
            NEEDS.state[matter.state].label,
            book.name_of(matter.first_holder_id),
            need.offer.provider.name if need.offer else "",
            need.offer.title if need.offer else "",
            need.planned_on,
            float(need.hours) if need.hours is not None else None,
            need.rating,
            matter.opened_at,
            matter.closed_at,
        ]
