"""Making an event of a case, changing it, telling everybody who goes along, and ending it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count

from huying.cases import inputs
from huying.cases.models import Batch, CaseLink
from huying.cases.steps.particulars import data_of, figures, load
from huying.cases.steps.sorting import check_category
from huying.kernel import outbox
from huying.kernel.bulk import insert_rows, update_rows
from huying.kernel.errors import Conflict, Invalid
from huying.matters.flow import Change
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.places.tree import place_tree

BATCH = "batch"  # the aspect
ANNOUNCED = "cases.announced"  # outbox topic: main case and line


def is_none(matter: Matter, actor: Actor) -> bool:
    return BATCH not in matter.aspects


def is_one(matter: Matter, actor: Actor) -> bool:
    return BATCH in matter.aspects


def check_open(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        if BATCH in change.matter.aspects:
            change.refuse(Conflict("这一件已经是批量件。", code="batch_already"))
        change.mark(BATCH)
    _check_particulars(changes)


def check_change(changes: Sequence[Change]) -> None:
    load(changes)
    _refuse_others(changes)
    _check_particulars(changes)


def _check_particulars(changes: Sequence[Change]) -> None:
    tree = place_tree()
    for change in changes:
        data = data_of(change, inputs.Batch)
        check_category(change, data.category)
        families = [tree.family(code) for code in data.places]
        if None in families:
            change.refuse(Invalid("没有这个街道或社区。", fields={"places": ["没有这个街道或社区，请重新选择"]}))
        change.extra["places"] = [family.id for family in families if family is not None]
        change.facts |= figures(change)


_COLUMNS = ("name", "places", "category", "words", "begins_at", "ends_at", "stopped_at", "announcement", "announced_at")


def _columns(change: Change) -> tuple[object, ...]:
    data = data_of(change, inputs.Batch)
    begins, ends = data.begins_at, data.ends_at
    places = change.extra["places"]
    return (data.name, places, data.category, data.listed, begins, ends, None, data.announcement, change.at)


def record_open(changes: Sequence[Change]) -> None:
    insert_rows(Batch, ("main", *_COLUMNS, "made_at"), [(c.matter.pk, *_columns(c), c.at) for c in changes])


def record_change(changes: Sequence[Change]) -> None:
    update_rows(Batch, _COLUMNS, [(c.matter.pk, *_columns(c)) for c in changes])


def check_announce(changes: Sequence[Change]) -> None:
    load(changes)
    _refuse_others(changes)
    rows = CaseLink.objects.waiting().filter(main__in=[c.matter.pk for c in changes]).values_list("main")
    reached = dict(rows.annotate(Count("pk")))
    for change in changes:
        n = reached.get(change.matter.pk, 0)
        change.facts |= figures(change) | {"reporters": n + 1}
        change.done = f"进展已发布，正在告诉 {n + 1} 位诉求人"


def record_announce(changes: Sequence[Change]) -> None:
    update_rows(
        Batch,
        ("announcement", "announced_at"),
        [(c.matter.pk, data_of(c, inputs.Announce).text, c.at) for c in changes],
    )
    outbox.emit(ANNOUNCED, [{"main": c.matter.pk, "seq": c.seq} for c in changes if not c.quiet])


def check_stop(changes: Sequence[Change]) -> None:
    load(changes)
    _refuse_others(changes)
    for change in changes:
        change.facts |= figures(change)


def record_stop(changes: Sequence[Change]) -> None:
    update_rows(Batch, ("stopped_at",), [(c.matter.pk, c.at) for c in changes])


def _refuse_others(changes: Sequence[Change]) -> None:
    for change in changes:
        if BATCH not in change.matter.aspects:
            change.refuse(Conflict("这一件不是批量件。", code="no_batch"))
