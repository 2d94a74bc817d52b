"""One case: its story, what happened, what can be done now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from django.db.models import Q
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_GET, require_POST

from huying.cases import options, reply_facts
from huying.cases.business import manager_of
from huying.cases.flow import CASES
from huying.cases.knowing import may_draft
from huying.cases.motion_shown import IN_PANEL
from huying.cases.parts import part_lines
from huying.cases.passing import path_of
from huying.cases.queries import (
    concealing,
    contact_block,
    door,
    main_facts,
    marks_of,
    may_reveal,
    other_cases_of,
    place_of,
    title_of,
    who_answers,
    whose_turn,
    why_waiting,
)
from huying.cases.review_shown import veil
from huying.cases.upper_shown import FROM_ABOVE
from huying.kernel.errors import Forbidden, Refusal
from huying.kernel.geometry import from_wkb, to_geojson
from huying.knowledge.rules.book import cited_words
from huying.matters import presence as who_looks
from huying.matters.detail import TONES, clock_lines, panels_of, pressing, undo_of
from huying.matters.flow import Step
from huying.matters.models import Matter
from huying.matters.queries import newest_alarm
from huying.matters.timeline import Story, story_of
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.contacts import Person, reveal
from huying.people.directory import directory
from huying.people.forms import PurposeForm
from huying.people.requests import UserRequest
from huying.places.enums import Level
from huying.places.models import Boundary
from huying.places.tree import place_tree
from huying.ui.components import Crumb, Fact
from huying.ui.forms import show_refusal

MAIN_FACTS = 5  # of the basic facts; the others are folded
BESIDE_THE_CONTACT = {"correct_contact"}  # offered where the contact is shown, not among what moves the case


def _unit(code: str) -> str:
    listed = directory().by_code.get(code)
    return listed.label if listed else code


NAMES: Mapping[str, Callable[[str], str]] = {
    "channel": lambda key: options.channel_names().get(key, key),
    "category": lambda code: options.category_names().get(code, code),
    "place": lambda code: place.name if (place := place_tree().family(code)) else code,
    "lead": _unit,
    "unit": _unit,
    "units": _unit,
    "to": _unit,
    "grid": lambda code: place.name if (place := place_tree().family(code)) else code,
    "post": lambda key: "",  # the officer's name stands among the words
    "lon": lambda degrees: "",  # the point is shown on the map
    "lat": lambda degrees: "",
    "co_handlers": _unit,
    "suggested": _unit,
    "handler": _unit,
    "ground": lambda key: options.ground_names().get(key, key),
    "cited": lambda cited: cited_words(cited),
}


def told(matter: Matter, actor: Actor) -> Story:
    """What happened, as far as this actor reads it. De-identified roles see no files: voices and faces are in them."""
    story = story_of(
        matter,
        CASES,
        NAMES,
        conceal=concealing(matter, actor),
        with_files=not actor.role.deidentified,
        beside=reply_facts.told,
    )
    return veil(story, matter, actor)


def summary(
    matter: Matter, actor: Actor, story: Story, now: datetime, *, ended_clocks: bool = True
) -> dict[str, object]:
    """What every page about one case shows of it."""
    address = matter.case.address
    state = CASES.state[matter.state]
    clocks = clock_lines(matter, CASES, now)
    parts = part_lines(matter, matter.case.round, actor, story.said, clocks)
    conceal = concealing(matter, actor)
    return {
        "matter": matter,
        "case": matter.case,
        "title": conceal(matter.title) if conceal else matter.title,
        "state": state,
        "tone": TONES[state.tone],
        "marks": marks_of(matter, actor, alarmed=False),
        "turn": whose_turn(matter),
        "why_waiting": why_waiting(matter, actor),
        "who_answers": who_answers(matter),
        "story": story,
        "said": story.words.get("text", ""),
        "elements": [
            Fact("发生时间", _moment(matter.case.happened_at)),
            # Names cannot be found in a text as numbers can, and this one is made of names.
            Fact("涉及何人", "" if actor.role.deidentified else story.words.get("who", "")),
            Fact("起因", story.words.get("cause", "")),
            Fact("造成的后果", story.words.get("effect", "")),
        ],
        "address": conceal(address) if conceal else address,
        "place": place_of(matter),
        "clocks": [clock for clock in clocks if clock.remaining],
        "ended_clocks": [clock for clock in clocks if not clock.remaining] if ended_clocks else [],
        "parts": parts,
        "helping": [part for part in parts if part.open],
        "path": path_of(matter),
        "manager": manager_of(matter),
        "pressing": pressing(clocks),
        "contact": contact_block(matter, matter.case, actor),
    }


def _moment(at: datetime | None) -> str:
    return timezone.localtime(at).strftime("%Y年%-m月%-d日 %H:%M") if at else ""


@desk("cases.view")
@require_GET
def detail(request: UserRequest, number: str) -> HttpResponse:
    matter = door(request.actor, number)
    return _page(request, matter, PurposeForm(auto_id="reveal-%s"))


def _page(
    request: UserRequest, matter: Matter, form: PurposeForm, person: Person | None = None, status: int = 200
) -> HttpResponse:
    actor, now = request.actor, timezone.now()
    story = told(matter, actor)
    alarm = newest_alarm(matter) if getattr(matter, "alarmed", True) else None
    elsewhere = BESIDE_THE_CONTACT | FROM_ABOVE | IN_PANEL
    offered = [step for step in CASES.available(matter, actor) if step.key not in elsewhere]
    steps = [step for step in offered if not CASES.reversed_by(step)]
    taking_back = [step for step in offered if CASES.reversed_by(step)]
    taking_back_later = [step for step in taking_back if step.input.model_fields]
    undo = undo_of(matter, CASES, taking_back, story, actor, now, step_url="cases:step")
    primary = _primary(steps, matter)
    steps.sort(key=lambda step: step.key != primary)
    facts = main_facts(matter, matter.case)
    few = len(facts) <= MAIN_FACTS + 2  # a fold for two lines hides more than it spares
    context = {
        **summary(matter, actor, story, now),
        "facts": facts if few else facts[:MAIN_FACTS],
        "more_facts": [] if few else facts[MAIN_FACTS:],
        "steps": [*(step for step in steps if not step.side), *taking_back_later],
        "side_steps": [step for step in steps if step.side],
        "primary": primary,
        "undo": undo,
        # Where it has a button of its own among the steps, the corner offers it and nothing else does.
        "undo_here": undo is not None and undo.label not in {step.label for step in taking_back_later},
        "doing": "",
        "reveal_form": form,
        "person": person,
        "alarm": alarm,
        "alarm_words": "、".join(alarm.words) if alarm else "",
        "may_acknowledge": alarm is not None and alarm.acknowledged_at is None and actor.may("matters.alarm"),
        "others": _others(matter, actor),
        "may_draft": may_draft(matter, actor),
        "panels": panels_of(request, matter),
        "area_url": reverse("cases:area", args=[matter.number]) if matter.grid_id else "",
        "crumbs": [Crumb("诉求件", reverse("cases:list")), Crumb(matter.number)],
    }
    response = render(request, "cases/desk_detail.html", context, status=status)
    if person is not None:
        patch_cache_control(response, private=True, no_store=True)
    return response


def _primary(steps: Sequence[Step], matter: Matter) -> str:
    """The next sensible action: a side way, as asking the reporter, is none, nor what the centre could do while it
    looks on."""
    keys = [step.key for step in steps]
    if "contact" in keys and matter.case.contacted_at is None:
        return "contact"
    return keys[0] if steps and steps[0].primary else ""


def _others(matter: Matter, actor: Actor) -> list[tuple[Matter, str, str]]:
    if matter.raised_by_id is None or not may_reveal(matter, actor):
        return []
    found = other_cases_of([matter.raised_by_id], actor, apart=matter.pk)
    return [(other, title_of(other, actor), CASES.state[other.state].label) for other in found]


@desk("cases.view")
@require_POST
def presence(request: UserRequest, number: str) -> HttpResponse:
    """A sign of life of a page about this case; tells who else has it open."""
    matter = door(request.actor, number)
    now = timezone.now()
    doing = request.GET.get("doing", "")
    doing = doing if doing in CASES.step else ""
    if request.POST.get("leaving"):
        who_looks.leave(matter, request.actor, doing)
        return HttpResponse(status=204)
    who_looks.here(matter, request.actor, doing, now)
    context = {
        "matter": matter,
        "doing": doing,
        # Who judges from outside does not learn who else does.
        "beside": [] if request.actor.scope == "reviewed" else who_looks.others(matter, request.actor, CASES, now),
    }
    return render(request, "cases/desk_presence.html", context)


@desk("cases.view_contact")
@require_POST
def reveal_contact(request: UserRequest, number: str) -> HttpResponse:
    """The reporter's plain data, told once on the answer to this POST; who looked, when and why is logged."""
    matter = door(request.actor, number)
    if not may_reveal(matter, request.actor) or matter.raised_by_id is None:
        raise Forbidden("这件诉求的联系方式不对您的岗位开放。")
    form = PurposeForm(request.POST, auto_id="reveal-%s")
    if not form.is_valid():
        return _page(request, matter, form, status=422)
    try:
        person = reveal(matter.raised_by_id, actor=request.actor, purpose=form.told, about=matter.number)
    except Refusal as refusal:
        show_refusal(form, refusal)
        return _page(request, matter, form, status=refusal.status)
    return _page(request, matter, PurposeForm(auto_id="reveal-%s"), person)


@desk("cases.view")
@require_GET
def area(request: UserRequest, number: str) -> HttpResponse:
    """For the map of a case: its grid, among the communities of the street."""
    matter = door(request.actor, number)
    around = Q(pk__in=()) if matter.grid_id is None else Q(place_id=matter.grid_id)
    if matter.street_id is not None:
        around |= Q(place__level=Level.COMMUNITY, place__street=matter.street_id)
    rows = Boundary.objects.at(timezone.localdate()).filter(around).select_related("place").order_by("place__level")
    features = [
        {
            "type": "Feature",
            "properties": {"name": str(boundary.place), "own": boundary.place_id == matter.grid_id},
            "geometry": to_geojson(from_wkb(bytes(boundary.geometry)), 5),
        }
        for boundary in rows
    ]
    return JsonResponse({"type": "FeatureCollection", "features": features})
