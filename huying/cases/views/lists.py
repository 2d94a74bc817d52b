"""Work lists."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from huying.cases.forms import FilterForm
from huying.cases.queries import listed, rows_of
from huying.cases.queues import (
    QUEUES,
    cases_for,
    counts,
    hides,
    in_queue,
    looks_like_number,
    search,
    sees_plain_words,
    tabs_of,
)
from huying.kernel.paging import CappedCount, capped_count, keyset
from huying.matters.live import channels_of
from huying.people.access import desk
from huying.people.requests import UserRequest
from huying.ui.components import Chip, chip

PAGE = 50
COUNTED_TO, SEARCHED_TO = 10_000, 1_000  # how far hits are counted: whoever searches words looks at the first page


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    count: str
    current: bool


@desk("cases.view")
@require_GET
def cases_list(request: UserRequest, queue: str = "") -> HttpResponse:
    """One work list of this role, narrowed by filters and words."""
    actor, now = request.actor, timezone.now()
    here = QUEUES[queue]
    form = FilterForm(request.GET, here, actor)
    words = form.chosen.get("q", "")
    if (number := looks_like_number(words)) and cases_for(actor).filter(number=number).exists():
        return redirect("cases:detail", number=number)
    rows = in_queue(here, actor, now).filter(form.condition)
    if words:
        rows = search(rows, actor, words)
    page = keyset(listed(rows), form.ordering, request.GET.get("cursor"), PAGE)
    tabs = tabs_of(actor)
    if here not in tabs:
        tabs = [here, *tabs]
    numbers = counts({tab.key: tab for tab in tabs}, actor, now)
    total = capped_count(rows, SEARCHED_TO if words else COUNTED_TO) if form.narrowing else None
    context = {
        "queue": here,
        "form": form,
        "tabs": [Tab(t.label, reverse(t.url_name), short(numbers[t.key]), t is here) for t in tabs],
        "chips": [_chip(request, form, name) for name in form.narrowing],
        "rows": rows_of(page.rows, actor, now),
        "page": page,
        "summary": f"{total} 件" if total is not None else f"{numbers[here.key]} 件",
        "channels": " ".join(channels_of(actor)),
        "unsearchable": bool(words) and not sees_plain_words(actor) and hides(words) and not page.rows,
        "may_receive": actor.may("cases.receive"),
    }
    return render(request, "cases/desk_list.html", context)


def short(count: CappedCount) -> str:
    """999+ where nobody needs to know it exactly."""
    return f"{count.n}+" if count.more else str(count.n)


def _chip(request: UserRequest, form: FilterForm, name: str) -> Chip:
    return chip(request, name, str(form.fields[name].label), form.words_of(name))
