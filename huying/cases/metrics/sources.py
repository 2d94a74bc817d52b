"""The rows that metrics of cases count. A case has one row in each of them for each time it was given to a unit, was
done over, was called back, has objected. None needs a join: what counts is written beside what happened (`Clock.lead`,
`excused`). Whether a dispatch was objected to and a case done over by its unit is asked for itself, of few rows.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Case as Choice
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Concat

from huying.cases.enums import ObjectionCause, Verdict
from huying.cases.flow import CASES
from huying.cases.metrics.exclusions import (
    CLOSED,
    COUNTED_ENDS,
    NOT_DUE,
    UNREACHED,
    VERDICT,
    declared,
    reason,
)
from huying.cases.models import Callback, Objection
from huying.cases.objections import TAKEN_BACK
from huying.kernel.registry import MetricSource
from huying.matters.models import Clock, Matter

_KINDS = tuple(clock.key for clock in CASES.clocks if clock.counted)


def _clocks(kinds: tuple[str, ...]) -> QuerySet[Clock]:
    rows = Clock.objects.filter(kind__in=kinds)
    return rows.annotate(matter_key=F("matter_id"), unit_key=F("lead_id"), falls_at=F("due_at"), what=F("kind"))


def clocks(now: datetime) -> QuerySet[Any, Any]:
    """What a unit had to do in time, by the moment it was due."""
    not_due = When(stopped_at=None, due_at__gt=now, excused="", then=Value(NOT_DUE))
    return _clocks(_KINDS).annotate(excluded=_chosen([*declared("matter_id"), not_due], F("excused")))


def dispatches(now: datetime) -> QuerySet[Any, Any]:
    """What a unit was given, by the moment until which it had to be acknowledged. What was handed back is among it."""
    said = Objection.objects.filter(case=OuterRef("matter_id"), given_seq=OuterRef("started_seq"))
    objected = Exists(said.filter(way=Objection.Way.OBJECTED, endorsed_at__isnull=False))
    taken_back = When(excused=TAKEN_BACK, then=Value(TAKEN_BACK))
    return _clocks(("acknowledge",)).annotate(
        objected=objected, excluded=_chosen([*declared("matter_id"), taken_back], Value(""))
    )


def objections(now: datetime) -> QuerySet[Any, Any]:
    """What became of a unit's objections, by the moment they ended."""
    rows = Objection.objects.filter(way=Objection.Way.OBJECTED, ended_at__isnull=False).annotate(
        matter_key=F("case_id"), unit_key=F("unit_id"), falls_at=F("ended_at"), what=F("cause")
    )
    unruled = When(~Q(verdict__in=(Verdict.UPHELD, Verdict.REJECTED)), then=Concat(Value(VERDICT), "verdict"))
    return rows.annotate(excluded=_chosen([*declared("case_id"), unruled], Value("")))


def callbacks(now: datetime) -> QuerySet[Any, Any]:
    """What reporters said about a unit's work, by the moment they were asked."""
    rows = Callback.objects.annotate(
        matter_key=F("case_id"), unit_key=F("lead_id"), falls_at=F("at"), what=Cast("round", CharField())
    )
    rows = rows.annotate(again=Q(round__gt=1) & _redone("case_id", "seq"))
    unreached = When(reached=False, then=Value(UNREACHED))
    return rows.annotate(excluded=_chosen([*declared("case_id"), unreached], Value("")))


def closings(now: datetime) -> QuerySet[Any, Any]:
    """What a unit had handled when it was closed, by that moment; after a rework, by the last one."""
    rows = Matter.objects.filter(kind=CASES.kind, closed_at__isnull=False).annotate(
        matter_key=F("pk"), unit_key=F("lead_id"), falls_at=F("closed_at"), what=Value("")
    )
    rows = rows.annotate(redone=Q(rework_count__gt=0) & _redone("pk", "version"))
    otherwise = When(~Q(closed_by__in=COUNTED_ENDS), then=Concat(Value(CLOSED), "closed_by"))
    return rows.annotate(excluded=_chosen([*declared("pk"), otherwise], Value("")))


def _redone(matter: str, before: str) -> Exists:
    """Whether the unit has done it over: what the centre had answered, or another unit had done, it has not. As long as
    it is asked of lines before one, PostgreSQL looks at the clocks of that matter and never hashes all reworks."""
    ran = Clock.objects.filter(kind="rework", matter=OuterRef(matter), lead=OuterRef("lead_id"))
    return Exists(ran.filter(started_seq__lte=OuterRef(before)))


def _chosen(branches: list[When], default: F | Value) -> Choice | Value:
    if not branches and isinstance(default, Value):
        return default
    return Choice(*branches, default=default, output_field=CharField())


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
    MetricSource(
        key="cases.objections",
        label="派单申诉",
        falls="申诉了结",
        rows=objections,
        reason=reason,
        named=lambda what: str(dict(ObjectionCause.choices).get(what, "")),
    ),
    MetricSource(key="cases.closings", label="结案", falls="结案", rows=closings, reason=reason),
)
