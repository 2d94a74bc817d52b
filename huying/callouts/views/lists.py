"""Lists of call-outs and of responses, as pages and as sheets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from huying.callouts import sheets
from huying.callouts.filters import FilterForm, search
from huying.callouts.queries import callout_rows, callouts_for, response_rows, responses_for, url_of
from huying.callouts.queues import CALLOUT_QUEUES, RESPONSE_QUEUES, Queue, offered
from huying.callouts.responses import RESPONSES
from huying.cases.searching import hides, looks_like_number, sees_plain_words
from huying.kernel.errors import Invalid, Missing, Refusal
from huying.kernel.files import kinds, store
from huying.kernel.paging import CappedCount, capped_count, capped_counts, keyset
from huying.matters.engine import Move, move
from huying.matters.live import channels_of
from huying.matters.models import Matter
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.requests import UserRequest
from huying.ui.components import Chip

PAGE, COUNTED_TO, TABS_COUNTED_TO = 50, 10_000, 999
MOST_PRESSED = 100  # in one press over ticked rows
EXPORT = "callouts.export"


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    count: str
    current: bool


@dataclass(frozen=True, slots=True)
class Side:
    """Call-outs, or the responses to them."""

    name: str
    measure: str
    rows: Callable[[Actor], QuerySet[Matter]]
    queues: Sequence[Queue]
    related: str
    of_responses: bool


CALLOUT_SIDE = Side("呼叫", "个", callouts_for, CALLOUT_QUEUES, "callout", False)
RESPONSE_SIDE = Side("响应", "件", responses_for, RESPONSE_QUEUES, "response__callout__matter", True)


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What an address asks for: the list, what narrows it, and the rows in it, in order."""

    queue: Queue
    form: FilterForm
    rows: QuerySet[Matter]
    offered: Sequence[Queue]


def narrowed(request: UserRequest, side: Side) -> Narrowed:
    actor, now = request.actor, timezone.now()
    lists = offered(side.queues, actor)
    here = next((queue for queue in lists if queue.key == request.GET.get("list")), None) or _first(lists, actor)
    form = FilterForm(request.GET, of_responses=side.of_responses)
    chosen = form.chosen
    found = side.rows(actor).filter(here.condition(actor)).filter(form.condition(now))
    if words := chosen.get("q", ""):
        found = found.none() if hides(words) and not sees_plain_words(actor) else search(found, words)
    return Narrowed(here, form, found, lists)


def _first(lists: Sequence[Queue], actor: Actor) -> Queue:
    """What a list opens with: for whoever only looks on, what is under way."""
    looks_on = not any(map(actor.may, ("callouts.call", "callouts.analyse", "callouts.approve")))
    usual = ("running", "waiting") if looks_on else (lists[0].key,)
    return next(queue for queue in lists if queue.key in usual)


@desk("callouts.view")
@require_GET
def callout_list(request: UserRequest) -> HttpResponse:
    return _list(request, CALLOUT_SIDE, "callouts/desk_list.html")


@desk("callouts.view")
@require_GET
def response_list(request: UserRequest) -> HttpResponse:
    return _list(request, RESPONSE_SIDE, "callouts/desk_responses.html")


def _list(request: UserRequest, side: Side, template: str) -> HttpResponse:
    actor, now = request.actor, timezone.now()
    asked = narrowed(request, side)
    chosen = asked.form.chosen
    number = looks_like_number(chosen.get("q", ""))
    if number and (exact := side.rows(actor).filter(number=number).first()) is not None:
        return redirect(url_of(exact))
    page = keyset(asked.rows.select_related(side.related), asked.queue.ordering, request.GET.get("cursor"), PAGE)
    total = capped_count(asked.rows, COUNTED_TO) if page.next or page.previous else CappedCount(len(page.rows), False)
    counted = {queue.key: side.rows(actor).filter(queue.condition(actor)) for queue in asked.offered}
    counts = capped_counts(counted, TABS_COUNTED_TO)
    query = urlencode({"list": asked.queue.key, **chosen})
    context = {
        "queue": asked.queue,
        "form": asked.form,
        "tabs": [_tab(request, queue, counts[queue.key], queue is asked.queue) for queue in asked.offered],
        "chips": [_chip(request, name, asked.form) for name in chosen],
        "clear_url": f"{request.path}?{urlencode({'list': asked.queue.key})}",
        "rows": (response_rows if side.of_responses else callout_rows)(page.rows, actor, now),
        "page": page,
        "summary": f"{total} {side.measure}",
        "channels": " ".join(channels_of(actor)),
        "here": request.get_full_path(),
        "may_call": actor.may("callouts.call"),
        "may_press": actor.may("callouts.press"),
        "export_url": f"{reverse('callouts:export', args=['responses' if side.of_responses else 'calls'])}?{query}"
        if actor.may(EXPORT) and page.rows
        else "",
    }
    return render(request, template, context)


def _tab(request: UserRequest, queue: Queue, count: CappedCount, current: bool) -> Tab:
    url = f"{request.path}?{urlencode({'list': queue.key})}"
    return Tab(queue.label, url, f"{count.n}+" if count.more else str(count.n), current)


def _chip(request: UserRequest, name: str, form: FilterForm) -> Chip:
    query = request.GET.copy()
    query.pop(name, None)
    query.pop("cursor", None)
    return Chip(str(form.fields[name].label), form.words_of(name), f"{request.path}?{query.urlencode()}")


# --- as a sheet ------------------------------------------------------------------------------------------------------


@desk(EXPORT)
@require_GET
def export(request: UserRequest, key: str) -> HttpResponseBase:
    """The list as it is narrowed, as a workbook."""
    side = {"calls": CALLOUT_SIDE, "responses": RESPONSE_SIDE}.get(key)
    if side is None:
        raise Missing("没有这个列表，请回到列表重新导出。")
    asked = narrowed(request, side)
    if capped_count(asked.rows, sheets.MOST + 1).n > sheets.MOST:
        raise Invalid(f"符合条件的超过 {sheets.MOST:,} {side.measure}，一次导不完，请加几个条件。", code="too_many")
    rows = asked.rows.select_related(side.related).order_by(*asked.queue.ordering)
    with store.incoming() as path:
        sheet = path.with_suffix(".xlsx")
        write = sheets.write_responses if side.of_responses else sheets.write_callouts
        write(sheet, list(rows), request.actor, timezone.now())
        name = f"{side.name}{timezone.localtime():%Y%m%d-%H%M}.xlsx"
        answer = FileResponse(sheet.open("rb"), content_type=kinds.XLSX.media_type, as_attachment=True, filename=name)
        answer["X-Content-Type-Options"] = "nosniff"
        return answer


# --- several at once -------------------------------------------------------------------------------------------------


@desk("callouts.press")
@require_POST
def press(request: UserRequest) -> HttpResponse:
    """Press every ticked response that can be pressed; those that cannot are named."""
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = reverse("callouts:responses")
    numbers = list(dict.fromkeys(request.POST.getlist("number")))[: MOST_PRESSED + 1]
    if not numbers:
        messages.warning(request, "还没有勾选响应。请先在列表里勾选，再催办。")
        return redirect(back)
    if len(numbers) > MOST_PRESSED:
        raise Invalid(f"一次最多催办 {MOST_PRESSED} 件，请分几次办。", code="too_many")
    matters = responses_for(request.actor).filter(number__in=[n for n in map(looks_like_number, numbers) if n])
    by_id = {matter.pk: matter.number for matter in matters}
    left: list[str] = []
    pressed = 0
    for result in move(RESPONSES, "press", [Move(pk, request.actor, {}) for pk in by_id]):
        try:
            pressed += bool(result.unwrap())
        except Refusal as refusal:
            left.append(refusal.message)
    if pressed:
        messages.success(request, f"已催办 {pressed} 件，单位和负责人都已收到。")
    if left:
        messages.warning(request, f"{len(left)} 件没有催办：{left[0]}")
    return redirect(back)
