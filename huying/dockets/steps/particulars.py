"""The docket rows of a batch, read once, and the bodies that forms name."""

from __future__ import annotations

from collections.abc import Sequence

from huying.dockets.models import Decision, Docket
from huying.kernel.bulk import select_rows
from huying.kernel.errors import Invalid
from huying.matters.flow import Change
from huying.people.directory import Listed, directory
from huying.people.models import Post


def load(changes: Sequence[Change]) -> None:
    """Put its `Docket` into each change. The matters are locked, so the rows stand still."""
    rows = select_rows(Docket, '"matter_id" = ANY(%s)', [[c.matter.pk for c in changes]])
    dockets = {row.matter_id: row for row in rows}
    for change in changes:
        change.particulars = dockets[change.matter.pk]


def docket_of(change: Change) -> Docket:
    assert isinstance(change.particulars, Docket)
    return change.particulars


def load_work(changes: Sequence[Change]) -> None:
    """Put its `Decision` into each change, with the docket's matter."""
    rows = Decision.objects.filter(pk__in=[c.matter.pk for c in changes]).select_related("docket__matter")
    decisions = {row.matter_id: row for row in rows}
    for change in changes:
        change.particulars = decisions[change.matter.pk]


def decision_of(change: Change) -> Decision:
    assert isinstance(change.particulars, Decision)
    return change.particulars


def unit(change: Change, code: str, field: str) -> Listed | None:
    """The body of this code that can be given something; the change is refused when there is none."""
    found = {listed.code: listed for listed in directory().handlers()}.get(code)
    if found is None:
        change.refuse(Invalid("没有这个单位。", fields={field: ["没有这个单位，请重新选择"]}))
    return found


def units(change: Change, codes: Sequence[str], field: str) -> list[Listed]:
    fit = {listed.code: listed for listed in directory().handlers()}
    unknown = [code for code in codes if code not in fit]
    if unknown:
        change.refuse(Invalid("没有这个单位。", fields={field: [f"没有这个单位：{'、'.join(unknown)}"]}))
    return [fit[code] for code in dict.fromkeys(codes) if code in fit]


def seat_of(leader_id: int | None) -> int | None:
    """The organisation of a leader's post; None for nobody, and for one who has left it."""
    if leader_id is None:
        return None
    posts = Post.objects.current().filter(role="leader", user_id=leader_id).order_by("pk")
    return posts.values_list("organisation_id", flat=True).first()
