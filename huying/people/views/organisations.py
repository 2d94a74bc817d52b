"""Organisations: list, one of them with its posts, how it is set up, its end."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from huying.kernel.errors import Conflict, Missing, Refusal
from huying.kernel.paging import keyset
from huying.people import actions
from huying.people.access import desk
from huying.people.enums import OrganisationKind, UserKind
from huying.people.forms import DayInput, LineInput
from huying.people.holdings import holdings
from huying.people.hours import parse_spans, print_spans
from huying.people.models import Organisation, Post, User
from huying.people.phones import problem_of
from huying.people.requests import UserRequest
from huying.people.settings import (
    Cell,
    Kind,
    Line,
    Link,
    Listing,
    RowForm,
    Table,
    ask,
    changing,
    edit,
    form_page,
    listing,
)
from huying.places.enums import Level
from huying.places.models import Place
from huying.ui.components import Confirmation, Crumb, Fact
from huying.ui.forms import LongSelect, show_refusal
from huying.ui.text import day as day_words

PAGE = 50
VERBATIM = {"data-verbatim": True}  # user names are in Latin letters
DEFAULT_HOURS = "9:00–12:00、14:00–17:30（默认）"


def _told(one: Organisation) -> dict[str, str]:
    found = {
        "编码": one.code,
        "名称": one.name,
        "简称": one.short_name,
        "类型": one.get_kind_display(),
        "上级单位": str(one.parent or ""),
        "负责区域": str(one.place or ""),
        "工作时间": print_spans(one.working_hours),
        "值班电话": one.duty_phone,
        "负责人": str(one.chief or ""),
        "设立日期": str(one.valid_from),
        "撤销日期": str(one.valid_to or ""),
        "承接单位": str(one.successor or ""),
    }
    return {name: words for name, words in found.items() if words}


ORGANISATIONS = Kind(
    "单位", "单位", "people:organisations", ("organisations",), named=lambda one: one.name, words=_told
)


class _Chosen(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One row of a table; when nothing need be chosen, it says so."""

    def __init__(self, queryset: Any, **kwargs: Any) -> None:
        kwargs.setdefault("empty_label", "请选择" if kwargs.get("required", True) else "不选")
        super().__init__(queryset, **kwargs)


class PlaceField(_Chosen):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.parent.name} / {obj.name}" if obj.level == Level.COMMUNITY else str(obj.name)


class NameField(_Chosen):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.full_name}（{obj.username}）" if isinstance(obj, User) else str(obj.name)


class OrganisationForm(RowForm[Organisation]):
    parent = NameField(
        label="上级单位",
        queryset=Organisation.objects.none(),
        required=False,
        widget=LongSelect,
        error_messages={"invalid_choice": "上级单位不能是本单位或其下级单位，也不能是已撤销的单位。"},
    )
    place = PlaceField(
        label="负责区域", queryset=Place.objects.none(), required=False, widget=LongSelect, help_text="街道和社区必填。"
    )
    hours = forms.CharField(
        label="工作时间",
        max_length=100,
        required=False,
        widget=LineInput,
        help_text="例如 8:30-12:00、14:00-17:00；不填为 9:00-12:00、14:00-17:30。时限按它计算。",
    )
    chief = NameField(
        label="负责人",
        queryset=User.objects.none(),
        required=False,
        widget=LongSelect(attrs=VERBATIM),
        help_text="从在本单位任职的人员中选。",
    )

    class Meta:
        model = Organisation
        fields = ("name", "short_name", "kind", "parent", "place", "hours", "duty_phone", "chief")
        widgets = {"name": LineInput, "short_name": LineInput, "duty_phone": LineInput}
        help_texts = {"short_name": "列表里显示的短名，可不填。"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        one = self.instance
        above = Organisation.objects.current()
        if one.pk:  # not itself, nor what stands under it
            above = above.exclude(pk__in=Organisation.objects.inside(one.pk).values("pk"))
        self.fields["parent"].queryset = above.in_order()  # type: ignore[attr-defined]
        self.fields["place"].queryset = (  # type: ignore[attr-defined]
            Place.objects.current().exclude(level=Level.GRID).select_related("parent").order_by("code")
        )
        if one.pk:
            here = Post.objects.current().filter(organisation=one).values("user")
            self.fields["chief"].queryset = User.objects.filter(  # type: ignore[attr-defined]
                Q(pk__in=here) | Q(pk=one.chief_id), kind=UserKind.STAFF
            ).order_by("username")
            self.initial["hours"] = print_spans(one.working_hours)
        else:
            del self.fields["chief"]

    def clean_hours(self) -> str:
        text: str = self.cleaned_data["hours"].strip()
        try:
            self.instance.working_hours = parse_spans(text) if text else None
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
        return text

    def clean_duty_phone(self) -> str:
        text: str = self.cleaned_data["duty_phone"].strip()
        if text and (problem := problem_of(text, service=True)):
            raise forms.ValidationError(f"{problem}。")
        return text

    def clean(self) -> dict[str, Any]:
        chosen = super().clean() or {}
        if chosen.get("kind") in {OrganisationKind.STREET, OrganisationKind.COMMUNITY} and not chosen.get("place"):
            self.add_error("place", "街道和社区要写明负责的区域。")
        return chosen

    def save(self, commit: bool = True) -> Any:
        actions.store_organisation(self.instance)
        return self.instance


class NewOrganisationForm(OrganisationForm):
    valid_from = forms.DateField(label="设立日期", widget=DayInput)

    class Meta(OrganisationForm.Meta):
        fields = ("name", "short_name", "code", "kind", "parent", "place", "hours", "duty_phone", "valid_from")  # type: ignore[assignment]
        help_texts = {
            "short_name": "列表里显示的短名，可不填。",
            "code": "字母、数字、- 和 _，导入和接口里用它，以后不能改。",
        }


class SearchForm(forms.Form):
    q = forms.CharField(label="名称或编码", max_length=60, required=False, widget=LineInput)
    kind = forms.ChoiceField(label="类型", required=False, choices=[("", "全部"), *OrganisationKind.choices])
    gone = forms.BooleanField(label="也列出已撤销的", required=False)


class DissolveForm(forms.Form):
    on = forms.DateField(label="撤销日期", widget=DayInput, help_text="从这一天起不再受理。")
    successor = NameField(
        label="承接单位",
        queryset=Organisation.objects.none(),
        required=False,
        widget=LongSelect,
        help_text="不选的，手上的件退回派单，由派单审核员重新派。",
    )

    def __init__(self, organisation: Organisation, data: Any = None) -> None:
        super().__init__(data, initial={"on": timezone.localdate()}, prefix="dissolve")
        choice: Any = self.fields["successor"]
        choice.queryset = Organisation.objects.current().handlers().exclude(pk=organisation.pk).in_order()
        self.organisation = organisation

    def clean_on(self) -> dt.date:
        on: dt.date = self.cleaned_data["on"]
        if on <= self.organisation.valid_from:
            raise forms.ValidationError("撤销日期要晚于设立日期。")
        return on


@dataclass(slots=True)
class Node:
    """An organisation and what stands under it."""

    organisation: Organisation
    children: list[Node] = field(default_factory=list)


@desk("people.manage")
@require_GET
def organisation_tree(request: UserRequest) -> HttpResponse:
    """Who stands under whom."""
    nodes = {one.pk: Node(one) for one in Organisation.objects.current().in_order()}
    roots: list[Node] = []
    for node in nodes.values():
        above = nodes.get(node.organisation.parent_id or 0)
        (above.children if above else roots).append(node)
    roots.sort(key=lambda node: not node.children)  # first those with something to unfold
    context = {"title": "隶属关系", "crumbs": ORGANISATIONS.crumbs(Crumb("隶属关系")), "roots": roots}
    return render(request, "people/organisation_tree.html", context)


@desk("people.manage")
@require_GET
def organisations_page(request: UserRequest) -> HttpResponse:
    form = SearchForm(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    rows = Organisation.objects.select_related("parent", "place", "chief")
    if not chosen.get("gone"):
        rows = rows.current()
    if words := (chosen.get("q") or "").strip():
        rows = rows.filter(Q(name__contains=words) | Q(short_name__contains=words) | Q(code__startswith=words))
    if chosen.get("kind"):
        rows = rows.filter(kind=chosen["kind"])
    rows = rows.annotate(post_count=Count("posts", filter=Q(posts__valid_to=None), distinct=True))
    page = keyset(rows, ["sort_key", "code"], request.GET.get("cursor"), PAGE)
    table = Table(
        caption="单位",
        headers=("单位", "类型", "上级单位", "负责区域", "值班电话", "负责人", "岗位", "状态"),
        lines=[_line(one) for one in page.rows],
        nothing="没有符合条件的单位，换个条件再找，或者新增一个。",
    )
    shown = Listing(
        kind=ORGANISATIONS,
        tables=[table],
        form=form,
        page=page,
        links=[
            Link("隶属关系", reverse("people:organisation-tree")),
            Link("导入导出", reverse("people:import-organisations")),
            Link("新增单位", reverse("people:new-organisation"), "btn btn-primary"),
        ],
    )
    return listing(request, shown)


def _line(one: Organisation) -> Line:
    return Line(
        [
            Cell(one.name, organisation_url(one), soft=one.short_name if one.short_name != one.name else ""),
            Cell(one.get_kind_display(), tight=True),
            Cell(str(one.parent or "")),
            Cell(str(one.place or "")),
            Cell(one.duty_phone, verbatim=True, tight=True),
            Cell(str(one.chief or ""), tight=True),
            Cell(f"{one.post_count} 个", tight=True),  # type: ignore[attr-defined]
            _state(one),
        ]
    )


def _state(one: Organisation) -> Cell:
    today = timezone.localdate()
    if one.valid_to is None:
        return (
            Cell("在用", tone="green", tight=True)
            if one.valid_from <= today
            else Cell("尚未设立", tone="blue", tight=True)
        )
    return Cell("已撤销", tone="grey") if one.valid_to <= today else Cell("将撤销", tone="orange")


def organisation_url(one: Organisation) -> str:
    return reverse("people:organisation", args=[one.pk])


@desk("people.manage")
@require_http_methods(["GET", "POST"])
def new_organisation(request: UserRequest) -> HttpResponse:
    form = NewOrganisationForm(
        request.POST or None,
        instance=Organisation(),
        initial={"valid_from": timezone.localdate(), "parent": request.GET.get("parent") or None},
    )
    return edit(
        request,
        form,
        kind=ORGANISATIONS,
        title="新增单位",
        done="单位已新增，接着可以安排岗位。",
        verb="新增",
        after=lambda row: reverse("people:organisation", args=[row.pk]),
    )


@desk("people.manage")
@require_GET
def organisation_page(request: UserRequest, pk: int) -> HttpResponse:
    one = door(pk)
    posts = (
        Post.objects.filter(organisation=one)
        .filter(Q(valid_to=None) | Q(valid_to__gt=timezone.localdate()))
        .select_related("user")
        .prefetch_related("grids")
        .order_by("role", "user__full_name", "pk")
    )
    children = Organisation.objects.current().filter(parent=one).in_order()
    ended = one.valid_to is not None
    context = {
        "title": one.name,
        "crumbs": ORGANISATIONS.crumbs(Crumb(one.name)),
        "organisation": one,
        "facts": _facts(one),
        "state": _state(one),
        "ended": ended,
        "posts": Table(
            caption="在任的岗位",
            headers=("姓名", "角色", "任职", "离任"),
            lines=[post_line(post) for post in posts],
            id="posts",
            title="岗位",
            nothing="还没有人在这里任职。",
        ),
        "children": Table(
            caption="下级单位",
            headers=("单位", "类型", "值班电话"),
            lines=[
                Line([Cell(c.name, organisation_url(c)), Cell(c.get_kind_display()), Cell(c.duty_phone, verbatim=True)])
                for c in children
            ],
            id="children",
            title="下级单位",
            nothing="没有下级单位。",
        ),
        "revive": _revive_question(one) if ended else None,
    }
    return render(request, "people/organisation.html", context)


def post_line(post: Post) -> Line:
    grids = "、".join(grid.name for grid in post.grids.all())
    return Line(
        [
            Cell(
                post.user.display_name,
                reverse("people:account-detail", args=[post.user_id]),
                soft="主岗" if post.is_primary else "",
            ),
            Cell(post.get_role_display(), soft=grids),
            Cell(day_words(post.valid_from), tight=True),
            Cell(day_words(post.valid_to) if post.valid_to else "", tight=True),
        ],
        links=[Link("管理", reverse("people:post", args=[post.pk]))],
        of=f"{post.user.display_name}的岗位",
    )


def _facts(one: Organisation) -> list[Fact]:
    heir = one.successor
    return [
        Fact("编码", one.code),
        Fact("简称", one.short_name),
        Fact("类型", one.get_kind_display()),
        Fact("上级单位", str(one.parent or ""), organisation_url(one.parent) if one.parent else ""),
        Fact("负责区域", str(one.place or "")),
        Fact("工作时间", print_spans(one.working_hours) or DEFAULT_HOURS),
        Fact("值班电话", one.duty_phone),
        Fact("负责人", str(one.chief or "")),
        Fact("设立日期", day_words(one.valid_from)),
        Fact("撤销日期", day_words(one.valid_to) if one.valid_to else ""),
        Fact("承接单位", str(heir or ""), organisation_url(heir) if heir else ""),
    ]


@desk("people.manage")
@require_http_methods(["GET", "POST"])
def edit_organisation(request: UserRequest, pk: int) -> HttpResponse:
    one = door(pk)
    return edit(
        request,
        OrganisationForm(request.POST or None, instance=one),
        kind=ORGANISATIONS,
        title=f"修改：{one.name}",
        done="单位已保存。",
        back=organisation_url(one),
    )


@desk("people.manage")
@require_http_methods(["GET", "POST"])
def dissolve_organisation(request: UserRequest, pk: int) -> HttpResponse:
    """The end of an organisation: first what it still holds and who takes over, then it is written."""
    one = door(pk)
    if one.valid_to is not None and one.valid_to <= timezone.localdate():
        raise Conflict(f"“{one.name}”已经撤销。")
    form = DissolveForm(one, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            with changing(one, by=request.user, kind=ORGANISATIONS):
                actions.dissolve(one, on=form.cleaned_data["on"], successor=form.cleaned_data["successor"])
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, f"“{one.name}”自 {day_words(form.cleaned_data['on'])} 起撤销。")
            return redirect(organisation_url(one))
    held = [holding(one.pk) for holding in holdings]
    held += [
        ("在任的岗位", Post.objects.current().filter(organisation=one).count()),
        ("下级单位", Organisation.objects.current().filter(parent=one).count()),
    ]
    return form_page(
        request,
        form,
        kind=ORGANISATIONS,
        title=f"撤销：{one.name}",
        back=organisation_url(one),
        lead="到撤销那天，手上未结案的件由系统转给承接单位；没有承接单位的退回派单。岗位随之失效，记录都保留。",
        verb="撤销这个单位",
        template="people/dissolve.html",
        context={"held": held},
    )


@desk("people.manage")
@require_http_methods(["GET", "POST"])
def revive_organisation(request: UserRequest, pk: int) -> HttpResponse:
    one = door(pk)

    def act() -> None:
        if one.valid_to is None:
            raise Conflict(f"“{one.name}”没有撤销。")
        with changing(one, by=request.user, kind=ORGANISATIONS):
            actions.revive(one)

    return ask(request, _revive_question(one), act, f"“{one.name}”恢复在用。")


def _revive_question(one: Organisation) -> Confirmation:
    return Confirmation(
        id="revive",
        label="取消撤销",
        title=f"取消撤销“{one.name}”？",
        body="单位恢复在用，没有离任的岗位重新有效；已经转给承接单位的件留在那里。",
        verb="取消撤销",
        action=reverse("people:revive-organisation", args=[one.pk]),
        back_url=organisation_url(one),
    )


def door(pk: int) -> Organisation:
    one = Organisation.objects.select_related("parent", "place", "chief", "successor").filter(pk=pk).first()
    if one is None:
        raise Missing("没有这个单位。")
    return one
