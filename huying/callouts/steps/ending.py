"""How a call-out ends: settled by its responses, withdrawn, as a docket, handed over, or taken on by an heir."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from huying.callouts import inputs
from huying.callouts.models import CausingMatter, Response
from huying.callouts.states import ACCEPTED, FILED, ISSUED, RATED, RATING, UNANSWERED
from huying.cases.steps.particulars import data_of
from huying.kernel import handover
from huying.kernel.errors import Invalid
from huying.matters.engine import Move, Opening, move, open_many
from huying.matters.flow import STAY, Change, flows
from huying.people.actors import SYSTEM
from huying.people.directory import directory


def check_withdraw(changes: Sequence[Change]) -> None:
    for change in changes:
        change.set(holder_id=change.matter.lead_id, holder_user_id=None)


def record_end(changes: Sequence[Change]) -> None:
    """What was still running ends with it; what was accepted stays so, counts, and is still rated."""
    running = Response.objects.filter(callout__in=[c.matter.pk for c in changes], matter__state__in=UNANSWERED)
    by_callout: dict[int, list[int]] = {}
    for callout, response in running.order_by("pk").values_list("callout_id", "pk"):
        by_callout.setdefault(callout, []).append(response)
    for change in changes:
        moves = [Move(pk, SYSTEM, {}) for pk in by_callout.get(change.matter.pk, ())]
        if moves:
            for result in move(flows["callout_response"], "cancel", moves, now=change.now, quiet=change.quiet):
                result.unwrap()


# --- as a docket, and to others --------------------------------------------------------------------------------------


def check_docket(changes: Sequence[Change]) -> None:
    for change in changes:
        if not change.actor.may("dockets.draft"):
            sentence = "您的岗位不能提出议题，请由街道或区中心转为议题"
            change.refuse(Invalid(f"{sentence}。", fields={"title": [sentence]}))
        change.set(holder_id=change.matter.lead_id, holder_user_id=None)


def record_docket(changes: Sequence[Change]) -> None:
    record_end(changes)
    linked = CausingMatter.objects.standing().filter(callout__in=[c.matter.pk for c in changes])
    numbers: dict[int, list[str]] = {}
    for callout, number in linked.values_list("callout_id", "matter__number"):
        numbers.setdefault(callout, []).append(number)
    for change in changes:
        data = data_of(change, inputs.TurnIntoDocket)
        wanted = [change.matter.number, *numbers.get(change.matter.pk, ())]
        docket = {"title": data.title, "text": data.reason, "numbers": wanted}
        opening = Opening(change.actor, docket, change.at, change.now)
        made = open_many(flows["docket"], "draft", [opening], now=change.now, quiet=change.quiet)[0].unwrap()
        change.answer["docket"] = made.number


def check_hand_over(changes: Sequence[Change]) -> None:
    for change in changes:
        data = data_of(change, inputs.HandOver)
        target = handover.target_of(data.target)
        if target is None:
            sentence = "没有这个去向，请重新选择"
            change.refuse(Invalid(f"{sentence}。", fields={"target": [sentence]}))
            continue
        change.facts["target_name"] = target.label
        change.set(holder_id=change.matter.lead_id, holder_user_id=None)


def record_hand_over(changes: Sequence[Change]) -> None:
    for change in changes:
        data = data_of(change, inputs.HandOver)
        receipt = handover.hand_over(handover.Handover(change.matter.pk, data.target, change.at, data.receipt))
        change.answer["receipt"] = receipt
    record_end(changes)


# --- settled by its responses ----------------------------------------------------------------------------------------


def settle(changes: Sequence[Change]) -> None:
    """After responses have moved: have their call-outs follow. They are locked already (`Flow.above`)."""
    found: dict[tuple[object, bool], set[int]] = {}
    for change in changes:
        row = change.particulars
        assert isinstance(row, Response)
        found.setdefault((change.now, change.quiet), set()).add(row.callout_id)
    for (now, quiet), callouts in found.items():
        ready = _ready(callouts)
        moves = [Move(pk, SYSTEM, {}) for pk in sorted(ready)]
        if moves:
            for result in move(flows["callout"], "settle", moves, now=now, quiet=quiet):  # type: ignore[arg-type]
                result.unwrap()


def _states(callouts: Sequence[int]) -> dict[int, Counter[str]]:
    found: dict[int, Counter[str]] = {pk: Counter() for pk in callouts}
    for callout, state in Response.objects.filter(callout__in=callouts).values_list("callout_id", "matter__state"):
        found[callout][state] += 1
    return found


def _leads_to(states: Counter[str]) -> str:
    """Where responses in these states take their call-out; `STAY` while somebody is still wanted."""
    if any(states[one] for one in UNANSWERED):
        return STAY
    if states[ACCEPTED]:
        return RATING
    return FILED if states[RATED] else STAY


def _ready(callouts: set[int]) -> set[int]:
    """Those that their responses take further: one query each for responses and call-outs."""
    states = _states(sorted(callouts))
    now_in = dict(
        Response.objects.filter(callout__in=callouts).values_list("callout_id", "callout__matter__state").distinct()
    )
    leads = {pk: _leads_to(found) for pk, found in states.items()}
    return {pk for pk, to in leads.items() if to != STAY and now_in.get(pk) in (ISSUED, RATING) and now_in[pk] != to}


def check_settle(changes: Sequence[Change]) -> None:
    states = _states([c.matter.pk for c in changes])
    rows = Response.objects.filter(callout__in=list(states), matter__state=ACCEPTED)
    called: dict[int, list[int]] = {}
    for callout, unit in rows.values_list("callout_id", "matter__lead_id"):
        called.setdefault(callout, []).append(unit)
    for change in changes:
        change.choose(_leads_to(states[change.matter.pk]))
        change.units = called.get(change.matter.pk, [])
        change.facts["responses"] = dict(sorted(states[change.matter.pk].items()))


def check_succeed(changes: Sequence[Change]) -> None:
    """Whoever has taken over goes on; where nobody has, the centre does."""
    book = directory()
    for change in changes:
        matter = change.matter
        holder = book.by_id[matter.holder_id]
        heir, caller = book.heir_of(matter.holder_id) or book.centre, book.heir_of(matter.lead_id) or book.centre
        heirs = [book.heir_of(unit) for unit in matter.co_handlers]
        change.facts |= {"dissolved": holder.code if not holder.current else "", "heir": heir.code}
        change.set(
            holder_id=heir.id,
            holder_user_id=matter.holder_user_id if holder.current else None,
            lead_id=caller.id,
            co_handlers=list(dict.fromkeys(one.id for one in heirs if one is not None)),
        )
