"""The recommender of the demo: one version, learned from the district's own closed cases, judged on the later ones and
in use; and what the reply check knows of the district's replies."""

from __future__ import annotations

import datetime as dt

from huying.knowledge.models import RecommenderVersion
from huying.knowledge.recommender import learning
from huying.knowledge.replies import district
from huying.people.models import User


def are_there() -> bool:
    return RecommenderVersion.objects.exists()


def build(now: dt.datetime) -> None:
    """As the job of the page does it. With too few closed cases the page says so."""
    district.refresh()
    version = RecommenderVersion.objects.create(asked_at=now, asked_by=User.objects.get(username="paidan"))
    learning.attempt(version.pk)
