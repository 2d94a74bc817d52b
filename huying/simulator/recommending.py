"""The recommender of the demo: one version, learned from the district's own closed cases, judged on the later ones and
in use. It takes a while, so the worker trains it once the demo is served."""

from __future__ import annotations

from huying.knowledge.models import RecommenderVersion
from huying.knowledge.recommender import learning
from huying.people.models import User


def are_there() -> bool:
    return RecommenderVersion.objects.exists()


def build() -> None:
    """As the button of the page does it. With too few closed cases the page says so."""
    learning.ask(User.objects.get(username="paidan"))
