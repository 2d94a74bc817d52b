"""需求清单: the list of needs, a new one, one need, its steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huying.cases.searching import looks_like_number
from huying.dockets.pool.access import EXCHANGE, NEED, SERVE, VIEW
from huying.dockets.pool.needs.flow import NEEDS
from huying.dockets.pool.needs.forms import FORMS, NeedFilter, beginning, found_for, narrowed, raise_form, usual_times
from huying.dockets.pool.needs.queries import (
    claimable,
    my_turn,
    names_for,
    need_door,
    needs_for,
    raised_here,
    rows_of,
    search,
    span_words,
)
from huying.dockets.pool.needs.sheets import NEEDS_OUT, need_rows
from huying.dockets.pool.needs.steps import does, raised
from huying.dockets.pool.sheets import written
from huying.dockets.pool.views.shown import looked_at, pool_tabs, shown_contact, unstored
from huying.dockets.queries import title_of, url_of
from huying.dockets.views.detail import buttons_of
from huying.dockets.views.shown import Side, summary
from huying.kernel.errors import Forbidden, Missing, Refusal
from huying.kernel.paging import CappedCount, capped_count, capped_counts, keyset
from huying.matters.attachments import uploader
from huying.matters.engine import open_one
from huying.matters.flow import Step
from huying.matters.forms import CONTROL, Chosen, InputForm
from huying.matters.live import channels_of
from huying.matters.models import Matter
from huying.matters.step_pages import StepPages
from huying.matters.timeline import Story
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.forms import PurposeForm
from huying.people.requests import UserRequest
from huying.people.uploading import sent
from huying.places.tree import place_tree
from huying.ui.components import Crumb, Fact, chip
from huying.ui.forms import show_refusal

PAGE, COUNTED_TO, TABS_COUNTED_TO = 50, 10_000, 999
PRESSING, NEWEST = ("next_due_at", "id"), ("-opened_at", "-id")
SIDE = Side(NEEDS, need_door, names_for, "dockets:pool-needs", "dockets:pool-need-step")


@dataclass(frozen=True, slots=True)
class Queue:
    """One list. `empty`: what stands there when nothing does. `may`: who is offered it."""

    key: str
    label: str
    condition: Callable[[Actor], Q]
    empty: tuple[str, str]
    ordering: tuple[str, ...] = PRESSING
    may: Callable[[Actor], bool] = lambda actor: True


def _unit(actor: Actor) -> bool:
    return actor.scope != "all"


QUEUES = (
    Queue(
        "turn",
        "等我们办",
        my_turn,
        ("没有等着办的需求", "请本单位认领的、本单位在做的和等本单位确认的会出现在这里。"),
        may=_unit,
    ),
    Queue(
        "claimable",
        "可以认领",
        claimable,
        ("没有可以认领的需求", "和本单位的资源相符、还没有人认领的需求会出现在这里。"),
        may=lambda actor: _unit(actor) and actor.may(SERVE),
    ),
    Queue("open", "在办", lambda actor: Q(closed_at=None), ("没有在办的需求", "还没有了结的需求会出现在这里。")),
    Queue(
        "raised",
        "待对接",
        lambda actor: Q(closed_at=None, state="raised") & raised_here(actor),
        ("没有待对接的需求", "提出来还没有人认领的会出现在这里。"),
        may=lambda actor: actor.may(NEED),
    ),
    Queue(
        "done",
        "待确认",
        lambda actor: Q(closed_at=None, state="done") & raised_here(actor),
        ("没有待确认的需求", "报告完成、等社区确认的会出现在这里。"),
        may=lambda actor: actor.may(NEED),
    ),
    Queue(
        "ended",
        "已了结",
        lambda actor: Q(closed_at__isnull=False),
        ("还没有了结的需求", "办成的、未能满足的和撤销的会出现在这里。"),
        NEWEST,
    ),
    Queue("all", "全部", lambda actor: Q(), ("还没有需求", "社区需要人手和服务的，先提出一项需求。"), NEWEST),
)


def _narrowing(chosen: Mapping[str, str]) -> Q:
    found = Q()
    if service := chosen.get("service"):
        found &= Q(subkind=service)
    if state := chosen.get("state"):
        found &= Q(state=state)
    if street := chosen.get("street"):
        found &= Q(street_id=int(street))
    if community := chosen.get("community"):
        family = place_tree().family(community)
        found &= Q(community_id=family.id if family else 0)
    return found


@desk(VIEW)
@require_GET
def need_list(request: UserRequest) -> HttpResponseBase:
    actor, now = request.actor, timezone.now()
    offered = [queue for queue in QUEUES if queue.may(actor)]
    here = next((queue for queue in offered if queue.key == request.GET.get("list")), offered[0])
    form = NeedFilter(request.GET.dict(), actor)
    chosen = form.chosen
    plain = needs_for(actor)
    words = chosen.get("q", "")
    number = looks_like_number(words)
    if number and (exact := plain.filter(number=number).first()) is not None:
        return redirect("dockets:pool-need", number=exact.number)
    rows = plain.select_related("need__offer__provider")
    found = rows.filter(here.condition(actor)).filter(_narrowing(chosen))
    if words:
        found = search(found, words)
    if request.GET.get("export") == ".xlsx":
        listed = found.order_by("-id")[:COUNTED_TO]
        return sent("需求清单.xlsx", lambda path: written(path, NEEDS_OUT, need_rows(listed, actor), "需求清单"))
    page = keyset(found, here.ordering, request.GET.get("cursor"), PAGE)
    total = capped_count(found, COUNTED_TO) if page.next or page.previous else CappedCount(len(page.rows), False)
    counts = capped_counts({queue.key: plain.filter(queue.condition(actor)) for queue in offered}, TABS_COUNTED_TO)
    query = request.GET.copy()
    query["export"] = ".xlsx"
    query.pop("cursor", None)
    context = {
        "pool_tabs": pool_tabs(actor, "needs"),
        "tabs": [
            (q.label, f"?{urlencode({'list': q.key})}", str(counts[q.key]).replace("超过 ", ""), q is here)
            for q in offered
        ],
        "queue": here,
        "form": form,
        "chips": [chip(request, name, str(form.fields[name].label), form.words_of(name)) for name in chosen],
        "clear_url": f"{request.path}?{urlencode({'list': here.key})}",
        "rows": rows_of(page.rows, actor, now),
        "page": page,
        "summary": f"{total} 项",
        "channels": " ".join(channels_of(actor)),
        "here": request.get_full_path(),
        "may_raise": actor.may(NEED),
        "may_exchange": actor.may(EXCHANGE),
        "export_url": f"?{query.urlencode()}",
    }
    return render(request, "dockets/pool/needs.html", context)


# --- a new need ------------------------------------------------------------------------------------------------------


@desk(NEED)
@require_http_methods(["GET", "POST"])
def need_new(request: UserRequest) -> HttpResponse:
    """`from` in the address: the number of the matter that has caused it."""
    actor, mine = request.actor, uploader(request.actor)
    if request.method == "GET":
        return _new(request, raise_form(actor=actor, initial=_known(request), uploader=mine))
    form = raise_form(request.POST, request.FILES, actor=actor, uploader=mine)
    if not form.is_valid():
        return _new(request, form)
    try:
        made = open_one(NEEDS, "raise", by=actor, data=form.input)
    except Refusal as refusal:
        form.refuse(refusal)
        form.keep_files()
        return _new(request, form)
    told = f"，已告诉 {len(made.co_handlers)} 家能做的单位" if made.co_handlers else ""
    messages.success(request, f"{made.number} 已提出{told}。")
    return redirect("dockets:pool-need", number=made.number)


def _known(request: UserRequest) -> dict[str, object]:
    known = usual_times()
    number = CONTROL.sub("", request.GET.get("from", ""))[:40]
    if number:
        matter = Matter.objects.visible_to(request.actor).filter(number=number).first()
        if matter is not None:
            known |= {"origin": matter.number, "title": title_of(matter, request.actor)[:60]}
            if code := place_tree().code_of(matter.community_id):
                known["community"] = code
    service = request.GET.get("service", "")
    return known | ({"service": service} if service else {})


def _new(request: UserRequest, form: InputForm) -> HttpResponse:
    context = {
        "form": form,
        "title": "提出需求",
        "lead": "要人手、要服务的写在这里：推荐合适的资源，能做的单位可以主动认领。",
        "verb": "提出需求",
        "upload": True,
        "back_url": reverse("dockets:pool-needs"),
        "crumbs": [Crumb("需求清单", reverse("dockets:pool-needs")), Crumb("提出需求")],
    }
    return render(request, "dockets/pool/form.html", context, status=form.status if form.is_bound else 200)


# --- one need --------------------------------------------------------------------------------------------------------


def _may_reach(actor: Actor, matter: Matter) -> bool:
    """Who may learn whom it is for: whoever raised it, and whoever has taken it on."""
    return matter.raised_by_id is not None and (
        raised(actor, matter) or (matter.state in ("claimed", "done") and does(actor, matter))
    )


@desk(VIEW)
@require_GET
def need_page(request: UserRequest, number: str) -> HttpResponse:
    return _page(request, need_door(request.actor, number))


def _page(
    request: UserRequest, matter: Matter, *, form: PurposeForm | None = None, plain: Any = None, status: int = 200
) -> HttpResponse:
    actor, now = request.actor, timezone.now()
    story = SIDE.story(matter, actor)
    buttons = buttons_of(SIDE, matter, actor)
    to_match = matter.state == "raised" and raised(actor, matter) and actor.may(NEED)
    reach = _may_reach(actor, matter)
    contact = matter.raised_by if reach else None
    action = reverse("dockets:pool-need-reveal", args=[matter.number])
    context = {
        **summary(SIDE, matter, actor, story, now),
        "need": matter.need,
        "facts": _facts(matter, actor),
        "found": found_for(matter, most=6) if to_match else None,
        "invited": "、".join(filter(None, map(directory().name_of, matter.co_handlers))) if to_match else "",
        "contact": shown_contact(contact, actor, action, title="受助人或现场联系人", form=form, plain=plain),
        "buttons": list(buttons.values()),
        "crumbs": SIDE.crumbs(matter),
    }
    response = render(request, "dockets/pool/need.html", context, status=status)
    return unstored(response) if plain is not None else response


def _facts(matter: Matter, actor: Actor) -> list[Fact]:
    need, book = matter.need, directory()
    origin = need.origin
    openable = origin is not None and Matter.objects.visible_to(actor).filter(pk=origin.pk).exists()
    offer = need.offer
    return [
        Fact("服务类别", need.service.name),
        Fact("社区", place_tree().name_of(matter.community_id)),
        Fact("地点", need.where),
        Fact("什么时候", span_words(need.wanted_from, need.wanted_until)),
        Fact("数量", f"{need.quantity}"),
        Fact("提出", book.name_of(matter.first_holder_id)),
        Fact("由哪一件引起", origin.number if origin else "", url_of(origin) if origin and openable else ""),
        Fact(
            "认领的资源", offer.title if offer else "", reverse("dockets:pool-offer", args=[offer.pk]) if offer else ""
        ),
        Fact("谁来做", offer.provider.name if offer else ""),
        Fact("安排在", f"{need.planned_on.month}月{need.planned_on.day}日" if need.planned_on else ""),
        Fact("参加人数", need.people or ""),
        Fact("服务时长", f"{need.hours:g} 小时" if need.hours is not None else ""),
        Fact("评价", f"{need.rating} 星" if need.rating else ""),
        Fact("积分", f"{need.points} 分" if need.points is not None else ""),
    ]


@desk("cases.view_contact")
@require_POST
def need_reveal(request: UserRequest, number: str) -> HttpResponse:
    """Whom it is for, told once on the answer to this POST; who looked, when and why is logged."""
    if not request.actor.may(VIEW):
        raise Forbidden("您的岗位不能查看服务需求。")
    matter = need_door(request.actor, number)
    if not _may_reach(request.actor, matter):
        raise Forbidden("这项需求的联系方式不对您的岗位开放。")
    contact = matter.raised_by
    if contact is None:
        raise Missing("这项需求没有留联系人。")
    form = PurposeForm(request.POST, auto_id="reveal-%s")
    if not form.is_valid():
        return _page(request, matter, form=form, status=422)
    try:
        person = looked_at(contact, form, request.actor, matter.number)
    except Refusal as refusal:
        show_refusal(form, refusal)
        return _page(request, matter, form=form, status=refusal.status)
    return _page(request, matter, plain=person)


# --- its steps -------------------------------------------------------------------------------------------------------


class NeedPages(StepPages):
    """For one reader: what can be chosen depends on whose offers they are."""

    flow = NEEDS
    this, list_label = "这项需求", "需求清单"
    list_url, detail_url, step_url = "dockets:pool-needs", "dockets:pool-need", "dockets:pool-need-step"
    template = "dockets/desk_step.html"
    judging: ClassVar[Mapping[str, tuple[tuple[str, ...], str]]] = dict.fromkeys(
        ("confirm", "send_back"), (("finish",), "请核对完成的情况")
    )

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def door(self, actor: Actor, number: str) -> Matter:
        return need_door(actor, number)

    def told(self, matter: Matter, actor: Actor) -> Story:
        return SIDE.story(matter, actor)

    def summary(self, matter: Matter, actor: Actor, story: Story, now: datetime) -> dict[str, object]:
        return {**summary(SIDE, matter, actor, story, now), "ended_clocks": []}

    def form(self, step: Step, matter: Matter) -> type[InputForm]:
        return FORMS[step.key]

    def beginning(self, step: Step, matter: Matter, request: UserRequest) -> dict[str, object]:
        return beginning(step.key, matter, request.user)

    def choices(self, step: Step, matter: Matter) -> dict[str, Chosen]:
        return narrowed(step.key, matter, self.actor)


@desk(VIEW)
@require_http_methods(["GET", "POST"])
def need_step(request: UserRequest, number: str, key: str) -> HttpResponse:
    return NeedPages(request.actor).take(request, number, key)
