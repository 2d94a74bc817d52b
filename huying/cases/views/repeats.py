"""Beside a case: what the same person had raised before about the same thing, with the answers."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from huying.cases.queries import door
from huying.cases.repeats import ANSWERED_ENOUGH, repeated
from huying.people.access import desk
from huying.people.requests import UserRequest


@desk("cases.view")
@require_GET
def repeats(request: UserRequest, number: str) -> HttpResponse:
    matter = door(request.actor, number)
    found = repeated(matter, request.actor, timezone.now())
    context = {"matter": matter, "repeated": found, "enough": ANSWERED_ENOUGH}
    return render(request, "cases/desk_repeats.html", context)
