"""Home after signing in: what this post needs today."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from huying.kernel.health import examine
from huying.matters import queries
from huying.matters.alarms import PERMISSION as ALARMS
from huying.matters.live import channels_of
from huying.people.access import HOME, desk, signed_in
from huying.people.actors import Actor
from huying.people.requests import UserRequest
from huying.places.tree import place_tree
from huying.ui.components import Crumb
from huying.ui.context import address
from huying.web.home import administration, overview

ALARMS_SHOWN = 3


@signed_in
@require_GET
def desk_home(request: UserRequest) -> HttpResponse:
    actor = request.actor
    if not request.user.is_staff_member:
        return redirect(HOME)
    if actor.may("people.manage"):
        own = {"actor": actor, "overview": administration(), "settings_url": address("web:settings")}
        return render(request, "web/administrator_home.html", own)
    alarms = queries.alarms_for(actor).filter(acknowledged_at=None).order_by("raised_at") if actor.may(ALARMS) else None
    context = {
        "actor": actor,
        "overview": overview(actor, timezone.now()),
        "alarms": list(alarms[:ALARMS_SHOWN]) if alarms is not None else [],
        "ground": _ground(actor),
        "channels": " ".join(channels_of(actor)),
        "may_receive": actor.may("cases.receive"),
    }
    return render(request, "web/desk_home.html", context)


def _ground(actor: Actor) -> str:
    """The places this post looks after, in words."""
    tree = place_tree()
    match actor.scope:
        case "street" | "community":
            return tree.name_of(actor.place_id)
        case "grids":
            grids = [tree.by_id[key] for key in actor.grid_ids if key in tree.by_id]
            return "、".join(f"{tree.name_of(grid.community_id)}{grid.name}" for grid in grids)
        case _:
            return ""


@desk("people.manage")
@require_GET
def health(request: UserRequest) -> HttpResponse:
    """What `huying doctor` finds, for those who cannot look at the machine."""
    found = examine()
    context = {
        "findings": sorted(found, key=lambda pair: pair[1].ok),
        "wrong": [name for name, finding in found if not finding.ok],
        "crumbs": [Crumb("今天", "/desk/"), Crumb("运行状况")],
    }
    return render(request, "web/health.html", context)
