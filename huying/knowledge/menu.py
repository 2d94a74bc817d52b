"""This room's lines in the frame of every page."""

from __future__ import annotations

from huying.kernel.registry import NavigationEntry, navigation
from huying.knowledge.rules.queries import VIEW


def register() -> None:
    """Called once, when the room is ready."""
    navigation.declare(
        NavigationEntry(key="rules", label="派单口径", url_name="knowledge:rules", permission=VIEW, order=230)
    )
