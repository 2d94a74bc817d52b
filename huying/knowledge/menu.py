"""This room's lines in the frame of every page, and of 系统设置."""

from __future__ import annotations

from huying.kernel.registry import NavigationEntry, SettingsPage, navigation, settings_pages
from huying.knowledge.rules.queries import VIEW
from huying.knowledge.views.replies import PERMISSION


def register() -> None:
    """Called once, when the room is ready."""
    navigation.declare(
        NavigationEntry(key="rules", label="派单口径", url_name="knowledge:rules", permission=VIEW, order=305),
        NavigationEntry(
            key="articles",
            label="知识库",
            url_name="knowledge:articles",
            permission="knowledge.articles",
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
