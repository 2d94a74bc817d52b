"""Help: the manual, what one's own role needs first."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from huying.kernel.errors import Missing
from huying.people.access import desk
from huying.people.requests import UserRequest
from huying.web import manual

PICTURE_KEPT = 3600  # seconds


@desk()
@require_GET
def help_page(request: UserRequest) -> HttpResponse:
    own, others = manual.for_role(request.actor.role.key)
    return render(request, "web/help.html", {"actor": request.actor, "own": own, "others": others})


@desk()
@require_GET
def picture(request: UserRequest, name: str) -> HttpResponse:
    path = manual.picture(name)
    if path is None:
        raise Missing("手册里没有这张图。")
    response = HttpResponse(path.read_bytes(), content_type="image/png")
    response.headers["Cache-Control"] = f"private, max-age={PICTURE_KEPT}"
    return response
