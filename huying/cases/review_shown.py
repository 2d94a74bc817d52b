"""A review as pages show it. Nobody reads what one reviewer says before the other has said it: neither on a page, nor
by the API, nor from a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from huying.cases.agreement import QUESTIONS
from huying.cases.enums import ReviewStage
from huying.cases.models import Judgement, Review
from huying.cases.steps.reviewing import IMPROPER, PROPER, REVIEW, SPLIT
from huying.kernel.registry import DetailPanel, detail_panels
from huying.matters.models import Matter
from huying.matters.timeline import Story
from huying.people.actors import Actor

ASPECTS = frozenset({REVIEW, SPLIT, PROPER, IMPROPER})
MOST = 3  # reviews of one case that its page tells
SEALED = "两位都提交之后才显示"
JUDGE = "第三方评价员"
PLACES = {1: "第一位", 2: "第二位", 3: "第三位"}


def register() -> None:
    detail_panels.declare(
        DetailPanel(
            key="review",
            label="第三方评价",
            template="cases/desk_review_panel.html",
            context=panel,
            permission="cases.view",
            order=20,
        )
    )


def is_sealed(judgement: Judgement, beside: Sequence[Judgement], actor: Actor) -> bool:
    """Whether this reader may not know yet what it says: of anybody else's while one of the same review is still wanted
    of the first two, or of the reader."""
    if judgement.reviewer_id == actor.user_id and actor.user_id is not None:
        return False
    here = [j for j in beside if j.review_id == judgement.review_id and j.replaced_at is None]
    first_two = [j for j in here if j.place <= 2]
    open_still = any(j.answered_at is None for j in first_two) and judgement.review.stage != ReviewStage.DONE
    wanted = any(j.reviewer_id == actor.user_id and j.answered_at is None for j in here)
    third = judgement.place == 3 and any(j.answered_at is None for j in here)
    return open_still or third or (wanted and judgement.review.stage != ReviewStage.DONE)


def judgements_of(matter: Matter) -> list[Judgement]:
    """Of all reviews of a case. One query, however many parts of a page ask."""
    kept: list[Judgement] | None = getattr(matter, "_judgements", None)
    if kept is not None:
        return kept
    rows = Judgement.objects.filter(review__case=matter.pk).select_related("review", "reviewer", "organisation")
    found = list(rows.order_by("-review", "place", "pk"))
    matter._judgements = found  # type: ignore[attr-defined]
    return found


def sealed_lines(matter: Matter, actor: Actor) -> frozenset[int]:
    """Lines of which this reader may know only that they were written. No query where nothing is under review."""
    if REVIEW not in matter.aspects:
        return frozenset()
    return _sealed(judgements_of(matter), actor)


def _sealed(rows: Sequence[Judgement], actor: Actor) -> frozenset[int]:
    return frozenset(row.seq for row in rows if row.seq is not None and is_sealed(row, rows, actor))


def veil(story: Story, matter: Matter, actor: Actor) -> Story:
    """The same story without what is sealed, and without the names of reviewers where they are nobody's business."""
    judged = [at for at, line in enumerate(story.lines) if line.step == "judge"]
    if not judged:
        return story
    sealed, named = sealed_lines(matter, actor), actor.may("cases.arrange_review")
    for at in judged:
        line, entry = story.lines[at], story.entries[at]
        if line.seq in sealed:
            story.entries[at] = replace(entry, who=JUDGE, text=f"意见{SEALED}。", facts=(), attachments=())
            story.said.pop(line.seq, None)
        elif not named and line.actor_id != actor.user_id:
            story.entries[at] = replace(entry, who=JUDGE)
    return story


@dataclass(frozen=True, slots=True)
class Judge:
    """One who was asked: `name` is told to those who arrange, the others read that it is somebody."""

    place: str
    name: str
    due_at: datetime
    answered_at: datetime | None
    late: bool
    replaced_at: datetime | None
    answers: tuple[str, ...]  # one for each question; empty where they are not told
    own: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """One review with its judges, and beside each question whether they agree."""

    review: Review
    judges: list[Judge]
    replaced: list[Judge]
    questions: list[tuple[str, list[str], str]]


def panel(request: HttpRequest, matter: Matter) -> Mapping[str, object] | None:
    """None where there was no review, or the reader is no party of it: units read it once there is a result."""
    if not ASPECTS & {*matter.aspects}:
        return None
    actor: Actor = request.actor  # type: ignore[attr-defined]
    rows = judgements_of(matter)
    now = timezone.now()
    by_review: dict[int, list[Judgement]] = {}
    for row in rows:
        by_review.setdefault(row.review_id, []).append(row)
    found = [_shown(own, actor, now) for own in list(by_review.values())[:MOST]]
    if not found:
        return None
    return {
        "reviews": found,
        "sealed_words": SEALED,
        "split": SPLIT in matter.aspects,
        "list_url": reverse("cases:reviews") if actor.may("cases.arrange_review") else "",
    }


def _shown(rows: Sequence[Judgement], actor: Actor, now: datetime) -> Shown:
    named = actor.may("cases.arrange_review")
    judges = []
    for row in rows:
        hidden = row.answered_at is None or is_sealed(row, rows, actor)
        own = row.reviewer_id == actor.user_id
        answers = () if hidden else tuple(words[getattr(row, field)] for field, _, words in QUESTIONS)
        name = f"{row.reviewer.display_name}（{row.organisation}）" if named or own else JUDGE
        judges.append(
            Judge(
                place=PLACES[row.place],
                name=name,
                due_at=row.due_at,
                answered_at=row.answered_at,
                late=row.answered_at is None and row.replaced_at is None and now > row.due_at,
                replaced_at=row.replaced_at,
                answers=answers,
                own=own,
            )
        )
    asked = [judge for judge in judges if judge.replaced_at is None]
    told = [judge for judge in asked if judge.answers]
    questions = []
    for at, (_, question, _) in enumerate(QUESTIONS):
        said = [judge.answers[at] if judge.answers else "" for judge in asked]
        agree = "" if len(told) < 2 else "一致" if len({judge.answers[at] for judge in told}) == 1 else "不一致"
        questions.append((question, said, agree))
    return Shown(rows[0].review, asked, [j for j in judges if j.replaced_at], questions if told else [])
