"""A voice becomes a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huying.cases.flow import CASES
from huying.cases.forms import ReceiveForm
from huying.cases.queries import Row, door, other_cases_of, rows_of
from huying.cases.queues import looks_like_phone
from huying.kernel.errors import Refusal
from huying.matters.attachments import uploader
from huying.matters.engine import Opening, open_many
from huying.matters.forms import InputForm
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.models import Contact
from huying.people.requests import UserRequest
from huying.places.address import find
from huying.places.tree import place_tree
from huying.ui.components import Crumb

CODE = "follow-code"  # session key: number and code of the case just registered, told on the next page once
CHANNELS = {"grid_worker": "grid", "community_clerk": "visit", "street_clerk": "visit"}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who has called by this number before."""

    known: bool
    names: str = ""  # masked
    cases: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """Where an address lies; several names when that is not certain."""

    name: str = ""
    candidates: Sequence[str] = ()
    outside: bool = False


@desk("cases.receive")
@require_http_methods(["GET", "POST"])
def new_case(request: UserRequest) -> HttpResponse:
    """The form of a case. The button `look` tells who calls and where it is, and saves nothing: without script the page
    would not know."""
    actor, mine = request.actor, uploader(request.actor)
    if request.method == "GET":
        return _page(request, ReceiveForm(initial={"channel": CHANNELS.get(actor.role.key, "phone")}, uploader=mine))
    form = ReceiveForm(request.POST, request.FILES, uploader=mine)
    if "look" in request.POST:
        form.leave_unchecked()
        return _page(request, form, caller_of(actor, form.typed()), place_of_address(form.typed()))
    if not form.is_valid():
        return _page(request, form)
    result = open_many(CASES, "receive", [Opening(actor, form.input)])[0]
    try:
        matter = result.unwrap()
    except Refusal as refusal:
        form.refuse(refusal)
        form.keep_files()
        return _page(request, form)
    assert result.change is not None
    request.session[CODE] = [matter.number, result.change.answer["code"]]
    return redirect("cases:received", number=matter.number)


def _page(
    request: UserRequest, form: InputForm, caller: Caller | None = None, found: FoundPlace | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "caller": caller,
        "found": found,
        "knows_callers": request.actor.may("cases.view_contact"),
        "crumbs": [Crumb("诉求件", reverse("cases:list")), Crumb("登记诉求")],
    }
    status = form.status if form.is_bound and form.errors else 200
    return render(request, "cases/desk_intake.html", context, status=status)


@desk("cases.receive")
@require_GET
def received(request: UserRequest, number: str) -> HttpResponse:
    """The number and, once, the code to tell the caller. Who registers for others may not see the case afterwards."""
    told = request.session.pop(CODE, ["", ""])
    code = told[1] if told[0] == number else ""
    matter = door(request.actor, number) if not code else None
    context = {
        "number": number,
        "code": code,
        "matter": matter,
        "crumbs": [Crumb("诉求件", reverse("cases:list")), Crumb("登记诉求", reverse("cases:new")), Crumb("已受理")],
    }
    return render(request, "cases/desk_received.html", context)


@desk("cases.receive")
@require_POST
def caller(request: UserRequest) -> HttpResponse:
    """Who calls, as a part of the form. A POST, so that the phone number stands in no address and no log."""
    return render(request, "cases/desk_caller.html", {"caller": caller_of(request.actor, request.POST)})


@desk("cases.receive")
@require_POST
def place(request: UserRequest) -> HttpResponse:
    """Where an address lies, as a part of the form."""
    return render(request, "cases/desk_found_place.html", {"found": place_of_address(request.POST)})


def caller_of(actor: Actor, typed: Mapping[str, object]) -> Caller | None:
    """None when nothing like a number was typed, or the role sees no contacts."""
    phone = str(typed.get("reporter.phone", ""))
    if not actor.may("cases.view_contact") or not looks_like_phone(phone):
        return None
    contacts = list(Contact.objects.with_phone(phone)[:20])
    # Whoever was never heard of and whoever may not be seen here sound the same.
    matters = other_cases_of([contact.pk for contact in contacts], actor) if contacts else []
    shown = {matter.raised_by_id for matter in matters}
    names = "、".join(dict.fromkeys(contact.name for contact in contacts if contact.pk in shown))
    return Caller(bool(matters), names, rows_of(matters, actor, timezone.now()))


def place_of_address(typed: Mapping[str, object]) -> FoundPlace | None:
    address = str(typed.get("address", "")).strip()
    if not address:
        return None
    tree = place_tree()
    match = find(address[:200])

    def name(place_id: int | None) -> str:
        family = tree.by_id.get(place_id) if place_id is not None else None
        if family is None:
            return ""
        return " ".join(filter(None, (tree.name_of(family.street_id), tree.name_of(family.community_id))))

    if found := name(match.place_id):
        return FoundPlace(found)
    return FoundPlace("", [label for c in match.candidates if (label := name(c.place_id))][:4], match.outside)
