"""Reads of the knowledge base: lists, doors, what waits for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, F, Model, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Least
from django.utils import timezone

from huying.kernel.errors import Missing
from huying.knowledge.articles.actions import APPROVE, WRITE, WRITTEN, owners_of
from huying.knowledge.articles.parameters import DUE_DAYS
from huying.knowledge.models import Article, ArticleFeedback, ArticleVersion, ArticleViews
from huying.people.actors import Actor
from huying.ui.components import Tone

State = ArticleVersion.State
TONES: Mapping[str, Tone] = {
    State.DRAFT: "grey",
    State.SUBMITTED: "blue",
    State.RETURNED: "orange",
    State.PUBLISHED: "green",
    State.REPLACED: "grey",
    State.WITHDRAWN: "red",
    State.DROPPED: "grey",
}
UNKNOWN = "没有这条知识，或者它还没有发布。"


def lists(actor: Actor) -> bool:
    """Whether there are lists of what is being written, due or reported for this actor."""
    return actor.may(WRITE) or actor.may(APPROVE)


def own(actor: Actor, path: str = "article__owner") -> Q:
    """What this actor's unit stands for; for who approves everything."""
    return Q() if actor.may(APPROVE) else Q(**{path: actor.organisation_id})


def own_or_written(actor: Actor) -> Q:
    """The same, and what this person has written for another unit."""
    mine = own(actor)
    return mine | Q(author=actor.user_id) if mine else mine


def rows() -> QuerySet[ArticleVersion]:
    return ArticleVersion.objects.select_related("article", "author").defer("asked", "document")


def written(actor: Actor) -> QuerySet[ArticleVersion]:
    """What is being written or was sent back, of one's unit."""
    return rows().filter(own_or_written(actor), state__in=(State.DRAFT, State.RETURNED))


def submitted(actor: Actor) -> QuerySet[ArticleVersion]:
    """What waits for approval: all of it for whoever approves, else that of one's unit."""
    return rows().filter(own_or_written(actor), state=State.SUBMITTED)


def due(actor: Actor, today: date | None = None) -> QuerySet[ArticleVersion]:
    """What stands, and ends soon, has ended, or is to be looked at again: `due_on`, the earlier of the two."""
    soon = soon_of(today or timezone.localdate())
    found = rows().filter(own(actor), Q(valid_until__lte=soon) | Q(article__review_on__lte=soon), state=State.PUBLISHED)
    return found.annotate(due_on=Least("valid_until", "article__review_on"))


def soon_of(day: date) -> date:
    """Up to when what ends or is to be looked at is told on this day."""
    return day + timedelta(days=DUE_DAYS.value)


def reported(actor: Actor, *, answered: bool = False) -> QuerySet[ArticleFeedback]:
    """What somebody said is wrong, in words."""
    found = ArticleFeedback.objects.filter(own(actor), right=False, answered_at__isnull=not answered).exclude(text="")
    return found.select_related("article", "by", "answered_by")


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits for this actor, of each kind."""

    written: int = 0
    submitted: int = 0
    due: int = 0
    reported: int = 0


def waiting(actor: Actor) -> Waiting:
    """Two queries; none for who only reads."""
    if not lists(actor):
        return Waiting()
    soon = soon_of(timezone.localdate())
    mine = own_or_written(actor)
    ends = Q(state=State.PUBLISHED) & (Q(valid_until__lte=soon) | Q(article__review_on__lte=soon)) & own(actor)
    found = ArticleVersion.objects.filter(Q(state__in=WRITTEN) | ends).aggregate(
        written=Count("pk", filter=Q(state__in=(State.DRAFT, State.RETURNED)) & mine),
        submitted=Count("pk", filter=Q(state=State.SUBMITTED) & mine),
        due=Count("pk", filter=ends),
    )
    return Waiting(**found, reported=reported(actor).order_by().values("pk")[:1000].count())


def to_do(actor: Actor) -> dict[str, QuerySet[Model]]:
    """What waits for this actor, list by list: what others are to approve is nothing to do."""
    found: dict[str, QuerySet[Model]] = {"written": written(actor), "due": due(actor), "reported": reported(actor)}
    return found | {"submitted": submitted(actor)} if actor.may(APPROVE) else found


def door(actor: Actor, pk: int) -> tuple[Article, Sequence[ArticleVersion]]:
    """The article with its versions, the newest first: all of them for who writes or approves it, else what stands.

    Raises:
        Missing
    """
    views = ArticleViews.objects.filter(article=OuterRef("pk")).values("article")
    counted = views.annotate(n=Sum(F("staff") + F("public"))).values("n")
    article = Article.objects.annotate(seen=Subquery(counted)).filter(pk=pk).first()
    if article is None:
        raise Missing(UNKNOWN)
    versions = list(
        ArticleVersion.objects.filter(article=article)
        .select_related("author", "decided_by")
        .defer("asked", "document")
        .order_by("-n")
    )
    unit = owners_of(actor)
    inside = lists(actor) and (actor.may(APPROVE) or unit in (None, article.owner_id))
    if not inside:
        versions = [one for one in versions if one.state == State.PUBLISHED]
    if not versions:
        raise Missing(UNKNOWN)
    return article, versions


def views_of(article: Article) -> int:
    """How often it was opened, of one that came through the door."""
    return getattr(article, "seen", None) or 0


def pk_of(number: str) -> int | None:
    """ZS000123 → 123; None for what is no number of an article."""
    digits = number.strip().upper().removeprefix("ZS")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 18 else None


def owner_counts() -> Mapping[int, int]:
    """How many stand of each unit."""
    found = ArticleVersion.objects.filter(state=State.PUBLISHED).values_list("article__owner").annotate(n=Count("pk"))
    return dict(found.order_by())
