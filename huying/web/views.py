"""Home after signing in: what this post needs today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from huying.cases.queries import Row, listed, rows_of
from huying.cases.queues import QUEUES, Queue, counts, in_queue
from huying.kernel.paging import CappedCount
from huying.matters import queries
from huying.matters.alarms import PERMISSION as ALARMS
from huying.matters.live import channels_of
from huying.matters.models import Matter
from huying.people.access import HOME, signed_in
from huying.people.actors import Actor
from huying.people.models import Organisation, Session, User
from huying.people.requests import UserRequest
from huying.places.tree import place_tree

SHOWN = 5  # rows of a pane


@dataclass(frozen=True, slots=True)
class Pane:
    queue: Queue
    count: CappedCount
    rows: Sequence[Row]
    url: str

    @property
    def more(self) -> bool:
        return self.count.n > len(self.rows)


@dataclass(frozen=True, slots=True)
class Figure:
    label: str
    value: str
    url: str


# What each role begins its day with: lists shown with their first rows, and lists shown as a figure.
PANES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "call_taker": (("received", "resolved", "waiting"), ("late",)),
    "dispatcher": (("triaged", "received"), ("dispatched", "resolved", "late")),
    "handler": (("dispatched", "acknowledged", "handling"), ("waiting", "awaiting_approval", "late")),
    "assistance": (("dispatched", "acknowledged", "handling"), ("waiting", "awaiting_approval", "late")),
    "street_clerk": (("dispatched", "acknowledged", "handling"), ("open", "late")),
    "community_clerk": (("dispatched", "acknowledged", "handling"), ("open", "late")),
    "chief": (("awaiting_approval", "late"), ("dispatched", "handling", "open")),
    "supervisor": (("late", "yellow"), ("alarm", "open")),
    "leader": (("late",), ("open", "received", "triaged", "handling", "resolved", "closed")),
    "analyst": (("open",), ("closed", "")),
    "third_party": (("reworked",), ("open", "closed")),
    "grid_worker": (("open",), ("late", "closed")),
}


@signed_in
@require_GET
def desk_home(request: UserRequest) -> HttpResponse:
    actor = request.actor
    if not request.user.is_staff_member:
        return redirect(HOME)
    if actor.may("people.manage"):
        return render(request, "web/desk_home.html", _administration(actor))
    shown, told = PANES[actor.role.key]
    now = timezone.now()
    numbers = counts({key: QUEUES[key] for key in (*shown, *told)}, actor, now)
    lists: dict[str, list[Matter]] = {
        key: list(listed(in_queue(QUEUES[key], actor, now)).order_by(*QUEUES[key].ordering)[:SHOWN]) for key in shown
    }
    rows = {row.number: row for row in rows_of([m for found in lists.values() for m in found], actor, now)}
    context = {
        "actor": actor,
        "panes": [
            Pane(QUEUES[key], numbers[key], [rows[m.number] for m in lists[key]], reverse(QUEUES[key].url_name))
            for key in shown
        ],
        "figures": [Figure(QUEUES[key].label, str(numbers[key]), reverse(QUEUES[key].url_name)) for key in told],
        "alarms": list(queries.alarms_for(actor).filter(acknowledged_at=None).order_by("raised_at")[:3])
        if actor.may(ALARMS)
        else [],
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


def _administration(actor: Actor) -> dict[str, object]:
    """Nobody's appeal is shown to an administrator: accounts, sessions, units and places are."""
    levels: dict[str, int] = {}
    for place in place_tree().by_code.values():
        levels[place.level] = levels.get(place.level, 0) + 1
    figures = [
        Figure("启用的账号", f"{User.objects.filter(is_active=True).count():,}", reverse("people:accounts")),
        Figure("在线会话", f"{Session.objects.live().count():,}", reverse("people:sessions")),
        Figure("单位", f"{Organisation.objects.current().count():,}", ""),
        Figure("街道", f"{levels.get('street', 0):,}", ""),
        Figure("社区", f"{levels.get('community', 0):,}", ""),
        Figure("网格", f"{levels.get('grid', 0):,}", ""),
    ]
    return {
        "actor": actor,
        "panes": [],
        "figures": figures,
        "alarms": [],
        "ground": "",
        "channels": "",
        "may_receive": False,
    }
