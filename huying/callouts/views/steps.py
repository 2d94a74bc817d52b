"""Taking a call-out or a response one step further."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from huying.callouts.flow import CALLOUTS
from huying.callouts.forms import beginning, narrowed, step_form
from huying.callouts.judging import advice_of, declines_of
from huying.callouts.queries import callout_door, response_door, title_of, told, whose_turn
from huying.callouts.responses import RESPONSES
from huying.callouts.shown import callout_summary
from huying.callouts.views.detail import response_summary
from huying.matters.flow import Step
from huying.matters.forms import Chosen, InputForm
from huying.matters.models import Matter
from huying.matters.step_pages import StepPages
from huying.matters.timeline import Story
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.requests import UserRequest


class _Pages(StepPages):
    template = "callouts/desk_step.html"

    def told(self, matter: Matter, actor: Actor) -> Story:
        return told(matter, self.flow, actor)

    def form(self, step: Step, matter: Matter) -> type[InputForm]:
        return step_form(self.flow.kind, step.key)

    def beginning(self, step: Step, matter: Matter, request: UserRequest) -> dict[str, object]:
        return beginning(step.key, matter, request.user, request.GET)

    def choices(self, step: Step, matter: Matter) -> dict[str, Chosen]:
        return narrowed(step.key, matter)


class CalloutPages(_Pages):
    flow = CALLOUTS
    this, list_label = "这个呼叫", "呼叫"
    list_url, detail_url, step_url = "callouts:list", "callouts:detail", "callouts:step"

    def door(self, actor: Actor, number: str) -> Matter:
        return callout_door(actor, number)

    def summary(self, matter: Matter, actor: Actor, story: Story, now: datetime) -> dict[str, object]:
        found = callout_summary(matter, title_of(matter, actor), story, now)
        return {**found, "turn": whose_turn(matter, CALLOUTS), "ended_clocks": [], "above": None}

    def advice(
        self, request: UserRequest, matter: Matter, step: Step, form: InputForm, story: Story
    ) -> dict[str, object]:
        if step.key not in ("analyse", "approve"):
            return {}
        return {"analysis": advice_of(matter, request.actor, story)}


class ResponsePages(_Pages):
    flow = RESPONSES
    this, list_label = "这件响应", "响应"
    list_url, detail_url, step_url = "callouts:responses", "callouts:response", "callouts:response-step"
    judging: ClassVar[Mapping[str, tuple[tuple[str, ...], str]]] = {
        **dict.fromkeys(("accept", "send_back", "rate"), (("feed_back",), "请核对反馈的结果")),
        "rule": (("decline",), "请看退出的理由"),
    }

    def door(self, actor: Actor, number: str) -> Matter:
        return response_door(actor, number)

    def summary(self, matter: Matter, actor: Actor, story: Story, now: datetime) -> dict[str, object]:
        return {**response_summary(matter, actor, story, now), "ended_clocks": []}

    def advice(
        self, request: UserRequest, matter: Matter, step: Step, form: InputForm, story: Story
    ) -> dict[str, object]:
        return {"declines": declines_of(matter, request.actor)} if step.key == "rule" else {}


_CALLOUTS, _RESPONSES = CalloutPages(), ResponsePages()
DUTY = "duty"  # field of the forms of the duty page: there the reader goes back to


@desk("callouts.view")
@require_http_methods(["GET", "POST"])
def callout_step(request: UserRequest, number: str, key: str) -> HttpResponse:
    return _CALLOUTS.take(request, number, key)


@desk("callouts.view")
@require_http_methods(["GET", "POST"])
def response_step(request: UserRequest, number: str, key: str) -> HttpResponse:
    answer = _RESPONSES.take(request, number, key)
    if answer.status_code == 302 and DUTY in request.POST:
        return redirect("callouts:duty")
    return answer
