"""How far those who judge from outside agree, and what the reviews of a period came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from huying.cases.enums import Responsible, ReviewStage
from huying.cases.models import Judgement, Review
from huying.cases.queues import cases_for
from huying.people.actors import Actor

# What is asked: field of the judgement, the question, the words of the answers.
QUESTIONS: tuple[tuple[str, str, dict[object, str]], ...] = (
    ("true", "诉求是否属实", {True: "属实", False: "不属实"}),
    ("solved", "问题是否解决", {True: "已解决", False: "未解决"}),
    ("proper", "处置是否得当", {True: "得当", False: "不当"}),
    ("responsible", "责任在谁", dict(Responsible.choices)),
)
FEW = 10  # pairs below which a kappa says little


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of one question: in so many pairs of judgements, so many alike; `kappa` (Cohen) is None where chance alone would
    make all of them alike."""

    question: str
    pairs: int
    alike: int
    kappa: float | None

    @property
    def percent(self) -> float | None:
        return self.alike / self.pairs * 100 if self.pairs else None

    @property
    def is_thin(self) -> bool:
        return self.pairs < FEW


def kappa(pairs: Sequence[tuple[object, object]]) -> float | None:
    """Cohen's kappa of the first and the second: (observed − expected) / (1 − expected)."""
    n = len(pairs)
    if not n:
        return None
    alike = sum(a == b for a, b in pairs) / n
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    by_chance = sum(first[key] * second[key] for key in first) / (n * n)
    return None if by_chance == 1 else (alike - by_chance) / (1 - by_chance)


def reviews_for(actor: Actor) -> QuerySet[Review]:
    """Those of cases this actor may see."""
    return Review.objects.filter(case__matter__in=cases_for(actor).values("pk"))


def decided_in(actor: Actor, first: date, last: date) -> QuerySet[Review]:
    return reviews_for(actor).filter(
        stage=ReviewStage.DONE, decided_at__gte=_midnight(first), decided_at__lt=_midnight(last + timedelta(days=1))
    )


def agreements(actor: Actor, first: date, last: date) -> list[Agreement]:
    """Of the first and second judgement of each review that came to a result in these days. One query."""
    fields = [field for field, _, _ in QUESTIONS]
    rows = (
        Judgement.objects.filter(
            review__in=decided_in(actor, first, last).values("pk"),
            place__in=(1, 2),
            answered_at__isnull=False,
            replaced_at=None,
        )
        .order_by("place")
        .values_list("review_id", *fields)
    )
    by_review: dict[int, list[tuple[object, ...]]] = {}
    for review, *answers in rows:
        by_review.setdefault(review, []).append(tuple(answers))
    both = [(two[0], two[1]) for two in by_review.values() if len(two) == 2]
    found = []
    for at, (_, question, _) in enumerate(QUESTIONS):
        pairs = [(one[at], other[at]) for one, other in both]
        found.append(Agreement(question, len(pairs), sum(a == b for a, b in pairs), kappa(pairs)))
    return found


@dataclass(frozen=True, slots=True)
class Came:
    """What the reviews of some days came to."""

    proper: int
    improper: int
    dropped: int
    agreed: int
    majority: int
    ruled: int

    @property
    def decided(self) -> int:
        return self.proper + self.improper


def came_to(actor: Actor, first: date, last: date) -> Came:
    """One query."""
    counted = decided_in(actor, first, last).aggregate(
        **{key: Count("pk", filter=Q(result=key)) for key in ("proper", "improper", "dropped")},
        **{key: Count("pk", filter=Q(basis=key)) for key in ("agreed", "majority", "ruled")},
    )
    return Came(**counted)


@dataclass(frozen=True, slots=True)
class Workload:
    """Of one reviewer, in the same days."""

    name: str
    unit: str
    waiting: int
    late: int
    answered: int
    in_time: int


def workloads(first: date, last: date, now: datetime) -> list[Workload]:
    """Who has what to judge now, and judged in these days. One query."""
    within = Q(answered_at__gte=_midnight(first), answered_at__lt=_midnight(last + timedelta(days=1)))
    waits = Q(answered_at=None)
    rows = (
        Judgement.objects.filter(waits | within, replaced_at=None)
        .order_by("organisation__name", "reviewer__full_name")
        .values_list("reviewer__full_name", "organisation__name")
        .annotate(
            waiting=Count("pk", filter=waits),
            late=Count("pk", filter=waits & Q(due_at__lt=now)),
            answered=Count("pk", filter=within),
            in_time=Count("pk", filter=within & Q(answered_at__lte=F("due_at"))),
        )
    )
    return [Workload(*row) for row in rows]


def _midnight(of: date) -> datetime:
    return timezone.make_aware(datetime.combine(of, time()))
