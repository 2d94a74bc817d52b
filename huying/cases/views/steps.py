"""Taking a case one step further."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from huying.cases.flow import CASES
from huying.cases.forms import REPLIES, RevealForm, beginning, narrowed, step_form
from huying.cases.queries import door
from huying.cases.views.detail import summary, told
from huying.matters.enums import ReplyUse
from huying.matters.flow import Step
from huying.matters.forms import Chosen, InputForm
from huying.matters.models import Matter
from huying.matters.step_pages import StepPages
from huying.matters.timeline import Story
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.requests import UserRequest


class CasePages(StepPages):
    flow = CASES
    this = "这件诉求"
    list_label = "诉求件"
    list_url = "cases:list"
    detail_url = "cases:detail"
    step_url = "cases:step"
    template = "cases/desk_step.html"
    judging: ClassVar[Mapping[str, str]] = {"approve": "propose", "send_back": "propose"}

    def door(self, actor: Actor, number: str) -> Matter:
        return door(actor, number)

    def told(self, matter: Matter, actor: Actor) -> Story:
        return told(matter, actor)

    def summary(self, matter: Matter, actor: Actor, story: Story, now: datetime) -> dict[str, object]:
        beside = {"reveal_form": RevealForm(auto_id="reveal-%s"), "person": None}
        return summary(matter, actor, story, now, ended_clocks=False) | beside

    def form(self, step: Step) -> type[InputForm]:
        return step_form(step.key)

    def beginning(self, step: Step, matter: Matter, request: UserRequest) -> dict[str, object]:
        return beginning(step.key, matter, matter.case, request.actor, request.user)

    def choices(self, step: Step, matter: Matter) -> dict[str, Chosen]:
        return narrowed(step.key, matter)

    def replies(self, step: Step) -> Mapping[str, ReplyUse]:
        return REPLIES.get(step.key, {})


PAGES = CasePages()


@desk("cases.view")
@require_http_methods(["GET", "POST"])
def step(request: UserRequest, number: str, key: str) -> HttpResponse:
    return PAGES.take(request, number, key)
