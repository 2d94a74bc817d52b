"""呼叫规则: which calls pass without analysis, and which need the chief's approval before they go out."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from huying.callouts.enums import Level
from huying.callouts.models import CallingRule
from huying.kernel.errors import Missing
from huying.people.access import desk
from huying.people.requests import UserRequest
from huying.people.settings import Cell, Kind, Line, Link, Listing, RowForm, Table, edit, listing

PERMISSION = "matters.configure"


def _told(rule: CallingRule) -> dict[str, str]:
    return {"研判": analysis_words(rule), "审批": approval_words(rule)}


def analysis_words(rule: CallingRule) -> str:
    return "没有疑点的自动研判" if rule.automatic else "都由区中心研判"


def approval_words(rule: CallingRule) -> str:
    return "发出前由负责人审批" if rule.approval else "不等审批，直接发出"


RULES = Kind("呼叫规则", "呼叫规则", "callouts:calling-rules", ("calling_rules",), words=_told)


class RuleForm(RowForm[CallingRule]):
    class Meta:
        model = CallingRule
        fields = ("automatic", "approval")
        help_texts = {
            "automatic": "不勾选的，每次都由区中心研判；勾选的，与正在办的呼叫相近时仍由区中心研判。",
            "approval": "不勾选的，研判之后直接发出，负责人同时收到通知；呼错了的，由呼叫单位撤回。",
        }
        widgets = {"automatic": forms.CheckboxInput, "approval": forms.CheckboxInput}


@desk(PERMISSION)
@require_GET
def calling_rules(request: UserRequest) -> HttpResponse:
    rows = list(CallingRule.objects.order_by("pk"))
    shown = Listing(
        kind=RULES,
        tables=[_table(level, [rule for rule in rows if rule.level == level]) for level in Level],
        lead="提交时按规则决定要不要研判、要不要审批。改动对以后提交的呼叫有效。",
        links=[Link("时限", reverse("matters:limits"))],
    )
    return listing(request, shown)


def _table(level: Level, rules: list[CallingRule]) -> Table:
    return Table(
        caption=f"{level.label}的规则",
        headers=("呼叫类型", "研判", "审批"),
        lines=[
            Line(
                [
                    Cell(rule.get_purpose_display(), reverse("callouts:calling-rule", args=[rule.pk])),
                    Cell(analysis_words(rule)),
                    Cell(approval_words(rule)),
                ]
            )
            for rule in rules
        ],
        id=f"rules-{level.value}",
        title=level.label,
        nothing="还没有规则：都由区中心研判、负责人审批。",
    )


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def change(request: UserRequest, pk: int) -> HttpResponse:
    rule = CallingRule.objects.filter(pk=pk).first()
    if rule is None:
        raise Missing("没有这条规则，请回到列表重新选择。")
    form = RuleForm(request.POST or None, instance=rule)
    return edit(request, form, kind=RULES, title=str(rule), done="已保存，以后提交的呼叫按它办。")
