"""This room's lines of 系统设置, and what an organisation still holds when it is dissolved."""

from __future__ import annotations

from django.db.models import Q

from huying.kernel.registry import SettingsPage, settings_pages
from huying.matters import break_glass, undelivered
from huying.matters.models import Matter
from huying.matters.settings import PERMISSION
from huying.people.holdings import holdings

RULES, WORDS = "办理规则", "文字和消息"

PAGES = (
    ("limits", RULES, "时限", "各环节多久到期，按什么情形，可以试算。", "matters:limits", 300),
    (
        "regimes",
        RULES,
        "应急状态",
        "平急转换：防汛等非常时期启动，期间用另一套时限和频次，各单位逐个确认。",
        "matters:regimes",
        310,
    ),
    ("categories", RULES, "分类", "诉求的三级分类，哪些派单要换人复核。", "matters:categories", 320),
    ("channels", RULES, "渠道", "诉求从哪里来，哪些有自己的编号。", "matters:channels", 330),
    ("words", WORDS, "险情词", "哪些词提示险情，哪些语境不算，误报多少。", "matters:words", 400),
    ("message-templates", WORDS, "消息模板", "每个环节发给谁、说什么，是否发短信。", "matters:message-templates", 410),
)


def register() -> None:
    for key, group, label, line, url_name, order in PAGES:
        settings_pages.declare(
            SettingsPage(
                key=key, group=group, label=label, line=line, url_name=url_name, permission=PERMISSION, order=order
            )
        )
    settings_pages.declare(
        SettingsPage(
            key="break-glass",
            group="记录",
            label="应急查看个人信息",
            line="紧急情况下凭编号看一位诉求人的联系方式，留痕并马上告知督导员。",
            url_name="matters:break-glass",
            permission=break_glass.PERMISSION,
            order=805,
        )
    )
    settings_pages.declare(
        SettingsPage(
            key="undelivered",
            group=WORDS,
            label="没有送达的短信",
            line="哪些没有发出、哪些不知道有没有收到，重发或者记下已经告知。",
            url_name="matters:undelivered",
            permission=undelivered.PERMISSION,
            order=430,
        )
    )
    settings_pages.declare(
        SettingsPage(
            key="forget",
            group="记录",
            label="清除个人信息",
            line="按本人要求清除一个人的个人信息，先核对有多少，再确认；不显示内容。",
            url_name="matters:forget",
            permission="people.forget",
            order=830,
        )
    )
    holdings.add("matters", open_matters)


def open_matters(organisation_id: int) -> tuple[str, int]:
    held = Q(holder_id=organisation_id) | Q(co_handlers__contains=[organisation_id])
    return "未结案的件", Matter.objects.open().filter(held).count()
