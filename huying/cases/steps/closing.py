"""Callback, rework, closing without callback, rating."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from huying.cases import inputs
from huying.cases.enums import NoCallbackReason, Satisfaction
from huying.cases.models import Callback, Case
from huying.cases.steps.particulars import case_of, data_of, load
from huying.kernel.bulk import insert_rows, update_rows
from huying.kernel.errors import Conflict, Invalid
from huying.matters.flow import STAY, Change
from huying.people.directory import directory

REWORK_DAYS = 15  # how long after closing a reporter may ask for rework
TRIES = 3
DISSATISFIED = Satisfaction.DISSATISFIED


def figures(change: Change) -> dict[str, object]:
    """Facts that every published rate of a handler needs."""
    book = directory()
    lead = book.by_id.get(change.matter.lead_id or 0)
    return {
        "handler": lead.code if lead else "",
        "category": change.matter.category,
        "kind": change.matter.subkind,
        "channel": change.matter.channel,
        "round": case_of(change).round,
    }


def again(change: Change) -> None:
    """Send it back to the handler for another round."""
    case = case_of(change)
    case.round += 1
    case.resolved_at = None
    change.set(holder_id=change.matter.lead_id, rework_count=change.matter.rework_count + 1)


def check_callback(changes: Sequence[Change]) -> None:
    load(changes)
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
        if data.solved and data.satisfied > DISSATISFIED:
            change.choose("closed")
        elif change.matter.lead_id is None:
            change.refuse(Conflict("这件事没有承办单位，不能转重办，请改用“要求重办”重新研判。", code="no_lead"))
        else:
            change.choose("handling")
            again(change)


def record_callback(changes: Sequence[Change]) -> None:
    insert_rows(
        Callback,
        ("case", "seq", "round", "attempt", "at", "reached", "solved", "satisfied", "real"),
        [
            (
                c.matter.pk,
                c.seq,
                c.facts["round"],
                case_of(c).callback_tries,
                c.at,
                data.reached,
                data.solved,
                data.satisfied.value if data.satisfied else None,
                data.real,
            )
            for c in changes
            for data in (data_of(c, inputs.CallBack),)
        ],
    )
    update_rows(
        Case,
        ("callback_tries", "solved", "satisfaction", "real", "round", "resolved_at"),
        [
            (c.matter.pk, case.callback_tries, case.solved, case.satisfaction, case.real, case.round, case.resolved_at)
            for c in changes
            for case in (case_of(c),)
        ],
    )


def check_rework(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        matter, case = change.matter, case_of(change)
        change.attachments = tuple(data_of(change, inputs.Rework).attachments)
        change.facts |= figures(change)
        if matter.closed_at is not None and change.at > matter.closed_at + timedelta(days=REWORK_DAYS):
            change.refuse(
                Conflict(f"结案已超过 {REWORK_DAYS} 天，不能再要求重办；问题还在的请重新提出。", code="too_late")
            )
        if case.imported:
            change.refuse(Conflict("导入的历史件不能重办，问题还在的请重新提出。", code="imported"))
        if matter.lead_id is None:  # answered at once: nobody has handled it yet
            change.choose("received")
            case.round += 1
            change.set(holder_id=directory().centre.id, rework_count=matter.rework_count + 1)
        else:
            change.choose("handling")
            again(change)


def record_rework(changes: Sequence[Change]) -> None:
    update_rows(Case, ("round", "resolved_at"), [(c.matter.pk, case_of(c).round, None) for c in changes])


def check_close_without_callback(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        data, case = data_of(change, inputs.CloseWithoutCallback), case_of(change)
        change.facts |= figures(change)
        problem = {
            NoCallbackReason.ANONYMOUS: "诉求人留有联系方式，请先回访" if change.matter.raised_by_id else "",
            NoCallbackReason.NO_REPLY_WANTED: "诉求人要求答复，请先回访" if case.wants_reply else "",
            NoCallbackReason.UNREACHABLE: (
                f"满 {TRIES} 次未接通才能免回访，现在是 {case.callback_tries} 次" if case.callback_tries < TRIES else ""
            ),
        }[data.reason]
        if problem:
            change.refuse(Invalid(f"{problem}。", fields={"reason": [problem]}))


def check_rate(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        case = case_of(change)
        if case.rated_at is not None and case.rated_at >= (change.matter.closed_at or case.rated_at):
            change.refuse(Conflict("您已经评价过了，谢谢。", code="rated"))
        if case.imported:
            change.refuse(Conflict("导入的历史件不能评价。", code="imported"))
        change.facts |= figures(change)


def record_rate(changes: Sequence[Change]) -> None:
    update_rows(
        Case,
        ("rating", "rated_at"),
        [(c.matter.pk, data_of(c, inputs.Rate).satisfied.value, c.at) for c in changes],
    )
