"""This room's lines in the frame of every page, where a message about a docket leads, and what lists of cases offer."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from huying.dockets.flow import DOCKETS
from huying.dockets.inputs import MOST_AT_ONCE
from huying.dockets.queries import dockets_for, my_turn, my_work, work_for
from huying.dockets.work import WORK
from huying.kernel.paging import Counting, counting
from huying.kernel.registry import ListAct, NavigationEntry, list_acts, navigation
from huying.matters.messages import urls
from huying.people.actors import Actor

COUNTED_TO = 999


def register() -> None:
    urls.add(DOCKETS.kind, lambda matter: reverse("dockets:detail", args=[matter.number]))
    urls.add(WORK.kind, lambda matter: reverse("dockets:work-detail", args=[matter.number]))
    navigation.declare(
        NavigationEntry(
            key="dockets",
            label="议题",
            url_name="dockets:list",
            permission="dockets.view",
            counting=_dockets,
            alone=True,
            order=230,
        ),
        NavigationEntry(
            key="docket-work",
            label="议题任务",
            url_name="dockets:work",
            permission="dockets.view",
            counting=_work,
            order=232,
        ),
    )
    list_acts.declare(
        ListAct(
            key="collect",
            label="放进议题",
            url=lambda numbers: f"{reverse('dockets:collect')}?{urlencode([('number', n) for n in numbers])}",
            permission="dockets.draft",
            most=MOST_AT_ONCE,
            order=20,
        )
    )


def _dockets(request: HttpRequest) -> Counting:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return counting({"dockets": dockets_for(actor).filter(my_turn(actor))}, COUNTED_TO)


def _work(request: HttpRequest) -> Counting:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return counting({"work": work_for(actor).filter(my_work(actor))}, COUNTED_TO)
