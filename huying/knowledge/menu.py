"""This room's lines in the frame of every page."""

from __future__ import annotations

from django.http import HttpRequest

from huying.kernel.registry import NavigationEntry, navigation
from huying.knowledge.articles.queries import lists, waiting
from huying.people.actors import Actor


def register() -> None:
    """Called once, when the room is ready."""
    navigation.declare(
        NavigationEntry(
            key="articles",
            label="知识库",
            url_name="knowledge:articles",
            permission="knowledge.articles",
            count=_articles_to_do,
            order=310,
        )
    )


def _articles_to_do(request: HttpRequest) -> int | None:
    """What waits in the knowledge base for this post: to be finished, approved, looked at again, answered."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return waiting(actor).to_do if lists(actor) else None
