"""服务力量: those that offer something, and the categories of service among the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from huying.dockets.enums import OfferState, ProviderKind
from huying.dockets.models import Provider, Service
from huying.dockets.models.pool import POOL
from huying.dockets.pool.access import OFFER, own_places, visible_providers
from huying.dockets.pool.forms import ANY, ProviderForm, choices, one_line
from huying.dockets.pool.offers import save_provider, words_of_provider
from huying.dockets.pool.sheets import BETWEEN
from huying.dockets.pool.views.shown import pool_tabs
from huying.kernel.errors import Forbidden, Missing, Refusal
from huying.kernel.paging import CappedCount, capped_count, keyset
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.requests import UserRequest
from huying.people.settings import Cell, Kind, Line, Link, Listing, RowForm, Table, edit, listing
from huying.places.tree import place_tree
from huying.ui.components import Crumb, chip
from huying.ui.forms import LongSelect

PAGE, COUNTED_TO = 50, 10_000


def providers_for(actor: Actor) -> QuerySet[Provider]:
    """Those this actor keeps; lists and doors start here."""
    return Provider.objects.filter(visible_providers(actor))


class ProviderFilter(forms.Form):
    use_required_attribute = False

    q = forms.CharField(label="名称", max_length=60, required=False)
    kind = forms.ChoiceField(label="类型", required=False, widget=LongSelect)

    def __init__(self, data: dict[str, str]) -> None:
        super().__init__(data)
        choices(self.fields["kind"], [ANY, *ProviderKind.choices])

    @property
    def chosen(self) -> dict[str, str]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


@dataclass(frozen=True, slots=True)
class Row:
    provider: Provider
    kind: str
    place: str
    unit: str
    usable: int


@desk(OFFER)
@require_GET
def provider_list(request: UserRequest) -> HttpResponse:
    actor = request.actor
    form = ProviderFilter(request.GET.dict())
    chosen = form.chosen
    rows = providers_for(actor)
    if name := one_line(chosen.get("q", "")):
        rows = rows.filter(name__icontains=name)
    if kind := chosen.get("kind"):
        rows = rows.filter(kind=kind)
    counted = rows.annotate(usable=Count("offers", filter=Q(offers__state=OfferState.ACTIVE)))
    page = keyset(counted, ("-id",), request.GET.get("cursor"), PAGE)
    total = capped_count(rows, COUNTED_TO) if page.next or page.previous else CappedCount(len(page.rows), False)
    tree, book = place_tree(), directory()
    context = {
        "pool_tabs": pool_tabs(actor, "providers"),
        "form": form,
        "chips": [
            chip(request, key, str(form.fields[key].label), dict(ProviderKind.choices).get(value, value))
            for key, value in chosen.items()
        ],
        "clear_url": request.path,
        "rows": [
            Row(
                one,
                ProviderKind(one.kind).label,
                tree.name_of(one.place_id),
                book.name_of(one.organisation_id),
                int(getattr(one, "usable", 0)),
            )
            for one in page.rows
        ],
        "page": page,
        "summary": f"{total} 个",
    }
    return render(request, "dockets/pool/providers.html", context)


@desk(OFFER)
@require_http_methods(["GET", "POST"])
def provider_new(request: UserRequest) -> HttpResponse:
    return _write(request, Provider(), None)


@desk(OFFER)
@require_http_methods(["GET", "POST"])
def provider_edit(request: UserRequest, pk: int) -> HttpResponse:
    provider = providers_for(request.actor).filter(pk=pk).first()
    if provider is None:
        raise Missing("没有这个服务力量，或者您的岗位无权查看。")
    return _write(request, provider, words_of_provider(provider))


def _write(request: UserRequest, provider: Provider, before: dict[str, str] | None) -> HttpResponse:
    actor = request.actor
    if request.method == "GET":
        return _page(request, ProviderForm(actor=actor, initial=_beginning(provider, actor)), provider)
    form = ProviderForm(request.POST, actor=actor)
    if not form.is_valid():
        return _page(request, form, provider)
    form.fill(provider)
    try:
        saved = save_provider(provider, by=actor, person=form.person, before=before)
    except Forbidden as refusal:
        form.add_error("place", refusal.message)
        return _page(request, form, provider, refusal.status)
    except Refusal as refusal:
        form.show(refusal)
        return _page(request, form, provider, refusal.status)
    messages.success(request, f"“{saved.name}”已保存。")
    return redirect("dockets:pool-providers")


def _beginning(provider: Provider, actor: Actor) -> dict[str, object]:
    if provider.pk is None:
        own = own_places(actor)
        return {"place": str(actor.place_id) if own and actor.place_id else "", "active": True}
    return {
        "kind": provider.kind,
        "name": provider.name,
        "place": str(provider.place_id or ""),
        "organisation": str(provider.organisation_id or ""),
        "phone": provider.phone,
        "note": provider.note,
        "active": provider.active,
    }


def _page(request: UserRequest, form: ProviderForm, provider: Provider, status: int = 422) -> HttpResponse:
    title = "修改服务力量" if provider.pk else "登记服务力量"
    context = {
        "form": form,
        "title": title,
        "lead": "水电气暖、物业、业委会、下沉单位、志愿者队伍等，先登记是谁，再登记能提供什么。",
        "verb": "保存",
        "back_url": reverse("dockets:pool-providers"),
        "crumbs": [Crumb("服务力量", reverse("dockets:pool-providers")), Crumb(title)],
    }
    return render(request, "dockets/pool/form.html", context, status=status if form.is_bound and form.errors else 200)


# --- categories of service -------------------------------------------------------------------------------------------

CONFIGURE = "matters.configure"
SERVICES = Kind("服务类别", "服务类别", "dockets:pool-services", caches=(POOL,))


class ServiceForm(RowForm[Service]):
    said = forms.CharField(
        label="相关的词",
        required=False,
        max_length=600,
        widget=forms.Textarea(attrs={"rows": "3"}),
        help_text="诉求和呼叫里出现这些词，就推荐这一类资源；用顿号隔开。",
    )

    class Meta:
        model = Service
        fields = ("key", "name", "order", "active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["said"].initial = "、".join(self.instance.words)
        self.fields["key"].help_text = "小写字母，例如 repair；启用后不再改。"
        if self.instance.pk:
            self.fields["key"].disabled = True

    def clean_said(self) -> list[str]:
        words = list(dict.fromkeys(filter(None, BETWEEN.split(str(self.cleaned_data["said"])))))
        if long := next((word for word in words if len(word) > 20), ""):
            raise forms.ValidationError(f"“{long[:10]}…”太长，一个词最多 20 字。")
        if len(words) > 40:
            raise forms.ValidationError("相关的词最多 40 个。")
        return words

    def save(self, commit: bool = True) -> Service:
        self.instance.words = self.cleaned_data["said"]
        return super().save(commit)


@desk(CONFIGURE)
@require_GET
def service_list(request: UserRequest) -> HttpResponse:
    rows = Service.objects.annotate(n=Count("offers", filter=Q(offers__state=OfferState.ACTIVE)))
    lines = [
        Line(
            [
                Cell(one.name, url=reverse("dockets:pool-service", args=[one.pk])),
                Cell("、".join(one.words)),
                Cell(f"{getattr(one, 'n', 0)} 项", tight=True),
                Cell("启用" if one.active else "停用", tone="green" if one.active else "grey", tight=True),
            ],
            of=one.name,
        )
        for one in rows
    ]
    table = Table("服务类别", ("服务类别", "相关的词", "可用资源", "状态"), lines, nothing="还没有服务类别。")
    shown = Listing(
        kind=SERVICES,
        tables=[table],
        lead="资源和需求按这里的类别登记和匹配；诉求和呼叫里出现相关的词，就推荐这一类资源。",
        links=[Link("新增类别", reverse("dockets:pool-new-service"), "btn btn-primary")],
    )
    return listing(request, shown)


@desk(CONFIGURE)
@require_http_methods(["GET", "POST"])
def service_new(request: UserRequest) -> HttpResponse:
    form = ServiceForm(request.POST or None)
    return edit(request, form, kind=SERVICES, title="新增服务类别", done="服务类别已新增。")


@desk(CONFIGURE)
@require_http_methods(["GET", "POST"])
def service_edit(request: UserRequest, pk: int) -> HttpResponse:
    one = Service.objects.filter(pk=pk).first()
    if one is None:
        raise Missing("没有这个服务类别。")
    form = ServiceForm(request.POST or None, instance=one)
    return edit(request, form, kind=SERVICES, title="修改服务类别", done="服务类别已保存。")
