"""A call is made: few fields first, in a hurry on a phone, and what it may repeat before it is sent."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from huying.callouts.emergencies import BY_KEY, EMERGENCIES, units_for
from huying.callouts.flow import CALLOUTS
from huying.callouts.forms import EmergencyForm, NewForm, callable_choices, numbers_of
from huying.callouts.judging import Alike, likes_of
from huying.callouts.options import level_of
from huying.callouts.queries import callouts_for, title_of
from huying.callouts.states import DRAFTED
from huying.kernel.errors import Forbidden, Refusal
from huying.matters.attachments import uploader
from huying.matters.engine import open_one
from huying.matters.forms import Chosen, InputForm
from huying.matters.models import Matter
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.directory import Listed, directory
from huying.people.requests import UserRequest
from huying.places.address import find
from huying.places.enums import Level
from huying.places.locate import locate
from huying.places.tree import Family, place_tree
from huying.ui.components import Crumb

MOST_DRAFTS = 5


def caller_of(actor: Actor) -> Listed | None:
    return directory().by_id.get(actor.organisation_id or 0)


def _choices(actor: Actor) -> dict[str, Chosen]:
    return {"units": callable_choices(caller_of(actor))}


@desk("callouts.call")
@require_http_methods(["GET", "POST"])
def new_callout(request: UserRequest) -> HttpResponse:
    """The form of a call; `number` in the address names matters that caused it."""
    actor, mine = request.actor, uploader(request.actor)
    if request.method == "GET":
        initial = _from_causes(actor, numbers_of(request.GET))
        return _new(request, NewForm(initial=initial, uploader=mine, choices=_choices(actor)))
    form = NewForm(request.POST, request.FILES, uploader=mine, choices=_choices(actor))
    if not form.is_valid():
        return _new(request, form)
    if "look" in request.POST:
        form.keep_files()
        form.status = 200
        return _new(request, form)
    submit = "keep" not in request.POST
    likes = _likes(request, form.input.title, form.input.purpose.value) if submit else []  # type: ignore[attr-defined]
    if likes and "knows" not in request.POST:
        form.keep_files()
        form.status = 200
        return _new(request, form, likes=likes)
    return _open(request, form, submit=submit) or _new(request, form)


def _open(request: UserRequest, form: InputForm, *, submit: bool) -> HttpResponse | None:
    """None where the domain refused it: the form says why."""
    try:
        data = {**form.input.model_dump(), "submit": submit}
        made = open_one(CALLOUTS, "draft", by=request.actor, data=data)
    except Refusal as refusal:
        form.refuse(refusal)
        form.keep_files()
        return None
    state = CALLOUTS.state[made.state].label
    messages.success(
        request,
        f"{made.number} 已保存为草稿。" if made.state == DRAFTED else f"{made.number} 已提交，现在是“{state}”。",
    )
    return redirect("callouts:detail", number=made.number)


def _from_causes(actor: Actor, numbers: list[str]) -> dict[str, object]:
    """What the first of these matters says of the place and of what it is about."""
    causes = list(Matter.objects.visible_to(actor).filter(number__in=numbers).order_by("pk"))
    known: dict[str, object] = {"numbers": [matter.number for matter in causes]}
    if causes:
        first = causes[0]
        known |= {"title": title_of(first, actor)[:80], "lon": first.lon, "lat": first.lat}
        if first.kind == "case":
            known["address"] = first.case.address
    return known


def _new(request: UserRequest, form: InputForm, *, likes: list[Alike] | None = None) -> HttpResponse:
    actor = request.actor
    drafts = callouts_for(actor).filter(state=DRAFTED, lead=actor.organisation_id).order_by("-moved_at")[:MOST_DRAFTS]
    context = {
        "form": form,
        "likes": likes or [],
        "asks": bool(likes),
        "place": _place(request.POST) if form.is_bound else "",
        "drafts": [(title_of(draft, actor), reverse("callouts:detail", args=[draft.number])) for draft in drafts],
        "areas_url": reverse("callouts:areas"),
        "closer_url": f"{reverse('callouts:areas')}?{urlencode({'level': Level.COMMUNITY.value})}",
        "crumbs": [Crumb("呼叫", reverse("callouts:list")), Crumb("发起呼叫")],
    }
    return render(request, "callouts/desk_new.html", context, status=form.status if form.is_bound else 200)


# --- beside the form -------------------------------------------------------------------------------------------------


@desk("callouts.call")
@require_POST
def look(request: UserRequest) -> HttpResponse:
    """Calls under way that this one may repeat, and where its address lies: as it is typed."""
    title, purpose = request.POST.get("title", "")[:80], request.POST.get("purpose", "")
    context = {"likes": _likes(request, title, purpose), "place": _place(request.POST), "asks": False}
    return render(request, "callouts/desk_alike.html", context)


def _likes(request: UserRequest, title: str, purpose: str) -> list[Alike]:
    caller = caller_of(request.actor)
    family = _family(request.POST) or (place_tree().by_id.get(caller.place_id or 0) if caller else None)
    return likes_of(request.actor, title, family.street_id if family else None, purpose, timezone.now())


def _family(typed: QueryDict) -> Family | None:
    """Where it is: by the point, else by the words of the address. No query."""
    tree = place_tree()
    try:
        point = float(typed.get("lon", "")), float(typed.get("lat", ""))
    except ValueError:
        match = find(typed.get("address", "")[:200]) if typed.get("address") else None
        return tree.by_id.get(match.place_id or 0) if match else None
    try:
        where = locate(*point)
    except Refusal:
        return None
    return tree.by_id.get(where.grid_id or where.community_id or 0) if where else None


def _place(typed: QueryDict) -> str:
    family, tree = _family(typed), place_tree()
    if family is None:
        return ""
    keys = (family.street_id, family.community_id, family.grid_id)
    return " ".join(filter(None, (tree.name_of(key) for key in keys)))


# --- in a hurry ------------------------------------------------------------------------------------------------------


@desk("callouts.call")
@require_http_methods(["GET", "POST"])
def emergency(request: UserRequest) -> HttpResponse:
    """What happened, tapped; then everything is filled in and one press calls."""
    actor, caller = request.actor, caller_of(request.actor)
    if caller is None or level_of(caller) is None:
        raise Forbidden("呼叫由社区、街道和部门发起，您的岗位不能发起呼叫。")
    chosen = BY_KEY.get(request.GET.get("what", ""))
    offered = _choices(actor)
    if request.method == "POST":
        form = EmergencyForm(request.POST, request.FILES, uploader=uploader(actor), choices=offered)
        answer = _open(request, form, submit=True) if form.is_valid() else None
        if answer is not None:
            return answer
    else:
        initial: dict[str, object] = {}
        if chosen is not None:
            place = place_tree().by_id.get(caller.place_id or 0)
            units = units_for(chosen, caller, place.street_id if place else None, place.community_id if place else None)
            initial = {"title": chosen.label, "text": chosen.text, "wanted": chosen.wanted, "units": units}
        form = EmergencyForm(initial=initial, uploader=uploader(actor), choices=offered)
    context = {
        "form": form,
        "chosen": chosen,
        "kinds": EMERGENCIES,
        "other": "other" in request.GET or form.is_bound,
        "crumbs": [Crumb("呼叫", reverse("callouts:list")), Crumb("应急呼叫")],
    }
    return render(request, "callouts/desk_emergency.html", context, status=form.status if form.is_bound else 200)
