"""What follows when cases that others go along with are themselves merged or set free, found by looking (ADR 11)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import F, Min, Q, QuerySet
from django.utils import timezone

from huying.cases.flow import CASES, JOINABLE, JOINED
from huying.cases.models import CaseLink
from huying.kernel import outbox
from huying.matters.engine import Move, move
from huying.matters.parameters import UNDO_SECONDS
from huying.people.actors import SYSTEM

BATCH = 1000
KNOTTED = "两件互相并入，由系统解开，请重新判断该并到哪一件。"


@outbox.periodic("cases.merged", 5)
def look_after_merged() -> None:
    now = timezone.now()
    untie(now)
    bring_along(now)
    tighten(now)


def bring_along(now: datetime) -> int:
    """Tie those whose main case has been merged to what that one goes along with now, and those whose main case is set
    free again to it; returns how many. It waits until that can no longer be taken back."""
    settled = now - timedelta(seconds=UNDO_SECONDS.value)
    waiting = CaseLink.objects.waiting().filter(case__matter__state=JOINED)
    up = waiting.filter(main__matter__state=JOINED, main__matter__moved_at__lte=settled)
    back = waiting.filter(
        through__isnull=False, through__matter__closed_at=None, through__matter__moved_at__lte=settled
    ).exclude(through__matter__state=JOINED)
    done = 0
    for rows in (up, back):
        for batch in _batches(rows):
            results = move(CASES, "follow", [Move(case, SYSTEM, {}) for case in batch], now=now)
            done += sum(result.refusal is None for result in results)
    return done


def untie(now: datetime) -> int:
    """Two that were joined to each other in the same moment would wait for ever: the later one is set free."""
    waiting = CaseLink.objects.waiting()
    knots = waiting.filter(
        case__in=waiting.filter(main__matter__state=JOINED).values("main"), main__matter__state=JOINED
    ).values_list("case", "main", "pk")
    by_case = {case: (main, pk) for case, main, pk in knots[:BATCH]}
    later = [
        case
        for case, (main, pk) in by_case.items()
        if main in by_case and by_case[main][0] == case and by_case[main][1] < pk
    ]
    results = (
        move(CASES, "unjoin", [Move(case, SYSTEM, {"reason": KNOTTED}) for case in later], now=now) if later else ()
    )
    return sum(result.refusal is None for result in results)


def tighten(now: datetime) -> int:
    """Where the upper level wants what was joined earlier than the main case, that holds for the main case."""
    settled = now - timedelta(seconds=UNDO_SECONDS.value)
    rows = (
        CaseLink.objects.waiting()
        .filter(at__lte=settled, case__upper_due_at__isnull=False, main__matter__state__in=JOINABLE)
        .filter(Q(main__upper_due_at=None) | Q(case__upper_due_at__lt=F("main__upper_due_at")))
        .values_list("main")
        .annotate(Min("case__upper_due_at"))
        .order_by("main")
    )
    moves = [Move(main, SYSTEM, {"upper_due_at": due}) for main, due in rows[:BATCH]]
    results = move(CASES, "tighten", moves, now=now) if moves else ()
    return sum(result.refusal is None for result in results)


def _batches(rows: QuerySet[CaseLink]) -> Iterator[list[int]]:
    last = 0
    cases = rows.order_by("case").values_list("case", flat=True)
    while batch := list(cases.filter(case__gt=last)[:BATCH]):
        last = batch[-1]
        yield batch
