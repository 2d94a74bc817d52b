"""Saved views: naming a list, sharing it with one's unit, tidying up."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from huying.cases import saved_views
from huying.cases.filters import FilterForm
from huying.cases.listing import columns_of
from huying.cases.models import SavedView
from huying.cases.queues import QUEUES
from huying.kernel.errors import Invalid, Missing, Refusal
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.requests import UserRequest
from huying.ui.components import Confirmation, Crumb
from huying.ui.forms import show_refusal
from huying.ui.pages import confirm_page


class ViewForm(forms.Form):
    """What a view is called and who finds it."""

    use_required_attribute = False

    name = forms.CharField(
        label="名称",
        max_length=30,
        error_messages={"required": "请填写名称。", "max_length": "名称最多 30 个字。"},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    shared = forms.BooleanField(label="共享给本单位", required=False)
    default = forms.BooleanField(label="打开这个列表时先显示它", required=False)

    def __init__(self, *args: object, actor: Actor, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        if actor.organisation_id is None:
            del self.fields["shared"]


@dataclass(frozen=True, slots=True)
class ViewRow:
    view: SavedView
    url: str
    told: str
    own: bool
    default: bool
    form: ViewForm
    delete: Confirmation


@desk("cases.view")
@require_http_methods(["GET", "POST"])
def saved(request: UserRequest) -> HttpResponse:
    """GET shows the reader's views and those of the unit, POST names a list."""
    if request.method == "GET":
        return _listed(request)
    form = ViewForm(request.POST, actor=request.actor, auto_id="new-%s")
    try:
        if not form.is_valid():
            raise Invalid("请检查填写的内容。")
        queue = QUEUES.get(request.POST.get("queue", ""))
        if queue is None:
            raise Invalid("没有这个列表，请回到列表重新保存。")
        filters = FilterForm(QueryDict(request.POST.get("query", "")), queue, request.actor)
        view = saved_views.save(
            request.actor,
            name=form.cleaned_data["name"],
            queue=queue.key,
            query=filters.query,
            columns=[column.key for column in columns_of(request.POST.get("columns", "").split(","))],
            shared=bool(form.cleaned_data.get("shared")),
        )
    except Refusal as refusal:
        if not form.errors:
            show_refusal(form, refusal)
        return _listed(request, refused=form)
    if form.cleaned_data["default"]:
        saved_views.remember_view(request.actor, queue, view.pk)
    messages.success(request, f"已保存视图“{view.name}”。")
    return redirect(saved_views.address_of(view))


@desk("cases.view")
@require_POST
def change(request: UserRequest, pk: int) -> HttpResponse:
    """Rename, share, make the one a list opens with; or store what is looked at as the view (`keep`)."""
    actor = request.actor
    if "keep" in request.POST:
        view = saved_views.own(actor, pk)
        queue = QUEUES[view.queue]
        view.query = FilterForm(QueryDict(request.POST.get("query", "")), queue, actor).query
        view.columns = [column.key for column in columns_of(request.POST.get("columns", "").split(","))]
        shared = view.organisation_id is not None
        try:
            saved_views.change(actor, view, name=view.name, shared=shared)
        except Refusal as refusal:
            refused = ViewForm({"name": view.name, "shared": shared}, actor=actor, auto_id=f"view-{pk}-%s")
            show_refusal(refused, refusal)
            return _listed(request, refused=refused, of=pk)
        messages.success(request, f"视图“{view.name}”已按现在的条件和列更新。")
        return redirect(saved_views.address_of(view))
    found = saved_views.visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise Missing("没有这个视图，可能已被删除。")
    queue = QUEUES[found.queue]
    form = ViewForm(request.POST, actor=actor, auto_id=f"view-{pk}-%s")
    if found.owner_id == actor.user_id:
        try:
            if not form.is_valid():
                raise Invalid("请检查填写的内容。")
            shared = bool(form.cleaned_data.get("shared"))
            saved_views.change(actor, found, name=form.cleaned_data["name"], shared=shared)
        except Refusal as refusal:
            if not form.errors:
                show_refusal(form, refusal)
            return _listed(request, refused=form, of=pk)
    opens = saved_views.remembered(actor, queue).view == pk
    if ("default" in request.POST) is not opens:
        saved_views.remember_view(actor, queue, None if opens else pk)
    messages.success(request, f"视图“{found.name}”的设置已保存。")
    return redirect("cases:views")


@desk("cases.view")
@require_http_methods(["GET", "POST"])
def delete(request: UserRequest, pk: int) -> HttpResponse:
    view = saved_views.own(request.actor, pk)
    if request.method == "GET":
        return confirm_page(request, _delete(view))
    view.delete()
    messages.success(request, f"已删除视图“{view.name}”。")
    return redirect("cases:views")


def _delete(view: SavedView) -> Confirmation:
    shared = "本单位的人也不能再用。" if view.organisation_id else ""
    return Confirmation(
        id=f"delete-{view.pk}",
        label="删除",
        title=f"删除视图“{view.name}”？",
        body=f"只删除这个视图，不影响诉求件。{shared}",
        verb="删除",
        action=reverse("cases:view-delete", args=[view.pk]),
        danger=True,
        back_url=reverse("cases:views"),
    )


def _listed(request: UserRequest, *, refused: ViewForm | None = None, of: int | None = None) -> HttpResponse:
    """All views; `refused` is the form of view `of`, or of a new one."""
    actor = request.actor
    rows: list[ViewRow] = []
    opening = saved_views.openings(actor)
    for view in saved_views.visible_to(actor):
        opens = opening.get(view.queue) == view.pk
        known = {"name": view.name, "shared": view.organisation_id is not None, "default": opens}
        form = ViewForm(actor=actor, initial=known, auto_id=f"view-{view.pk}-%s")
        if refused is not None and of == view.pk:
            form = refused
        conditions = f"{len(view.query)} 个条件" if view.query else "不限条件"
        told = f"{QUEUES[view.queue].label}，{conditions}，{len(view.columns)} 列"
        mine = view.owner_id == actor.user_id
        rows.append(ViewRow(view, saved_views.address_of(view), told, mine, opens, form, _delete(view)))
    new = refused if refused is not None and of is None else None
    context = {
        "own": [row for row in rows if row.own],
        "others": [row for row in rows if not row.own],
        "new": new,
        "hidden": {name: request.POST.get(name, "") for name in ("queue", "query", "columns")} if new else {},
        "crumbs": [Crumb("诉求件", reverse("cases:list")), Crumb("视图")],
    }
    return render(request, "cases/desk_views.html", context, status=422 if refused is not None else 200)
