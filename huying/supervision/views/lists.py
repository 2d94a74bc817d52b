"""Work lists of supervisions, and the board of who owes what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from huying.cases.searching import looks_like_number
from huying.kernel.paging import CappedCount, capped_count, keyset
from huying.matters.live import channels_of
from huying.people.access import desk
from huying.people.directory import Listed
from huying.people.requests import UserRequest
from huying.supervision.filters import FilterForm
from huying.supervision.queries import BOARD, listed, owing, rows_of
from huying.supervision.queues import QUEUES, Queue, counts, in_queue, search, supervisions_for, tabs_of
from huying.ui.components import Crumb, chip

PAGE = 50
COUNTED_TO = 10_000


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    count: str
    current: bool


def queue_url(queue: Queue) -> str:
    return reverse("supervision:list") if queue.key == "open" else reverse(f"supervision:queue-{queue.key or 'all'}")


@desk("supervision.view")
@require_GET
def supervision_list(request: UserRequest, queue: str = "open") -> HttpResponse:
    """One work list, narrowed by filters and words; its address says all of it."""
    actor, now, here = request.actor, timezone.now(), QUEUES[queue]
    form = FilterForm(request.GET, actor)
    words = form.chosen.get("q", "")
    number = looks_like_number(words)
    if number and supervisions_for(actor).filter(number=number).exists():
        return redirect("supervision:detail", number=number)
    rows = in_queue(here, actor, now).filter(form.condition)
    if words:
        rows = search(rows, words)
    page = keyset(listed(rows), here.ordering, request.GET.get("cursor"), PAGE)
    tabs = tabs_of(actor)
    if here not in tabs:
        tabs = [here, *tabs]
    numbers = counts(tabs, actor, now)
    whole = page.next is None and page.previous is None
    total = CappedCount(len(page.rows), False) if whole else capped_count(rows, COUNTED_TO)
    context = {
        "queue": here,
        "form": form,
        "tabs": [Tab(one.label, queue_url(one), _short(numbers[one.key]), one is here) for one in tabs],
        "chips": [chip(request, name, str(form.fields[name].label), form.words_of(name)) for name in form.chosen],
        "rows": rows_of(page.rows, actor, now),
        "page": page,
        "summary": f"{total} 件",
        "channels": " ".join(channels_of(actor)),
        "may_issue": actor.may("supervision.issue"),
        "here": request.get_full_path(),
    }
    return render(request, "supervision/list.html", context, status=422 if form.errors else 200)


def _short(count: CappedCount) -> str:
    return f"{count.n}+" if count.more else str(count.n)


@dataclass(frozen=True, slots=True)
class Cell:
    label: str
    number: int
    url: str
    pressing: bool


@dataclass(frozen=True, slots=True)
class BoardLine:
    label: str
    url: str
    cells: Sequence[Cell]


@desk("supervision.board")
@require_GET
def board(request: UserRequest) -> HttpResponse:
    """Who owes what: organisation × open, late, colours, returned. Each figure opens to its rows."""
    found = owing(request.actor, timezone.now())
    totals = [sum(line.numbers[i] for line in found) for i in range(len(BOARD))]
    context = {
        "heads": [label for label, _, _ in BOARD],
        "lines": [_line(line.unit.label, line.numbers, line.unit) for line in found],
        "total": _line("合计", totals, None),
        "may_issue": request.actor.may("supervision.issue"),
        "channels": " ".join(channels_of(request.actor)),
        "crumbs": [Crumb("督办件", reverse("supervision:list")), Crumb("督办台账")],
    }
    return render(request, "supervision/board.html", context)


def _line(label: str, numbers: Sequence[int], unit: Listed | None) -> BoardLine:
    whose = {"unit": unit.code} if unit else {}
    cells = [
        Cell(head, n, _address({**whose, **narrowing}) if n else "", head == "单位超时" and n > 0)
        for n, (head, _, narrowing) in zip(numbers, BOARD, strict=True)
    ]
    return BoardLine(label, _address(whose), cells)


def _address(query: Mapping[str, str]) -> str:
    return reverse("supervision:list") + (f"?{urlencode(query)}" if query else "")
