"""件数控制目标: how many cases of a channel a unit should have in a month at most."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from huying.cases.models import VolumeTarget
from huying.kernel.errors import Missing
from huying.matters.models import Channel
from huying.people.access import desk
from huying.people.forms import MonthField
from huying.people.models import Organisation
from huying.people.requests import UserRequest
from huying.people.settings import Cell, Kind, Line, Link, Listing, RowForm, Table, ask, edit, listing, removed
from huying.people.views.organisations import NameField
from huying.ui.components import Confirmation
from huying.ui.forms import BY_TYPING, LongSelect

PERMISSION = "matters.configure"


def month_words(day: dt.date) -> str:
    return f"{day.year}年{day.month}月"


def _named(target: VolumeTarget) -> str:
    return f"{target.organisation}，{target.channel}，{month_words(target.since)}起"


def _words(target: VolumeTarget) -> dict[str, str]:
    return {
        "单位": str(target.organisation),
        "渠道": str(target.channel),
        "从哪个月起": month_words(target.since),
        "每月不超过": "不设目标" if target.most is None else f"{target.most} 件",
    }


TARGETS = Kind("件数控制目标", "件数控制目标", "cases:targets", ("volume_targets",), named=_named, words=_words)


class TargetForm(RowForm[VolumeTarget]):
    organisation = NameField(
        label="单位",
        queryset=Organisation.objects.none(),
        empty_label="请选择",
        widget=LongSelect(attrs={"data-combobox": BY_TYPING}),
    )
    since = MonthField(label="从哪个月起", help_text="从这个月起每月都按它，直到另设新的目标；以前的月份不变。")

    class Meta:
        model = VolumeTarget
        fields = ("organisation", "channel", "since", "most")
        help_texts = {"most": "件。不填表示从这个月起不再设目标。"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unit: Any = self.fields["organisation"]
        held, by_channel = self.instance.organisation_id, self.instance.channel_id
        unit.queryset = (
            Organisation.objects.current().handlers() | Organisation.objects.filter(pk=held or 0)
        ).in_order()
        channel: Any = self.fields["channel"]
        channel.queryset = Channel.objects.filter(active=True) | Channel.objects.filter(pk=by_channel or "")
        channel.empty_label = "请选择"
        if self.instance._state.adding:
            self.initial["since"] = timezone.localdate().replace(day=1)

    def clean_since(self) -> dt.date:
        since: dt.date = self.cleaned_data["since"]
        if not 2000 <= since.year <= timezone.localdate().year + 5:
            raise ValidationError("年份不对，请核对。")
        return since


@desk(PERMISSION)
@require_GET
def targets_page(request: UserRequest) -> HttpResponse:
    """By unit, the newest first; what is over by a newer one stays in the list for the months it held."""
    groups: dict[str, list[Line]] = {}
    today, begun = timezone.localdate(), set()
    for target in VolumeTarget.objects.select_related("organisation", "channel"):
        what = (target.organisation_id, target.channel_id)
        if target.since > today:
            state = Cell("还没有开始", tone="grey")
        elif what in begun:
            state = Cell("已有新的", tone="grey")
        else:
            begun.add(what)
            state = Cell("现行", tone="green")
        groups.setdefault(str(target.organisation), []).append(
            Line(
                [
                    Cell(str(target.channel), reverse("cases:target", args=[target.pk])),
                    Cell(f"{month_words(target.since)}起", tight=True),
                    Cell("不设目标" if target.most is None else f"每月不超过 {target.most:,} 件"),
                    state,
                ],
                questions=[_question(target)],
                of=_named(target),
            )
        )
    tables = [
        Table(
            caption=f"{title}的件数控制目标",
            headers=("渠道", "从哪个月起", "目标", "状态"),
            lines=lines,
            id=f"unit-{n}",
            title=title,
        )
        for n, (title, lines) in enumerate(groups.items())
    ]
    shown = Listing(
        kind=TARGETS,
        tables=tables
        or [Table(caption="件数控制目标", headers=("渠道",), lines=[], nothing="还没有给任何单位设目标。")],
        lead="例如要求某单位的留言板件每月不超过多少；单位的考核指标里，实际结案件数和它对照。",
        links=[Link("新增目标", reverse("cases:new-target"), "btn btn-primary")],
    )
    return listing(request, shown)


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def new_target(request: UserRequest) -> HttpResponse:
    form = TargetForm(request.POST or None, instance=VolumeTarget())
    return edit(
        request, form, kind=TARGETS, title="新增目标", done="已新增，单位的考核指标里从这个月起对照。", verb="新增"
    )


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def target_page(request: UserRequest, pk: int) -> HttpResponse:
    target = _door(pk)
    form = TargetForm(request.POST or None, instance=target)
    return edit(request, form, kind=TARGETS, title=_named(target), done="已保存。")


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def remove_target(request: UserRequest, pk: int) -> HttpResponse:
    target = _door(pk)
    return ask(
        request,
        _question(target),
        lambda: removed(target, by=request.user, kind=TARGETS),
        f"“{_named(target)}”已删除。",
    )


def _door(pk: int) -> VolumeTarget:
    target = VolumeTarget.objects.select_related("organisation", "channel").filter(pk=pk).first()
    if target is None:
        raise Missing("没有这条目标。")
    return target


def _question(target: VolumeTarget) -> Confirmation:
    return Confirmation(
        id=f"remove-target-{target.pk}",
        label="删除",
        title=f"删除“{_named(target)}”的目标？",
        body="它管的月份按更早的目标对照，没有更早的就没有目标。设置修改记录里留有它的内容。",
        verb="删除",
        action=reverse("cases:remove-target", args=[target.pk]),
        danger=True,
        back_url=TARGETS.url,
    )
