"""Channels: by which ways matters come in."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from huying.kernel.errors import Missing
from huying.matters.models import Channel
from huying.matters.settings import PERMISSION
from huying.people.access import desk
from huying.people.forms import LineInput
from huying.people.requests import UserRequest
from huying.people.settings import Cell, Kind, Line, Link, Listing, RowForm, Table, edit, listing

CHANNELS = Kind("渠道", "渠道", "matters:channels", ("channels",))
# Our own pages give cases these channels: without them nobody could report.
OWN = {
    "phone": "接线登记",
    "portal": "居民网上反映",
    "enterprise": "企业网上反映",
    "grid": "网格上报",
    "visit": "街道、社区登记",
}


class ChannelForm(RowForm[Channel]):
    class Meta:
        model = Channel
        fields = ("name", "external", "published", "order", "active")
        widgets = {"name": LineInput}
        help_texts = {
            "external": "来件在对方系统里有编号，同一个编号只收一次。",
            "published": "这个渠道的答复会在对方网站上公开。",
            "order": "登记时从小到大排列。",
            "active": "停用后不能再登记这个渠道的件，以前的件不变。",
        }
        error_messages = {"name": {"unique": "已有同名的渠道，请换一个名称。"}}

    def clean_active(self) -> bool:
        active: bool = self.cleaned_data["active"]
        if not active and (what := OWN.get(self.instance.key)):
            raise forms.ValidationError(f"“{what}”要用这个渠道，不能停用；不想叫这个名称可以改名。")
        return active


class NewChannelForm(ChannelForm):
    key = forms.CharField(
        label="对接代码",
        max_length=40,
        widget=LineInput,
        help_text="接口和导入文件里用的名称，小写字母、数字和下划线，以字母开头；以后不能改。",
    )

    class Meta(ChannelForm.Meta):
        fields = ("name", "key", "external", "published", "order")

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"]
        if not re.fullmatch(r"[a-z][a-z0-9_]*", key):
            raise forms.ValidationError("只用小写字母、数字和下划线，以字母开头。")
        if Channel.objects.filter(pk=key).exists():
            raise forms.ValidationError("这个对接代码已经用过，请换一个。")
        return key


def _row(channel: Channel) -> Line:
    traits = [words for on, words in ((channel.external, "有来件编号"), (channel.published, "答复公开")) if on]
    return Line(
        [
            Cell(channel.name, reverse("matters:channel", args=[channel.key])),
            Cell("，".join(traits)),
            Cell(str(channel.order), tight=True),
            Cell("启用", tone="green") if channel.active else Cell("已停用", tone="grey"),
            Cell(channel.key, verbatim=True),
        ]
    )


@desk(PERMISSION)
@require_GET
def channels_page(request: UserRequest) -> HttpResponse:
    rows = [_row(channel) for channel in Channel.objects.all()]
    table = Table(caption="渠道", headers=("名称", "特点", "排序", "状态", "对接代码"), lines=rows)
    shown = Listing(
        kind=CHANNELS,
        tables=[table],
        lead="渠道不能删除，只能停用：以前的件要说得出是从哪里来的。对接代码只在接口和导入文件里用。",
        links=[Link("新增渠道", reverse("matters:new-channel"), "btn btn-primary")],
    )
    return listing(request, shown)


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def new_channel(request: UserRequest) -> HttpResponse:
    form = NewChannelForm(request.POST or None, instance=Channel())
    return edit(request, form, kind=CHANNELS, title="新增渠道", done="渠道已新增，登记时可以选择。", verb="新增")


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def channel_page(request: UserRequest, key: str) -> HttpResponse:
    channel: Any = Channel.objects.filter(pk=key).first()
    if channel is None:
        raise Missing("没有这个渠道。")
    form = ChannelForm(request.POST or None, instance=channel)
    return edit(request, form, kind=CHANNELS, title=f"渠道：{channel.name}", done="渠道已保存。")
