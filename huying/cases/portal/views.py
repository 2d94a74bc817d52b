"""Pages for residents and enterprises. Everything works without JavaScript and without an account."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huying.cases.flow import CASES
from huying.cases.parameters import REWORK_DAYS
from huying.cases.portal.doors import help_line, is_enterprise, is_staff, opened
from huying.cases.portal.forms import STEP_FORMS, AgainForm
from huying.cases.portal.story import plain_story
from huying.cases.withdrawals import is_unhandled
from huying.kernel.errors import Conflict, Missing, Refusal
from huying.kernel.files import serve
from huying.kernel.paging import keyset
from huying.matters.attachments import held_back, uploader
from huying.matters.engine import move_one
from huying.matters.flow import Step
from huying.matters.inbox import mark_read
from huying.matters.models import Attachment, LedgerLine, Matter
from huying.matters.queries import inbox, unread
from huying.matters.shown import remembered
from huying.people.access import STAFF_HOME, public, signed_in
from huying.people.directory import directory
from huying.people.hours import print_spans
from huying.people.requests import ActorRequest, UserRequest

SIZE = 20  # rows of a page


@public
@require_GET
def home(request: ActorRequest) -> HttpResponse:
    centre = directory().first_centre
    own = request.actor.is_signed_in and not is_staff(request)
    context = {
        "is_staff": is_staff(request),
        "is_enterprise": is_enterprise(request),
        "news": unread(request.actor, 99) if own else 0,
        "rework_days": REWORK_DAYS.value,
        "phone": help_line(),
        "hours": print_spans(centre.hours.as_json()).replace("-", "–") if centre else "",
    }
    return render(request, "cases/portal/home.html", context)


@public
@never_cache
@require_GET
def case(request: ActorRequest, number: str) -> HttpResponse:
    found = opened(request, number)
    if found is None:
        return redirect(f"{reverse('portal:follow')}?number={number}")
    matter, actor = found
    context = {
        "matter": matter,
        "story": plain_story(matter, actor),
        "is_own": actor.is_signed_in,
        "is_kept": matter.pk in remembered(request),
        "phone": help_line(),
    }
    return render(request, "cases/portal/case.html", context)


@public
@never_cache
@require_http_methods(["GET", "POST"])
def step(request: ActorRequest, number: str, key: str) -> HttpResponse:
    """Answer a question, ask for rework, rate."""
    found = opened(request, number)
    kind = STEP_FORMS.get(key.replace("-", "_"))
    if kind is None:
        raise Missing("没有这个页面。")
    if found is None:
        return redirect(f"{reverse('portal:follow')}?number={number}")
    matter, actor = found
    wanted = CASES.step[key.replace("-", "_")]
    page = PAGES[wanted.key]
    if wanted.key == "rework" and is_unhandled(matter):
        kind, page = AgainForm, AGAIN
    is_open = wanted in CASES.available(matter, actor)
    if request.method == "GET" and not is_open:
        return redirect("portal:case", number=number)
    mine = uploader(actor)
    form = kind(request.POST, request.FILES, uploader=mine) if request.method == "POST" else kind(uploader=mine)
    if request.method == "POST" and form.is_valid():
        try:
            move_one(CASES, wanted.key, matter.pk, by=actor, data=form.input)
        except Refusal as refusal:
            if isinstance(refusal, Conflict):
                return _too_late(request, matter, wanted, refusal)
            form.refuse(refusal)
            form.keep_files()
        else:
            messages.success(request, page.thanks)
            return redirect("portal:case", number=number)
    elif not is_open:
        return _too_late(request, matter, wanted)
    status = form.status if form.is_bound else 200
    context = {
        "matter": matter,
        "story": plain_story(matter, actor),
        "form": form,
        "step": wanted,
        "page": page,
        "photos": form["attachments"] if form.takes_files else None,
    }
    return render(request, "cases/portal/step.html", context, status=status)


def _too_late(request: ActorRequest, matter: Matter, step: Step, refusal: Conflict | None = None) -> HttpResponse:
    """Sent twice, or after somebody here went on: no form helps any more, the page of the case tells how it stands."""
    if refusal is not None and refusal.code != "already_moved":
        words = refusal.message
    elif LedgerLine.objects.filter(matter=matter).order_by("-seq").values_list("step", flat=True)[:1].get() == step.key:
        words = "您已经告诉过我们了，我们正在办。"
    else:
        state = CASES.state[Matter.objects.values_list("state", flat=True).get(pk=matter.pk)]
        words = f"这件事刚刚有了新进展：{state.plain}。您现在不用再填了。"
    messages.warning(request, words)
    return redirect("portal:case", number=matter.number)


@dataclass(frozen=True, slots=True)
class StepPage:
    heading: str
    lead: str  # what will happen
    verb: str  # on the button
    thanks: str


PAGES = {
    "add_information": StepPage("补充情况", "", "告诉他们", "收到了您的补充，我们继续办理。"),
    "rework": StepPage(
        "还没有解决",
        "提交以后，这件事会重新办理，负责的单位会再联系您。",
        "确定，请重新办理",
        "知道了，我们会重新办理。",
    ),
    "withdraw": StepPage(
        "不用办了",
        "撤回以后，负责的单位就不再办了。改了主意，规定的天数内还可以在这里要求接着办。",
        "确定，不用办了",
        "知道了，这件事不再办理。改了主意，还可以在这里告诉我们。",
    ),
    "rate": StepPage("评价一下", "只能评价一次。不满意的，我们会看是哪里没做好。", "提交评价", "谢谢您的评价。"),
}
AGAIN = StepPage("请重新办理", "提交以后，我们会重新看这件事。", "提交", "知道了，我们会重新看这件事。")


@public
@require_GET
def file(request: ActorRequest, number: str, pk: UUID) -> HttpResponseBase:
    """A file of one's own case, or one that came with the answer; asked again at every fetch."""
    found = opened(request, number)
    if found is None:
        raise Missing("没有这个附件。")
    matter = found[0]
    lines = list(LedgerLine.objects.filter(matter=matter).order_by("seq"))
    held = held_back(lines, CASES)
    rows = Attachment.objects.filter(matter=matter, public=True, file=pk).exclude(seq__in=list(held))
    attached = rows.select_related("file").first()
    if attached is None:
        raise Missing("没有这个附件。")
    return serve(attached.file, inline=True, thumbnail="small" in request.GET, request=request)


# --- with an account -------------------------------------------------------------------------------------------------


@signed_in
@never_cache
@require_GET
def mine(request: UserRequest) -> HttpResponse:
    """What this account has raised, and what it has not read yet."""
    if is_staff(request):
        return redirect(STAFF_HOME)
    rows = Matter.objects.visible_to(request.actor).filter(kind=CASES.kind)
    page = keyset(rows, ("-id",), request.GET.get("cursor", ""), SIZE)
    context = {
        "page": page,
        "listed": [(matter, CASES.state[matter.state]) for matter in page.rows],
        "news": list(inbox(request.actor).filter(read_at=None).order_by("-id")[:3]),
        "unread": unread(request.actor, 99),
        "is_enterprise": is_enterprise(request),
        "user_id": request.user.pk,
    }
    return render(request, "cases/portal/mine.html", context)


@signed_in
@never_cache
@require_GET
def own_messages(request: UserRequest) -> HttpResponse:
    """Everything that was said to this account, the newest first."""
    if is_staff(request):
        return redirect("matters:messages")
    page = keyset(inbox(request.actor), ("-id",), request.GET.get("cursor", ""), SIZE)
    context = {"page": page, "unread": unread(request.actor, 99), "user_id": request.user.pk}
    return render(request, "cases/portal/messages.html", context)


@signed_in
@require_POST
def open_message(request: UserRequest, pk: int) -> HttpResponse:
    """Mark it as read and go to its case. The address kept with a message is the desk's."""
    delivery = inbox(request.actor).filter(pk=pk).first()
    if delivery is None:
        raise Missing("没有这条消息。")
    mark_read(request.actor, timezone.now(), pk)
    about = delivery.message.matter_id
    own = Matter.objects.visible_to(request.actor).filter(pk=about).first() if about is not None else None
    return redirect("portal:case", number=own.number) if own else redirect("portal:messages")


@signed_in
@require_POST
def read_messages(request: UserRequest) -> HttpResponse:
    mark_read(request.actor, timezone.now())
    return redirect("portal:messages")
