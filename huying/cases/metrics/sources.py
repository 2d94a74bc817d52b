"""The rows that metrics of cases count. A case has one row in each of them for each time it was given to a unit, was
done over, was called back.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Case as Choice
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Concat

from huying.cases.flow import CASES
from huying.cases.metrics.exclusions import (
    CLOSED_AS,
    CONFIDENTIAL,
    ENDED,
    EXEMPT,
    IMPORTED,
    JOINED,
    NO_CALLBACK,
    NOT_DUE,
    PAUSED,
    UNREACHED,
    declared,
    reason,
)
from huying.cases.models import Callback, CaseLink, ContactAct
from huying.kernel.registry import MetricSource
from huying.matters.models import Clock, Matter

# A clock that a slip had started never ran.
_UNDOING = tuple(step.reverse for step in CASES.steps if step.reverse)
_KINDS = ("acknowledge", "contact", "handle", "rework", "callback")


def _clocks(kinds: tuple[str, ...]) -> QuerySet[Clock]:
    rows = Clock.objects.filter(kind__in=kinds, matter__kind=CASES.kind).exclude(ended_by__in=_UNDOING)
    return rows.annotate(matter_key=F("matter_id"), unit_key=F("lead_id"), falls_at=F("due_at"), what=F("kind"))


def clocks(now: datetime) -> QuerySet[Any, Any]:
    """What a unit had to do in time, by the moment it was due."""
    act = ContactAct.objects.filter(case=OuterRef("matter_id"), seq=OuterRef("stopped_seq")).values("exemption")
    contacted = Q(kind="contact", ended_by="contact")
    rows = _clocks(_KINDS).annotate(
        exemption=Choice(When(contacted, then=Subquery(act)), default=Value(""), output_field=CharField())
    )
    return rows.annotate(
        excluded=Choice(
            *declared("matter__"),
            When(Q(kind="contact") & ~Q(organisation=F("lead")), then=Value(CONFIDENTIAL)),
            When(~Q(exemption=""), then=Concat(Value(EXEMPT), "exemption")),
            When(stopped_at__isnull=False, met=None, then=Concat(Value(ENDED), "ended_by")),
            When(ended_by="close_without_callback", then=Value(NO_CALLBACK)),
            When(paused_at__isnull=False, then=Concat(Value(PAUSED), "matter__state")),
            When(stopped_at=None, due_at__gt=now, then=Value(NOT_DUE)),
            default=Value(""),
            output_field=CharField(),
        )
    )


def dispatches(now: datetime) -> QuerySet[Any, Any]:
    """What a unit was given, by the moment until which it had to be acknowledged. What was handed back is among it."""
    rows = _clocks(("acknowledge",))
    return rows.annotate(excluded=_only(declared("matter__")))


def callbacks(now: datetime) -> QuerySet[Any, Any]:
    """What reporters said about a unit's work, by the moment they were asked."""
    rows = Callback.objects.annotate(
        matter_key=F("case_id"), unit_key=F("lead_id"), falls_at=F("at"), what=Cast("round", CharField())
    )
    return rows.annotate(excluded=_only([*declared("case__matter__"), When(reached=False, then=Value(UNREACHED))]))


def closings(now: datetime) -> QuerySet[Any, Any]:
    """What a unit had handled when it was closed, by that moment; after a rework, by the last one."""
    rows = Matter.objects.filter(kind=CASES.kind, closed_at__isnull=False).annotate(
        matter_key=F("pk"), unit_key=F("lead_id"), falls_at=F("closed_at"), what=Value("")
    )
    # Answered along with its main case by this very closing, and not by one before a rework.
    along = CaseLink.objects.filter(case=OuterRef("pk"), answered=True, ended_at=OuterRef("closed_at"))
    branches = [
        *declared(""),
        When(case__imported=True, then=Value(IMPORTED)),
        When(Exists(along), then=Value(JOINED)),
        When(~Q(state="closed"), then=Concat(Value(CLOSED_AS), "state")),
    ]
    return rows.annotate(excluded=_only(branches))


def _only(branches: list[When]) -> Choice | Value:
    if not branches:
        return Value("")
    return Choice(*branches, default=Value(""), output_field=CharField())


def _kind(what: str) -> str:
    return {"handle": "首次办理", "rework": "重办"}.get(what, "")


SOURCES = (
    MetricSource(key="cases.clocks", label="时限", falls="到期", rows=clocks, reason=reason, named=_kind),
    MetricSource(key="cases.dispatches", label="派单", falls="签收到期", rows=dispatches, reason=reason),
    MetricSource(
        key="cases.callbacks",
        label="回访",
        falls="回访",
        rows=callbacks,
        reason=reason,
        named=lambda what: f"第 {what} 轮",
    ),
    MetricSource(key="cases.closings", label="结案", falls="结案", rows=closings, reason=reason),
)
