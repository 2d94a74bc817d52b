"""What the worker does for this room."""

from __future__ import annotations

from huying.kernel import jobs
from huying.knowledge.recommender import learning


@jobs.job("knowledge.train_recommender")
def train_recommender(*, pk: int) -> None:
    learning.attempt(pk)
