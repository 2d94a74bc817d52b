"""Unreasonable or malicious appeals (不合理诉求认定): judged by two people of the centre, counted apart from then on.

The reporter is answered as everybody is; nothing of this stands on a page of the reporter's.
"""

from __future__ import annotations

from collections.abc import Sequence

from huying.cases import inputs
from huying.cases.enums import RequestKind, RequestVerdict
from huying.cases.models import CaseRequest
from huying.cases.steps.particulars import data_of, figures, load
from huying.cases.steps.requests import (
    OPEN,
    TO_CENTRE,
    asked_kind,
    begin,
    end,
    load_open,
    may_decide,
    of_kind,
    open_request,
    request_of,
)
from huying.kernel.bulk import select_rows, update_rows
from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.matters.flow import STAY, Change
from huying.matters.models import Matter
from huying.people.actors import Actor

MARK = "unreasonable"
OTHER_ROLE = "要由派单审核员和督导员各一人同意，请交给另一个岗位的人"


def may_propose(matter: Matter, actor: Actor) -> bool:
    return asked_kind(matter) is None and MARK not in matter.aspects and matter.lead_id is not None


def check_propose(changes: Sequence[Change]) -> None:
    begin(changes, RequestKind.UNREASONABLE)
    for change in changes:
        if MARK in change.matter.aspects:
            change.refuse(Conflict("这件已经认定过。", code="judged_already"))
        if not change.attachments:
            words = "请附上历次答复、通话录音等证据"
            change.refuse(Invalid("没有证据。", fields={"attachments": [words]}))
        request_of(change).times = data_of(change, inputs.ProposeUnreasonable).times
        change.told["asked"] = "不合理诉求认定"


def may_approve(matter: Matter, actor: Actor) -> bool:
    request = open_request(matter)
    return (
        may_decide(RequestKind.UNREASONABLE)(matter, actor)
        and request is not None
        and request.first_role != actor.role.key
    )


def check_approve(changes: Sequence[Change]) -> None:
    """The first of two says yes, or the second, from the other post: then it holds."""
    for change in of_kind(load_open(changes, turn=TO_CENTRE), RequestKind.UNREASONABLE):
        request, actor = request_of(change), change.actor
        if actor.user_id is None:
            change.refuse(Forbidden("认定要由人来作。", code="no_person"))
        elif not request.first_role:
            request.first_at, request.first_by_id, request.first_role = change.at, actor.user_id, actor.role.key
            change.choose(STAY, "first")
        elif request.first_role == actor.role.key:
            change.refuse(Forbidden(f"{OTHER_ROLE}。", code="second_eyes"))
        else:
            change.choose(STAY, "second")
            change.mark(MARK)
            change.facts["excluded"] = MARK
            end(change, RequestVerdict.GRANTED)


def may_revoke(matter: Matter, actor: Actor) -> bool:
    return MARK in matter.aspects


def check_revoke(changes: Sequence[Change]) -> None:
    load(changes)
    standing = select_rows(
        CaseRequest,
        '"case_id" = ANY(%s) AND "kind" = %s AND "verdict" = %s AND "over_at" IS NULL',
        [[c.matter.pk for c in changes], RequestKind.UNREASONABLE.value, RequestVerdict.GRANTED.value],
    )
    by_case = {row.case_id: row for row in standing}
    for change in changes:
        row = by_case.get(change.matter.pk)
        if row is None:
            change.refuse(Conflict("这件没有认定过，不用撤销。", code="not_judged"))
            continue
        change.extra[OPEN] = row
        change.unmark(MARK)
        change.facts |= figures(change) | {"excluded": "", "revoked": MARK}


def record_revoke(changes: Sequence[Change]) -> None:
    update_rows(CaseRequest, ("over_at", "over_seq"), [(request_of(c).pk, c.at, c.seq) for c in changes])
