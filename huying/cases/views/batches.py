"""Batches: the list of them, and one with who goes along."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from huying.cases import options
from huying.cases.batches import RUNNING, Hour, batches_for, by_hour, counted, places_of, rows_of
from huying.cases.flow import CASES
from huying.cases.models import CaseLink
from huying.cases.queries import Row, title_of
from huying.cases.queries import rows_of as case_rows
from huying.kernel.errors import Missing
from huying.kernel.paging import CappedCount, capped_count, capped_counts, keyset
from huying.matters.models import LedgerLine, Matter, Words
from huying.people.access import desk
from huying.people.requests import UserRequest
from huying.ui.components import Crumb, Fact, TimelineEntry
from huying.ui.text import moment

PAGE, COUNTED_TO = 50, 10_000
STEPS = ("announce", "change_batch", "stop_batch")
MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    count: str
    current: bool


@desk("cases.batches")
@require_GET
def batch_list(request: UserRequest) -> HttpResponse:
    """Those that are on, the newest first; or all that have been."""
    now, everything = timezone.now(), request.GET.get("list") == "all"
    rows = batches_for(request.actor)
    counts = capped_counts({"running": rows.filter(RUNNING), "all": rows}, COUNTED_TO)
    page = keyset(
        counted(rows if everything else rows.filter(RUNNING), now),
        ("-made_at", "-main_id"),
        request.GET.get("cursor"),
        PAGE,
    )
    here = request.path
    context = {
        "rows": rows_of(page.rows, now),
        "page": page,
        "tabs": [
            Tab("进行中", here, str(counts["running"]), not everything),
            Tab("全部", f"{here}?list=all", str(counts["all"]), everything),
        ],
        "everything": everything,
        "may_make": request.actor.may("cases.batch"),
        "summary": f"{counts['all' if everything else 'running']} 个",
    }
    return render(request, "cases/desk_batches.html", context)


@desk("cases.batches")
@require_GET
def batch_page(request: UserRequest, number: str) -> HttpResponse:
    """One event: what callers are told, how it grows, and each who called."""
    actor, now = request.actor, timezone.now()
    batch = counted(batches_for(actor), now).filter(main__matter__number=number).first()
    if batch is None:
        raise Missing("没有这个批量件，或者您的岗位无权查看。")
    matter = batch.main.matter
    matter.case = batch.main
    links = CaseLink.objects.standing().filter(main=batch.pk).select_related("case__matter")
    page = keyset(links, ("-at", "-id"), request.GET.get("cursor"), PAGE)
    hours: list[Hour] = by_hour(batch, now)
    most = max((hour.n for hour in hours), default=0)
    context = {
        "batch": batch,
        "row": rows_of([batch], now)[0],
        "matter": matter,
        "title": title_of(matter, actor),
        "facts": [
            Fact("范围", places_of(batch)),
            Fact("分类", options.category_names().get(batch.category, "")),
            Fact("来电常用词", "、".join(batch.words)),
            Fact("开始", moment(batch.begins_at)),
            Fact("预计结束", moment(batch.ends_at) if batch.ends_at else "主件结案为止"),
        ],
        "hours": [(hour, round(100 * hour.n / most) if most else 0) for hour in hours],
        "most": most,
        "told": _told(matter),
        "cases": _cases(page.rows, request),
        "page": page,
        "total": _total(links, page.next or page.previous, len(page.rows)),
        "steps": [step for step in CASES.available(matter, actor) if step.key in STEPS],
        "crumbs": [Crumb("批量件", reverse("cases:batches")), Crumb(batch.name)],
    }
    return render(request, "cases/desk_batch.html", context)


def _cases(links: list[CaseLink], request: UserRequest) -> list[Row]:
    """As far as this reader may see them."""
    matters: list[Matter] = [link.case.matter for link in links]
    seen = set(
        Matter.objects.visible_to(request.actor).filter(pk__in=[m.pk for m in matters]).values_list("pk", flat=True)
    )
    return case_rows([m for m in matters if m.pk in seen], request.actor, timezone.now())


def _total(links: object, more: object, shown: int) -> CappedCount:
    return capped_count(links, COUNTED_TO) if more else CappedCount(shown, False)  # type: ignore[arg-type]


def _told(matter: Matter) -> list[TimelineEntry]:
    """What everybody was told, the newest first."""
    lines = list(LedgerLine.objects.filter(matter=matter, step="announce").order_by("-seq")[:MOST_TOLD])
    if not lines:
        return []
    words = dict(
        Words.objects.filter(
            matter=matter, field="text", erased_at=None, seq__in=[line.seq for line in lines]
        ).values_list("seq", "text")
    )
    return [TimelineEntry(what="发布进展", at=line.at, text=words.get(line.seq, "")) for line in lines]
