"""What each response is measured by, on both sides, and why a measure is missing.

A response belongs to the period in which the unit was called. Everything is read in two statements, whatever the
period: the responses with their clocks, and what residents said when the linked cases were called back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from django.conf import settings
from django.db.models import DurationField, ExpressionWrapper, F, FloatField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Cast, Coalesce, Extract

from huying.callouts.enums import Justified, Solved
from huying.callouts.models import CausingMatter, Response
from huying.callouts.responses import RESPONSES
from huying.callouts.states import CANCELLED, DECLINED, RATED, RELEASED
from huying.matters.models import Clock

Side = Literal["called", "caller"]
SIDES: Mapping[Side, str] = {"called": "被呼叫单位", "caller": "呼叫单位"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What is measured in a dimension. `what` is a sentence for readers; a measure lies from `lowest` to `highest`
    (None: open), and less is better when `low`."""

    key: str
    side: Side
    what: str
    unit: str
    lowest: float
    highest: float | None
    low: bool = False


MEASURES: Mapping[str, Measure] = {
    one.key: one
    for one in (
        Measure(
            key="speed",
            side="called",
            what="从被呼叫到响应用了响应时限的百分之几。到时限还没有响应的，算到现在。",
            unit="%",
            lowest=0,
            highest=None,
            low=True,
        ),
        Measure(
            key="on_time",
            side="called",
            what="从起算到反馈结果用了反馈时限的百分之几；退回重办的，每一轮各算各的，取用得最多的一轮。到时限还没有反馈的，算到现在。",
            unit="%",
            lowest=0,
            highest=None,
            low=True,
        ),
        Measure(
            key="solved",
            side="called",
            what="呼叫单位评价的解决程度：已解决 100 分，部分解决 50 分，没有解决 0 分。",
            unit="分",
            lowest=0,
            highest=100,
        ),
        Measure(
            key="satisfaction",
            side="called",
            what="呼叫单位的满意度（一到五分）；关联的诉求件已经结案并且回访接通的，与居民最后一次回访的满意度按比例合计，只有一方的按一方。",
            unit="分",
            lowest=1,
            highest=5,
        ),
        Measure(
            key="justified",
            side="caller",
            what="被呼叫单位评价的呼叫必要性：确有必要 100 分，可以自行处理一部分 50 分，没有必要 0 分。",
            unit="分",
            lowest=0,
            highest=100,
        ),
        Measure(
            key="clear",
            side="caller",
            what="被呼叫单位评价的情况说得清不清楚，一到五分。",
            unit="分",
            lowest=1,
            highest=5,
        ),
        Measure(
            key="address",
            side="caller",
            what="被呼叫单位评价的地点准不准确：准确 100 分，不准确 0 分。",
            unit="分",
            lowest=0,
            highest=100,
        ),
    )
}

SOLVED_POINTS = {Solved.YES.value: 100.0, Solved.PARTLY.value: 50.0, Solved.NO.value: 0.0}
JUSTIFIED_POINTS = {Justified.YES.value: 100.0, Justified.PARTLY.value: 50.0, Justified.NO.value: 0.0}

REASONS: Mapping[str, str] = {
    "released": "区中心裁定同意退出",
    "cancelled": "呼叫撤回、转议题或移交，响应随之取消",
    "deciding": "申请退出，正在裁定",
    "not_due": "还没有办到这一步，也没有到时限",
    "not_timed": "没有计时",
    "not_yet": "还没有评价",
    "unrated": "互评到期没有评价",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """One response. `satisfaction` and `residents` stand apart because how they are put together is set by the
    district; every other measure is in `values`. What is in neither is left out for the reason in `missing`."""

    id: int
    unit: int
    caller: int
    callout: int
    purpose: str
    street: int | None
    at: dt.datetime  # called
    values: Mapping[str, float]
    missing: Mapping[str, str]
    by_caller: int | None
    residents: float | None  # mean over the linked cases
    cases: int = 0  # how many of them residents have judged

    def satisfaction(self, share: int) -> float | None:
        """One to five; `share` of residents in per cent where both sides have said."""
        if self.by_caller is None or self.residents is None:
            return self.residents if self.by_caller is None else float(self.by_caller)
        return (self.residents * share + self.by_caller * (100 - share)) / 100


def measured(wanted: Q, now: dt.datetime) -> list[Measured]:
    """All responses that meet the condition, in the order in which they were called. Two statements."""
    rows = Response.objects.filter(
        wanted, matter__district=settings.DISTRICT_CODE, matter__kind=RESPONSES.kind
    ).order_by()
    said = _residents(rows)
    timed = rows.annotate(used=_used("respond", now), spent=_used("feed_back", now))
    found = [_measured(row, said) for row in timed.values_list(*_COLUMNS)]
    return sorted(found, key=lambda one: (one.at, one.id))


_COLUMNS = (
    "matter_id",
    "matter__lead_id",
    "callout__matter__lead_id",
    "callout_id",
    "matter__subkind",
    "matter__street_id",
    "matter__opened_at",
    "matter__state",
    "used",
    "spent",
    "solved",
    "satisfaction",
    "rated_at",
    "justified",
    "clear",
    "right_address",
    "caller_rated_at",
)


def _used(kind: str, now: dt.datetime) -> Subquery:
    """Which share of its limit the slowest clock of this kind has used, in per cent, from the start to the end or to
    now; None while none has ended or run out. Counted by the hours that pass: at the limit it is 100 whatever nights
    and holidays lie between."""
    ran = Clock.objects.filter(Q(stopped_at__isnull=False) | Q(due_at__lte=now), kind=kind, excused="")
    ended = Coalesce(F("stopped_at"), Value(now))
    used = Cast(_seconds(ended - F("started_at")), FloatField()) * 100 / _seconds(F("due_at") - F("started_at"))
    rows = ran.filter(matter=OuterRef("matter_id")).annotate(used=used)
    return Subquery(rows.order_by("-used").values("used")[:1])


def _seconds(span: CombinedExpression) -> Cast:
    wrapped = ExpressionWrapper(span, output_field=DurationField())
    return Cast(Extract(wrapped, "epoch"), FloatField())


def _residents(rows: QuerySet[Response]) -> dict[int, list[int]]:
    """By call-out: the satisfaction that ended each linked case, as its last callback after the call recorded it. What
    residents say of a case that is open again is not final."""
    calls = CausingMatter.objects.standing().filter(
        callout__in=rows.values("callout_id"),
        matter__closed_at__isnull=False,
        matter__case__callbacks__reached=True,
        matter__case__callbacks__at__gte=F("callout__issued_at"),
    )
    last: dict[tuple[int, int], tuple[int, int]] = {}
    for callout, case, seq, satisfied in calls.values_list(
        "callout_id",
        "matter_id",
        "matter__case__callbacks__seq",
        "matter__case__callbacks__satisfied",
    ):
        if satisfied is not None and seq > last.get((callout, case), (0, 0))[0]:
            last[callout, case] = (seq, satisfied)
    said: dict[int, list[int]] = {}
    for (callout, _), (_, satisfied) in last.items():
        said.setdefault(callout, []).append(satisfied)
    return said


def _measured(row: Sequence[object], said: Mapping[int, Sequence[int]]) -> Measured:
    (
        pk, unit, caller, callout, purpose, street, at, state, used, spent,
        solved, satisfaction, rated_at, justified, clear, address, caller_rated_at,
    ) = row  # fmt: skip
    judged = said.get(callout, ())  # type: ignore[call-overload]
    aside = {RELEASED: "released", CANCELLED: "cancelled", DECLINED: "deciding"}.get(str(state))
    values: dict[str, float] = {}
    missing: dict[str, str] = {}
    by_caller: int | None = None
    residents: float | None = None
    if aside:
        missing = dict.fromkeys(MEASURES, aside)
    else:
        late = "unrated" if state == RATED else "not_yet"
        for key, share in (("speed", used), ("on_time", spent)):
            if share is None:
                missing[key] = "not_timed" if state == RATED else "not_due"
            else:
                values[key] = float(share)  # type: ignore[arg-type]
        if rated_at is None:
            missing["solved"] = late
        else:
            values["solved"] = SOLVED_POINTS[str(solved)]
            by_caller = satisfaction  # type: ignore[assignment]
        residents = sum(judged) / len(judged) if judged else None
        if by_caller is None and residents is None:
            missing["satisfaction"] = late
        if caller_rated_at is None:
            missing |= dict.fromkeys(("justified", "clear", "address"), late)
        else:
            values["justified"] = JUSTIFIED_POINTS[str(justified)]
            values["clear"] = float(clear)  # type: ignore[arg-type]
            values["address"] = 100.0 if address else 0.0
    return Measured(
        id=pk,  # type: ignore[arg-type]
        unit=unit,  # type: ignore[arg-type]
        caller=caller,  # type: ignore[arg-type]
        callout=callout,  # type: ignore[arg-type]
        purpose=str(purpose),
        street=street,  # type: ignore[arg-type]
        at=at,  # type: ignore[arg-type]
        values=values,
        missing=missing,
        by_caller=by_caller,
        residents=residents,
        cases=len(judged),
    )
