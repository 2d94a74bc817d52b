"""One supervision: what is asked, of whom, how far the ladder has been climbed, what can be done now; its documents."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from huying.kernel.errors import Missing
from huying.matters.detail import panels_of
from huying.matters.models import Matter, Words
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.requests import UserRequest
from huying.supervision.documents.official import write
from huying.supervision.documents.papers import NAMES, paper_of
from huying.supervision.enums import Rung
from huying.supervision.flow import SUPERVISIONS
from huying.supervision.models import OfficialDocument
from huying.supervision.queries import about, conceal, door, ladder_of, main_facts, summary, told
from huying.supervision.views.pages import SupervisionPages
from huying.ui.components import Crumb

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# What is rarely right stands behind a fold; giving it to another unit is the next thing where no unit has it.
ASIDE = ("notify", "summon", "publish", "hand_over", "retract", "readdress", "cancel")
PAGES = SupervisionPages()


@desk("supervision.view")
@require_GET
def detail(request: UserRequest, number: str) -> HttpResponse:
    actor, matter, now = request.actor, door(request.actor, number), timezone.now()
    story = told(matter, actor)
    offered = SUPERVISIONS.available(matter, actor)
    aside = [step for step in offered if step.key in ASIDE and (step.key, matter.state) != ("readdress", "unassigned")]
    steps = [step for step in offered if step not in aside]
    context = {
        **summary(matter, actor, story, now),
        "facts": main_facts(matter),
        "requirement": story.words.get("requirement", ""),
        "about": about(matter, actor),
        "ladder": ladder_of(matter),
        "parent": parent_of(matter, actor),
        "steps": steps,
        "aside": aside,
        "primary": steps[0].key if steps and (steps[0].primary or actor.scope != "all") else "",
        "panels": panels_of(request, matter),
        "crumbs": [Crumb("督办件", reverse("supervision:list")), Crumb(matter.number)],
    }
    return render(request, "supervision/detail.html", context)


def parent_of(matter: Matter, actor: Actor) -> dict[str, object] | None:
    """The instruction that this is a task of: its words are for the unit to read, its own page is not."""
    row = matter.supervision.instruction
    if row is None:
        return None
    said = Words.objects.filter(matter=row.pk, field="text", erased_at=None).order_by("-seq")
    words = "\n".join(said.values_list("text", flat=True)[:1])
    hide = conceal(actor)
    return {
        "number": row.matter.number,
        "source": row.source,
        "dated": row.dated,
        "said": hide(words) if hide else words,
        "url": reverse("supervision:instruction", args=[row.matter.number]) if actor.may("supervision.board") else "",
    }


@desk("supervision.view")
@require_http_methods(["GET", "POST"])
def step(request: UserRequest, number: str, key: str) -> HttpResponse:
    return PAGES.take(request, number, key)


@desk("supervision.view")
@require_GET
def document(request: UserRequest, number: str, pk: int) -> HttpResponse:
    """One rung as a Word file. A unit sees what holds, not what is being drafted."""
    actor = request.actor
    matter = door(actor, number)
    found = OfficialDocument.objects.filter(supervision=matter.pk, pk=pk, declined_at=None).first()
    if found is None or (found.issued_at is None and actor.scope != "all"):
        raise Missing("没有这份文书，或者它还没有签发。")
    paper = paper_of(found, matter, conceal(actor))
    name = f"{NAMES[Rung(found.rung)]}（{'拟稿' if paper.draft else paper.number}）.docx"
    response = HttpResponse(write(paper), content_type=WORD)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["Cache-Control"] = "private, no-store"
    return response
