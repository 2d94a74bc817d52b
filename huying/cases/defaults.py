"""What a new district starts with: channels, categories, limits, danger words. All of it is data afterwards."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from django.apps.registry import Apps

from huying.cases.steps.intake import UNCLASSIFIED

DATA = files("huying.cases") / "data"


@dataclass(frozen=True, slots=True)
class DefaultCategory:
    code: str
    name: str
    parent: str | None
    level: int
    second_eyes: bool


def rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((DATA / name).read_text(encoding="utf-8").splitlines()))


def categories() -> Iterator[DefaultCategory]:
    """Codes are `01`, `01.02`, `01.02.03` in the order of the file. Unclassified comes last, for imported history."""
    first = second = 0
    for raw in (DATA / "categories.txt").read_text(encoding="utf-8").splitlines():
        if not raw.strip() or raw.startswith("#"):
            continue
        if not raw.startswith(" "):
            first, second = first + 1, 0
            yield DefaultCategory(f"{first:02}", raw.strip(), None, 1, False)
            continue
        name, _, leaves = raw.strip().partition(": ")
        second += 1
        code = f"{first:02}.{second:02}"
        yield DefaultCategory(code, name.rstrip("*"), f"{first:02}", 2, name.endswith("*"))
        for number, leaf in enumerate(leaves.split("、"), start=1):
            yield DefaultCategory(f"{code}.{number:02}", leaf, code, 3, False)
    yield DefaultCategory(UNCLASSIFIED, "未分类", None, 1, False)


def load(apps: Apps) -> None:
    """Store all defaults, through the models of `apps` (a migration's or the running ones)."""
    channel = apps.get_model("matters", "Channel")
    channel.objects.bulk_create(
        channel(
            key=row["key"],
            name=row["name"],
            external=row["external"] == "1",
            published=row["published"] == "1",
            order=int(row["order"]),
        )
        for row in rows("channels.csv")
    )
    category = apps.get_model("matters", "Category")
    category.objects.bulk_create(
        category(code=c.code, name=c.name, parent_id=c.parent, level=c.level, second_eyes=c.second_eyes)
        for c in categories()
    )
    add_limits(apps)
    item = apps.get_model("cases", "ChecklistItem")
    item.objects.bulk_create(
        item(text=row["text"], required=row["required"] == "1", order=int(row["order"]))
        for row in rows("checklist.csv")
    )
    word = apps.get_model("matters", "AlarmWord")
    word.objects.bulk_create(
        word(group=row["group"], word=row["word"], unless=row["unless"].split("|") if row["unless"] else [])
        for row in rows("alarm_words.csv")
    )


def add_limits(apps: Apps, *clocks: str) -> None:
    """Limits of these clocks, or of all, as far as the district has none of that clock yet."""
    limit = apps.get_model("matters", "Limit")
    known = set(limit.objects.filter(matter_kind="case").values_list("clock", flat=True))
    wanted = (row for row in rows("limits.csv") if not clocks or row["clock"] in clocks)
    _add(limit, (row for row in wanted if row["clock"] not in known))


def add_limits_of(apps: Apps, subkind: str) -> None:
    """Limits of one kind of case, as far as the district has none of that kind and clock yet."""
    limit = apps.get_model("matters", "Limit")
    known = set(limit.objects.filter(matter_kind="case", subkind=subkind).values_list("clock", flat=True))
    _add(limit, (row for row in rows("limits.csv") if row["subkind"] == subkind and row["clock"] not in known))


def _add(limit: Any, wanted: Iterable[dict[str, str]]) -> None:
    limit.objects.bulk_create(
        limit(
            matter_kind="case",
            clock=row["clock"],
            subkind=row["subkind"],
            category=row["category"],
            urgency=row["urgency"],
            channel=row["channel"],
            amount=float(row["amount"]),
            unit=row["unit"],
            priority=int(row["priority"]),
            note=row["note"],
        )
        for row in wanted
    )


def load_replies(apps: Apps) -> None:
    """Reply templates for the whole district. A bar stands for the end of a line."""
    template = apps.get_model("matters", "ReplyTemplate")
    template.objects.bulk_create(
        template(
            use=row["use"],
            category=row["category"],
            title=row["title"],
            text=row["text"].replace("|", "\n"),
        )
        for row in rows("reply_templates.csv")
    )


def load_rejections(apps: Apps) -> None:
    """Why a case is not accepted, and where it belongs."""
    body = apps.get_model("cases", "OutsideBody")
    body.objects.bulk_create(
        body(key=row["key"], name=row["name"], phone=row["phone"], order=int(row["order"]))
        for row in rows("outside_bodies.csv")
    )
    reason = apps.get_model("cases", "RejectionReason")
    reason.objects.bulk_create(
        reason(
            key=row["key"],
            label=row["label"],
            guidance=row["guidance"],
            body_id=row["body"] or None,
            at_once=row["at_once"] == "1",
            explained=row["explained"] == "1",
            order=int(row["order"]),
        )
        for row in rows("rejection_reasons.csv")
    )


def load_requests(apps: Apps) -> None:
    """Grounds of requests, and the limits that belong to what they ask for."""
    ground = apps.get_model("cases", "Ground")
    ground.objects.bulk_create(
        ground(kind=row["kind"], key=row["key"], label=row["label"], plain=row["plain"], order=order)
        for order, row in enumerate(rows("grounds.csv"))
    )
    limit = apps.get_model("matters", "Limit")
    limit.objects.bulk_create(
        limit(
            matter_kind="case",
            clock=row["clock"],
            aspect=row["aspect"],
            amount=float(row["amount"]),
            unit=row["unit"],
            priority=int(row["priority"]),
            note=row["note"],
        )
        for row in rows("request_limits.csv")
    )
