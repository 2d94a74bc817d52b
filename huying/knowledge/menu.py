"""This room's lines in the frame of every page, and of 系统设置."""

from __future__ import annotations

from django.http import HttpRequest

from huying.kernel.registry import NavigationEntry, SettingsPage, navigation, settings_pages
from huying.knowledge.articles.queries import lists, waiting
from huying.knowledge.rules.queries import VIEW
from huying.knowledge.views.replies import PERMISSION
from huying.people.actors import Actor


def register() -> None:
    """Called once, when the room is ready."""
    navigation.declare(
        NavigationEntry(key="rules", label="派单口径", url_name="knowledge:rules", permission=VIEW, order=230),
        NavigationEntry(
            key="articles",
            label="知识库",
            url_name="knowledge:articles",
            permission="knowledge.articles",
            count=_articles_to_do,
            order=310,
        ),
        NavigationEntry(
            key="recommender",
            label="派单推荐",
            url_name="knowledge:recommender",
            permission="knowledge.recommender",
            order=260,
        ),
    )
    settings_pages.declare(
        SettingsPage(
            key="phrases",
            group="文字和消息",
            label="空话套话",
            line="答复检查提示哪些套话。",
            url_name="knowledge:phrases",
            permission=PERMISSION,
            order=405,
        )
    )


def _articles_to_do(request: HttpRequest) -> int | None:
    """What waits in the knowledge base for this post: to be finished, approved, looked at again, answered."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return waiting(actor).to_do if lists(actor) else None
