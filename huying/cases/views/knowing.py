"""The knowledge base beside a form: while a case is taken in, and while it is answered at once."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from huying.cases.intake import KNOWLEDGE_KEY
from huying.cases.knowing import beside, beside_case
from huying.cases.queries import door
from huying.people.access import desk
from huying.people.requests import UserRequest

LONGEST = 100  # characters of what is looked for


@desk("cases.receive")
@require_POST
def near(request: UserRequest) -> HttpResponse:
    """A POST, so that no word of an appeal stands in an address or a log."""
    context = {
        "near": beside(request.POST),
        "may_answer": request.actor.may("cases.answer"),
        "inserts": False,
        "near_key": KNOWLEDGE_KEY,
    }
    return render(request, "knowledge/articles/near.html", context)


@desk("cases.answer")
@require_GET
def near_to(request: UserRequest, number: str) -> HttpResponse:
    """Beside the form of the answer; with `q` what somebody looks for."""
    matter = door(request.actor, number)
    typed = request.GET.get("q", "").replace("\x00", "")[:LONGEST]
    context = {"near": beside_case(matter, typed), "may_answer": True, "inserts": True, "near_key": ""}
    return render(request, "knowledge/articles/near.html", context)
