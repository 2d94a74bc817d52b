"""Dispatch rules and cases: what rules say of a case, and what objections say of the rules. Knowledge knows no case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Max, Q
from django.utils import timezone

from huying.cases.enums import CaseKind, HandBackReason, ObjectionCause, Verdict
from huying.cases.models import Objection
from huying.cases.past import Past
from huying.knowledge.history import Asked, past_cases
from huying.knowledge.rules import options as rule_options
from huying.knowledge.rules import proposals
from huying.knowledge.rules.book import Ruled, decide, rules_for
from huying.knowledge.rules.proposals import Proposal, Repeated
from huying.matters.models import Matter
from huying.people.directory import directory
from huying.places.tree import place_tree

NEWEST = 5  # numbers that stand with a group
BELIEVED = (Verdict.UPHELD, Verdict.RETURNED)
_CAUSES = {**dict(HandBackReason.choices), **dict(ObjectionCause.choices)}


def register() -> None:
    past_cases.register(Past())
    rule_options.kinds.register(lambda: CaseKind.choices)
    proposals.repeated.register(repeated_objections)


def asked_of(matter: Matter, text: str) -> Asked:
    return Asked(
        text=f"{matter.title}\n{text}",
        kind=matter.subkind,
        category=matter.category,
        urgency=matter.urgency,
        channel=matter.channel,
        street=matter.street_id,
        community=matter.community_id,
    )


def ruled(matter: Matter, text: str) -> Ruled:
    """Which rule decides who handles it. Out of memory."""
    return rules_for(asked_of(matter, text))


def repeated_objections(since: dt.date, least: int) -> Sequence[Repeated]:
    """Units that say again and again that a category is not theirs, for one cause."""
    rows = (
        Objection.objects.filter(at__gte=timezone.make_aware(dt.datetime.combine(since, dt.time())))
        .values("case__matter__category", "unit", "cause")
        .annotate(
            n=Count("pk"),
            upheld=Count("pk", filter=Q(verdict__in=BELIEVED)),
            last_at=Max("at"),
            numbers=ArrayAgg("case__matter__number", order_by="-at"),
        )
        .filter(n__gte=least)
        .order_by("-n", "-last_at")
    )
    return [
        Repeated(
            category=row["case__matter__category"],
            unit=row["unit"],
            cause=str(_CAUSES.get(row["cause"], row["cause"])),
            n=row["n"],
            upheld=row["upheld"],
            last_at=row["last_at"],
            numbers=tuple(dict.fromkeys(row["numbers"]))[:NEWEST],
        )
        for row in rows[:200]
    ]


def upheld_of(objections: Sequence[Objection]) -> Objection | None:
    """The newest that was upheld."""
    return next((one for one in objections if one.verdict == Verdict.UPHELD), None)


def key_of(objection: Objection) -> str:
    return f"objection:{objection.pk}"


def proposal_of(matter: Matter, objection: Objection, text: str) -> tuple[Proposal, str]:
    """What an upheld objection says of the rules, and the code of the wrong rule ("" = none named the unit)."""
    book, asked = directory(), asked_of(matter, text)
    unit, now = book.by_id[objection.unit_id], book.by_id.get(matter.lead_id or 0)
    better = now.code if now is not None and now.id != unit.id else next(iter(objection.suggested), "")
    hit = decide(asked)
    wrong = hit.code if hit is not None and hit.lead == unit.id else ""
    if hit is not None and hit.lead != unit.id:
        better = better or book.by_id[hit.lead].code
    place = place_tree().code_of(matter.street_id) if objection.cause == ObjectionCause.WRONG_PLACE else ""
    words = f"{matter.number} 申诉成立：{unit.label}，{objection.cause_label}"
    proposal = Proposal(
        key=key_of(objection),
        number=matter.number,
        words=words,
        category=matter.category,
        place=place,
        said=proposals.words_in(f"{matter.title}\n{text}", most=3),
        lead=better,
    )
    return proposal, wrong
