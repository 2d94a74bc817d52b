"""Taking a docket or its work one step further."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from huying.dockets.forms import beginning, narrowed, step_form
from huying.dockets.views.shown import DOCKET, WORK_SIDE, Side, summary
from huying.matters.flow import Step
from huying.matters.forms import Chosen, InputForm
from huying.matters.models import Matter
from huying.matters.step_pages import StepPages
from huying.matters.timeline import Story
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.requests import UserRequest


class _Pages(StepPages):
    side: ClassVar[Side]
    template = "dockets/desk_step.html"

    def door(self, actor: Actor, number: str) -> Matter:
        return self.side.door(actor, number)

    def told(self, matter: Matter, actor: Actor) -> Story:
        return self.side.story(matter, actor)

    def summary(self, matter: Matter, actor: Actor, story: Story, now: datetime) -> dict[str, object]:
        return {**summary(self.side, matter, actor, story, now), "ended_clocks": []}

    def form(self, step: Step, matter: Matter) -> type[InputForm]:
        return step_form(self.flow.kind, step.key)

    def beginning(self, step: Step, matter: Matter, request: UserRequest) -> dict[str, object]:
        return beginning(step.key, matter, request.user, request.GET)

    def choices(self, step: Step, matter: Matter) -> dict[str, Chosen]:
        return narrowed(self.flow.kind, step.key, matter)


class DocketPages(_Pages):
    side, flow = DOCKET, DOCKET.flow
    this, list_label = "这个议题", "议题"
    list_url, detail_url, step_url = "dockets:list", "dockets:detail", "dockets:step"
    judging: ClassVar[Mapping[str, tuple[tuple[str, ...], str]]] = dict.fromkeys(
        ("accept", "send_back"), (("propose_result",), "请审阅办理成效")
    )


class WorkPages(_Pages):
    side, flow = WORK_SIDE, WORK_SIDE.flow
    this, list_label = "这项任务", "议题任务"
    list_url, detail_url, step_url = "dockets:work", "dockets:work-detail", "dockets:work-step"
    judging: ClassVar[Mapping[str, tuple[tuple[str, ...], str]]] = dict.fromkeys(
        ("accept", "send_back"), (("feed_back",), "请审阅反馈的结果")
    )


_DOCKETS, _WORK = DocketPages(), WorkPages()


@desk("dockets.view")
@require_http_methods(["GET", "POST"])
def docket_step(request: UserRequest, number: str, key: str) -> HttpResponse:
    return _DOCKETS.take(request, number, key)


@desk("dockets.view")
@require_http_methods(["GET", "POST"])
def work_step(request: UserRequest, number: str, key: str) -> HttpResponse:
    return _WORK.take(request, number, key)
