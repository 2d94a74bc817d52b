"""服务专员: who serves which enterprises."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from huying.cases import options
from huying.cases.models import ServiceManager
from huying.kernel.errors import Missing
from huying.people.access import desk
from huying.people.forms import LineInput
from huying.people.models import Post
from huying.people.requests import UserRequest
from huying.people.roles import ROLES
from huying.people.settings import Cell, Kind, Line, Link, Listing, RowForm, Table, edit, listing
from huying.people.views.organisations import NameField
from huying.places.models import Place
from huying.ui.forms import LongSelect, by_typing

PERMISSION = "matters.configure"
MANAGERS = Kind("服务专员", "服务专员", "cases:service-managers", ())
SERVING = [key for key, role in ROLES.items() if role.may("cases.serve") and role.kind == "staff"]


class PostField(NameField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.user.display_name}（{obj}）"


class ManagerForm(RowForm[ServiceManager]):
    post = PostField(label="服务专员", queryset=Post.objects.none(), widget=LongSelect)
    street = NameField(
        label="街道", queryset=Place.objects.none(), required=False, empty_label="所有街道", widget=LongSelect
    )
    category = forms.ChoiceField(label="分类", required=False, widget=LongSelect)

    class Meta:
        model = ServiceManager
        fields = ("post", "phone", "street", "category", "active")
        widgets = {"phone": LineInput}
        help_texts = {"active": "停用后不再安排新的件，已经安排的不变。"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        posts: Any = self.fields["post"]
        standing = Post.objects.current().filter(role__in=SERVING)
        held = Post.objects.filter(pk=self.instance.post_id or 0)
        posts.queryset = (standing | held).select_related("user", "organisation").order_by("organisation__sort_key")
        posts.help_text = "区中心的人服务所有单位的件，单位的人只服务本单位主办的件。"
        by_typing(posts)
        streets: Any = self.fields["street"]
        streets.queryset = Place.objects.current().filter(level="street").order_by("code")
        category: Any = self.fields["category"]
        category.choices = [("", "所有分类"), *options.categories()]
        by_typing(category)


@desk(PERMISSION)
@require_GET
def managers(request: UserRequest) -> HttpResponse:
    rows = ServiceManager.objects.select_related("post__user", "post__organisation", "street")
    names = options.category_names()
    lines = [
        Line(
            [
                Cell(row.post.user.display_name, reverse("cases:service-manager", args=[row.pk])),
                Cell(str(row.post)),
                Cell(row.phone, tight=True),
                Cell(row.street.name if row.street else "所有街道"),
                Cell(names.get(row.category, row.category) or "所有分类"),
                Cell("启用", tone="green") if row.active else Cell("已停用", tone="grey"),
            ]
        )
        for row in rows.order_by("post__organisation__sort_key", "pk")
    ]
    table = Table(
        caption="服务专员",
        headers=("姓名", "岗位", "办公电话", "街道", "分类", "状态"),
        lines=lines,
        id="managers",
        title="",
        nothing="还没有服务专员。营商环境的件会告知督导员，由区中心逐件指定。",
    )
    shown = Listing(
        kind=MANAGERS,
        tables=[table],
        lead="企业提出的、标了“营商环境”的件，派单后按这张表安排服务专员，条件最具体的优先。",
        links=[Link("新增服务专员", reverse("cases:new-service-manager"), "btn btn-primary")],
    )
    return listing(request, shown)


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def new_manager(request: UserRequest) -> HttpResponse:
    form = ManagerForm(request.POST or None, instance=ServiceManager())
    return edit(request, form, kind=MANAGERS, title="新增服务专员", done="已新增，新派的件开始安排。", verb="新增")


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def manager_page(request: UserRequest, pk: int) -> HttpResponse:
    row = ServiceManager.objects.filter(pk=pk).select_related("post__user", "post__organisation").first()
    if row is None:
        raise Missing("没有这个服务专员。")
    form = ManagerForm(request.POST or None, instance=row)
    return edit(request, form, kind=MANAGERS, title=f"服务专员：{row.post.user.display_name}", done="已保存。")
