"""What is judged: whether a unit may stay away, its result, and each side by the other."""

from __future__ import annotations

from collections.abc import Sequence

from huying.callouts import inputs
from huying.callouts.enums import Verdict
from huying.callouts.models import Response
from huying.callouts.options import callable_by
from huying.callouts.states import HANDLING, RATED, RELEASED, RESPONDED, WAITING
from huying.callouts.steps import ending
from huying.callouts.steps.particulars import load_responses, parent_of, response_of, write_responses
from huying.callouts.steps.running import commands
from huying.cases.steps.particulars import data_of
from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.matters.engine import Move, move
from huying.matters.flow import STAY, Change, flows
from huying.matters.models import Matter
from huying.people.actors import SYSTEM, Actor
from huying.people.directory import directory


def calls(actor: Actor, matter: Matter) -> bool:
    """Whether the actor's body is the caller: the first beside the unit; after it come streets that see it through."""
    return actor.organisation_id is not None and matter.co_handlers[:1] == [actor.organisation_id]


def was_called(actor: Actor, matter: Matter) -> bool:
    return actor.organisation_id is not None and actor.organisation_id == matter.lead_id


def calls_or_commands(actor: Actor, matter: Matter) -> bool:
    return calls(actor, matter) or commands(actor, matter)


# --- staying away ----------------------------------------------------------------------------------------------------


def check_rule(changes: Sequence[Change]) -> None:
    load_responses(changes)
    for change in changes:
        data, matter = data_of(change, inputs.Rule), change.matter
        assert matter.lead_id is not None
        if data.verdict == Verdict.BOUND:
            if data.instead:
                change.refuse(Invalid("应当响应的不用改呼。", fields={"instead": ["裁定应当响应时，不要选改呼单位"]}))
            change.choose(WAITING if matter.returns_to == WAITING else RESPONDED)
        else:
            change.choose(RELEASED)
            _check_instead(change, data.instead)
        change.facts["declined_for"] = response_of(change).declined_for
        change.set(holder_id=matter.lead_id, holder_user_id=None, returns_to="")
        if change.actor.user_id is not None and change.actor.user_id == matter.holder_user_id:
            change.refuse(Forbidden("不能裁定自己提出的退出申请。", code="own_decline"))


def _check_instead(change: Change, code: str) -> None:
    if not code:
        return
    caller = directory().by_id[parent_of(change).lead_id or 0]
    unit = {one.code: one for one in callable_by(caller)}.get(code)
    if unit is None or unit.id == change.matter.lead_id:
        sentence = f"{caller.label}不能呼叫这个单位，请重新选择"
        change.refuse(Invalid(f"{sentence}。", fields={"instead": [sentence]}))
    elif Response.objects.filter(
        callout=response_of(change).callout_id, matter__lead=unit.id, matter__closed_at=None
    ).exists():
        sentence = f"已经呼叫过{unit.label}"
        change.refuse(Invalid(f"{sentence}。", fields={"instead": [sentence]}))


def record_rule(changes: Sequence[Change]) -> None:
    write_responses(("verdict",), [(c, (data_of(c, inputs.Rule).verdict.value,)) for c in changes])
    for change in changes:
        data = data_of(change, inputs.Rule)
        if data.instead:
            more = {"units": [data.instead], "wanted": data.reason}
            wanted = [Move(response_of(change).callout_id, SYSTEM, more)]
            move(flows["callout"], "call_instead", wanted, now=change.now, quiet=change.quiet)[0].unwrap()
    ending.settle(changes)


# --- the result ------------------------------------------------------------------------------------------------------


def check_accept(changes: Sequence[Change]) -> None:
    load_responses(changes)
    for change in changes:
        change.set(holder_id=parent_of(change).lead_id, holder_user_id=None)


def record_accept(changes: Sequence[Change]) -> None:
    write_responses(("accepted_at",), [(c, (c.at,)) for c in changes])
    ending.settle(changes)


def check_send_back(changes: Sequence[Change]) -> None:
    load_responses(changes)
    for change in changes:
        change.choose(HANDLING)
        change.set(holder_id=change.matter.lead_id, holder_user_id=None, rework_count=change.matter.rework_count + 1)


# --- each side by the other ------------------------------------------------------------------------------------------


def may_rate(matter: Matter, actor: Actor) -> bool:
    return matter.response.rated_at is None


def may_rate_caller(matter: Matter, actor: Actor) -> bool:
    return matter.response.caller_rated_at is None


def check_rate(changes: Sequence[Change]) -> None:
    load_responses(changes)
    for change in changes:
        row = response_of(change)
        if row.rated_at is not None:
            change.refuse(Conflict("已经评价过。", code="rated"))
        _choose(change, row.caller_rated_at is not None)


def check_rate_caller(changes: Sequence[Change]) -> None:
    load_responses(changes)
    for change in changes:
        row = response_of(change)
        if row.caller_rated_at is not None:
            change.refuse(Conflict("已经评价过。", code="rated"))
        _choose(change, row.rated_at is not None)


def _choose(change: Change, both: bool) -> None:
    change.choose(RATED if both else STAY)


def record_rate(changes: Sequence[Change]) -> None:
    rows = [
        (c, (data.solved.value, data.satisfaction.value, c.at)) for c in changes for data in (data_of(c, inputs.Rate),)
    ]
    write_responses(("solved", "satisfaction", "rated_at"), rows)
    ending.settle([c for c in changes if c.target == RATED])


def record_rate_caller(changes: Sequence[Change]) -> None:
    rows = [
        (c, (data.justified.value, data.clear, data.right_address, c.at))
        for c in changes
        for data in (data_of(c, inputs.RateCaller),)
    ]
    write_responses(("justified", "clear", "right_address", "caller_rated_at"), rows)
    ending.settle([c for c in changes if c.target == RATED])


def check_end_rating(changes: Sequence[Change]) -> None:
    load_responses(changes)
    for change in changes:
        row = response_of(change)
        change.facts |= {"rated": row.rated_at is not None, "caller_rated": row.caller_rated_at is not None}


def record_end_rating(changes: Sequence[Change]) -> None:
    ending.settle(changes)


# --- pressing --------------------------------------------------------------------------------------------------------


def check_press(changes: Sequence[Change]) -> None:
    load_responses(changes)


def record_press(changes: Sequence[Change]) -> None:
    write_responses(("presses",), [(c, (response_of(c).presses + 1,)) for c in changes])
