"""This room's lines in the frame of every page, and of 系统设置."""

from __future__ import annotations

from django.http import HttpRequest

from huying.kernel.paging import Counting, counting
from huying.kernel.registry import NavigationEntry, SettingsPage, navigation, settings_pages
from huying.knowledge.articles.queries import lists, to_do
from huying.knowledge.rules.queries import VIEW, to_approve
from huying.knowledge.views.replies import PERMISSION
from huying.people.actors import Actor

COUNTED_TO = 999


def register() -> None:
    """Called once, when the room is ready."""
    navigation.declare(
        NavigationEntry(
            key="rules",
            label="派单口径",
            url_name="knowledge:rules",
            permission=VIEW,
            counting=_rules_to_approve,
            order=305,
        ),
        NavigationEntry(
            key="articles",
            label="知识库",
            url_name="knowledge:articles",
            permission="knowledge.articles",
            counting=_articles_to_do,
            order=310,
        ),
        NavigationEntry(
            key="recommender",
            label="派单推荐",
            url_name="knowledge:recommender",
            permission="knowledge.recommender",
            order=307,
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


def _rules_to_approve(request: HttpRequest) -> Counting | None:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    waiting = to_approve(actor)
    return counting({"rules": waiting}, COUNTED_TO) if waiting is not None else None


def _articles_to_do(request: HttpRequest) -> Counting | None:
    """What waits in the knowledge base for this post: to be finished, approved, looked at again, answered."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return counting(to_do(actor), COUNTED_TO) if lists(actor) else None
