"""办理清单: the points that are ticked when a result is proposed, for all units or for one."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from huying.cases.models import ChecklistItem
from huying.kernel.errors import Missing
from huying.people.access import desk
from huying.people.forms import LineInput
from huying.people.models import Organisation
from huying.people.requests import UserRequest
from huying.people.settings import Cell, Kind, Line, Link, Listing, RowForm, Table, edit, listing
from huying.people.views.organisations import NameField
from huying.ui.forms import LongSelect

PERMISSION = "matters.configure"
CHECKLIST = Kind("办理清单", "办理清单", "cases:checklist", ("checklist",))


class ItemForm(RowForm[ChecklistItem]):
    organisation = NameField(
        label="哪个单位用",
        queryset=Organisation.objects.none(),
        required=False,
        empty_label="所有单位",
        widget=LongSelect,
    )

    class Meta:
        model = ChecklistItem
        fields = ("text", "organisation", "required", "order", "active")
        widgets = {"text": LineInput}
        help_texts = {
            "text": "例如：一次上门或现场查看。",
            "required": "必须的，不勾选就不能提交办理结果。",
            "order": "从小到大排列。",
            "active": "停用后提交结果时不再列出，以前勾选过的不变。",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["organisation"]
        held = self.instance.organisation_id
        choice.queryset = (
            Organisation.objects.current().handlers() | Organisation.objects.filter(pk=held or 0)
        ).in_order()


@desk(PERMISSION)
@require_GET
def checklist_page(request: UserRequest) -> HttpResponse:
    groups: dict[str, list[Line]] = {"所有单位": []}
    rows = ChecklistItem.objects.select_related("organisation").order_by("organisation__sort_key", "order", "pk")
    for item in rows:
        groups.setdefault(str(item.organisation or "所有单位"), []).append(
            Line(
                [
                    Cell(item.text, reverse("cases:checklist-item", args=[item.pk])),
                    Cell("必须" if item.required else "可选", tight=True),
                    Cell(str(item.order), tight=True),
                    Cell("启用", tone="green") if item.active else Cell("已停用", tone="grey"),
                ]
            )
        )
    tables = [
        Table(
            caption=f"{title}的办理清单",
            headers=("内容", "要求", "排序", "状态"),
            lines=lines,
            id=f"unit-{n}",
            title=title,
            nothing="没有对所有单位的要求。",
        )
        for n, (title, lines) in enumerate(groups.items())
    ]
    shown = Listing(
        kind=CHECKLIST,
        tables=tables,
        lead="承办单位提交办理结果时逐项勾选。",
        links=[Link("新增一项", reverse("cases:new-checklist-item"), "btn btn-primary")],
    )
    return listing(request, shown)


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def new_item(request: UserRequest) -> HttpResponse:
    form = ItemForm(request.POST or None, instance=ChecklistItem())
    return edit(request, form, kind=CHECKLIST, title="新增一项", done="已新增，提交结果时列出。", verb="新增")


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def item_page(request: UserRequest, pk: int) -> HttpResponse:
    item = ChecklistItem.objects.filter(pk=pk).first()
    if item is None:
        raise Missing("没有这一项。")
    form = ItemForm(request.POST or None, instance=item)
    return edit(request, form, kind=CHECKLIST, title=f"办理清单：{item.text}", done="已保存。")
