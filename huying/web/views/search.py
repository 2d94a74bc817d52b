"""The page behind the search box of the top bar."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from huying.matters.forms import CONTROL
from huying.people.access import desk
from huying.people.requests import UserRequest
from huying.web.searching import found_cases, found_elsewhere, matter_url

MOST = 100  # characters


@desk()
@require_GET
def search_page(request: UserRequest) -> HttpResponse:
    """What was found, by kinds; a number of a case or a docket leads straight to it."""
    actor = request.actor
    typed = " ".join(CONTROL.sub(" ", request.GET.get("q", ""))[:MOST].split())
    if url := matter_url(actor, typed):
        return redirect(url)
    context: dict[str, object] = {"typed": typed, "sees_cases": actor.may("cases.view"), "cases": None, "groups": []}
    if typed:
        context |= {"cases": found_cases(actor, typed, timezone.now()), "groups": found_elsewhere(actor, typed)}
    return render(request, "web/search.html", context)
