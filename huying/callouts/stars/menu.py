"""This part's lines in the frame of every page."""

from __future__ import annotations

from huying.callouts.stars import PERMISSION
from huying.callouts.stars.setting import PERMISSION as CONFIGURE
from huying.kernel.registry import NavigationEntry, SettingsPage, navigation, settings_pages


def register() -> None:
    navigation.declare(
        NavigationEntry(
            key="stars",
            label="呼应评价",
            url_name="stars:league",
            permission=PERMISSION,
            order=228,
        )
    )
    settings_pages.declare(
        SettingsPage(
            key="stars",
            group="办理规则",
            label="评星标准",
            line="四维度五星级的维度名称、权重、分档、靠拢强度和最少件数，从哪个月起用。",
            url_name="stars:standards",
            permission=CONFIGURE,
            order=250,
        )
    )
