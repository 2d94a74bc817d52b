"""Each reviewer has a limit of one's own: reminded a day before, told when it has passed, with the supervisors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from huying.cases.models import Judgement
from huying.matters.messages import Draft, Posts, Recipients, send
from huying.ui.text import moment

SOON = timedelta(days=1)
BATCH = 500


def remind(now: datetime) -> int:
    """Returns how many were told. Each is told once of each."""
    waiting = Judgement.objects.filter(answered_at=None, replaced_at=None)
    with transaction.atomic():
        late = _locked(waiting.filter(due_at__lte=now, late_told_at=None))
        Judgement.objects.filter(pk__in=[j.pk for j in late]).update(late_told_at=now, reminded_at=now)
        soon = _locked(waiting.filter(due_at__gt=now, due_at__lte=now + SOON, reminded_at=None))
        Judgement.objects.filter(pk__in=[j.pk for j in soon]).update(reminded_at=now)
        drafts = [*_told(soon, "case.judge_soon"), *_told(late, "case.judge_late")]
        if late:
            supervisors = Posts.read(()).users(("supervisor",))
            matters = {j.review.case_id: j for j in late}
            drafts += [
                Draft("case.review_late", j.review.case.matter, Recipients(set(supervisors)), {})
                for j in matters.values()
            ]
        send(drafts, at=now)
    return len(late) + len(soon)


def _locked(rows: QuerySet[Judgement]) -> list[Judgement]:
    found = rows.select_for_update(skip_locked=True, of=("self",)).select_related("review__case__matter")
    return list(found.order_by("pk")[:BATCH])


def _told(rows: Sequence[Judgement], template: str) -> list[Draft]:
    return [
        Draft(template, j.review.case.matter, Recipients({j.reviewer_id}), {"until": moment(j.due_at)}) for j in rows
    ]
