"""Which matters a docket is about."""

from __future__ import annotations

from collections.abc import Sequence

from huying.cases.steps.particulars import data_of
from huying.dockets import inputs
from huying.dockets.models import DocketMatter
from huying.kernel.bulk import insert_rows, update_rows
from huying.kernel.errors import Invalid
from huying.kernel.search import fold
from huying.matters.flow import Change
from huying.matters.models import Matter

FOUND = "matters"  # in `Change.extra`: those that are added or taken out
OWN_KINDS = ("docket", "docket_work")


def find(change: Change, typed: Sequence[str]) -> list[Matter]:
    """The matters of these numbers, as far as the actor sees them; the change is refused when one is missing."""
    numbers = list(dict.fromkeys(fold(one).strip().upper() for one in typed))
    seen = Matter.objects.visible_to(change.actor).filter(number__in=numbers) if numbers else Matter.objects.none()
    known = {matter.number: matter for matter in seen}
    missing = [number for number in numbers if number not in known]
    if missing:
        _refuse(change, f"没有这些编号，或者您的岗位无权查看：{'、'.join(missing)}")
    if own := [number for number in numbers if number in known and known[number].kind in OWN_KINDS]:
        _refuse(change, f"议题和议题任务不能放进议题：{'、'.join(own)}")
    found = [known[number] for number in numbers if number in known]
    change.extra[FOUND] = found
    if numbers:
        change.facts["numbers"] = [matter.number for matter in found]
    return found


def _refuse(change: Change, sentence: str) -> None:
    change.refuse(Invalid(f"{sentence}。", fields={"numbers": [sentence]}))


def _linked(change: Change) -> dict[int, int]:
    """Of those found, the ones that stand in the docket: matter → link."""
    rows = DocketMatter.objects.standing().filter(docket=change.matter.pk, matter__in=_found(change))
    return dict(rows.values_list("matter_id", "pk"))


def _found(change: Change) -> list[Matter]:
    found = change.extra.get(FOUND, [])
    assert isinstance(found, list)
    return found


def check_add(changes: Sequence[Change]) -> None:
    for change in changes:
        found = find(change, data_of(change, inputs.AddMatters).numbers)
        linked = _linked(change)
        if there := [matter.number for matter in found if matter.pk in linked]:
            _refuse(change, f"已经在这个议题里：{'、'.join(there)}")


def record_add(changes: Sequence[Change]) -> None:
    rows = [(c.matter.pk, matter.pk, c.at) for c in changes for matter in _found(c)]
    insert_rows(DocketMatter, ("docket", "matter", "added_at"), rows)


def check_remove(changes: Sequence[Change]) -> None:
    for change in changes:
        found = find(change, data_of(change, inputs.RemoveMatters).numbers)
        linked = _linked(change)
        if strange := [matter.number for matter in found if matter.pk not in linked]:
            _refuse(change, f"不在这个议题里：{'、'.join(strange)}")
        change.extra["links"] = list(linked.values())


def record_remove(changes: Sequence[Change]) -> None:
    links = [(change.extra["links"], change.at) for change in changes]
    update_rows(
        DocketMatter, ("removed_at",), [(link, at) for found, at in links if isinstance(found, list) for link in found]
    )
