"""短信平台: what is joined, how it goes today, whether every template has its number, and a message to try it with."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from huying.gateways.models import SmsTemplate
from huying.gateways.sms import testing
from huying.gateways.sms.codes import CACHE, Going, all_going, going, lacking
from huying.gateways.sms.platform import NotJoined, Platform, platform
from huying.kernel.errors import Conflict, Missing
from huying.kernel.paging import keyset
from huying.matters import restraint
from huying.matters.channels import outward
from huying.matters.messages import templates
from huying.matters.models import Delivery
from huying.matters.parameters import DAILY, DAILY_EACH, QUIET_FROM, QUIET_TO
from huying.matters.settings import PERMISSION
from huying.matters.undelivered import outward_ones, recipient
from huying.matters.wording import spoken
from huying.people.access import desk
from huying.people.forms import LineInput
from huying.people.requests import UserRequest
from huying.people.settings import Cell, Kind, Line, Link, Listing, RowForm, Table, ask, edit, listing, note, removed
from huying.ui.components import Confirmation, Crumb, Fact, Tone
from huying.ui.templatetags.ui import short_moment

__all__ = ["PERMISSION", "code_page", "codes_page", "sms_page", "try_page"]

SMS = Kind("短信平台", "短信平台", "gateways:sms")
CODES = Kind("短信模板编号", "短信模板编号", "gateways:sms-templates", (CACHE,), named=lambda row: row.key)
PAGE = 50
TONES: dict[str, Tone] = {
    Delivery.Status.SENT: "blue",
    Delivery.Status.DELIVERED: "green",
    Delivery.Status.UNKNOWN: "orange",
    Delivery.Status.FAILED: "red",
}


def _joined() -> tuple[Platform | None, str]:
    """The platform, or why there is none."""
    try:
        return platform(), ""
    except NotJoined as error:
        return None, error.words


@desk(PERMISSION)
@require_GET
def sms_page(request: UserRequest) -> HttpResponse:
    joined, problem = _joined()
    now = timezone.now()
    page = keyset(outward_ones(), ["-pk"], request.GET.get("cursor"), PAGE)
    table = Table(
        caption="最近的短信",
        title="最近的短信",
        headers=("消息", "发给谁", "编号", "时间", "结果", "原因"),
        lines=[_line(row) for row in page.rows],
        nothing="还没有发过短信。",
    )
    own = testing.phone_of(request.user)
    shown = Listing(
        kind=SMS,
        tables=[table],
        links=[Link("没有送达的短信", reverse("matters:undelivered")), *_coded_link(joined)],
        questions=[_question(own)],
        page=page,
        context={
            "facts": _facts(joined, problem, now),
            "figures": _today(now),
            "lacking": len(lacking()) if joined is not None and joined.coded else 0,
        },
    )
    return listing(request, shown, "gateways/sms/sms.html")


def _coded_link(joined: Platform | None) -> list[Link]:
    return [Link("模板编号", CODES.url)] if joined is None or joined.coded else []


def _facts(joined: Platform | None, problem: str, now: datetime) -> list[Fact]:
    first, last = QUIET_FROM.value, QUIET_TO.value
    quiet = "不分昼夜" if first == last else f"{first}:00 到{'' if first < last else '次日'} {last}:00 不发，紧急的照发"
    if joined is None:
        told = "—"
    else:
        ways = [w for on, w in ((settings.SMS_CALLBACK_TOKEN, "平台推送"), (joined.asks, "定时查询")) if on]
        told = "、".join(ways) or "收不到回执，只知道平台收下了"
    used = sum(restraint.sent_on(timezone.localdate(now), channel.key) for channel in outward())
    return [
        Fact("接通的平台", joined.name if joined else problem or "—"),
        Fact("现在发往", "、".join(channel.name for channel in outward()) or "不发"),
        Fact("签名", f"【{settings.SMS_SIGN}】" if settings.SMS_SIGN else "—"),
        Fact("回执", told),
        Fact("今天已用", f"{used:,} 条，每天最多 {DAILY.value:,} 条，同一个号码最多 {DAILY_EACH.value} 条"),
        Fact("夜间", quiet),
    ]


NEWEST = 20_000  # deliveries that today's figures look through at most


def _today(now: datetime) -> list[tuple[str, int]]:
    """Today's messages by what became of them, over the newest."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    newest = Delivery.objects.exclude(channel="in_app").order_by("-pk").values("pk")[:NEWEST]
    states = Delivery.objects.filter(pk__in=newest, message__created_at__gte=midnight).values_list("status", flat=True)
    found = Counter(states.iterator())
    return [(str(status.label), found[status.value]) for status in Delivery.Status if found[status.value]]


def _line(row: Delivery) -> Line:
    return Line(
        [
            Cell(row.message.title),
            Cell(recipient(row)),
            Cell(row.message.matter.number if row.message.matter else "", verbatim=True, tight=True),
            Cell(short_moment(row.sent_at or row.message.created_at), tight=True),
            Cell(row.get_status_display(), tone=TONES.get(row.status, "grey")),
            Cell(row.problem, verbatim=True),
        ]
    )


def _question(phone: str) -> Confirmation:
    body = f"发到您在“消息设置”里留的手机 {phone}，紧急发送，计入今天的条数。结果在下面看。"
    return Confirmation(
        id="try",
        label="发一条试试",
        title="给自己发一条测试短信？",
        body=body if phone else "您还没有在“消息设置”里留手机号码，请先去填写。",
        verb="发送",
        action=reverse("gateways:sms-try"),
        back_url=SMS.url,
    )


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def try_page(request: UserRequest) -> HttpResponse:
    def act() -> None:
        if not testing.phone_of(request.user):
            raise Conflict("您还没有在“消息设置”里留手机号码，请先去填写。")
        with transaction.atomic():
            testing.send(request.user, timezone.now())
            note(request.user, SMS, "测试短信", {}, {"发给": testing.phone_of(request.user)})

    return ask(request, _question(testing.phone_of(request.user)), act, "已交给短信通道，几秒后刷新看结果。")


# --- numbers of templates ---------------------------------------------------------------------------------------------


@desk(PERMISSION)
@require_GET
def codes_page(request: UserRequest) -> HttpResponse:
    every = all_going()
    groups = {
        "一定会发短信的": [one for one in every if one.always],
        "有工作人员选了才发的": [one for one in every if not one.always],
    }
    headers = ("消息", "编号", "情况", "例子的长度")
    tables = [
        Table(caption=title, headers=headers, lines=[_code_line(one) for one in found], id=f"codes-{n}", title=title)
        for n, (title, found) in enumerate(groups.items())
    ]
    missing = len(lacking())
    lead = "短信平台只发报备过的模板。按下面每条消息给出的文字报备，把得到的编号填在这里。"
    if missing:
        lead += f"还有 {missing} 条一定会发的没有编号或要重新报备，没有编号的发不出去。"
    return listing(request, Listing(kind=CODES, tables=tables, lead=lead))


def _code_line(one: Going) -> Line:
    if one.changed:
        state = Cell("文字改过，要重新报备", tone="orange")
    elif one.code:
        state = Cell("已报备", tone="green")
    else:
        state = Cell("没有编号", tone="red" if one.always else "grey")
    title = spoken(one.words.title, templates[one.key])
    return Line(
        [
            Cell(title, reverse("gateways:sms-template", args=[one.key])),
            Cell(one.code, verbatim=True, tight=True),
            state,
            Cell(f"{one.length} 字，{one.parts} 条", tight=True),
        ]
    )


class CodeForm(RowForm[SmsTemplate]):
    class Meta:
        model = SmsTemplate
        fields = ("code",)
        widgets = {"code": LineInput}
        help_texts = {"code": "短信平台审核通过后给的编号。"}

    def __init__(self, *args: object, body: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.instance.body = body

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"].strip()
        if not code.isascii() or not code.replace("_", "").replace("-", "").isalnum():
            raise forms.ValidationError("编号只有字母、数字和 _ -。")
        return code


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def code_page(request: UserRequest, key: str) -> HttpResponse:
    if key not in templates:
        raise Missing("没有这个消息模板。")
    one = going(key)
    row = SmsTemplate.objects.filter(pk=key).first()
    if request.method == "POST" and "remove" in request.POST and row is not None:
        removed(row, by=request.user, kind=CODES)
        messages.success(request, "编号已去掉。")
        return redirect(CODES.url)
    before = row or SmsTemplate(key=key)
    form = CodeForm(request.POST or None, instance=before, body=one.words.body)
    title = spoken(one.words.title, templates[key])
    return edit(
        request,
        form,
        kind=CODES,
        title=f"模板编号：{title}",
        lead="文字改过以后要重新报备，换上新的编号。" if one.changed else "",
        done="模板编号已保存。",
        template="gateways/sms/code.html",
        context={
            "one": one,
            "names": [
                (f"${{{name}}}", spoken(f"{{{placeholder}}}", templates[key]).strip("{}"))
                for placeholder, name in one.variables
            ],
            "signed": settings.SMS_SIGN,
            "crumbs": SMS.crumbs(Crumb(CODES.title, CODES.url), Crumb(title)),
        },
    )
