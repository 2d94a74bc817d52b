"""Published questions and answers, for everybody."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from huying.cases.models import PublicReply
from huying.kernel.paging import keyset
from huying.kernel.search import Matches, query
from huying.people.access import public
from huying.people.requests import ActorRequest

SIZE = 20
LONGEST = 60  # characters of what is looked for


@public
@require_GET
def answers(request: ActorRequest) -> HttpResponse:
    """The newest first, or those that hold the words."""
    typed = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]
    rows = PublicReply.objects.filter(withdrawn_at=None).defer("document")
    if typed:
        rows = rows.filter(Matches("document", typed)) if query(typed) else rows.none()
    page = keyset(rows, ("-published_at", "-id"), request.GET.get("cursor", ""), SIZE)
    return render(request, "cases/portal/answers.html", {"page": page, "typed": typed})
