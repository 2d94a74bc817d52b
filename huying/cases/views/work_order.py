"""The work order (工单): one case as an official form on paper, with room for what is still to be written by hand."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from huying.cases.flow import AWAITING_APPROVAL, CLOSED, RESOLVED
from huying.cases.queries import door, main_facts
from huying.cases.views.detail import summary, told
from huying.matters.models import Matter
from huying.matters.timeline import Story
from huying.people.access import desk
from huying.people.requests import UserRequest
from huying.ui.components import Crumb

DONE = (AWAITING_APPROVAL, RESOLVED, CLOSED)  # before, what was proposed once was sent back or is done over


@dataclass(frozen=True, slots=True)
class Sheet:
    """Texts of the form; what is empty is left to the pen."""

    instruction: str
    contact: str
    done: str
    reply: str
    opinion: str


def sheet_of(matter: Matter, story: Story) -> Sheet:
    proposed = story.last_said("propose") if matter.state in DONE else {}
    answered = story.last_said("answer") if matter.state == CLOSED else {}
    return Sheet(
        instruction=story.last_said("dispatch").get("note", "") if matter.lead_id else "",
        contact=story.last_said("contact").get("outcome", ""),
        done=proposed.get("done", ""),
        reply=proposed.get("public_reply", "") or answered.get("reply", ""),
        opinion=story.last_said("approve").get("note", "") if matter.state in DONE[1:] else "",
    )


@desk("cases.view")
@require_GET
def work_order(request: UserRequest, number: str) -> HttpResponse:
    """The sheet for printing."""
    matter = door(request.actor, number)
    story = told(matter, request.actor)
    facts = {fact.label: fact.value for fact in main_facts(matter, matter.case)}
    context = {
        **summary(matter, request.actor, story, timezone.now(), ended_clocks=False),
        "pairs": [
            [("来源渠道", facts.get("来源渠道", "")), ("受理时间", matter.opened_at)],
            [("诉求类型", facts.get("诉求类型", "")), ("紧急程度", facts.get("紧急程度", ""))],
            [("主办单位", facts.get("主办单位", "")), ("经办人", facts.get("经办人", ""))],
        ],
        "category": facts.get("分类", ""),
        "co_handlers": facts.get("协办单位", ""),
        "external_number": facts.get("来件编号", ""),
        "sheet": sheet_of(matter, story),
        "entries": story.entries[::-1],
        "printed_at": timezone.now(),
        "printed_by": request.user.display_name,
        "crumbs": [
            Crumb("诉求件", reverse("cases:list")),
            Crumb(matter.number, reverse("cases:detail", args=[matter.number])),
            Crumb("工单"),
        ],
    }
    return render(request, "cases/desk_work_order.html", context)
