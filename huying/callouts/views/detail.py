"""One call-out with all who were called, and one response: what it is about, what happened, what can be done now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from huying.callouts.flow import CALLOUTS
from huying.callouts.queries import (
    Called,
    callout_door,
    concealing,
    place_words,
    purpose_words,
    response_door,
    said_when_called,
    title_of,
    told,
    url_of,
    whose_turn,
)
from huying.callouts.responses import RESPONSES
from huying.callouts.shown import (
    COMMANDING,
    Button,
    callout_facts,
    callout_summary,
    causes_of,
    crumbs_of,
    declined_words,
    loop_of,
    newest,
    ratings_of,
    response_button,
    times_of,
    turn_of,
    unit_lines,
)
from huying.kernel.geometry import from_wkb, to_geojson
from huying.matters.detail import TONES, clock_lines, panels_of, pressing, undo_of
from huying.matters.flow import Flow, Step
from huying.matters.models import Matter
from huying.matters.scopes import scope_of
from huying.matters.timeline import Story
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.requests import UserRequest
from huying.places.enums import Level
from huying.places.models import Boundary
from huying.places.tree import place_tree
from huying.ui.components import Fact

MOST_AREAS = 300


def _offered(flow: Flow, matter: Matter, actor: Actor) -> tuple[list[Step], list[Step]]:
    """What this actor may press now, and what of it takes a step back."""
    offered = flow.available(matter, actor)
    back = [step for step in offered if flow.reversed_by(step)]
    return [step for step in offered if step not in back], back


def _buttons(steps: Sequence[Step], matter: Matter, url_name: str) -> list[Button]:
    """The first is primary if it is the next sensible action."""
    return [
        Button(step.label, reverse(url_name, args=[matter.number, step.key]), n == 0 and step.primary)
        for n, step in enumerate(steps)
    ]


# --- a call-out ------------------------------------------------------------------------------------------------------


@desk("callouts.view")
@require_GET
def callout(request: UserRequest, number: str) -> HttpResponse:
    actor, now = request.actor, timezone.now()
    matter = callout_door(actor, number)
    causes = causes_of(matter, actor)
    story = told(matter, CALLOUTS, actor, causes.known)
    units = unit_lines(matter, actor, now)
    steps, _ = _offered(CALLOUTS, matter, actor)
    unlink = next((step for step in steps if step.key == "unlink_matters"), None)
    steps = [step for step in steps if step.key != "unlink_matters"]  # offered beside each matter
    beside = [step for step in steps if step.key in COMMANDING]
    conceal = concealing(actor)
    address = matter.callout.address
    context = {
        **callout_summary(matter, title_of(matter, actor), story, now),
        "turn": turn_of(matter, units) or whose_turn(matter, CALLOUTS),
        "caller": Called.of(directory().by_id.get(matter.lead_id or 0)),
        "loop": loop_of(matter, story, units, causes.total),
        "units": units,
        "intended": [] if units else [Called.of(directory().by_id.get(unit)) for unit in matter.callout.called],
        "commanding": _buttons(beside, matter, "callouts:step"),
        "causes": causes,
        "may_unlink": unlink is not None,
        "facts": callout_facts(matter, conceal(address) if conceal else address),
        "steps": _buttons([s for s in steps if not s.side and s not in beside], matter, "callouts:step"),
        "side_steps": _buttons([s for s in steps if s.side], matter, "callouts:step"),
        "undo": None,
        "panels": panels_of(request, matter),
        "area_url": reverse("callouts:area", args=[matter.number]),
        "crumbs": crumbs_of(matter),
    }
    return render(request, "callouts/desk_callout.html", context)


# --- a response ------------------------------------------------------------------------------------------------------


def response_summary(matter: Matter, actor: Actor, story: Story, now: datetime) -> dict[str, object]:
    """What every page about one response shows of it: one query for what the caller wrote."""
    state, row = RESPONSES.state[matter.state], matter.response
    above = row.callout.matter
    clocks = clock_lines(matter, RESPONSES, now)
    said = said_when_called([above.pk], actor)
    return {
        "matter": matter,
        "title": title_of(matter, actor),
        "state": state,
        "tone": TONES[state.tone],
        "marks": [],
        "turn": whose_turn(matter, RESPONSES),
        "story": story,
        "said": said.get((above.pk, "text"), ""),
        "wanted": newest(story, "wanted", ("be_called",)) or said.get((above.pk, "wanted"), ""),
        "clocks": [clock for clock in clocks if clock.remaining],
        "ended_clocks": [clock for clock in clocks if not clock.remaining],
        "pressing": pressing(clocks),
        "above": above,
        "above_url": url_of(above),
        "caller": Called.of(directory().by_id.get(above.lead_id or 0)),
    }


@desk("callouts.view")
@require_GET
def response(request: UserRequest, number: str) -> HttpResponse:
    actor, now = request.actor, timezone.now()
    matter = response_door(actor, number)
    row = matter.response
    above = row.callout.matter
    story = told(matter, RESPONSES, actor)
    steps, back = _offered(RESPONSES, matter, actor)
    others = unit_lines(above, actor, now, own=matter)
    comments = {step: story.last_said(step).get("comment", "") for step in ("rate", "rate_caller")}
    conceal = concealing(actor)
    facts = [
        Fact("呼叫", above.number, url_of(above)),
        Fact("呼叫类型", purpose_words(matter)),
        Fact("呼叫单位", directory().name_of(above.lead_id)),
        Fact("被呼叫单位", directory().name_of(matter.lead_id)),
        Fact("地点", conceal(row.callout.address) if conceal else row.callout.address),
        Fact("所属区域", place_words(matter)),
        *times_of(row),
        Fact("催办", f"{row.presses} 次" if row.presses else ""),
        Fact("退出申请", declined_words(row)),
    ]
    context = {
        **response_summary(matter, actor, story, now),
        "facts": [fact for fact in facts if fact.value],
        "unit": Called.of(directory().by_id.get(matter.lead_id or 0)),
        "ratings": ratings_of(row, above, comments),
        "others": [line for line in others if line.number != matter.number],
        "steps": [
            response_button(matter, s, primary=n == 0 and s.primary)
            for n, s in enumerate(s for s in steps if not s.side)
        ],
        "side_steps": [response_button(matter, step) for step in steps if step.side],
        "undo": undo_of(matter, RESPONSES, back, story, actor, now, step_url="callouts:response-step"),
        "panels": panels_of(request, matter),
        "area_url": reverse("callouts:area", args=[above.number]) if scope_of(actor).allows(actor, above) else "",
        "crumbs": crumbs_of(matter),
    }
    return render(request, "callouts/desk_response.html", context)


# --- maps ------------------------------------------------------------------------------------------------------------


@desk("callouts.view")
@require_GET
def area(request: UserRequest, number: str) -> JsonResponse:
    """For the map of a call-out: its grid, among the communities of the street."""
    matter = callout_door(request.actor, number)
    around = Q(pk__in=()) if matter.grid_id is None else Q(place_id=matter.grid_id)
    if matter.street_id is not None:
        around |= Q(place__level=Level.COMMUNITY, place__street=matter.street_id)
    return _outlines(around, matter.grid_id)


@desk("callouts.call")
@require_GET
def areas(request: UserRequest) -> JsonResponse:
    """For the map of the form: the grids of a community or the communities of a street, by its code; else the
    streets, or with `level` all communities."""
    family = place_tree().family(request.GET.get("place", ""))
    if family is not None and family.level == Level.COMMUNITY:
        return _outlines(Q(place__level=Level.GRID, place__community=family.id))
    if family is not None and family.level == Level.STREET:
        return _outlines(Q(place__level=Level.COMMUNITY, place__street=family.id))
    closer = request.GET.get("level") == Level.COMMUNITY
    return _outlines(Q(place__level=Level.COMMUNITY if closer else Level.STREET))


def _outlines(which: Q, own: int | None = None) -> JsonResponse:
    rows = Boundary.objects.at(timezone.localdate()).filter(which).select_related("place").order_by("place__level")
    features = [
        {
            "type": "Feature",
            "properties": {"name": str(boundary.place), "own": boundary.place_id == own},
            "geometry": to_geojson(from_wkb(bytes(boundary.geometry)), 5),
        }
        for boundary in rows[:MOST_AREAS]
    ]
    return JsonResponse({"type": "FeatureCollection", "features": features})
