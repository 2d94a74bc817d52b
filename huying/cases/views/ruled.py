"""From an upheld objection to a draft of the rule that was wrong, or missing."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from huying.cases.objections import objections_to
from huying.cases.queries import door
from huying.cases.ruled import key_of, proposal_of, ruled, upheld_of
from huying.kernel.errors import Missing
from huying.knowledge.rules import proposals
from huying.matters.models import Words
from huying.people.access import desk
from huying.people.directory import directory
from huying.people.requests import UserRequest


@desk("knowledge.maintain_rules")
@require_GET
def propose_rule(request: UserRequest, number: str) -> HttpResponse:
    """Leads to the form that begins with what the objection has shown, or to the draft that has come of it."""
    matter = door(request.actor, number)
    objection = upheld_of(objections_to(matter))
    if objection is None:
        raise Missing("这件诉求没有成立的申诉。")
    key = key_of(objection)
    if version := proposals.drafted([key]).get(key):
        messages.info(request, f"这件申诉已经拟过口径 {version.rule.code}。")
        return redirect("knowledge:rule", code=version.rule.code)
    text = Words.objects.filter(matter=matter, seq=1, field="text", erased_at=None).values_list("text", flat=True)
    said = text.first() or ""
    proposal, wrong = proposal_of(matter, objection, said)
    hit = ruled(matter, said).decides
    if hit is not None and hit.lead != objection.unit_id:
        unit = directory().name_of(hit.lead)
        messages.info(
            request, f"现行口径 {hit.code} 已规定这样的件由{unit}主办。口径没有错、只是没有按它派的，不用另拟。"
        )
    return redirect(proposals.url_of(proposal, wrong))
