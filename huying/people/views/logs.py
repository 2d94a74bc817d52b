"""The logs that somebody looks through: who saw whose personal data and why, and who came through the door."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from huying.kernel.paging import keyset
from huying.kernel.privacy import mask_text
from huying.kernel.tabular import Cell as Value
from huying.kernel.tabular import write_xlsx
from huying.people.access import desk
from huying.people.enums import SignInOutcome
from huying.people.forms import DayInput, LineInput
from huying.people.models import Organisation, Reveal, SignIn
from huying.people.requests import UserRequest
from huying.people.settings import Cell, Kind, Line, Link, Listing, Table, listing
from huying.people.views.organisations import NameField
from huying.people.views.rows import device
from huying.ui.components import same_page
from huying.ui.context import Frame
from huying.ui.forms import LongSelect
from huying.ui.text import short_moment

PAGE = 50
MOST_EXPORTED = 100_000
REVEALS = Kind("查看个人信息", "查看个人信息记录", "people:reveals")
SIGN_INS = Kind("登录", "登录记录", "people:sign-ins")


def midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


class _SpanForm(forms.Form):
    """Who, from when, until when."""

    q = forms.CharField(label="姓名或用户名", max_length=60, required=False, widget=LineInput)
    since = forms.DateField(label="从哪天起", required=False, widget=DayInput)
    until = forms.DateField(label="到哪天为止", required=False, widget=DayInput)

    def narrowed(self, person: str) -> Q:
        """The rows asked for; `person` is the path to the account. A wrong field says so and narrows nothing."""
        self.is_valid()
        chosen, found = self.cleaned_data, Q()
        if words := (chosen.get("q") or "").strip():
            found &= Q(**{f"{person}__full_name__contains": words}) | Q(
                **{f"{person}__username__startswith": words.lower()}
            )
        if chosen.get("since"):
            found &= Q(at__gte=midnight(chosen["since"]))
        if chosen.get("until"):
            found &= Q(at__lt=midnight(chosen["until"] + dt.timedelta(days=1)))
        return found


class RevealsForm(_SpanForm):
    unit = NameField(
        label="单位", queryset=Organisation.objects.none(), required=False, empty_label="全部", widget=LongSelect
    )
    about = forms.CharField(label="事项编号", max_length=40, required=False, widget=LineInput)
    broken = forms.BooleanField(label="只看应急查看", required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        choice: Any = self.fields["unit"]
        choice.queryset = Organisation.objects.in_order()
        self.order_fields(["q", "unit", "about", "since", "until", "broken"])

    @property
    def condition(self) -> Q:
        found = self.narrowed("by")
        chosen = self.cleaned_data
        if chosen.get("unit"):
            found &= Q(post__organisation=chosen["unit"])
        if about := (chosen.get("about") or "").strip():
            found &= Q(about=about)
        if chosen.get("broken"):
            found &= Q(break_glass=True)
        return found


class SignInsForm(_SpanForm):
    outcome = forms.ChoiceField(label="结果", required=False, choices=[("", "全部"), *SignInOutcome.choices])

    @property
    def condition(self) -> Q:
        found = self.narrowed("user")
        return found & Q(outcome=self.cleaned_data["outcome"]) if self.cleaned_data.get("outcome") else found


@desk("people.audit")
@require_GET
def reveals_page(request: UserRequest) -> HttpResponse:
    """The newest first. Reporters appear masked, as everywhere."""
    form = RevealsForm(request.GET)
    page = keyset(_reveals(form), ["-at"], request.GET.get("cursor"), PAGE)
    search = Frame(request).search_url if request.actor.may("cases.view") else ""
    table = Table(
        caption="查看个人信息记录，最近的在前",
        headers=("查看人", "方式", "单位和岗位", "看了谁", "用途", "事项", "时间"),
        lines=[_reveal_line(row, search) for row in page.rows],
        nothing="没有符合条件的记录，换个条件再找。",
    )
    shown = Listing(
        kind=REVEALS,
        tables=[table],
        lead="每次查看诉求人的完整姓名、电话都记在这里，不能改也不能删。诉求人一律脱敏显示。",
        form=form,
        page=page,
        links=[Link("导出", same_page_at(request, "people:reveals-export"))],
    )
    return listing(request, shown)


def same_page_at(request: UserRequest, url_name: str) -> str:
    """Another address with the filters of this page."""
    here = same_page(request, cursor="")
    _, question, query = here.partition("?")
    return f"{reverse(url_name)}{question}{query}"


def _reveals(form: RevealsForm) -> QuerySet[Reveal]:
    return Reveal.objects.filter(form.condition).select_related("by", "post__organisation", "contact")


def _reveal_line(row: Reveal, search: str) -> Line:
    return Line(
        [
            Cell(row.by.display_name),
            Cell("应急查看", tone="red") if row.break_glass else Cell("日常"),
            Cell(str(row.post or "")),
            Cell(str(row.contact.masked())),
            Cell(mask_text(row.purpose)),
            Cell(row.about, f"{search}?q={row.about}" if search and row.about else "", verbatim=True, tight=True),
            Cell(short_moment(row.at), tight=True),
        ]
    )


@desk("people.audit")
@require_GET
def reveals_export(request: UserRequest) -> HttpResponseBase:
    """The same rows as a workbook, masked alike."""
    rows: list[list[Value]] = [
        [
            timezone.localtime(row.at),
            row.by.full_name,
            row.by.username,
            row.post.organisation.name if row.post else "",
            row.post.get_role_display() if row.post else "",
            str(row.contact.masked()),
            mask_text(row.purpose),
            row.about,
            "是" if row.break_glass else "否",
        ]
        for row in _reveals(RevealsForm(request.GET)).order_by("-at", "-id")[:MOST_EXPORTED]
    ]
    headers = ("时间", "查看人", "用户名", "单位", "岗位", "看了谁（脱敏）", "用途", "事项编号", "应急查看")
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "reveals.xlsx"
        write_xlsx(path, headers, rows, title="查看个人信息记录")
        return FileResponse(path.open("rb"), as_attachment=True, filename="查看个人信息记录.xlsx")


@desk("people.audit")
@require_GET
def sign_ins_page(request: UserRequest) -> HttpResponse:
    form = SignInsForm(request.GET)
    rows = SignIn.objects.filter(form.condition).select_related("user", "user__contact", "by")
    page = keyset(rows, ["-id"], request.GET.get("cursor"), PAGE)
    table = Table(
        caption="登录记录，最近的在前",
        headers=("账号", "结果", "设备", "地址", "时间"),
        lines=[
            Line(
                [
                    Cell(
                        row.user.display_name if row.user else "没有这个账号", soft=f"由{row.by}结束" if row.by else ""
                    ),
                    Cell(row.get_outcome_display()),
                    Cell(device(row.agent), verbatim=True),
                    Cell(row.address or "", verbatim=True),
                    Cell(short_moment(row.at), tight=True),
                ]
            )
            for row in page.rows
        ],
        nothing="没有符合条件的记录，换个条件再找。",
    )
    lead = "登录、退出和失败的尝试，至少保存六个月。"
    return listing(request, Listing(kind=SIGN_INS, tables=[table], lead=lead, form=form, page=page))
