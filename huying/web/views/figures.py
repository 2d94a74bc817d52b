"""The rows behind a figure."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from huying.cases.queries import listed, rows_of
from huying.kernel.errors import Missing
from huying.kernel.paging import capped_count, keyset
from huying.people.access import desk
from huying.people.requests import UserRequest
from huying.ui.components import Crumb
from huying.web.figures import COUNTED_TO, FIGURES, Narrowing, rows_behind
from huying.web.units import may_see, unit_url

PAGE = 50


@desk("cases.view")
@require_GET
def figure(request: UserRequest, key: str) -> HttpResponse:
    actor, now = request.actor, timezone.now()
    shown = FIGURES.get(key)
    if shown is None or shown.url:
        raise Missing("没有这个数字。")
    if shown.url is not None:
        return redirect(shown.url())
    part = Narrowing.read(request.GET)
    rows = rows_behind(key, actor, now, part)
    page = keyset(listed(rows), shown.ordering, request.GET.get("cursor"), PAGE)
    crumbs = [Crumb("今天", "/desk/")]
    if part.unit is not None and may_see(actor, part.unit):
        crumbs.append(Crumb(part.unit.label, unit_url(part.unit)))
    context = {
        "figure": shown,
        "heading": "，".join([*part.words, shown.label]),
        "crumbs": [*crumbs, Crumb(shown.label)],
        "rows": rows_of(page.rows, actor, now),
        "page": page,
        "summary": f"{capped_count(rows, COUNTED_TO)} 件",
    }
    return render(request, "web/figure.html", context)
