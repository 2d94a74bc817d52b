"""This room's lines in the frame of every page, and where a message about a case leads."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from huying.cases.flow import CASES
from huying.cases.portal.doors import help_line
from huying.cases.queues import QUEUES, Queue, counting_of
from huying.kernel.paging import Counting
from huying.kernel.registry import ListAct, NavigationEntry, SettingsPage, list_acts, navigation, settings_pages
from huying.matters.messages import urls
from huying.ui.shell import shell


def register() -> None:
    shell.help_line = help_line
    settings_pages.declare(
        SettingsPage(
            key="checklist",
            group="办理规则",
            label="办理清单",
            line="提交办理结果时要逐项勾选的内容，可按单位另列。",
            url_name="cases:checklist",
            permission="matters.configure",
            order=360,
        ),
        SettingsPage(
            key="targets",
            group="办理规则",
            label="件数控制目标",
            line="各单位每个渠道每月不超过多少件，在单位的考核指标里对照。",
            url_name="cases:targets",
            permission="matters.configure",
            order=370,
        ),
        SettingsPage(
            key="rejection",
            group="办理规则",
            label="不予受理和移交",
            line="不予受理的理由、告诉诉求人的话，可以移交的区外单位。",
            url_name="cases:rejection",
            permission="matters.configure",
            order=375,
        ),
        SettingsPage(
            key="grounds",
            group="办理规则",
            label="申请理由",
            line="申请延期、复杂件、挂账和不合理诉求认定时可选的理由，和告诉诉求人的话。",
            url_name="cases:grounds",
            permission="matters.configure",
            order=362,
        ),
    )
    settings_pages.declare(
        SettingsPage(
            key="service-managers",
            group="办理规则",
            label="服务专员",
            line="企业诉求和营商环境的件由谁服务，按街道和分类安排。",
            url_name="cases:service-managers",
            permission="matters.configure",
            order=365,
        )
    )
    urls.add(CASES.kind, lambda matter: reverse("cases:detail", args=[matter.number]))
    navigation.declare(
        NavigationEntry(key="new-case", label="登记诉求", url_name="cases:new", permission="cases.receive", order=100)
    )
    for order, queue in enumerate(_in_menu(), start=110):
        navigation.declare(
            NavigationEntry(
                key=f"queue-{queue.slug}",
                label=queue.label,
                url_name=queue.url_name,
                permission=queue.permission,
                counting=_count(queue),
                order=order,
            )
        )
    navigation.declare(
        NavigationEntry(key="cases", label="全部诉求件", url_name="cases:list", permission="cases.view", order=200)
    )
    navigation.declare(
        NavigationEntry(
            key="reviews", label="第三方评价", url_name="cases:reviews", permission="cases.arrange_review", order=205
        )
    )
    navigation.declare(
        NavigationEntry(
            key="batches",
            label="批量件",
            url_name="cases:batches",
            permission="cases.batches",
            order=190,
        )
    )
    list_acts.declare(
        ListAct(
            key="merge",
            label="批量并案",
            url=lambda numbers: f"{reverse('cases:merge')}?{urlencode([('number', n) for n in numbers])}",
            permission="cases.merge",
            order=10,
        )
    )
    navigation.declare(
        NavigationEntry(key="exports", label="导出记录", url_name="cases:exports", permission="people.audit", order=825)
    )


def _in_menu() -> list[Queue]:
    return [queue for queue in QUEUES.values() if queue.permission]


def _count(queue: Queue) -> Callable[[HttpRequest], Counting]:
    return lambda request: counting_of(queue, request.actor)  # type: ignore[attr-defined]
