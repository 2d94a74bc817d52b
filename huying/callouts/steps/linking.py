"""Which matters made somebody call."""

from __future__ import annotations

from collections.abc import Sequence

from huying.callouts.models import CausingMatter
from huying.kernel.bulk import insert_rows, update_rows
from huying.kernel.errors import Invalid
from huying.kernel.search import fold
from huying.matters.flow import Change
from huying.matters.models import Matter

FOUND = "matters"  # in `Change.extra`: those that are added or taken out
OWN_KINDS = ("callout", "callout_response")


def find(change: Change, typed: Sequence[str]) -> list[Matter]:
    """The matters of these numbers, as far as the actor sees them; the change is refused when one is missing."""
    numbers = list(dict.fromkeys(fold(one).strip().upper() for one in typed))
    seen = Matter.objects.visible_to(change.actor).filter(number__in=numbers) if numbers else Matter.objects.none()
    known = {matter.number: matter for matter in seen}
    if missing := [number for number in numbers if number not in known]:
        refuse(change, f"没有这些编号，或者您的岗位无权查看：{'、'.join(missing)}")
    if own := [number for number in numbers if number in known and known[number].kind in OWN_KINDS]:
        refuse(change, f"呼叫和响应不能这样关联：{'、'.join(own)}")
    found = [known[number] for number in numbers if number in known]
    change.extra[FOUND] = found
    if numbers:
        change.facts["numbers"] = [matter.number for matter in found]
    return found


def refuse(change: Change, sentence: str) -> None:
    change.refuse(Invalid(f"{sentence}。", fields={"numbers": [sentence]}))


def found_of(change: Change) -> list[Matter]:
    found = change.extra.get(FOUND, [])
    assert isinstance(found, list)
    return found


def standing(change: Change) -> dict[int, int]:
    """Those linked now: matter → link."""
    rows = CausingMatter.objects.standing().filter(callout=change.matter.pk)
    return dict(rows.values_list("matter_id", "pk"))


def record_add(changes: Sequence[Change]) -> None:
    rows = [(c.matter.pk, matter.pk, c.at) for c in changes for matter in found_of(c)]
    insert_rows(CausingMatter, ("callout", "matter", "added_at"), rows)


def record_replace(changes: Sequence[Change]) -> None:
    """After a revision: the links are those that it names."""
    for change in changes:
        there, wanted = standing(change), {matter.pk for matter in found_of(change)}
        gone = [(link, change.at) for matter, link in there.items() if matter not in wanted]
        update_rows(CausingMatter, ("removed_at",), gone)
        new = [(change.matter.pk, matter, change.at) for matter in wanted - there.keys()]
        insert_rows(CausingMatter, ("callout", "matter", "added_at"), new)
