"""Drafts of the drafting service on the page where a result is proposed. Nothing of it is seen while there is none."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.http import QueryDict
from django.urls import reverse

from huying.kernel.errors import Refusal
from huying.knowledge.drafting import asking
from huying.knowledge.drafting.endpoint import is_on
from huying.knowledge.drafting.masking import masked
from huying.knowledge.models import MachineDraft
from huying.matters.models import Matter, Words
from huying.people.requests import UserRequest

ASK, USE = "ask_draft", "use_draft"  # buttons of the form
BOX = "public_reply"


def offered(matter: Matter) -> bool:
    """What is confidential stays in the house."""
    return is_on() and not matter.confidential


def pressed(request: UserRequest) -> bool:
    return ASK in request.POST or USE in request.POST


def shown(request: UserRequest, matter: Matter, typed: str) -> Mapping[str, object]:
    draft = asking.newest(matter.pk, request.user.pk) if offered(matter) else None
    return {
        "may_draft": offered(matter) and (draft is None or draft.state != MachineDraft.State.WAITING),
        "machine_draft": draft,
        "machine_use": use_of(request, matter, typed) if typed else None,
        "machine_draft_url": reverse("cases:machine-draft", args=[matter.number]),
        "machine_draft_page": reverse("cases:step", args=[matter.number, "propose"]),
    }


def use_of(request: UserRequest, matter: Matter, text: str) -> asking.Use | None:
    return asking.use_of(text, matter.pk, request.user.pk)


def retyped(request: UserRequest, matter: Matter) -> QueryDict | None:
    """What was typed, after a draft has been asked for or put into the box; None where neither was pressed."""
    if not pressed(request):
        return None
    typed = request.POST.copy()
    if not offered(matter):
        return typed
    if ASK in request.POST:
        kind = MachineDraft.Kind.SUMMARY if request.POST[ASK] == "summary" else MachineDraft.Kind.REPLY
        try:
            asking.ask(matter.pk, request.user.pk, kind, _material(matter, request.POST.get("done", "")))
        except Refusal as refusal:
            messages.warning(request, refusal.message)
        return typed
    draft = asking.newest(matter.pk, request.user.pk)
    if draft is not None and draft.state == MachineDraft.State.DONE and str(draft.pk) == request.POST[USE]:
        typed[BOX] = draft.text
    return typed


def _material(matter: Matter, done: str) -> str:
    """What was asked and what has been done so far, without anybody's data."""
    said = Words.objects.filter(matter=matter, seq=1, field="text", erased_at=None).values_list("text", flat=True)
    hide = matter.raised_by.concealed_in if matter.raised_by else None
    parts = [
        f"来件标题：{masked(matter.title, hide)}",
        f"来件内容：{masked(said.first() or '', hide)}",
        f"办理情况：{masked(done[:3000], hide) or '（承办单位还没有填写）'}",
    ]
    return "\n".join(parts)
