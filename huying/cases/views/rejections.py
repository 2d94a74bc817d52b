"""不予受理: its reasons with what reporters are told, and the bodies outside to which a case is handed over."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from huying.cases.models import OutsideBody, RejectionReason
from huying.kernel.errors import Missing
from huying.people.access import desk
from huying.people.forms import LineInput
from huying.people.requests import UserRequest
from huying.people.settings import Cell, Kind, Line, Link, Listing, RowForm, Table, edit, listing

PERMISSION = "matters.configure"
REASONS = Kind("不予受理的理由", "不予受理和移交", "cases:rejection", ("rejections",))
BODIES = Kind("区外单位", "不予受理和移交", "cases:rejection", ("rejections",))


def _free_key(model: type[models.Model]) -> str:
    """Keys are for programs; people never see them."""
    taken = set(model._default_manager.values_list("pk", flat=True))
    return next(key for n in range(1, len(taken) + 2) if (key := f"own{n}") not in taken)


class ReasonForm(RowForm[RejectionReason]):
    class Meta:
        model = RejectionReason
        fields = ("label", "guidance", "body", "at_once", "explained", "order", "active")
        widgets = {"label": LineInput, "guidance": forms.Textarea(attrs={"rows": 4})}
        help_texts = {
            "guidance": "写明为什么不受理、该找谁、电话多少，用诉求人听得懂的话。留空则每次都要现写。",
            "body": "登记移交时先选好的单位。",
            "at_once": "报警、火警、急救这类不能等的，登记人提请后当场结案。",
            "explained": "提请时必须写明情况，如案号、上次答复的编号。",
            "order": "从小到大排列。",
            "active": "停用后提请时不再列出，以前的件不变。",
        }
        error_messages = {"label": {"unique": "已有同样的理由，请换一个说法。"}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        body: Any = self.fields["body"]
        body.empty_label = "不移交"
        body.queryset = OutsideBody.objects.filter(models.Q(active=True) | models.Q(pk=self.instance.body_id or ""))

    def clean_active(self) -> bool:
        active: bool = self.cleaned_data["active"]
        if not active and self.instance.active:
            others = RejectionReason.objects.filter(active=True).exclude(pk=self.instance.pk)
            if not others.exists():
                raise forms.ValidationError("至少要留一项理由。")
        return active

    def save(self, commit: bool = True) -> RejectionReason:
        if not self.instance.pk:
            self.instance.key = _free_key(RejectionReason)
        row: RejectionReason = super().save(commit)
        return row


class BodyForm(RowForm[OutsideBody]):
    class Meta:
        model = OutsideBody
        fields = ("name", "phone", "order", "active")
        widgets = {"name": LineInput, "phone": LineInput}
        help_texts = {
            "phone": "诉求人可以拨打的电话，没有则不填。",
            "order": "从小到大排列。",
            "active": "停用后登记移交时不再列出，以前的移交不变。",
        }
        error_messages = {"name": {"unique": "已有同名的单位，请换一个名称。"}}

    def save(self, commit: bool = True) -> OutsideBody:
        if not self.instance.pk:
            self.instance.key = _free_key(OutsideBody)
        row: OutsideBody = super().save(commit)
        return row


def _state(active: bool) -> Cell:
    return Cell("启用", tone="green") if active else Cell("已停用", tone="grey")


@desk(PERMISSION)
@require_GET
def rejection_page(request: UserRequest) -> HttpResponse:
    reasons = [
        Line(
            [
                Cell(reason.label, reverse("cases:rejection-reason", args=[reason.key])),
                Cell(reason.guidance),
                Cell(reason.body.name if reason.body else "不移交"),
                Cell("当场生效" if reason.at_once else "另一人审核", tight=True),
                _state(reason.active),
            ]
        )
        for reason in RejectionReason.objects.select_related("body")
    ]
    bodies = [
        Line([Cell(body.name, reverse("cases:outside-body", args=[body.key])), Cell(body.phone), _state(body.active)])
        for body in OutsideBody.objects.all()
    ]
    tables = [
        Table(
            caption="不予受理的理由",
            title="理由和告诉诉求人的话",
            headers=("理由", "告诉诉求人的话", "一般移交给", "审核", "状态"),
            lines=reasons,
            id="reasons",
        ),
        Table(
            caption="区外单位", title="可以移交的区外单位", headers=("名称", "电话", "状态"), lines=bodies, id="bodies"
        ),
    ]
    shown = Listing(
        kind=REASONS,
        tables=tables,
        lead="不予受理的件不计入办理指标；诉求人看到理由和去向，可以请我们再看一次。",
        links=[
            Link("新增理由", reverse("cases:new-rejection-reason"), "btn btn-primary"),
            Link("新增区外单位", reverse("cases:new-outside-body")),
        ],
    )
    return listing(request, shown)


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def new_reason(request: UserRequest) -> HttpResponse:
    form = ReasonForm(request.POST or None, instance=RejectionReason())
    return edit(request, form, kind=REASONS, title="新增理由", done="已新增，提请不予受理时可以选择。", verb="新增")


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def reason_page(request: UserRequest, key: str) -> HttpResponse:
    reason = RejectionReason.objects.filter(pk=key).first()
    if reason is None:
        raise Missing("没有这项理由。")
    form = ReasonForm(request.POST or None, instance=reason)
    return edit(request, form, kind=REASONS, title=f"理由：{reason.label}", done="已保存。")


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def new_body(request: UserRequest) -> HttpResponse:
    form = BodyForm(request.POST or None, instance=OutsideBody())
    return edit(request, form, kind=BODIES, title="新增区外单位", done="已新增，登记移交时可以选择。", verb="新增")


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def body_page(request: UserRequest, key: str) -> HttpResponse:
    body = OutsideBody.objects.filter(pk=key).first()
    if body is None:
        raise Missing("没有这个单位。")
    form = BodyForm(request.POST or None, instance=body)
    return edit(request, form, kind=BODIES, title=f"区外单位：{body.name}", done="已保存。")
