"""This room's lines of 系统设置."""

from __future__ import annotations

from huying.gateways.sms.views import PERMISSION
from huying.kernel.registry import SettingsPage, settings_pages


def register() -> None:
    settings_pages.declare(
        SettingsPage(
            key="sms",
            group="文字和消息",
            label="短信平台",
            line="接的是哪个平台，今天发了多少，模板编号齐不齐，可以发一条试试。",
            url_name="gateways:sms",
            permission=PERMISSION,
            order=420,
        )
    )
