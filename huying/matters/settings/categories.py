"""Categories: the tree of what matters are about. Codes stay, names may change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from huying.kernel.errors import Conflict, Missing
from huying.matters.models import Category, Matter
from huying.matters.settings import PERMISSION
from huying.matters.settings.choices import category_paths
from huying.people.access import desk
from huying.people.forms import LineInput
from huying.people.requests import UserRequest
from huying.people.settings import Kind, RowForm, ask, changing, edit
from huying.ui.components import Confirmation

CATEGORIES = Kind(
    "分类",
    "分类",
    "matters:categories",
    ("categories",),
    named=lambda category: category_paths().get(category.code, category.name),
)
DEEPEST = 3
MOST = 99  # below one parent: a code has two digits for each level
UNCLASSIFIED = "unclassified"  # imported history hangs on it


@dataclass(slots=True)
class Node:
    category: Category
    children: list[Node] = field(default_factory=list)

    @property
    def code(self) -> str:
        """As people use it; the one that nobody may use has none."""
        return "" if self.category.code == UNCLASSIFIED else self.category.code

    @property
    def takes_more(self) -> bool:
        one = self.category
        return one.active and one.level < DEEPEST and one.code != UNCLASSIFIED


class CategoryForm(RowForm[Category]):
    """A name, and whether dispatching needs second eyes. New ones get the next free code below their parent."""

    class Meta:
        model = Category
        fields = ("name", "second_eyes")
        widgets = {"name": LineInput}
        help_texts = {"second_eyes": "研判的人不能自己派单，要由另一个人复核后派出。"}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        one = self.instance
        twins = Category.objects.filter(parent=one.parent, name=name, active=True).exclude(pk=one.pk or "")
        if twins.exists():
            raise forms.ValidationError("同一级下已有同名的分类，请换一个名称。")
        return name

    def save(self, commit: bool = True) -> Any:
        one = self.instance
        if one._state.adding:
            one.code = next_code(one.parent)
        return super().save(commit)


def next_code(parent: Category | None) -> str:
    """Codes are never given again, so that old matters keep their meaning.

    Raises:
        Conflict: when there is no room left.
    """
    # Whoever adds at the same time waits for the other's transaction.
    list(Category.objects.select_for_update().filter(pk=parent.pk if parent else UNCLASSIFIED))
    siblings = Category.objects.filter(parent=parent).exclude(code=UNCLASSIFIED).values_list("code", flat=True)
    taken = [int(last) for code in siblings if (last := code.rpartition(".")[2]).isdigit()]
    number = max(taken, default=0) + 1
    if number > MOST:
        raise Conflict("这一级的分类已满 99 个，请先整理。")
    return f"{parent.code}.{number:02}" if parent else f"{number:02}"


def tree() -> list[Node]:
    nodes: dict[str, Node] = {}
    roots: list[Node] = []
    for category in Category.objects.order_by("level", "code"):
        nodes[category.code] = node = Node(category)
        (nodes[category.parent_id].children if category.parent_id else roots).append(node)
    return roots


@desk(PERMISSION)
@require_GET
def categories_page(request: UserRequest) -> HttpResponse:
    roots = tree()
    everyone = [node for root in roots for node in _flat(root)]
    context = {
        "title": CATEGORIES.title,
        "crumbs": CATEGORIES.crumbs(),
        "roots": roots,
        "active": sum(node.category.active for node in everyone),
        "off": sum(not node.category.active for node in everyone),
        "opened": request.GET.get("open", ""),
    }
    return render(request, "matters/settings/categories.html", context)


def _flat(node: Node) -> list[Node]:
    return [node, *(found for child in node.children for found in _flat(child))]


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def new_category(request: UserRequest) -> HttpResponse:
    above = request.GET.get("parent", "")
    parent = _door(above) if above else None
    if parent is not None and parent.level >= DEEPEST:
        raise Conflict("分类最多三级，这一级下面不能再加。")
    if parent is not None and (not parent.active or parent.code == UNCLASSIFIED):
        raise Conflict("这个分类下面不能再加，请选别的上级。")
    category = Category(parent=parent, level=parent.level + 1 if parent else 1)
    form = CategoryForm(request.POST or None, instance=category)
    return edit(
        request,
        form,
        kind=CATEGORIES,
        title=f"在“{parent.name}”下新增分类" if parent else "新增一级分类",
        done="分类已新增，研判时可以选择。",
        verb="新增",
        back=_back(above),
    )


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def category_page(request: UserRequest, key: str) -> HttpResponse:
    category = _door(key)
    return edit(
        request,
        CategoryForm(request.POST or None, instance=category),
        kind=CATEGORIES,
        title=f"分类：{category_paths().get(key, category.name)}",
        lead=f"代码 {key}，不能改；改名后，以前的件也显示新的名称。",
        done="分类已保存。",
        back=_back(key),
        context={"questions": _questions(_door(key))},
        template="people/settings/form_and_questions.html",
    )


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def switch_category(request: UserRequest, key: str) -> HttpResponse:
    """Off with everything below it, or on with everything above it."""
    category = _door(key)
    questions = _questions(category)
    if not questions:
        raise Conflict("“未分类”不能停用：历史件要用它。")

    def act() -> None:
        with transaction.atomic():
            on = not category.active
            for one in _together(category, on):
                with changing(one, by=request.user, kind=CATEGORIES):
                    Category.objects.filter(pk=one.pk).update(active=on)

    return ask(request, questions[0], act, f"“{category.name}”已{'停用' if category.active else '启用'}。")


def _together(category: Category, on: bool) -> Sequence[Category]:
    """Those that change along."""
    if on:
        parts = category.code.split(".")
        codes = [".".join(parts[: n + 1]) for n in range(len(parts))]
        return list(Category.objects.filter(code__in=codes, active=False))
    return list(Category.objects.filter(Q(pk=category.pk) | Q(code__startswith=f"{category.code}."), active=True))


def _questions(category: Category) -> list[Confirmation]:
    if category.code == UNCLASSIFIED:
        return []
    action, back = reverse("matters:switch-category", args=[category.code]), _back(category.code)
    if not category.active:
        body = "研判时又可以选择；停用着的上级分类一起启用。"
        return [
            Confirmation(
                id="switch", label="启用", title=f"启用“{category.name}”？", body=body, verb="启用", action=action,
                back_url=back,
            )
        ]  # fmt: skip
    below = len(_together(category, on=False)) - 1
    used = Q(category=category.code) | Q(category__startswith=f"{category.code}.")
    open_ones = Matter.objects.open().filter(used).count()
    body = "停用后研判时不能再选" + (f"，下面的 {below} 个分类一起停用" if below else "")
    body += f"；用着它的 {open_ones} 件未结案的照常办理。" if open_ones else "；以前的件不变。"
    return [
        Confirmation(
            id="switch",
            label="停用",
            title=f"停用“{category.name}”？",
            body=body,
            verb="停用",
            action=action,
            danger=True,
            back_url=back,
        )
    ]


def _back(code: str) -> str:
    return f"{CATEGORIES.url}?open={code.partition('.')[0]}" if code else CATEGORIES.url


def _door(code: str) -> Category:
    category = Category.objects.select_related("parent").filter(pk=code).first()
    if category is None:
        raise Missing("没有这个分类。")
    return category
