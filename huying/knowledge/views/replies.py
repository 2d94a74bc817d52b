"""空话套话: the phrases that the reply check points at, kept by administrators; a text to try the check on."""

from __future__ import annotations

import re

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from huying.kernel.errors import Missing
from huying.knowledge.models import EmptyPhrase, ReplyStatistics
from huying.people.access import desk
from huying.people.forms import LineInput
from huying.people.requests import UserRequest
from huying.people.settings import Cell, Kind, Line, Link, Listing, RowForm, Table, edit, listing
from huying.ui.text import moment

PERMISSION = "matters.configure"
PHRASES = Kind("空话套话", "空话套话", "knowledge:phrases", ("empty_phrases",))
LEAST_CHARACTERS = 3


class PhraseForm(RowForm[EmptyPhrase]):
    class Meta:
        model = EmptyPhrase
        fields = ("phrase", "active")
        widgets = {"phrase": LineInput}
        help_texts = {
            "phrase": "例如：高度重视。中间隔着几个字的用“…”连接，例如：加大…力度。",
            "active": "停用后不再提示。",
        }
        error_messages = {"phrase": {"unique": "已有这一条，请直接修改它。"}}

    def clean_phrase(self) -> str:
        phrase = re.sub(r"\.{3,}|…+", "…", str(self.cleaned_data["phrase"])).strip(" …")
        if len(phrase.replace("…", "")) < LEAST_CHARACTERS:
            raise forms.ValidationError("至少三个字：太短会到处提示。")
        return phrase


@desk(PERMISSION)
@require_GET
def phrases_page(request: UserRequest) -> HttpResponse:
    lines = [
        Line(
            [
                Cell(row.phrase.replace("…", "……"), reverse("knowledge:phrase", args=[row.pk])),
                Cell("启用", tone="green") if row.active else Cell("已停用", tone="grey"),
            ]
        )
        for row in EmptyPhrase.objects.all()
    ]
    table = Table(
        caption="空话套话",
        headers=("套话", "状态"),
        lines=lines,
        nothing="还没有套话，答复检查不会提示空话，请先新增。",
    )
    shown = Listing(
        kind=PHRASES,
        tables=[table],
        lead=f"答复里出现这些话时，提交、审批和公开审核的页面会提示，不拦截。{_learnt()}",
        links=[Link("新增一条", reverse("knowledge:new-phrase"), "btn btn-primary")],
    )
    return listing(request, shown)


def _learnt() -> str:
    """What the check goes by, apart from phrases."""
    row = ReplyStatistics.objects.values_list("replies", "built_at").first()
    if row is None or not row[1] or not row[0]:
        return "本区的答复还没有统计过，答非所问只按这一件的文字和日期判断。"
    return f"答非所问按本区最近 {row[0]:,} 份答复的统计判断，统计于 {moment(row[1])}。"


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def new_phrase(request: UserRequest) -> HttpResponse:
    form = PhraseForm(request.POST or None, instance=EmptyPhrase())
    return edit(request, form, kind=PHRASES, title="新增一条", done="已新增，从现在起的答复按它提示。", verb="新增")


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def phrase_page(request: UserRequest, pk: int) -> HttpResponse:
    row = EmptyPhrase.objects.filter(pk=pk).first()
    if row is None:
        raise Missing("没有这一条。")
    form = PhraseForm(request.POST or None, instance=row)
    return edit(request, form, kind=PHRASES, title=f"空话套话：{row.phrase.replace('…', '……')}", done="已保存。")
