"""The pool's lines in the frame of every page, and where a message about a need leads."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from huying.dockets.pool.access import CHECK_IN, VIEW
from huying.dockets.pool.needs.flow import NEEDS
from huying.dockets.pool.needs.queries import my_turn, needs_for
from huying.kernel.paging import Counting, counting
from huying.kernel.registry import NavigationEntry, SettingsPage, navigation, settings_pages
from huying.matters.messages import urls
from huying.people.actors import Actor

COUNTED_TO = 999


def register() -> None:
    """Called once, when the room is ready."""
    urls.add(NEEDS.kind, lambda matter: reverse("dockets:pool-need", args=[matter.number]))
    navigation.declare(
        NavigationEntry(
            key="pool",
            label="服务资源",
            url_name="dockets:pool-offers",
            permission=VIEW,
            alone=True,
            order=240,
        ),
        NavigationEntry(
            key="pool-needs",
            label="服务需求",
            url_name="dockets:pool-needs",
            permission=VIEW,
            counting=_waiting,
            order=242,
        ),
        NavigationEntry(
            key="pool-check-in",
            label="我的报到",
            url_name="dockets:pool-mine",
            permission=CHECK_IN,
            order=244,
        ),
    )
    settings_pages.declare(
        SettingsPage(
            key="services",
            group="办理规则",
            label="服务类别",
            line="服务资源和需求分哪几类，出现哪些词时推荐。",
            url_name="dockets:pool-services",
            permission="matters.configure",
            order=260,
        )
    )


def _waiting(request: HttpRequest) -> Counting:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return counting({"pool-needs": needs_for(actor).filter(my_turn(actor))}, COUNTED_TO)
