"""The rows of a batch, read once, and the bodies that forms name."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from huying.callouts.models import Callout, Response
from huying.callouts.options import callable_by
from huying.kernel.bulk import select_chain, select_rows, update_rows
from huying.kernel.errors import Invalid
from huying.matters.flow import Change
from huying.matters.models import Matter
from huying.people.directory import Listed, directory
from huying.places.tree import place_tree


def load(changes: Sequence[Change]) -> None:
    """Put its `Callout` into each change. The matters are locked, so the rows stand still."""
    rows = select_rows(Callout, '"matter_id" = ANY(%s)', [[c.matter.pk for c in changes]])
    callouts = {row.matter_id: row for row in rows}
    for change in changes:
        change.particulars = callouts[change.matter.pk]


def callout_of(change: Change) -> Callout:
    assert isinstance(change.particulars, Callout)
    return change.particulars


def load_responses(changes: Sequence[Change]) -> None:
    """Put its `Response` into each change, with the call-out and the call-out's matter."""
    wanted = [c.matter.pk for c in changes]
    rows = select_chain(Response, ("callout", "matter"), 't0."matter_id" = ANY(%s)', [wanted])
    responses = {row.matter_id: row for row in rows}
    for change in changes:
        row = responses[change.matter.pk]
        row.matter = change.matter
        change.particulars = row
        change.facts |= figures(change)


def response_of(change: Change) -> Response:
    assert isinstance(change.particulars, Response)
    return change.particulars


def write_responses(names: Sequence[str], rows: Sequence[tuple[Change, tuple[object, ...]]]) -> None:
    """Write these columns of their responses, in the table and in the rows at hand, so that nobody has to read anew."""
    update_rows(Response, names, [(change.matter.pk, *values) for change, values in rows])
    for change, values in rows:
        row = response_of(change)
        for name, value in zip(names, values, strict=True):
            setattr(row, name, value)


def figures(change: Change) -> dict[str, object]:
    """Facts that every published figure about a response needs, as they stood before the step."""
    response = response_of(change)
    callout = response.callout
    book = directory()
    unit, caller = book.by_id.get(change.matter.lead_id or 0), book.by_id.get(callout.matter.lead_id or 0)
    return {
        "callout": callout.matter.number,
        "unit": unit.code if unit else "",
        "caller": caller.code if caller else "",
        "level": callout.level,
        "purpose": change.matter.subkind,
        "street": place_tree().code_of(change.matter.street_id),
        "round": change.matter.rework_count,
    }


def units(change: Change, codes: Sequence[str], field: str, without: Collection[int] = ()) -> list[Listed]:
    """The bodies of these codes that the caller may call; the change is refused where it may not. `without`: those that
    are called already."""
    caller = directory().by_id[change.matter.lead_id or change.columns["lead_id"]]  # type: ignore[index]
    fit = {unit.code: unit for unit in callable_by(caller)}
    wanted = list(dict.fromkeys(codes))
    if unknown := [code for code in wanted if code not in fit]:
        book = directory().by_code
        named = "、".join(book[code].label if code in book else code for code in unknown)
        sentence = f"{caller.label}不能呼叫：{named}"
        change.refuse(Invalid(f"{sentence}。", fields={field: [sentence]}))
    found = [fit[code] for code in wanted if code in fit]
    if again := [unit.label for unit in found if unit.id in without]:
        sentence = f"已经呼叫过：{'、'.join(again)}"
        change.refuse(Invalid(f"{sentence}。", fields={field: [sentence]}))
    return found


def parent_of(change: Change) -> Matter:
    return response_of(change).callout.matter
