"""What a run looks like in numbers: the lines that `huying simulate` prints."""

from __future__ import annotations

import datetime as dt

from django.db.models import Count, Min, Q

from huying.callouts.flow import CALLOUTS
from huying.callouts.metrics.declared import METRICS
from huying.cases.flow import CASES
from huying.cases.models import Callback, Case, ContactAct
from huying.kernel.metrics import Span, tallies
from huying.matters.models import Alarm, Clock, LedgerLine, Matter
from huying.people.directory import directory

SATISFIED = 3  # from "一般" on


def rows(after_id: int) -> list[tuple[str, str, str]]:
    """Figures of the cases with a higher id: name, value, what it is of."""
    matters = Matter.objects.filter(kind=CASES.kind, pk__gt=after_id)
    total = matters.count()
    found: list[tuple[str, str, str]] = [("受理", f"{total:,}", "")]
    by_state = dict(matters.values_list("state").annotate(n=Count("pk")))
    found += [(state.label, f"{by_state.get(state.key, 0):,}", "") for state in CASES.states]
    stopped = Clock.objects.filter(matter__kind=CASES.kind, matter_id__gt=after_id, met__isnull=False)
    for kind, met, n in (
        stopped.values_list("kind").annotate(met=Count("pk", filter=Q(met=True)), n=Count("pk")).order_by("kind")
    ):
        if not CASES.clock[kind].on_due:
            found.append((f"按时{CASES.clock[kind].label}", share(met, n), f"{met:,} / {n:,}"))
    late = matters.filter(closed_at=None, warning__gte=2).count()
    found.append(("已超时未结", f"{late:,}", ""))
    reached = Callback.objects.filter(case_id__gt=after_id, reached=True)
    asked, satisfied = reached.count(), reached.filter(satisfied__gte=SATISFIED).count()
    found.append(("回访满意", share(satisfied, asked), f"{satisfied:,} / {asked:,}"))
    contacts = ContactAct.objects.filter(case_id__gt=after_id)
    found.append(("办前沟通", f"{contacts.count():,}", "次"))
    reworked = matters.filter(rework_count__gte=1).count()
    found.append(
        (
            "重办",
            share(reworked, total),
            f"{reworked:,} 件，两次以上 {matters.filter(rework_count__gte=2).count():,} 件",
        )
    )
    steps = dict(
        LedgerLine.objects.filter(matter__kind=CASES.kind, matter_id__gt=after_id)
        .filter(step__in=("answer", "hand_back", "return_to_reporter"))
        .values_list("step")
        .annotate(n=Count("pk"))
    )
    for key in ("answer", "hand_back", "return_to_reporter"):
        found.append((CASES.step[key].label, f"{steps.get(key, 0):,}", "次"))
    anonymous = Case.objects.filter(pk__gt=after_id, anonymous=True).count()
    found.append(("匿名", share(anonymous, total), ""))
    found.append(("险情报警", f"{Alarm.objects.filter(matter_id__gt=after_id).count():,}", ""))
    return found


def of_callouts(after_id: int, now: dt.datetime) -> list[tuple[str, str, str]]:
    """Figures of the call-outs and responses with a higher id, by the same metrics as everywhere."""
    first = Matter.objects.filter(kind=CALLOUTS.kind, pk__gt=after_id).aggregate(first=Min("opened_at"))["first"] or now
    units = tuple(directory().by_id)
    told = tallies(METRICS, {"run": Span(first, now + dt.timedelta(days=60), units)}, now)["run"][None]
    found: list[tuple[str, str, str]] = []
    for metric in METRICS:
        tally = told[metric.id]
        left = f"，不计算 {tally.left_out:,}" if tally.left_out else ""
        if metric.is_rate:
            found.append((metric.label, share(tally.part, tally.whole), f"{tally.part:,} / {tally.whole:,}{left}"))
        else:
            found.append((metric.label, f"{tally.whole:,}", left.removeprefix("，")))
    return found


def share(part: int, whole: int) -> str:
    return f"{part / whole:.2%}" if whole else "—"
