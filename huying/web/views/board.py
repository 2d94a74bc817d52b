"""The command board, one call-out beside it, and what can be done from there."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from huying.kernel.geometry import from_wkb, to_geojson
from huying.matters.regimes import PERMISSION as SWITCHES
from huying.people.access import desk
from huying.people.directory import directory
from huying.people.enums import OrganisationKind
from huying.people.requests import UserRequest
from huying.places.enums import Level
from huying.places.models import Boundary
from huying.places.tree import place_tree
from huying.ui.pages import confirm_page
from huying.web.board import acting
from huying.web.board.content import board_of
from huying.web.board.parts import areas_url, drawn, stream_url
from huying.web.board.seeing import PERMISSION, View

MOST_AREAS = 2000
_UNITS = {OrganisationKind.DEPARTMENT, OrganisationKind.UTILITY}


@desk(PERMISSION)
@require_GET
def board(request: UserRequest) -> HttpResponse:
    """The whole screen; with `callout` that one stands open beside it."""
    actor, now = request.actor, timezone.now()
    view = View.of(actor, request.GET.dict())
    content = board_of(view, now)
    number = request.GET.get("callout", "")
    return render(
        request,
        "web/board/page.html",
        {
            "board": content,
            "view": view,
            "parts": drawn(view, content),
            "panel": acting.panel_of(actor, number, now, view.query) if number else None,
            "streets": [p for p in place_tree().by_code.values() if p.level == Level.STREET],
            "units": [listed for listed in directory().handlers() if listed.kind in _UNITS],
            "stream_url": stream_url(view),
            "areas_url": areas_url(view),
            "closer_url": areas_url(view, Level.COMMUNITY.value),
            "may_switch": actor.may(SWITCHES),
        },
    )


@desk(PERMISSION)
@require_GET
def areas(request: UserRequest) -> JsonResponse:
    """Outlines of the streets, or with `level` of the communities; of one street, if it is named."""
    tree, street = place_tree(), place_tree().by_code.get(request.GET.get("street", ""))
    level = Level.COMMUNITY if request.GET.get("level") == Level.COMMUNITY or street else Level.STREET
    rows = Boundary.objects.at(timezone.localdate()).filter(place__level=level)
    if street is not None:
        rows = rows.filter(place__street=street.id)
    features = [
        {
            "type": "Feature",
            "properties": {"name": tree.name_of(boundary.place_id)},
            "geometry": to_geojson(from_wkb(bytes(boundary.geometry)), 5),
        }
        for boundary in rows.order_by("place__code")[:MOST_AREAS]
    ]
    return JsonResponse({"type": "FeatureCollection", "features": features})


@desk(PERMISSION)
@require_GET
def panel(request: UserRequest, number: str) -> HttpResponse:
    """One call-out; asked for by itself it stands beside the board."""
    view = View.of(request.actor, request.GET.dict())
    if not request.headers.get("HX-Request"):
        return redirect(acting.board_address(number, view.query))
    return _panel(request, number, view)


def _panel(request: UserRequest, number: str, view: View) -> HttpResponse:
    shown = acting.panel_of(request.actor, number, timezone.now(), view.query)
    return render(request, "web/board/panel.html", {"panel": shown, "view": view, "told": True})


def _done(request: UserRequest, number: str, view: View, words: str) -> HttpResponse:
    messages.success(request, words)
    if request.headers.get("HX-Request"):
        return _panel(request, number, view)
    return redirect(acting.board_address(number, view.query))


@desk("callouts.press")
@require_http_methods(["GET", "POST"])
def press(request: UserRequest, number: str) -> HttpResponse:
    """Remind all who have not come, or the unit of one response."""
    view, one = View.of(request.actor, request.GET.dict()), request.GET.get("unit_response", "")
    if request.method == "GET":
        asked = acting.question(request.actor, number, acting.PRESSES, view.query, one)
        return confirm_page(request, asked)
    return _done(request, number, view, acting.press(request.actor, number, one))


@desk("callouts.raise")
@require_http_methods(["GET", "POST"])
def raise_level(request: UserRequest, number: str) -> HttpResponse:
    view = View.of(request.actor, request.GET.dict())
    form = acting.RaiseForm(request.POST or None, prefix="raise")
    if request.method == "GET" or not form.is_valid():
        refused = form if request.method == "POST" else None
        return confirm_page(request, acting.question(request.actor, number, acting.RAISES, view.query, refused=refused))
    return _done(request, number, view, acting.raise_level(request.actor, number, form.cleaned_data["reason"]))
