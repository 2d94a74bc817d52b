"""The rows that metrics of call-outs count: one for each unit that was called, by one of its moments; one for each
call, by its caller. Units are responses' leads; what counts stands on the response and its clocks (`Clock.lead`)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Case as Choice
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from huying.callouts.enums import Level, Verdict
from huying.callouts.flow import CALLOUTS
from huying.callouts.models import Callout, Response
from huying.callouts.responses import RESPONSES
from huying.callouts.states import ACCEPTED, CANCELLED, DECLINED, RATED, RELEASED, WITHDRAWN
from huying.kernel.registry import MetricSource
from huying.matters.models import Clock

CLOCKS, CALLS, RATINGS, ISSUED = "callouts.clocks", "callouts.calls", "callouts.ratings", "callouts.issued"
NOT_DUE, UNRATED, UNRULED = "not_due", "unrated", "unruled"
# Every state in which a response ends is in one of these two.
COUNTED_ENDS = (RATED,)
OTHER_ENDS = (RELEASED, CANCELLED)
_WORDS = {
    NOT_DUE: "还没有到期",
    UNRATED: "呼叫单位没有评价",
    UNRULED: "退出申请还没有裁定",
    RELEASED: "裁定同意退出的",
    CANCELLED: "呼叫撤回、转议题或移交，随之取消的",
    "ended:rule": "裁定同意退出的",
    "ended:cancel": "呼叫撤回、转议题或移交，随之取消的",
}


def reason(key: str) -> str:
    """An exclusion in words."""
    if words := _WORDS.get(key):
        return words
    head, _, of = key.partition(":")
    step = RESPONSES.step.get(of) or CALLOUTS.step.get(of)
    return f"由“{step.label}”中止" if head == "ended" and step else key


def clocks(now: datetime) -> QuerySet[Any, Any]:
    """What a called unit had to do in time, by the moment it was due. `accepted`: its result has been, by now."""
    rows = Clock.objects.filter(kind__in=("respond", "feed_back")).annotate(
        matter_key=F("matter_id"), unit_key=F("lead_id"), falls_at=F("due_at"), what=F("matter__subkind")
    )
    accepted = Exists(Response.objects.filter(matter=OuterRef("matter_id"), accepted_at__isnull=False))
    released = When(_ended(RELEASED), then=Value(RELEASED))
    cancelled = When(_ended(CANCELLED), then=Value(CANCELLED))
    not_due = When(stopped_at=None, due_at__gt=now, then=Value(NOT_DUE))
    excluded = Choice(released, cancelled, not_due, default=F("excused"), output_field=CharField())
    return rows.annotate(accepted=accepted, excluded=excluded)


def _ended(state: str) -> Q:
    return Q(matter__state=state)


def calls(now: datetime) -> QuerySet[Any, Any]:
    """Units that were called, by the moment they were. `declined`: the centre had to rule whether they come."""
    rows = Response.objects.annotate(
        matter_key=F("matter_id"),
        unit_key=F("matter__lead_id"),
        falls_at=F("matter__opened_at"),
        what=F("matter__subkind"),
    )
    declined, released = ~Q(declined_for=""), Q(verdict=Verdict.RELEASED)
    cancelled = When(_ended(CANCELLED), then=Value(CANCELLED))
    unruled = When(_ended(DECLINED), then=Value(UNRULED))
    return rows.annotate(
        excluded=Choice(cancelled, unruled, default=Value(""), output_field=CharField()),
        declined=Choice(When(declined, then=True), default=False),
        released=Choice(When(released, then=True), default=False),
    )


def ratings(now: datetime) -> QuerySet[Any, Any]:
    """What callers said of called units, by the moment they said it; who said nothing by the moment of acceptance."""
    rows = Response.objects.filter(matter__state__in=(ACCEPTED, RATED), accepted_at__isnull=False).annotate(
        matter_key=F("matter_id"),
        unit_key=F("matter__lead_id"),
        falls_at=Coalesce("rated_at", "accepted_at"),
        what=F("matter__subkind"),
    )
    unrated = When(rated_at=None, then=Value(UNRATED))
    return rows.annotate(excluded=Choice(unrated, default=Value(""), output_field=CharField()))


def issued(now: datetime) -> QuerySet[Any, Any]:
    """Calls that went out, by the moment they did, on their caller's account."""
    rows = Callout.objects.filter(issued_at__isnull=False).annotate(
        matter_key=F("matter_id"), unit_key=F("matter__lead_id"), falls_at=F("issued_at"), what=F("level")
    )
    withdrawn = When(matter__state=WITHDRAWN, then=Value("ended:withdraw"))
    return rows.annotate(
        excluded=Choice(withdrawn, default=Value(""), output_field=CharField()),
        lifted=Choice(When(~Q(raised=""), then=True), default=False),
    )


def _purpose(what: str) -> str:
    return dict(CALLOUTS.subkinds).get(what, "")


def _level(what: str) -> str:
    return str(dict(Level.choices).get(what, ""))


SOURCES = (
    MetricSource(key=CLOCKS, label="呼应时限", falls="到期", rows=clocks, reason=reason, named=_purpose),
    MetricSource(key=CALLS, label="被呼叫", falls="被呼叫", rows=calls, reason=reason, named=_purpose),
    MetricSource(key=RATINGS, label="呼应评价", falls="评价", rows=ratings, reason=reason, named=_purpose),
    MetricSource(key=ISSUED, label="呼叫", falls="发出", rows=issued, reason=reason, named=_level),
)
