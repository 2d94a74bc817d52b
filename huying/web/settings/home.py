"""系统设置: every page on which something is set, in a line each."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from huying.kernel.models import ConfigChange
from huying.kernel.registry import SettingsPage, settings_pages
from huying.people.access import desk
from huying.people.requests import UserRequest

RECENT = 5


@dataclass(frozen=True, slots=True)
class Offered:
    page: SettingsPage
    url: str


@desk("settings.manage", "people.manage", "places.manage", "matters.configure", "people.audit")
@require_GET
def home(request: UserRequest) -> HttpResponse:
    """The pages this post may open, under their headings."""
    groups: dict[str, list[Offered]] = {}
    for page in settings_pages:
        if request.actor.may(page.permission):
            groups.setdefault(page.group, []).append(Offered(page, reverse(page.url_name)))
    sees_changes = request.actor.may("settings.manage")
    return render(
        request,
        "web/settings/home.html",
        {
            "groups": [(f"group-{n}", title, pages) for n, (title, pages) in enumerate(groups.items())],
            "changes": list(ConfigChange.objects.all()[:RECENT]) if sees_changes else [],
        },
    )
