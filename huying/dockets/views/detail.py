"""One docket, and one piece of its work: what it is about, what happened, what can be done now."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from huying.dockets.queries import (
    FIRST_SHOWN,
    MATTERS_SHOWN,
    docket_door,
    docket_facts,
    dockets_for,
    gathered,
    meeting_lines,
    meeting_name,
    names_for,
    rows_of_any,
    title_of,
    told,
    work_door,
    work_lines,
)
from huying.dockets.steps.leading import against_ending
from huying.dockets.views.shown import DOCKET, WORK_SIDE, Side, summary
from huying.kernel.paging import keyset
from huying.matters.models import Matter
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.requests import UserRequest
from huying.ui.components import Crumb, Fact

PAGE = 50


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    url: str
    primary: bool


def buttons_of(side: Side, matter: Matter, actor: Actor) -> dict[str, Button]:
    """What this actor may press now, by the key of the step; the first is primary if it is the next sensible action."""
    found: dict[str, Button] = {}
    for step in side.flow.available(matter, actor):
        url = reverse(side.step_url, args=[matter.number, step.key])
        found[step.key] = Button(step.label, url, not found and step.primary)
    return found


@desk("dockets.view")
@require_GET
def docket(request: UserRequest, number: str) -> HttpResponse:
    actor, now = request.actor, timezone.now()
    matter = docket_door(actor, number)
    found = gathered(matter, actor, now)
    story = told(matter, DOCKET.flow, actor, names_for(matter, found.known))
    work = work_lines(matter, actor, now)
    buttons = buttons_of(DOCKET, matter, actor)
    may_remove = buttons.pop("remove_matters", None) is not None  # offered beside each matter
    context = {
        **summary(DOCKET, matter, actor, story, now),
        "facts": docket_facts(matter),
        "gathered": found,
        "first_rows": found.rows[:FIRST_SHOWN],
        "folded_rows": found.rows[FIRST_SHOWN:],
        "more_matters": found.seen > MATTERS_SHOWN,
        "may_remove": may_remove,
        "meetings": meeting_lines(matter, story, work, now),
        "work": work,
        "loose_work": [line for line in work if line.meeting_id is None],
        "buttons": list(buttons.values()),
        "against_ending": against_ending(matter, matter.docket) if "decide" in buttons else "",
        "result": story.last_said("propose_result").get("result", ""),
        "crumbs": DOCKET.crumbs(matter),
    }
    return render(request, "dockets/desk_docket.html", context)


@desk("dockets.view")
@require_GET
def matters(request: UserRequest, number: str) -> HttpResponse:
    """All matters of a docket that the reader may see."""
    actor, now = request.actor, timezone.now()
    matter = docket_door(actor, number)
    found = gathered(matter, actor, now, most=0)
    rows = Matter.objects.visible_to(actor).filter(docket_links__docket=matter.pk, docket_links__removed_at=None)
    page = keyset(rows, ["-opened_at", "-id"], request.GET.get("cursor"), PAGE)
    context = {
        "matter": matter,
        "title": title_of(matter, actor),
        "gathered": found,
        "rows": rows_of_any(page.rows, actor, now),
        "page": page,
        "may_remove": False,
        "crumbs": [
            Crumb("议题", reverse("dockets:list")),
            Crumb(matter.number, reverse("dockets:detail", args=[matter.number])),
            Crumb("有关事项"),
        ],
    }
    return render(request, "dockets/desk_matters.html", context)


@desk("dockets.view")
@require_GET
def work(request: UserRequest, number: str) -> HttpResponse:
    actor, now = request.actor, timezone.now()
    matter = work_door(actor, number)
    story = WORK_SIDE.story(matter, actor)
    decision = matter.decision
    parent = decision.docket.matter
    openable = dockets_for(actor).filter(pk=parent.pk).exists()
    parent_title = title_of(parent, actor) if openable else ""
    parent_url = reverse("dockets:detail", args=[parent.number]) if openable else ""
    facts = [
        Fact("议题", parent_title or parent.number, parent_url),
        Fact("议题牵头单位", directory().name_of(parent.lead_id)),
        Fact("责任单位", directory().name_of(matter.lead_id)),
        Fact("会议", meeting_name(decision.meeting) if decision.meeting else "会外交办"),
        Fact("交办时间", timezone.localtime(matter.opened_at).strftime("%Y年%-m月%-d日 %H:%M")),
    ]
    context = {
        **summary(WORK_SIDE, matter, actor, story, now),
        "facts": facts,
        "buttons": list(buttons_of(WORK_SIDE, matter, actor).values()),
        "crumbs": WORK_SIDE.crumbs(matter),
    }
    return render(request, "dockets/desk_work.html", context)
