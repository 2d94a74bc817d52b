"""What is being typed is kept, and thrown away when its writer says so."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from huying.kernel.errors import Missing
from huying.people import drafts
from huying.people.access import safe_next, signed_in
from huying.people.requests import UserRequest


@signed_in
@require_POST
def save_draft(request: UserRequest, key: str) -> HttpResponse:
    """`content` is a form as JSON. Answers when it was kept; empty when there was nothing to keep."""
    kept_at = drafts.save(request.actor, _known(key), request.POST.get("content", ""))
    return JsonResponse({"saved": timezone.localtime(kept_at).strftime("%H:%M") if kept_at else ""})


@signed_in
@require_POST
def discard_draft(request: UserRequest, key: str) -> HttpResponse:
    drafts.forget(request.user.pk, _known(key))
    messages.success(request, "草稿已丢弃。")
    return redirect(safe_next(request))


def _known(key: str) -> str:
    if not drafts.is_key(key):
        raise Missing("没有这份草稿。")
    return key
