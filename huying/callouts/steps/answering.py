"""What the called unit does: responds or declines, comes, works, feeds back."""

from __future__ import annotations

from collections.abc import Sequence

from huying.callouts import inputs
from huying.callouts.enums import Raised, Verdict
from huying.callouts.models import Callout, Response
from huying.callouts.steps import running
from huying.callouts.steps.particulars import load_responses, parent_of, response_of, write_responses
from huying.cases.steps.particulars import data_of
from huying.kernel.bulk import insert_rows, select_chain
from huying.kernel.errors import Conflict, Invalid
from huying.matters.engine import Move, move
from huying.matters.flow import STAY, Change, flows
from huying.matters.models import Matter
from huying.matters.undoing import refuse_all_but_slips
from huying.people.actors import SYSTEM, Actor
from huying.people.directory import directory
from huying.places.tree import place_tree


def check_be_called(changes: Sequence[Change]) -> None:
    wanted = sorted({data_of(change, inputs.BeCalled).callout for change in changes})
    rows = select_chain(Callout, ("matter",), 't1."number" = ANY(%s)', [wanted])
    callouts = {row.matter.number: row for row in rows}
    book, tree = directory(), place_tree()
    for change in changes:
        data = data_of(change, inputs.BeCalled)
        callout, unit = callouts.get(data.callout), book.by_code.get(data.unit)
        above = callout.matter if callout else None
        if callout is None or above is None or above.lead_id is None or unit is None or not unit.current:
            change.refuse(Invalid("没有这个呼叫或者没有这个单位。", fields={"unit": ["没有这个单位，请重新选择"]}))
            continue
        caller = book.by_id[above.lead_id]
        over = running.streets_over(caller, above.street_id)
        change.particulars = Response(callout_id=above.pk)
        change.matter.channel = ""
        change.set(
            title=above.title,
            subkind=above.subkind,
            urgency=above.urgency,
            holder_id=unit.id,
            first_holder_id=unit.id,
            lead_id=unit.id,
            co_handlers=[caller.id, *(one for one in over if one != unit.id)],
            street_id=above.street_id,
            community_id=above.community_id,
            grid_id=above.grid_id,
            lon=above.lon,
            lat=above.lat,
        )
        change.facts |= {
            "caller": caller.code,
            "level": callout.level,
            "purpose": above.subkind,
            "street": tree.code_of(above.street_id),
            "round": 0,
        }


def record_be_called(changes: Sequence[Change]) -> None:
    names = ("matter", "callout", "presses", "declined_for", "verdict", "solved", "justified")
    rows = [(c.matter.pk, response_of(c).callout_id, 0, "", "", "", "") for c in changes]
    insert_rows(Response, names, rows)


def check_at_work(changes: Sequence[Change]) -> None:
    load_responses(changes)
    for change in changes:
        change.set(holder_user_id=change.actor.user_id)


def check_respond(changes: Sequence[Change]) -> None:
    check_at_work(changes)


def record_respond(changes: Sequence[Change]) -> None:
    write_responses(("responded_at",), [(c, (c.at,)) for c in changes])


def check_take_back(changes: Sequence[Change]) -> None:
    load_responses(changes)
    refuse_all_but_slips(changes)
    for change in changes:
        change.set(holder_user_id=None)


def record_take_back(changes: Sequence[Change]) -> None:
    write_responses(("responded_at",), [(c, (None,)) for c in changes])


def record_arrive(changes: Sequence[Change]) -> None:
    write_responses(("arrived_at",), [(c, (c.at,)) for c in changes])


def may_decline(matter: Matter, actor: Actor) -> bool:
    return matter.response.verdict != Verdict.BOUND


def check_decline(changes: Sequence[Change]) -> None:
    load_responses(changes)
    for change in changes:
        data = data_of(change, inputs.Decline)
        unit = directory().by_id[change.matter.lead_id or 0]
        if response_of(change).verdict == Verdict.BOUND:
            change.refuse(Conflict("已经裁定由贵单位响应，不能再申请退出。", code="bound"))
        if data.suggested == unit.code:
            change.refuse(Invalid("建议的是本单位。", fields={"suggested": ["不能建议改呼本单位"]}))
        change.set(holder_id=directory().centre.id, holder_user_id=change.actor.user_id, returns_to=change.matter.state)


def record_decline(changes: Sequence[Change]) -> None:
    write_responses(("declined_for",), [(c, (data_of(c, inputs.Decline).cause.value,)) for c in changes])


def check_feed_back(changes: Sequence[Change]) -> None:
    load_responses(changes)
    for change in changes:
        change.set(holder_id=parent_of(change).lead_id, holder_user_id=None)


def record_feed_back(changes: Sequence[Change]) -> None:
    write_responses(("fed_back_at",), [(c, (c.at,)) for c in changes])


# --- by the system ---------------------------------------------------------------------------------------------------


def check_run_out(changes: Sequence[Change]) -> None:
    """Once more as long as there is a level above the next one."""
    load_responses(changes)
    for change in changes:
        callout = response_of(change).callout
        level = running.next_level(callout)
        if level is None or level == Raised.DISTRICT:
            change.choose(STAY, "last")


def record_run_out(changes: Sequence[Change]) -> None:
    """One raise for a call-out, however many of its units have not come."""
    first: dict[int, Change] = {}
    for change in changes:
        if running.next_level(response_of(change).callout) is not None:
            first.setdefault(response_of(change).callout_id, change)
    moves = [Move(pk, SYSTEM, {"unit": str(change.facts["unit"])}) for pk, change in sorted(first.items())]
    if moves:
        some = changes[0]
        move(flows["callout"], "raise_by_clock", moves, now=some.now, quiet=some.quiet)


def check_cancel(changes: Sequence[Change]) -> None:
    load_responses(changes)
    for change in changes:
        change.set(holder_id=change.matter.lead_id, holder_user_id=None, returns_to="")


def check_succeed(changes: Sequence[Change]) -> None:
    """Whoever has taken over from the unit or from the caller goes on; where nobody has, the centre does."""
    book = directory()
    for change in changes:
        matter = change.matter
        unit = book.heir_of(matter.lead_id) or book.centre
        callers = [book.heir_of(one) or book.centre for one in matter.co_handlers] or [book.centre]
        holder = book.heir_of(matter.holder_id) or book.centre
        gone = book.by_id[matter.holder_id]
        change.facts |= {"dissolved": gone.code if not gone.current else "", "heir": holder.code}
        change.set(
            holder_id=holder.id,
            holder_user_id=matter.holder_user_id if gone.current else None,
            lead_id=unit.id,
            co_handlers=list(dict.fromkeys(one.id for one in callers)),
        )
