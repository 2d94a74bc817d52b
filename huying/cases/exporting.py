"""Cases out as a table. Personal data stay inside: what leaves is what a list shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from django.utils import timezone

from huying.cases.enums import CaseKind
from huying.cases.flow import CASES
from huying.cases.options import category_names, channel_names
from huying.kernel.privacy import mask_text
from huying.kernel.tabular import Cell, write_csv, write_xlsx
from huying.matters.enums import Urgency
from huying.matters.models import Matter
from huying.people.directory import directory
from huying.places.tree import place_tree


def export_cases(path: Path, numbers: Sequence[str] = ()) -> int:
    """All cases, newest first, as a table that can be imported elsewhere; personal data masked. Returns how many."""
    headers = [
        "编号",
        "渠道",
        "来件编号",
        "状态",
        "诉求类型",
        "分类",
        "紧急程度",
        "标题",
        "街道",
        "社区",
        "承办单位",
        "受理时间",
        "结案时间",
        "重办次数",
    ]
    write = write_csv if path.suffix.lower() == ".csv" else write_xlsx
    return write(path, headers, (_exported(matter) for matter in _to_export(numbers)))


def _to_export(numbers: Sequence[str]) -> Iterator[Matter]:
    found = Matter.objects.filter(kind=CASES.kind).order_by("-id")
    return (found.filter(number__in=numbers) if numbers else found).iterator(chunk_size=2000)


def _exported(matter: Matter) -> list[Cell]:
    tree = place_tree()
    return [
        matter.number,
        channel_names().get(matter.channel, matter.channel),
        matter.external_number,
        CASES.state[matter.state].label,
        dict(CaseKind.choices).get(matter.subkind, ""),
        category_names().get(matter.category, ""),
        Urgency(matter.urgency).label,
        mask_text(matter.title),
        tree.name_of(matter.street_id),
        tree.name_of(matter.community_id),
        directory().name_of(matter.lead_id or matter.holder_id),
        timezone.localtime(matter.opened_at),
        timezone.localtime(matter.closed_at) if matter.closed_at else None,
        matter.rework_count,
    ]
