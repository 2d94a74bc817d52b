"""How a call-out ends: settled by its responses, withdrawn, as a docket, handed over, or taken on by an heir."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from django.db import connection

from huying.callouts import inputs
from huying.callouts.models import CausingMatter, Response
from huying.callouts.states import ACCEPTED, FILED, ISSUED, RATED, RATING, UNANSWERED
from huying.callouts.steps.particulars import response_of
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
    moves = [
        Move(pk, SYSTEM, {}, recorded_at=change.now)
        for change in changes
        for pk in by_callout.get(change.matter.pk, ())
    ]
    if moves:
        some = changes[0]
        for result in move(flows["callout_response"], "cancel", moves, now=some.now, quiet=some.quiet):
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


_STANDING = """
SELECT r."callout_id", above."state", m."state", count(*) FROM "callouts_response" r
JOIN "matters_matter" m ON m."id" = r."matter_id" JOIN "matters_matter" above ON above."id" = r."callout_id"
WHERE r."callout_id" = ANY(%s) GROUP BY 1, 2, 3
"""


def settle(changes: Sequence[Change]) -> None:
    """After responses have moved: have their call-outs follow, each at the moment of the last of its responses in this
    batch. They are locked already (`Flow.lock_above`)."""
    last: dict[int, Change] = {}
    for change in sorted(changes, key=lambda change: change.now):
        last[response_of(change).callout_id] = change
    ready = [
        pk
        for pk, (state, states) in _standing(last).items()
        if state in (ISSUED, RATING) and _leads_to(states) not in (STAY, state)
    ]
    moves = [Move(pk, SYSTEM, {}, recorded_at=last[pk].now) for pk in sorted(ready)]
    if moves:
        some = changes[0]
        for result in move(flows["callout"], "settle", moves, now=some.now, quiet=some.quiet):
            result.unwrap()


def _standing(callouts: Collection[int]) -> dict[int, tuple[str, Counter[str]]]:
    """State, and how many responses are in which state."""
    if not callouts:
        return {}
    found: dict[int, tuple[str, Counter[str]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [list(callouts)])
        for callout, state, of_response, n in cursor.fetchall():
            found.setdefault(callout, (state, Counter()))[1][of_response] = n
    return found


def _leads_to(states: Counter[str]) -> str:
    """Where responses in these states take their call-out; `STAY` while somebody is still wanted."""
    if any(states[one] for one in UNANSWERED):
        return STAY
    if states[ACCEPTED]:
        return RATING
    return FILED if states[RATED] else STAY


def check_settle(changes: Sequence[Change]) -> None:
    standing = _standing([c.matter.pk for c in changes])
    accepted = Response.objects.filter(callout__in=list(standing), matter__state=ACCEPTED)
    called: dict[int, list[int]] = {}
    for callout, unit in accepted.values_list("callout_id", "matter__lead_id"):
        called.setdefault(callout, []).append(unit)
    for change in changes:
        _, states = standing.get(change.matter.pk, ("", Counter()))
        change.choose(_leads_to(states))
        change.units = called.get(change.matter.pk, [])
        change.facts["responses"] = dict(sorted(states.items()))


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
