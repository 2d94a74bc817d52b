"""This room's lines in the frame of every page, where a message about a call-out leads, and what lists offer."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from huying.callouts.flow import CALLOUTS
from huying.callouts.inputs import MOST_CAUSES
from huying.callouts.queries import callouts_for, responses_for, url_of
from huying.callouts.queues import my_turn, to_answer, waiting_responses
from huying.callouts.responses import RESPONSES
from huying.kernel.paging import Counting, counting
from huying.kernel.registry import ListAct, NavigationEntry, SettingsPage, list_acts, navigation, settings_pages
from huying.matters.messages import urls
from huying.people.actors import Actor

COUNTED_TO = 999


def register() -> None:
    urls.add(CALLOUTS.kind, url_of)
    urls.add(RESPONSES.kind, url_of)
    navigation.declare(
        NavigationEntry(
            key="callouts",
            label="呼叫",
            url_name="callouts:list",
            permission="callouts.view",
            counting=_callouts,
            alone=True,
            order=220,
        ),
        NavigationEntry(
            key="responses",
            label="响应",
            url_name="callouts:responses",
            permission="callouts.view",
            counting=_responses,
            order=222,
        ),
        NavigationEntry(
            key="duty",
            label="值班响应",
            url_name="callouts:duty",
            permission="callouts.respond",
            counting=_duty,
            order=224,
        ),
    )
    list_acts.declare(
        ListAct(
            key="call",
            label="呼叫",
            url=lambda numbers: f"{reverse('callouts:new')}?{urlencode([('number', n) for n in numbers])}",
            permission="callouts.call",
            most=MOST_CAUSES,
            order=15,
        )
    )
    settings_pages.declare(
        SettingsPage(
            key="calling-rules",
            group="办理规则",
            label="呼叫规则",
            line="哪一级、哪一类呼叫自动研判，哪些发出前要负责人审批。",
            url_name="callouts:calling-rules",
            permission="matters.configure",
            order=305,
        )
    )


def _callouts(request: HttpRequest) -> Counting:
    actor = _actor(request)
    return counting({"callouts": callouts_for(actor).filter(my_turn(actor))}, COUNTED_TO)


def _responses(request: HttpRequest) -> Counting:
    actor = _actor(request)
    return counting({"responses": responses_for(actor).filter(waiting_responses(actor))}, COUNTED_TO)


def _duty(request: HttpRequest) -> Counting:
    actor = _actor(request)
    return counting({"duty": responses_for(actor).filter(to_answer(actor))}, COUNTED_TO)


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor
