"""Who is asking, and which case that opens."""

from __future__ import annotations

from huying.cases.flow import CASES
from huying.matters.models import Matter
from huying.matters.shown import shown
from huying.people.actors import Actor, visitor
from huying.people.directory import directory
from huying.people.enums import UserKind
from huying.people.requests import ActorRequest
from huying.ui.shell import CITY_LINE, Phone


def reporter(request: ActorRequest) -> Actor:
    """A resident's or enterprise's account; anybody else reports as a visitor."""
    if request.actor.role.kind in (UserKind.RESIDENT, UserKind.ENTERPRISE) and request.actor.is_signed_in:
        return request.actor
    if request.method == "POST" and not request.session.session_key:
        request.session.save()  # uploads of this visitor wait under the session's name
        request.session.modified = True  # or the browser would not be told it
    return visitor(request.session.session_key or "")


def opened(request: ActorRequest, number: str) -> tuple[Matter, Actor] | None:
    """The case for whoever owns it or has shown its code; the one door of these pages."""
    if request.actor.is_signed_in and request.actor.role.kind != UserKind.STAFF:
        own = Matter.objects.visible_to(request.actor).filter(kind=CASES.kind, number=number).first()
        if own is not None:
            return own, request.actor
    matter = Matter.objects.filter(pk__in=shown(request), kind=CASES.kind, number=number).first()
    if matter is None:
        return None
    return matter, visitor(request.session.session_key or "", matter_id=matter.pk)


def is_staff(request: ActorRequest) -> bool:
    return request.actor.is_signed_in and request.actor.role.kind == UserKind.STAFF


def is_enterprise(request: ActorRequest) -> bool:
    return request.actor.role.key == UserKind.ENTERPRISE


def help_line() -> Phone:
    """Where to ask when nothing else helps: the duty phone of the district's centre, else the city's line."""
    centre = directory().first_centre
    return Phone(centre.duty_phone, centre.dialled) if centre and centre.dialled else CITY_LINE
