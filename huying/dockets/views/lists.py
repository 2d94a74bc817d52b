"""Lists of dockets and of their work, a new docket, and chosen matters put into one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from huying.cases.queues import looks_like_number
from huying.dockets.flow import DOCKETS, GATHERING
from huying.dockets.forms import CollectForm, DraftForm, FilterForm, numbers_of
from huying.dockets.inputs import MOST_AT_ONCE
from huying.dockets.queries import (
    dockets_for,
    led,
    my_turn,
    my_work,
    rows_of,
    rows_of_any,
    running,
    search,
    title_of,
    to_answer,
    url_of,
    with_counts,
    work_for,
)
from huying.dockets.work import FED_BACK, WORK
from huying.kernel.errors import Forbidden, Refusal
from huying.kernel.paging import CappedCount, capped_count, capped_counts, keyset
from huying.matters.attachments import uploader
from huying.matters.engine import move_one, open_one
from huying.matters.flow import Flow, acts_on
from huying.matters.live import channels_of
from huying.matters.models import Matter
from huying.matters.scopes import helps
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.requests import UserRequest
from huying.ui.components import Chip, Crumb

PAGE, COUNTED_TO, TABS_COUNTED_TO = 50, 10_000, 999
PRESSING, NEWEST = ("next_due_at", "id"), ("-opened_at", "-id")


@dataclass(frozen=True, slots=True)
class Queue:
    """One list. `empty`: what stands there when nothing does: a heading and what that means."""

    key: str
    label: str
    condition: Callable[[Actor], Q]
    empty: tuple[str, str]
    ordering: tuple[str, ...] = PRESSING
    for_units: bool = False  # of no use to whoever sees everything


def _own(actor: Actor) -> int:
    return actor.organisation_id or 0


QUEUES = (
    Queue("turn", "等我们办", my_turn, ("没有等着办的议题", "轮到您这里的议题会出现在这里。")),
    Queue(
        "asked",
        "待回复会议",
        to_answer,
        ("没有待回复的会议邀请", "请本单位参加联席会议的会出现在这里。"),
        for_units=True,
    ),
    Queue(
        "led",
        "牵头",
        led,
        ("没有本单位牵头的议题", "立项时定由本单位牵头的议题会出现在这里。"),
        for_units=True,
    ),
    Queue(
        "joined",
        "参加",
        lambda actor: Q(closed_at=None) & helps(_own(actor)),
        ("没有本单位参加的议题", "本单位是成员单位的议题会出现在这里。"),
        for_units=True,
    ),
    Queue("open", "在办", running, ("没有在办的议题", "还没有办结的议题会出现在这里。")),
    Queue(
        "ended",
        "已了结",
        lambda actor: Q(closed_at__isnull=False),
        ("还没有了结的议题", "验收办结的和撤销的议题会出现在这里。"),
        NEWEST,
    ),
    Queue(
        "all",
        "全部",
        lambda actor: Q(),
        ("还没有议题", "多件事项背后的同一个问题，可以提出来作为议题联合解决。"),
        NEWEST,
    ),
)
WORK_QUEUES = (
    Queue(
        "turn",
        "等我们办",
        my_work,
        ("没有等着办的议题任务", "交给本单位落实的，和由本单位验收的任务会出现在这里。"),
        for_units=True,
    ),
    Queue(
        "fed-back",
        "待验收",
        lambda actor: Q(closed_at=None, state=FED_BACK),
        ("没有待验收的任务", "责任单位反馈了结果的任务会出现在这里。"),
    ),
    Queue("open", "在办", running, ("没有在办的任务", "还没有了结的任务会出现在这里。")),
    Queue(
        "ended",
        "已了结",
        lambda actor: Q(closed_at__isnull=False),
        ("还没有了结的任务", "已验收的和已取消的任务会出现在这里。"),
        NEWEST,
    ),
)


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    count: str
    current: bool


@desk("dockets.view")
@require_GET
def docket_list(request: UserRequest) -> HttpResponse:
    rows = with_counts(dockets_for(request.actor))
    return _list(request, DOCKETS, rows, QUEUES, "dockets/desk_list.html")


@desk("dockets.view")
@require_GET
def work_list(request: UserRequest) -> HttpResponse:
    rows = work_for(request.actor).select_related("decision__docket__matter")
    return _list(request, WORK, rows, WORK_QUEUES, "dockets/desk_work_list.html")


def _list(
    request: UserRequest, flow: Flow, rows: QuerySet[Matter], queues: Sequence[Queue], template: str
) -> HttpResponse:
    actor, now = request.actor, timezone.now()
    offered = [queue for queue in queues if not queue.for_units or actor.scope != "all"]
    here = next((queue for queue in offered if queue.key == request.GET.get("list")), None) or _first(offered, actor)
    form = FilterForm(request.GET, [(s.key, s.label) for s in flow.states], of_work=flow is WORK)
    chosen = form.chosen
    words = chosen.get("q", "")
    number = looks_like_number(words)
    if number and (exact := rows.filter(number=number).first()) is not None:
        return redirect(url_of(exact))
    found = rows.filter(here.condition(actor))
    if words:
        found = search(found, words)
    found = found.filter(_narrowing(chosen))
    page = keyset(found, here.ordering, request.GET.get("cursor"), PAGE)
    total = capped_count(found, COUNTED_TO) if page.next or page.previous else CappedCount(len(page.rows), False)
    plain = dockets_for(actor) if flow is DOCKETS else work_for(actor)
    counts = capped_counts({queue.key: plain.filter(queue.condition(actor)) for queue in offered}, TABS_COUNTED_TO)
    context = {
        "heading": flow.label,
        "queue": here,
        "form": form,
        "tabs": [_tab(request, queue, counts[queue.key], queue is here) for queue in offered],
        "chips": [_chip(request, name, form) for name in chosen],
        "clear_url": f"{request.path}?{urlencode({'list': here.key})}",
        "rows": rows_of(page.rows, flow, actor, now),
        "page": page,
        "summary": f"{total} 个" if flow is DOCKETS else f"{total} 项",
        "channels": " ".join(channels_of(actor)),
        "here": request.get_full_path(),
        "may_draft": actor.may("dockets.draft"),
    }
    return render(request, template, context)


def _first(offered: Sequence[Queue], actor: Actor) -> Queue:
    """What a list opens with: for the centre, everything that is open."""
    usual = "open" if actor.scope == "all" and not actor.may("dockets.open") else offered[0].key
    return next(queue for queue in offered if queue.key == usual)


def _narrowing(chosen: Mapping[str, str]) -> Q:
    found = Q()
    if state := chosen.get("state"):
        found &= Q(state=state)
    if kind := chosen.get("kind"):
        found &= Q(subkind=kind)
    if lead := chosen.get("lead"):
        listed = directory().by_code.get(lead)
        found &= Q(lead_id=listed.id if listed else 0)
    return found


def _tab(request: UserRequest, queue: Queue, count: CappedCount, current: bool) -> Tab:
    return Tab(
        queue.label,
        f"{request.path}?{urlencode({'list': queue.key})}",
        f"{count.n}+" if count.more else str(count.n),
        current,
    )


def _chip(request: UserRequest, name: str, form: FilterForm) -> Chip:
    query = request.GET.copy()
    query.pop(name, None)
    query.pop("cursor", None)
    return Chip(str(form.fields[name].label), form.words_of(name), f"{request.path}?{query.urlencode()}")


# --- a new docket ----------------------------------------------------------------------------------------------------


@desk("dockets.draft")
@require_http_methods(["GET", "POST"])
def new_docket(request: UserRequest) -> HttpResponse:
    """The form of a docket; `number` in the address names matters to begin with."""
    mine = uploader(request.actor)
    if request.method == "GET":
        form = DraftForm(initial={"numbers": numbers_of(request.GET)}, uploader=mine)
        return _new(request, form)
    form = DraftForm(request.POST, request.FILES, uploader=mine)
    if not form.is_valid():
        return _new(request, form)
    try:
        made = open_one(DOCKETS, "draft", by=request.actor, data=form.input)
    except Refusal as refusal:
        form.refuse(refusal)
        form.keep_files()
        return _new(request, form)
    messages.success(request, f"{made.number} 已提出，等待立项。")
    return redirect("dockets:detail", number=made.number)


def _new(request: UserRequest, form: DraftForm) -> HttpResponse:  # type: ignore[valid-type]
    crumbs = [Crumb("议题", reverse("dockets:list")), Crumb("提出议题")]
    status = form.status if form.is_bound else 200  # type: ignore[attr-defined]
    return render(request, "dockets/desk_new.html", {"form": form, "crumbs": crumbs}, status=status)


# --- matters chosen in a list ----------------------------------------------------------------------------------------


@desk("dockets.gather")
@require_http_methods(["GET", "POST"])
def collect(request: UserRequest) -> HttpResponse:
    """Matters chosen in a list into a docket that this post may add to, or into a new one. What the list sends (`case`)
    becomes an address (`number`)."""
    actor = request.actor
    if picked := request.POST.getlist("case"):
        chosen_numbers = [("number", one.rpartition(".")[0]) for one in picked[:MOST_AT_ONCE]]
        return redirect(f"{request.path}?{urlencode(chosen_numbers)}")
    numbers = numbers_of(request.POST if request.method == "POST" else request.GET)
    if not numbers:
        messages.warning(request, "还没有选事项。请先在列表里勾选，再放进议题。")
        return redirect("cases:list")
    open_ones = dockets_for(actor).filter(state__in=GATHERING).order_by("-opened_at")[:200]
    takers = {matter.number: matter for matter in open_ones if acts_on(actor, matter)}
    form = CollectForm(
        request.POST if request.method == "POST" else None,
        [(number, f"{title_of(matter, actor)}（{number}）") for number, matter in takers.items()],
    )
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            wanted = takers[form.cleaned_data["docket"]]
            try:
                moved = move_one(DOCKETS, "add_matters", wanted.pk, by=actor, data={"numbers": numbers})
            except Forbidden:
                raise
            except Refusal as refusal:
                form.add_error("docket", refusal.message)
                status = refusal.status
            else:
                messages.success(request, f"{len(numbers)} 件已放进议题“{title_of(moved, actor)}”。")
                return redirect("dockets:detail", number=moved.number)
    chosen = list(Matter.objects.visible_to(actor).filter(number__in=numbers).order_by("-opened_at"))
    context = {
        "form": form,
        "numbers": numbers,
        "chosen": rows_of_any(chosen, actor, timezone.now()),
        "takers": bool(takers),
        "new_url": f"{reverse('dockets:new')}?{urlencode([('number', number) for number in numbers])}"
        if actor.may("dockets.draft")
        else "",
        "crumbs": [Crumb("议题", reverse("dockets:list")), Crumb("放进议题")],
    }
    return render(request, "dockets/desk_collect.html", context, status=status)
