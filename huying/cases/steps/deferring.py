"""Putting a case by (挂账): what cannot be solved now is kept, looked at again and again, and counted apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from huying.cases import inputs, options
from huying.cases.enums import RequestKind, RequestVerdict
from huying.cases.flow.states import DEFERRED, HANDLING
from huying.cases.models import CaseRequest
from huying.cases.steps.particulars import data_of, figures, load
from huying.cases.steps.requests import TO_CENTRE, begin, date_words, end, load_open, of_kind, request_of
from huying.kernel.bulk import select_rows, update_rows
from huying.kernel.calendar import Unit
from huying.kernel.errors import Invalid
from huying.matters.flow import STAY, Change
from huying.matters.limits import Case, limit_for
from huying.ui.text import day

DUE = "deferral_due"  # the aspect of one that has to be looked at again
HOURS = timedelta(hours=1)


def check_ask_deferral(changes: Sequence[Change]) -> None:
    begin(changes, RequestKind.DEFERRAL)
    for change in changes:
        request = request_of(change)
        request.until = data_of(change, inputs.AskDeferral).until
        _check_until(change, request.until)
        change.told["asked"] = f"挂账至 {day(request.until)}"


def _check_until(change: Change, until: date) -> None:
    """After today, and no longer than the limit of deferrals (时限表：挂账)."""
    today, most = timezone.localdate(change.at), _longest(change)
    if until <= today:
        change.refuse(Invalid("日期太早。", fields={"until": ["要在今天以后"]}))
    elif until > today + timedelta(days=most):
        words = f"最长挂账 {most} 天，最迟填 {day(today + timedelta(days=most))}"
        change.refuse(Invalid("日期太晚。", fields={"until": [words]}))


def _longest(change: Change) -> int:
    amount, unit = limit_for(change.flow.kind, "deferral", _as_limited(change), change.at)
    return int(amount // 24) if unit is Unit.CALENDAR_HOURS else int(amount)


def _as_limited(change: Change) -> Case:
    matter = change.matter
    return Case(
        matter.subkind, matter.category, matter.urgency, matter.channel, matter.holder_id, frozenset(matter.aspects)
    )


def check_defer(changes: Sequence[Change]) -> None:
    for change in of_kind(load_open(changes, turn=TO_CENTRE), RequestKind.DEFERRAL):
        request, data = request_of(change), data_of(change, inputs.Defer)
        asked = request.until or timezone.localdate(change.at)
        if data.until is not None and data.until > asked:
            change.refuse(Invalid("日期太晚。", fields={"until": [f"申请的是 {day(asked)}，不能批得更晚"]}))
        request.until = data.until or asked
        _check_until(change, request.until)
        request.review_days = data.review_days
        change.limits["deferral"] = ((_end_of(request.until) - change.at) / HOURS, Unit.CALENDAR_HOURS.value)
        _next_review(change, data.review_days)
        change.facts |= {"excluded": "deferred", "until": request.until.isoformat()}
        end(change, RequestVerdict.GRANTED)
        change.told |= {
            "until": date_words(_end_of(request.until)),
            "why": options.plain_ground(request.ground) or options.ground_names().get(request.ground, ""),
        }


def _end_of(last: date) -> datetime:
    return timezone.make_aware(datetime.combine(last, time(23, 59)))


def _next_review(change: Change, days: int | None) -> None:
    if days is not None:
        change.limits["deferral_review"] = (float(days * 24), Unit.CALENDAR_HOURS.value)


def check_review_due(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        change.facts |= figures(change)
        change.mark(DUE)


def check_review_deferral(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        data = data_of(change, inputs.ReviewDeferral)
        change.facts |= figures(change)
        if not data.still and data.review_days is not None:
            change.refuse(Invalid("填写矛盾。", fields={"review_days": ["恢复办理的不用再复核，这一项不要填"]}))
        change.choose(STAY if data.still else HANDLING)
        if data.still:
            if DUE in change.aspects:
                change.unmark(DUE)
            _next_review(change, data.review_days)


def check_resume(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        change.facts |= figures(change)


# --- wherever it ends ------------------------------------------------------------------------------------------------

OVER = "deferral_over"  # in `Change.extra`: the deferral that ends with this change


def check_along(changes: Sequence[Change]) -> None:
    """Whichever step leads out of it: from when to when it was deferred stands in that line, for figures."""
    leaving = [c for c in changes if c.matter.state == DEFERRED and c.target != DEFERRED]
    if not leaving:
        return
    rows = select_rows(
        CaseRequest,
        '"case_id" = ANY(%s) AND "kind" = %s AND "verdict" = %s AND "over_at" IS NULL',
        [[c.matter.pk for c in leaving], RequestKind.DEFERRAL.value, RequestVerdict.GRANTED.value],
    )
    standing = {row.case_id: row for row in rows}
    for change in leaving:
        if DUE in change.aspects:
            change.unmark(DUE)
        if (row := standing.get(change.matter.pk)) is not None and row.decided_at is not None:
            change.extra[OVER] = row
            change.facts["deferred"] = {
                "from": row.decided_at.isoformat(),
                "to": change.at.isoformat(),
                "days": (timezone.localdate(change.at) - timezone.localdate(row.decided_at)).days,
                "ground": row.ground,
            }


def record_along(changes: Sequence[Change]) -> None:
    over = [(row, c) for c in changes if isinstance(row := c.extra.get(OVER), CaseRequest)]
    update_rows(CaseRequest, ("over_at", "over_seq"), [(row.pk, c.at, c.seq) for row, c in over])
