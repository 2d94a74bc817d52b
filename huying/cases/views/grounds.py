"""申请理由: what units may choose when they ask for more time, to put a case by, or to have an appeal judged."""

from __future__ import annotations

from uuid import uuid4

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from huying.cases.enums import RequestKind
from huying.cases.models import Ground
from huying.kernel.errors import Missing
from huying.people.access import desk
from huying.people.forms import LineInput
from huying.people.requests import UserRequest
from huying.people.settings import Cell, Kind, Line, Link, Listing, RowForm, Table, edit, listing

PERMISSION = "matters.configure"
GROUNDS = Kind("申请理由", "申请理由", "cases:grounds", ("grounds",))


class GroundForm(RowForm[Ground]):
    class Meta:
        model = Ground
        fields = ("kind", "label", "plain", "order", "active")
        widgets = {"label": LineInput, "plain": LineInput}
        help_texts = {
            "label": "例如：需要采购材料、设备或配件。",
            "plain": "批准后写进给诉求人的消息，接在“需要多办几天：”后面，例如：要采购材料和配件。不填则用上面的理由。",
            "order": "从小到大排列。",
            "active": "停用后申请时不再列出，以前选过的不变。",
        }

    def save(self, commit: bool = True) -> Ground:
        if not self.instance.key:
            self.instance.key = f"own-{uuid4().hex[:12]}"
        return super().save(commit)


@desk(PERMISSION)
@require_GET
def grounds_page(request: UserRequest) -> HttpResponse:
    rows: dict[str, list[Line]] = {kind.value: [] for kind in RequestKind}
    for ground in Ground.objects.order_by("kind", "order", "pk"):
        rows[ground.kind].append(
            Line(
                [
                    Cell(ground.label, reverse("cases:ground", args=[ground.pk])),
                    Cell(ground.plain),
                    Cell(str(ground.order), tight=True),
                    Cell("启用", tone="green") if ground.active else Cell("已停用", tone="grey"),
                ]
            )
        )
    tables = [
        Table(
            caption=f"{kind.label}的理由",
            headers=("理由", "告诉诉求人的话", "排序", "状态"),
            lines=rows[kind.value],
            id=f"kind-{kind.value}",
            title=kind.label,
            nothing="还没有可选的理由，承办单位申请不了，请先新增。",
        )
        for kind in RequestKind
    ]
    shown = Listing(
        kind=GROUNDS,
        tables=tables,
        lead="承办单位申请延期、复杂件、挂账和不合理诉求认定时，从这里选一条。",
        links=[Link("新增一条", reverse("cases:new-ground"), "btn btn-primary")],
    )
    return listing(request, shown)


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def new_ground(request: UserRequest) -> HttpResponse:
    form = GroundForm(request.POST or None, instance=Ground())
    return edit(request, form, kind=GROUNDS, title="新增一条", done="已新增，申请时列出。", verb="新增")


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def ground_page(request: UserRequest, pk: int) -> HttpResponse:
    ground = Ground.objects.filter(pk=pk).first()
    if ground is None:
        raise Missing("没有这一条。")
    form = GroundForm(request.POST or None, instance=ground)
    return edit(request, form, kind=GROUNDS, title=f"申请理由：{ground.label}", done="已保存。")
