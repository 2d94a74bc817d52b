"""This room's lines in the frame of every page, and of 系统设置."""

from __future__ import annotations

from huying.kernel.registry import SettingsPage, settings_pages
from huying.knowledge.views.replies import PERMISSION


def register() -> None:
    """Called once, when the room is ready."""
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
