"""This room's lines in the frame of every page, and where a message about a case leads."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from huying.cases.flow import CASES
from huying.cases.portal.doors import help_line
from huying.cases.queues import QUEUES, Queue, counts
from huying.kernel.paging import CappedCount
from huying.kernel.registry import NavigationEntry, SettingsPage, navigation, settings_pages
from huying.matters.messages import urls
from huying.people.actors import Actor
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
                count=_count(queue),
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
        NavigationEntry(key="exports", label="导出记录", url_name="cases:exports", permission="people.audit", order=825)
    )


def _in_menu() -> list[Queue]:
    return [queue for queue in QUEUES.values() if queue.permission]


def _count(queue: Queue) -> Callable[[HttpRequest], int | None]:
    return lambda request: _counts(request)[queue.key].n


def _counts(request: HttpRequest) -> dict[str, CappedCount]:
    """All figures of the menu at once: one query, whichever line asks first."""
    found: dict[str, CappedCount] | None = getattr(request, "_case_counts", None)
    if found is None:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        mine = {queue.key: queue for queue in _in_menu() if actor.may(queue.permission)}
        found = counts(mine, actor, timezone.now())
        request._case_counts = found  # type: ignore[attr-defined]
    return found
