"""Units at work."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from huying.kernel.errors import Missing
from huying.people.access import desk
from huying.people.directory import directory
from huying.people.periods import PeriodForm
from huying.people.requests import UserRequest
from huying.ui.components import Crumb
from huying.web.evaluation import unit_metrics
from huying.web.units import KINDS, OWN, PERMISSION, door, kind_tabs, unit_lines, unit_page, unit_url


@desk(PERMISSION)
@require_GET
def unit_list(request: UserRequest) -> HttpResponse:
    """All units of a kind; whoever sees only the own one is led there."""
    actor = request.actor
    if actor.scope in OWN:
        own = directory().by_id.get(actor.organisation_id or 0)
        if own is None:
            raise Missing("您的岗位不属于任何单位。")
        return redirect(unit_url(own))
    kind = request.GET.get("kind", "")
    tabs = kind_tabs(kind if kind in KINDS else KINDS[0])
    if tabs and not any(tab.current for tab in tabs):
        tabs = kind_tabs(tabs[0].key)
    chosen = next((tab for tab in tabs if tab.current), None)
    context = {
        "tabs": tabs,
        "chosen": chosen,
        "lines": unit_lines(chosen.key, actor, timezone.now()) if chosen else [],
    }
    return render(request, "web/units.html", context)


@desk(PERMISSION)
@require_GET
def unit(request: UserRequest, code: str) -> HttpResponse:
    shown = door(request.actor, code)
    now, form = timezone.now(), PeriodForm(request.GET, timezone.localdate())
    crumbs = [] if request.actor.scope in OWN else [Crumb("单位", "/desk/units/"), Crumb(shown.label)]
    context = {
        "page": unit_page(shown, request.actor, now),
        "evaluation": unit_metrics(shown, form.period, now),
        "form": form,
        "presets": form.presets,
        "running": form.period.runs(timezone.localdate()),
        "unit": shown,
        "crumbs": crumbs,
    }
    return render(request, "web/unit.html", context, status=form.status)
