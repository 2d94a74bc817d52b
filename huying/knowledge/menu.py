"""This room's lines in the frame of every page."""

from __future__ import annotations

from huying.kernel.registry import NavigationEntry, navigation


def register() -> None:
    """Called once, when the room is ready."""
    navigation.declare(
        NavigationEntry(
            key="recommender",
            label="派单推荐",
            url_name="knowledge:recommender",
            permission="knowledge.recommender",
            order=260,
        )
    )
