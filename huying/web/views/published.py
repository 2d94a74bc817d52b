"""核对公开的百分比."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from huying.people.access import desk
from huying.people.periods import PeriodForm
from huying.people.requests import UserRequest
from huying.ui.components import Crumb
from huying.web.evaluation import PERMISSION
from huying.web.published import CALLED, CALLS, RateForm, check, lines


@desk(PERMISSION)
@require_GET
def published(request: UserRequest) -> HttpResponse:
    asked = "rate" in request.GET or "whole" in request.GET
    form = RateForm(request.GET if asked else None, initial={"rate": "98.44", "whole": CALLED})
    checked = check(form.cleaned_data["rate"], form.cleaned_data["whole"]) if asked and form.is_valid() else None
    given = request.GET if "period" in request.GET else {"period": "quarter"}
    months = PeriodForm(given, timezone.localdate())
    stated = lines(months.period, timezone.now())
    context = {
        "form": form,
        "checked": checked,
        "lines": stated,
        "impossible": [line for line in stated if not line.by_calls.possible and not line.by_called.possible],
        "calls": CALLS,
        "called": CALLED,
        "months": months,
        "presets": months.presets,
        "period": months.period,
        "crumbs": [Crumb("考核指标", f"{reverse('web:evaluation')}?of=callouts"), Crumb("核对公开的百分比")],
    }
    return render(request, "web/published.html", context, status=422 if asked and form.errors else months.status)
