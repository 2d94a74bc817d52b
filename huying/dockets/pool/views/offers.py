"""资源清单: the list of offers, one offer, writing and deciding."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huying.dockets.enums import OfferState, ProviderKind
from huying.dockets.models import Need, Offer
from huying.dockets.pool import offers
from huying.dockets.pool.access import (
    EXCHANGE,
    OFFER,
    VIEW,
    keeps_provider,
    own_places,
    places_words,
    visible_offers,
)
from huying.dockets.pool.forms import OWN, STATE_TONES, OfferFilter, OfferForm, ReasonForm, beginning
from huying.dockets.pool.parameters import EXPIRY_DAYS
from huying.dockets.pool.ranking import when_words
from huying.dockets.pool.reminders import tell_proposed
from huying.dockets.pool.sheets import OFFERS_OUT, offer_rows, written
from huying.dockets.pool.views.shown import looked_at, pool_tabs, shown_contact, unstored
from huying.kernel.changes import differences
from huying.kernel.errors import Conflict, Forbidden, Missing, Refusal
from huying.kernel.models import ConfigChange
from huying.kernel.paging import CappedCount, capped_count, capped_counts, keyset
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.forms import PurposeForm
from huying.people.requests import UserRequest
from huying.people.uploading import sent
from huying.places.tree import place_tree
from huying.ui.components import Confirmation, Crumb, Fact, TimelineEntry, Tone, chip
from huying.ui.forms import show_refusal
from huying.ui.pages import confirm_page

PAGE, COUNTED_TO, TABS_COUNTED_TO = 50, 10_000, 999
UNKNOWN = "没有这项资源，或者您的岗位无权查看。"
State = OfferState


def offers_for(actor: Actor) -> QuerySet[Offer]:
    """Every offer this actor may read; lists, counts and doors start here."""
    return Offer.objects.filter(visible_offers(actor))


def offer_door(actor: Actor, pk: int) -> Offer:
    rows = offers_for(actor).select_related("provider__contact", "service", "contact", "proposed_by", "confirmed_by")
    offer = rows.filter(pk=pk).first()
    if offer is None:
        raise Missing(UNKNOWN)
    return offer


# --- the list --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Queue:
    """One list; `empty`: what stands there when nothing does."""

    key: str
    label: str
    condition: Callable[[Actor, date], Q]
    empty: tuple[str, str]


def _to_confirm(actor: Actor, today: date) -> Q:
    own = own_places(actor)
    waiting = Q(state=State.PROPOSED)
    if own is None:
        return waiting
    return waiting & (Q(places__overlap=list(own)) | Q(proposed_by=actor.user_id or 0))


def soon(today: date) -> Q:
    return Q(state__in=(State.ACTIVE, State.PAUSED), valid_to__lte=today + timedelta(days=EXPIRY_DAYS.value))


QUEUES = (
    Queue(
        "usable",
        "可用",
        lambda actor, today: Q(state=State.ACTIVE),
        ("还没有可用的资源", "登记并确认过的资源会出现在这里，有需求和呼叫时推荐。"),
    ),
    Queue("waiting", "待确认", _to_confirm, ("没有待确认的资源", "新登记的资源由所在社区、街道或区中心确认。")),
    Queue("soon", "快到期", lambda actor, today: soon(today), ("没有快到期的资源", "有效期快到的会出现在这里。")),
    Queue(
        "stopped",
        "停用",
        lambda actor, today: Q(state__in=(State.PAUSED, State.EXPIRED, State.RETURNED, State.WITHDRAWN)),
        ("没有停用的资源", "暂停、到期、退回和撤回的会出现在这里。"),
    ),
    Queue("all", "全部", lambda actor, today: Q(), ("还没有资源", "先登记一项资源。")),
)


def narrowed(rows: QuerySet[Offer], chosen: Mapping[str, Any]) -> QuerySet[Offer]:
    if words := chosen.get("q"):
        rows = rows.filter(Q(title__icontains=words) | Q(provider__name__icontains=words))
    if service := chosen.get("service"):
        rows = rows.filter(service__key=service)
    if kind := chosen.get("kind"):
        rows = rows.filter(provider__kind=kind)
    if street := chosen.get("street"):
        tree = place_tree()
        inside = [f.id for f in tree.by_id.values() if int(street) in (f.id, f.street_id) and f.grid_id is None]
        rows = rows.filter(Q(places=[]) | Q(places__overlap=inside))
    if isinstance(day := chosen.get("day"), date):
        rows = rows.filter(
            Q(weekdays=[]) | Q(weekdays__contains=[day.isoweekday()]),
            Q(months=[]) | Q(months__contains=[day.month]),
            Q(valid_to=None) | Q(valid_to__gte=day),
            valid_from__lte=day,
        )
    return rows


@dataclass(frozen=True, slots=True)
class Row:
    offer: Offer
    kind: str
    places: str
    when: str
    capacity: str
    state: str
    tone: Tone
    stars: str
    ends: str


def row_of(offer: Offer, today: date) -> Row:
    left = (offer.valid_to - today).days if offer.valid_to else None
    return Row(
        offer,
        ProviderKind(offer.provider.kind).label,
        places_words(offer.places),
        when_words(offer.weekdays, offer.months, offer.opens, offer.closes),
        capacity_words(offer),
        State(offer.state).label,
        STATE_TONES[State(offer.state)],
        f"{offer.stars / offer.rated:.1f} 星（{offer.rated} 次）" if offer.rated else "",
        f"还有 {left} 天到期" if left is not None and 0 <= left <= EXPIRY_DAYS.value else "",
    )


def capacity_words(offer: Offer) -> str:
    said = [f"每天 {offer.per_day}"] if offer.per_day else []
    said += [f"每月 {offer.per_month}"] if offer.per_month else []
    return "，".join(said) or "不限"


@desk(VIEW)
@require_GET
def offer_list(request: UserRequest) -> HttpResponseBase:
    actor, today = request.actor, timezone.localdate()
    rows = offers_for(actor)
    here = next((queue for queue in QUEUES if queue.key == request.GET.get("list")), QUEUES[0])
    form = OfferFilter(request.GET.dict())
    chosen = form.chosen
    found = narrowed(rows.filter(here.condition(actor, today)), chosen)
    if request.GET.get("export") == ".xlsx":
        listed = found.select_related("provider", "service", "contact").order_by("pk")[:COUNTED_TO]
        return sent("资源清单.xlsx", lambda path: written(path, OFFERS_OUT, offer_rows(listed), "资源清单"))
    page = keyset(found.select_related("provider", "service"), ("-id",), request.GET.get("cursor"), PAGE)
    total = capped_count(found, COUNTED_TO) if page.next or page.previous else CappedCount(len(page.rows), False)
    counts = capped_counts({q.key: rows.filter(q.condition(actor, today)) for q in QUEUES}, TABS_COUNTED_TO)
    query = request.GET.copy()
    query["export"] = ".xlsx"
    query.pop("cursor", None)
    context = {
        "pool_tabs": pool_tabs(actor, "offers"),
        "tabs": [
            (q.label, f"?{urlencode({'list': q.key})}", str(counts[q.key]).replace("超过 ", ""), q is here)
            for q in QUEUES
        ],
        "queue": here,
        "form": form,
        "chips": [chip(request, name, str(form.fields[name].label), form.words_of(name)) for name in chosen],
        "clear_url": f"{request.path}?{urlencode({'list': here.key})}",
        "rows": [row_of(offer, today) for offer in page.rows],
        "page": page,
        "summary": f"{total} 项",
        "may_offer": actor.may(OFFER),
        "may_exchange": actor.may(EXCHANGE),
        "export_url": f"?{query.urlencode()}",
    }
    return render(request, "dockets/pool/offers.html", context)


# --- one offer -------------------------------------------------------------------------------------------------------


@desk(VIEW)
@require_GET
def offer_page(request: UserRequest, pk: int) -> HttpResponse:
    return _page(request, offer_door(request.actor, pk))


def _page(
    request: UserRequest,
    offer: Offer,
    *,
    form: PurposeForm | None = None,
    plain: Any = None,
    status: int = 200,
) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    contact = offer.contact or offer.provider.contact
    state = State(offer.state)
    context = {
        "offer": offer,
        "state": state.label,
        "tone": STATE_TONES[state],
        "facts": _facts(offer),
        "used": _used(offer, actor),
        "questions": [_question(offer, act) for act in offers.ACTS.values() if offers.may_act(actor, offer, act)],
        "may_edit": state != State.WITHDRAWN and keeps_provider(actor, offer.provider),
        "contact": shown_contact(
            contact, actor, reverse("dockets:pool-offer-reveal", args=[offer.pk]), form=form, plain=plain
        ),
        "story": _story(offer),
        "row": row_of(offer, today),
        "crumbs": [Crumb("资源清单", reverse("dockets:pool-offers")), Crumb(offer.number)],
    }
    response = render(request, "dockets/pool/offer.html", context, status=status)
    return unstored(response) if plain is not None else response


def _facts(offer: Offer) -> list[Fact]:
    provider = offer.provider
    until = f"{offer.valid_to.year}年{offer.valid_to.month}月{offer.valid_to.day}日" if offer.valid_to else "长期"
    confirmed = f"{offer.confirmed_by.display_name}，{timezone.localtime(offer.confirmed_at):%Y年%-m月%-d日}" if (
        offer.confirmed_by and offer.confirmed_at
    ) else ""  # fmt: skip
    return [
        Fact("服务力量", f"{provider.name}（{ProviderKind(provider.kind).label}）"),
        Fact("服务类别", offer.service.name),
        Fact("服务范围", places_words(offer.places)),
        Fact("服务时间", when_words(offer.weekdays, offer.months, offer.opens, offer.closes)),
        Fact("能接多少", capacity_words(offer)),
        Fact("有效期到", until),
        Fact("资质", offer.qualifications),
        Fact("公开电话", provider.phone),
        Fact("评价", f"{offer.stars / offer.rated:.1f} 星，{offer.rated} 次" if offer.rated else "还没有"),
        Fact("登记", offer.proposed_by.display_name if offer.proposed_by else ""),
        Fact("确认", confirmed),
    ]


def _used(offer: Offer, actor: Actor) -> list[Need]:
    """The newest needs that it was for, of those the reader may see."""
    from huying.dockets.pool.needs.queries import needs_for

    rows = Need.objects.filter(offer=offer.pk, matter__in=needs_for(actor)).select_related("matter")
    return list(rows.order_by("-matter_id")[:8])


def _story(offer: Offer) -> list[TimelineEntry]:
    rows = ConfigChange.objects.filter(what=offers.OFFERS, key=offer.number)[:30]
    return [
        TimelineEntry(
            what="登记" if row.before is None else "修改",
            at=row.at,
            who=row.who.partition("（")[0],
            facts=[
                Fact(name, f"{was} → {now}" if was else now or "清空")
                for name, was, now in differences(row)
                if row.before is not None
            ],
        )
        for row in rows
    ]


def _question(offer: Offer, act: offers.Act, form: ReasonForm | None = None) -> Confirmation:
    return Confirmation(
        id=f"act-{act.key}",
        label=act.label,
        title=act.title,
        body=act.body,
        verb=act.label,
        action=reverse("dockets:pool-offer-act", args=[offer.pk, act.key]),
        danger=act.danger,
        form=(form or ReasonForm(auto_id=f"{act.key}-%s")) if act.needs_reason else None,
        back_url=reverse("dockets:pool-offer", args=[offer.pk]),
    )


@desk(VIEW)
@require_http_methods(["GET", "POST"])
def offer_act(request: UserRequest, pk: int, key: str) -> HttpResponse:
    offer = offer_door(request.actor, pk)
    act = offers.ACTS.get(key)
    if act is None:
        raise Missing("没有这个操作。")
    if request.method == "GET":
        if not offers.may_act(request.actor, offer, act):
            raise Forbidden(f"您的岗位不能{act.label}这项资源，或者它现在是“{State(offer.state).label}”。")
        return confirm_page(request, _question(offer, act))
    form = ReasonForm(request.POST, auto_id=f"{act.key}-%s")
    if act.needs_reason and not form.is_valid():
        return confirm_page(request, _question(offer, act, form))
    try:
        offers.take(pk, act, by=request.actor, reason=form.cleaned_data["reason"] if act.needs_reason else "")
    except Conflict as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, f"{act.done}：{offer.title}。")
    return redirect("dockets:pool-offer", pk=pk)


@desk("cases.view_contact")
@require_POST
def offer_reveal(request: UserRequest, pk: int) -> HttpResponse:
    """The contact's plain data, told once on the answer to this POST; who looked, when and why is logged."""
    if not request.actor.may(VIEW):
        raise Forbidden("您的岗位不能查看服务资源。")
    offer = offer_door(request.actor, pk)
    contact = offer.contact or offer.provider.contact
    if contact is None:
        raise Missing("这项资源没有登记联系人。")
    form = PurposeForm(request.POST, auto_id="reveal-%s")
    if not form.is_valid():
        return _page(request, offer, form=form, status=422)
    try:
        person = looked_at(contact, form, request.actor, offer.number)
    except Refusal as refusal:
        show_refusal(form, refusal)
        return _page(request, offer, form=form, status=refusal.status)
    return _page(request, offer, plain=person)


# --- writing ---------------------------------------------------------------------------------------------------------


@desk(OFFER)
@require_http_methods(["GET", "POST"])
def offer_new(request: UserRequest) -> HttpResponse:
    return _write(request, None)


@desk(OFFER)
@require_http_methods(["GET", "POST"])
def offer_edit(request: UserRequest, pk: int) -> HttpResponse:
    offer = offer_door(request.actor, pk)
    if not keeps_provider(request.actor, offer.provider):
        raise Forbidden("您的岗位不能修改这项资源。")
    return _write(request, offer)


def _write(request: UserRequest, offer: Offer | None) -> HttpResponse:
    actor = request.actor
    if request.method == "GET":
        initial = beginning(offer) if offer else _known(request)
        return _form_page(request, OfferForm(actor=actor, offer=offer, initial=initial), offer)
    form = OfferForm(request.POST, actor=actor, offer=offer)
    if not form.is_valid():
        return _form_page(request, form, offer)
    try:
        chosen = form.cleaned_data["provider"]
        provider = offers.own_provider(actor) if chosen == OWN else None
        content = form.content(provider.pk if provider else int(chosen))
        with transaction.atomic():
            saved = offers.save(offer.pk if offer else None, content, by=actor)
            if saved.state == State.PROPOSED:
                tell_proposed(saved, apart=actor.user_id)
    except Forbidden:
        raise
    except Refusal as refusal:
        form.show(refusal)
        return _form_page(request, form, offer, refusal.status)
    told = "已登记，等待确认" if saved.state == State.PROPOSED else "已保存"
    messages.success(request, f"{saved.number}“{saved.title}”{told}。")
    return redirect("dockets:pool-offer", pk=saved.pk)


def _known(request: UserRequest) -> dict[str, object]:
    provider = request.GET.get("provider", "")
    own = own_places(request.actor)
    mine = [str(request.actor.place_id)] if own and request.actor.place_id else []
    return {"provider": provider if provider.isdecimal() else "", "places": mine}


def _form_page(request: UserRequest, form: OfferForm, offer: Offer | None, status: int = 422) -> HttpResponse:
    crumbs = [Crumb("资源清单", reverse("dockets:pool-offers"))]
    crumbs += [Crumb(offer.number, reverse("dockets:pool-offer", args=[offer.pk])), Crumb("修改")] if offer else [
        Crumb("登记资源")
    ]  # fmt: skip
    context = {
        "form": form,
        "offer": offer,
        "title": "修改资源" if offer else "登记资源",
        "lead": "修改后要重新确认的，确认前不再推荐。" if offer else "谁、在哪里、什么时候、能做什么。",
        "verb": "保存" if offer else "登记",
        "back_url": reverse("dockets:pool-offer", args=[offer.pk]) if offer else reverse("dockets:pool-offers"),
        "crumbs": crumbs,
    }
    return render(request, "dockets/pool/form.html", context, status=status if form.is_bound and form.errors else 200)
