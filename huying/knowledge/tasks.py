"""What the worker does for this room."""

from __future__ import annotations

from django.utils import timezone

from huying.kernel import jobs, outbox
from huying.knowledge.articles import reminders
from huying.knowledge.drafting import asking
from huying.knowledge.recommender import learning
from huying.knowledge.replies import district
from huying.knowledge.rules import replay


@outbox.periodic("knowledge.articles_due", 3600)
def remind_owners() -> None:
    reminders.remind(timezone.now())


@outbox.periodic("knowledge.replies", 600)
def keep_up_with_replies() -> None:
    district.refresh()


@jobs.job("knowledge.draft")
def write_draft(*, pk: int) -> None:
    """Tried once: what it costs is not paid twice."""
    asking.write(pk)


@outbox.periodic("knowledge.drafts", 60)
def tidy_drafts() -> None:
    asking.tidy(timezone.now())


@jobs.job("knowledge.rules_run")
def run_rules(*, pk: int) -> None:
    replay.attempt(pk)


@jobs.job("knowledge.train_recommender")
def train_recommender(*, pk: int) -> None:
    learning.attempt(pk)
