"""Administrators see who is signed in, and end sessions."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from huying.kernel.paging import keyset
from huying.people import sign_in
from huying.people.access import requires
from huying.people.forms import AccountSearchForm
from huying.people.models import Session
from huying.people.requests import UserRequest
from huying.people.settings import Kind, acted
from huying.people.views.account import own_key
from huying.people.views.accounts import ACCOUNTS
from huying.people.views.rows import device, session_row

PAGE = 50
SESSIONS = Kind("会话", "在线会话", "people:sessions")


@requires("people.sessions")
@require_GET
def sessions_page(request: UserRequest) -> HttpResponse:
    form = AccountSearchForm(request.GET)
    words = form.cleaned_data["q"].strip() if form.is_valid() else ""
    rows = Session.objects.live().select_related("user", "user__contact")
    if words:
        rows = rows.filter(Q(user__full_name__contains=words) | Q(user__username__startswith=words.lower()))
    page = keyset(rows, ["-seen_at"], request.GET.get("cursor"), PAGE)
    own = own_key(request)
    return render(
        request,
        "people/sessions.html",
        {
            "form": form,
            "words": words,
            "page": page,
            "rows": [session_row(row, own) for row in page.rows],
            "crumbs": SESSIONS.crumbs(),
        },
    )


@requires("people.sessions")
@require_POST
def end_session(request: UserRequest, key: str) -> HttpResponse:
    with transaction.atomic():
        ended = sign_in.end_session(key, by=request.user, anyone=True)
        assert ended.user is not None
        acted(request.user, SESSIONS, ACCOUNTS.named(ended.user), "结束会话", 设备=device(ended.agent))
    messages.success(request, "会话已结束，对方下一步操作时须重新登录。")
    return redirect("people:sessions")
