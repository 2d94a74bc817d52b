"""This room's lines of 系统设置."""

from __future__ import annotations

from huying.kernel.registry import NavigationEntry, SettingsPage, navigation, settings_pages
from huying.people.uploading import importings
from huying.web.settings.places import IMPORT_PLACES

PAGES = (
    ("places", "单位和人员", "区域", "街道、社区、网格的名称、别名和边界。", "web:places", "places.manage", 130),
    ("calendar", "办理规则", "工作日历", "哪天上班哪天休息，本区自己的调整。", "web:calendar", "settings.manage", 340),
    ("parameters", "办理规则", "参数", "天数、次数等数字。", "web:parameters", "settings.manage", 350),
    ("keys", "对外接口", "接口密钥", "外部系统凭密钥使用接口，能做什么，随时停用。", "web:keys", "people.manage", 600),
    ("retention", "记录", "保存期限", "各类数据存多久，什么时候清除过。", "web:retention", "settings.manage", 840),
    ("changes", "记录", "设置修改记录", "谁在什么时候把什么改成了什么。", "web:changes", "settings.manage", 820),
)  # fmt: skip


def register() -> None:
    importings.add(IMPORT_PLACES.key, IMPORT_PLACES)
    navigation.declare(
        NavigationEntry(
            key="settings", label="系统设置", url_name="web:settings", permission="settings.manage", order=790
        )
    )
    for key, group, label, line, url_name, permission, order in PAGES:
        settings_pages.declare(
            SettingsPage(
                key=key, group=group, label=label, line=line, url_name=url_name, permission=permission, order=order
            )
        )
