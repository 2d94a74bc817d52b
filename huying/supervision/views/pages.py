"""What the pages of steps need to know of supervisions and instructions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from huying.matters.flow import Step
from huying.matters.forms import InputForm
from huying.matters.models import Matter
from huying.matters.step_pages import StepPages
from huying.matters.timeline import Story
from huying.people.actors import Actor
from huying.people.requests import UserRequest
from huying.supervision.flow import INSTRUCTIONS, SUPERVISIONS
from huying.supervision.forms import step_form
from huying.supervision.queries import about, door, instruction_door, summary, told
from huying.supervision.steps.instructing import outcome_of

DRAFTING = ("summon", "publish", "hand_over")


class SupervisionPages(StepPages):
    flow = SUPERVISIONS
    this = "这件督办件"
    list_label = "督办件"
    list_url = "supervision:list"
    detail_url = "supervision:detail"
    step_url = "supervision:step"
    template = "supervision/step.html"
    judging: ClassVar[Mapping[str, tuple[tuple[str, ...], str]]] = {
        **dict.fromkeys(("endorse", "send_back", "accept", "return_feedback"), (("feedback",), "请审阅反馈")),
        **dict.fromkeys(("sign", "decline", "retract"), (DRAFTING, "拟好的文书")),
    }

    def door(self, actor: Actor, number: str) -> Matter:
        return door(actor, number)

    def told(self, matter: Matter, actor: Actor) -> Story:
        return told(matter, actor)

    def summary(self, matter: Matter, actor: Actor, story: Story, now: datetime) -> dict[str, object]:
        beside = {"requirement": story.words.get("requirement", ""), "about": about(matter, actor), "ended_clocks": []}
        return summary(matter, actor, story, now) | beside

    def form(self, step: Step, matter: Matter) -> type[InputForm]:
        return step_form(self.flow.kind, step.key)

    def beginning(self, step: Step, matter: Matter, request: UserRequest) -> dict[str, object]:
        return {"officer": request.user.display_name} if step.key == "acknowledge" else {}


class InstructionPages(StepPages):
    flow = INSTRUCTIONS
    this = "这件交办件"
    list_label = "批示交办"
    list_url = "supervision:instructions"
    detail_url = "supervision:instruction"
    step_url = "supervision:instruction-step"
    template = "supervision/step.html"

    def door(self, actor: Actor, number: str) -> Matter:
        return instruction_door(actor, number)

    def told(self, matter: Matter, actor: Actor) -> Story:
        return told(matter, actor)

    def summary(self, matter: Matter, actor: Actor, story: Story, now: datetime) -> dict[str, object]:
        beside = {"requirement": story.words.get("text", ""), "about": [], "ended_clocks": []}
        return summary(matter, actor, story, now) | beside

    def form(self, step: Step, matter: Matter) -> type[InputForm]:
        return step_form(self.flow.kind, step.key)

    def beginning(self, step: Step, matter: Matter, request: UserRequest) -> dict[str, object]:
        match step.key:
            case "report":
                return {"report": outcome_of(matter.pk)}
            case "assign":
                return {"matters": matter.instruction.about}
            case _:
                return {}
