"""没有送达的短信: the list of what failed and of what nobody can tell, with what a person may decide."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from huying.kernel.errors import Missing
from huying.kernel.paging import keyset
from huying.matters.models import Delivery
from huying.matters.undelivered import PERMISSION, WORDS, Decision, decide, recipient, undecided
from huying.people.access import desk
from huying.people.requests import UserRequest
from huying.people.settings import Cell, Kind, Line, Listing, Table, acted, listing
from huying.ui.components import Confirmation
from huying.ui.pages import confirm_page
from huying.ui.templatetags.ui import short_moment

UNDELIVERED = Kind("短信", "没有送达的短信", "matters:undelivered")
PAGE = 50
_BODIES = {
    Decision.RESEND: "{to}可能已经收到过这条消息，重发会再收到一次。重发的结果仍会显示在这里。",
    Decision.DELIVERED: "表示已向{to}核实收到了“{title}”，以后不再列出，记下是您确认的。",
    Decision.TOLD: "表示已用电话等办法把“{title}”告诉了{to}，以后不再列出，记下是您确认的。",
}
_TITLES = {
    Decision.RESEND: "重发这条短信？",
    Decision.DELIVERED: "记为已送达？",
    Decision.TOLD: "记为已另行告知？",
}


@desk(PERMISSION)
@require_GET
def undelivered_page(request: UserRequest) -> HttpResponse:
    page = keyset(undecided(), ["-pk"], request.GET.get("cursor"), PAGE)
    table = Table(
        caption="没有送达的短信",
        headers=("消息", "发给谁", "编号", "时间", "结果", "原因"),
        lines=[_line(row) for row in page.rows],
        nothing="没有：短信都已发出，或者正在发送。",
    )
    lead = "结果未知的，会自动向短信平台查询，查清之前不会自动重发；三天还查不清的要人来判断。"
    return listing(request, Listing(kind=UNDELIVERED, tables=[table], lead=lead, page=page))


def _line(row: Delivery) -> Line:
    number = row.message.matter.number if row.message.matter else ""
    unknown = row.status == Delivery.Status.UNKNOWN
    return Line(
        [
            Cell(row.message.title),
            Cell(recipient(row)),
            Cell(number, verbatim=True, tight=True),
            Cell(short_moment(row.message.created_at), tight=True),
            Cell(row.get_status_display(), tone="orange" if unknown else "red"),
            Cell(row.problem, verbatim=True),
        ],
        questions=[question(row, decision) for decision in _offered(row)],
        of=f"{row.message.title}，{recipient(row)}",
    )


def _offered(row: Delivery) -> list[Decision]:
    known = row.status == Delivery.Status.FAILED
    return [Decision.RESEND, Decision.TOLD if known else Decision.DELIVERED]


def question(row: Delivery, decision: Decision) -> Confirmation:
    return Confirmation(
        id=f"{decision}-{row.pk}",
        label=WORDS[decision],
        title=_TITLES[decision],
        body=_BODIES[decision].format(to=recipient(row), title=row.message.title),
        verb=WORDS[decision],
        action=reverse("matters:decide-delivery", args=[row.pk, decision]),
        back_url=UNDELIVERED.url,
    )


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def decide_page(request: UserRequest, pk: int, key: str) -> HttpResponse:
    if key not in set(Decision):
        raise Missing("没有这种处理。")
    decision = Decision(key)
    if request.method == "GET":
        row = undecided().filter(pk=pk).first()
        if row is None:
            raise Missing("没有这条短信，或者已经处理过。")
        return confirm_page(request, question(row, decision))
    with transaction.atomic():
        row = decide(pk, decision, by=request.user, at=timezone.now())
        about = row.message.matter.number if row.message.matter else ""
        acted(request.user, UNDELIVERED, f"{row.message.title}（第 {row.pk} 条）", WORDS[decision], 编号=about)
    done = {Decision.RESEND: "已安排重发。", Decision.DELIVERED: "已记为送达。", Decision.TOLD: "已记为另行告知。"}
    messages.success(request, done[decision])
    return redirect(UNDELIVERED.url)
