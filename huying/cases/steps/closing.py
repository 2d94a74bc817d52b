"""Callback, rework, closing without callback, rating."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from huying.cases import inputs
from huying.cases.enums import NoCallbackReason, ReviewReason
from huying.cases.models import Callback, Case
from huying.cases.parameters import CALLBACK_TRIES, REWORK_DAYS, SATISFIED_FROM
from huying.cases.steps import motions, reviewing
from huying.cases.steps.particulars import case_of, data_of, figures, load
from huying.cases.steps.rounds import another_round, lead_of
from huying.cases.steps.unreasonable import MARK as UNREASONABLE
from huying.cases.withdrawals import UNHANDLED, is_unhandled
from huying.kernel.bulk import insert_rows, update_rows
from huying.kernel.errors import Conflict, Invalid
from huying.matters import alarms
from huying.matters.flow import STAY, Change
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.people.contacts import reachable
from huying.people.directory import directory


def check_callback(changes: Sequence[Change]) -> None:
    load(changes)
    motions.refuse_usual(changes)
    closed: list[Change] = []
    again: list[Change] = []
    for change in changes:
        data, case = data_of(change, inputs.CallBack), case_of(change)
        case.callback_tries += 1
        change.facts |= figures(change) | {"attempt": case.callback_tries}
        if not data.reached:
            change.choose(STAY)
            continue
        case.solved, case.satisfaction = data.solved, data.satisfied
        case.real = data.real if data.real is not None else case.real
        assert data.satisfied is not None
        change.facts["content"] = content = data.satisfied >= SATISFIED_FROM.value
        if data.solved and content:
            change.choose("closed")
            closed.append(change)
        elif UNREASONABLE in change.matter.aspects:  # explained again and again, and judged: it is not done over
            change.choose("closed")
            change.facts["excluded"] = UNREASONABLE
            change.done = "回访已记下。这件已认定为不合理诉求，不再转重办，随即结案"
        elif lead_of(change) is None:
            change.refuse(Conflict("承办单位已经撤销，不能直接转重办，请改用“要求重办”重新研判。", code="no_lead"))
        elif reviewing.is_another_time(change.matter):
            again.append(change)
        else:
            _to_unit(change)
    reviewing.open_reviews(again, ReviewReason.DISSATISFIED, otherwise=_to_unit)
    reviewing.draw(closed)


def _anew(change: Change) -> None:
    """It was taken back or not accepted: nothing has been done that could be done over."""
    centre = directory().centre.id
    change.choose("received")
    change.set(holder_id=centre, first_holder_id=centre, lead_id=None, co_handlers=[])
    another_round(change)
    change.facts["after"] = [key for key in UNHANDLED if key in change.matter.aspects]
    change.set(rework_count=change.matter.rework_count)
    for key in UNHANDLED:
        change.unmark(key)


def _to_unit(change: Change) -> None:
    """Done over by the unit that did it, or by another where that one is no more."""
    if (lead := lead_of(change)) is None:  # answered at once, or by a unit that is no more
        centre = directory().centre.id
        change.choose("received")
        change.set(holder_id=centre, first_holder_id=centre, lead_id=None, co_handlers=[])
    else:
        change.choose("handling")
        change.set(holder_id=lead.id)
    another_round(change)


def record_callback(changes: Sequence[Change]) -> None:
    insert_rows(
        Callback,
        ("case", "seq", "round", "attempt", "at", "reached", "solved", "satisfied", "real", "content", "lead"),
        [
            (
                c.matter.pk,
                c.seq,
                c.facts["round"],
                c.facts["attempt"],
                c.at,
                data.reached,
                data.solved,
                data.satisfied.value if data.satisfied else None,
                data.real,
                c.facts.get("content"),
                c.matter.lead_id,
            )
            for c in changes
            for data in (data_of(c, inputs.CallBack),)
        ],
    )
    update_rows(
        Case,
        (
            "callback_tries",
            "contact_tries",
            "contacted_at",
            "solved",
            "satisfaction",
            "real",
            "round",
            "resolved_at",
        ),
        [
            (
                c.matter.pk,
                case.callback_tries,
                case.contact_tries,
                case.contacted_at,
                case.solved,
                case.satisfaction,
                case.real,
                case.round,
                case.resolved_at,
            )
            for c in changes
            for case in (case_of(c),)
        ],
    )
    reviewing.record_opened(changes)


def may_rework(matter: Matter, actor: Actor) -> bool:
    """Not for ever: a button that only says "too late" is none. What two from outside found proper the reporter does
    not have done over again; the centre may."""
    if reviewing.PROPER in matter.aspects and not actor.may("cases.callback"):
        return False
    if matter.closed_at is None:
        return True
    return timezone.now() <= matter.closed_at + timedelta(days=REWORK_DAYS.value) and not matter.case.imported


def check_rework(changes: Sequence[Change]) -> None:
    load(changes)
    reviewing.leave(changes)
    again: list[Change] = []
    for change in changes:
        matter, case = change.matter, case_of(change)
        change.attachments_public = True
        change.facts |= figures(change)
        if matter.closed_at is not None and change.at > matter.closed_at + timedelta(days=REWORK_DAYS.value):
            change.refuse(
                Conflict(f"结案已超过 {REWORK_DAYS.value} 天，不能再要求重办；问题还在的请重新提出。", code="too_late")
            )
        if case.imported:
            change.refuse(Conflict("导入的历史件不能重办，问题还在的请重新提出。", code="imported"))
        if is_unhandled(matter):
            _anew(change)
            continue
        if reviewing.PROPER in matter.aspects and not change.actor.may("cases.callback"):
            change.refuse(Conflict("第三方评价认为这件处置得当，不再重办；有新的情况请重新提出。", code="found_proper"))
        if change.refusal is None and lead_of(change) is not None and reviewing.is_another_time(matter):
            again.append(change)
        else:
            _to_unit(change)
    reviewing.open_reviews(again, ReviewReason.DISSATISFIED, otherwise=_to_unit)
    alarms.scan_changes(changes)


def record_rework(changes: Sequence[Change]) -> None:
    """What was said about the last round no longer holds: the reporter wants it done over."""
    update_rows(
        Case,
        ("round", "callback_tries", "contact_tries", "contacted_at", "resolved_at", "solved", "satisfaction"),
        [(c.matter.pk, case_of(c).round, 0, 0, None, None, False, None) for c in changes],
    )
    reviewing.record_left(changes)
    reviewing.record_opened(changes)
    alarms.raise_alarms(changes)


def check_close_without_callback(changes: Sequence[Change]) -> None:
    load(changes)
    with_phone = reachable(c.matter.raised_by_id for c in changes)
    for change in changes:
        data, case = data_of(change, inputs.CloseWithoutCallback), case_of(change)
        change.facts |= figures(change)
        change.excuses["callback"] = f"no_callback:{data.reason.value}"
        problem = {
            NoCallbackReason.ANONYMOUS: "诉求人留有联系方式，请先回访"
            if change.matter.raised_by_id in with_phone
            else "",
            NoCallbackReason.NO_REPLY_WANTED: "诉求人要求答复，请先回访" if case.wants_reply else "",
            NoCallbackReason.UNREACHABLE: (
                f"满 {CALLBACK_TRIES.value} 次未接通才能免回访，现在是 {case.callback_tries} 次"
                if case.callback_tries < CALLBACK_TRIES.value
                else ""
            ),
        }[data.reason]
        if problem:
            change.refuse(Invalid(f"{problem}。", fields={"reason": [problem]}))


def may_rate(matter: Matter, actor: Actor) -> bool:
    """Once for each closing."""
    case = matter.case
    return not case.imported and not _is_rated(case, matter) and not is_unhandled(matter)


def _is_rated(case: Case, matter: Matter) -> bool:
    return case.rated_at is not None and case.rated_at >= (matter.closed_at or case.rated_at)


def check_rate(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        case = case_of(change)
        if _is_rated(case, change.matter):
            change.refuse(Conflict("您已经评价过了，谢谢。", code="rated"))
        if case.imported:
            change.refuse(Conflict("导入的历史件不能评价。", code="imported"))
        if is_unhandled(change.matter):
            change.refuse(Conflict("这件没有办理过，不用评价。", code="unhandled"))
        change.facts |= figures(change)
    alarms.scan_changes(changes)


def record_rate(changes: Sequence[Change]) -> None:
    alarms.raise_alarms(changes)
    update_rows(
        Case,
        ("rating", "rated_at"),
        [(c.matter.pk, data_of(c, inputs.Rate).satisfied.value, c.at) for c in changes],
    )
