"""Pages for residents and enterprises. Everything works without JavaScript and without an account."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from huying.cases.flow import CASES
from huying.cases.models import Case
from huying.cases.parameters import REWORK_DAYS
from huying.cases.portal.forms import STEP_FORMS, FollowForm, ReportForm
from huying.cases.portal.story import plain_story
from huying.cases.steps.intake import is_follow_code
from huying.kernel.errors import Missing, Refusal
from huying.kernel.files import serve
from huying.kernel.paging import keyset
from huying.kernel.throttle import Throttle
from huying.matters.attachments import uploader
from huying.matters.engine import Opening, move_one, open_many
from huying.matters.models import Attachment, Matter
from huying.people.access import public, signed_in
from huying.people.actors import Actor, visitor
from huying.people.enums import UserKind
from huying.people.requests import ActorRequest

SHOWN = "portal.shown"  # session: matters whose number and code were shown
TOLD = "portal.told"  # session: number and code of what was just reported, to be read once more on reload
KEPT = 20
WRONG = "编号或查询码不对，请核对受理时告诉您的编号和查询码。"
MINE_SIZE = 20
GUESSES_A_MINUTE = 20

guesses = Throttle()


@public
@require_GET
def home(request: ActorRequest) -> HttpResponse:
    context = {"is_staff": request.actor.role.kind == UserKind.STAFF, "rework_days": REWORK_DAYS.value}
    return render(request, "cases/portal/home.html", context)


@public
@never_cache
@require_http_methods(["GET", "POST"])
def report(request: ActorRequest) -> HttpResponse:
    """Three fields, a button: no account, no wall."""
    actor = _reporter(request)
    posted = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = ReportForm(
        *posted,
        channel="enterprise" if actor.role.key == UserKind.ENTERPRISE else "portal",
        known=actor.contact_id is not None,
        uploader=uploader(actor),
    )
    if request.method == "GET":
        return _ask_report(request, form)
    if not form.is_valid():
        return _ask_report(request, form)
    [result] = open_many(CASES, "receive", [Opening(actor, form.input)])
    if result.refusal is not None:
        form.refuse(result.refusal)
        form.keep_files()
        return _ask_report(request, form)
    assert result.change is not None
    matter = result.unwrap()
    _show(request, matter.pk)
    request.session[TOLD] = {"number": matter.number, "code": result.change.answer["code"]}
    return redirect("portal:reported")


def _ask_report(request: ActorRequest, form: ReportForm) -> HttpResponse:
    status = form.status if form.is_bound else 200
    position = {name: form.data.get(name, "") if form.is_bound else "" for name in ("lon", "lat")}
    return render(request, "cases/portal/report.html", {"form": form, "position": position}, status=status)


@public
@never_cache
@require_GET
def reported(request: ActorRequest) -> HttpResponse:
    told = request.session.get(TOLD)
    if not told:
        return redirect("portal:follow")
    return render(request, "cases/portal/reported.html", {"told": told})


@public
@never_cache
@require_http_methods(["GET", "POST"])
def follow(request: ActorRequest) -> HttpResponse:
    """By number and code. A wrong number and a wrong code sound the same."""
    form = FollowForm(request.POST) if request.method == "POST" else FollowForm(initial={"number": _asked(request)})
    if request.method == "POST":
        guesses.take(request.META.get("REMOTE_ADDR", ""), GUESSES_A_MINUTE)
    if request.method == "POST" and form.is_valid():
        number = form.cleaned_data["number"]
        kept = Case.objects.filter(matter__number=number).values_list("matter_id", "follow_hash").first()
        if kept and kept[1] and is_follow_code(form.cleaned_data["code"], bytes(kept[1])):
            _show(request, kept[0])
            return redirect("portal:case", number=number)
        form.add_error(None, WRONG)
    return render(request, "cases/portal/follow.html", {"form": form}, status=422 if form.is_bound else 200)


def _asked(request: ActorRequest) -> str:
    return request.GET.get("number", "")[:40]


@public
@never_cache
@require_GET
def case(request: ActorRequest, number: str) -> HttpResponse:
    found = _opened(request, number)
    if found is None:
        return redirect(f"{reverse('portal:follow')}?number={number}")
    matter, actor = found
    return render(request, "cases/portal/case.html", {"matter": matter, "story": plain_story(matter, actor)})


@public
@never_cache
@require_http_methods(["GET", "POST"])
def step(request: ActorRequest, number: str, key: str) -> HttpResponse:
    """Answer a question, ask for rework, rate."""
    found = _opened(request, number)
    kind = STEP_FORMS.get(key.replace("-", "_"))
    if kind is None:
        raise Missing("没有这个页面。")
    if found is None:
        return redirect(f"{reverse('portal:follow')}?number={number}")
    matter, actor = found
    wanted = CASES.step[key.replace("-", "_")]
    mine = uploader(actor)
    form = kind(request.POST, request.FILES, uploader=mine) if request.method == "POST" else kind(uploader=mine)
    if request.method == "POST" and form.is_valid():
        try:
            move_one(CASES, wanted.key, matter.pk, by=actor, data=form.input)
        except Refusal as refusal:
            form.refuse(refusal)
            form.keep_files()
        else:
            messages.success(request, _THANKS[wanted.key])
            return redirect("portal:case", number=number)
    story = plain_story(matter, actor)
    status = form.status if form.is_bound else 200
    context = {"matter": matter, "story": story, "form": form, "step": wanted, "heading": _HEADINGS[wanted.key]}
    return render(request, "cases/portal/step.html", context, status=status)


_HEADINGS = {"add_information": "补充情况", "rework": "还没有解决", "rate": "评价一下"}
_THANKS = {
    "add_information": "收到了您的补充，我们继续办理。",
    "rework": "知道了，我们会重新办理。",
    "rate": "谢谢您的评价。",
}


@public
@require_GET
def file(request: ActorRequest, number: str, pk: UUID) -> HttpResponseBase:
    """A file of one's own case, or one that the handler made public; asked again at every fetch."""
    found = _opened(request, number)
    if found is None:
        raise Missing("没有这个附件。")
    attached = Attachment.objects.filter(matter=found[0], public=True, file=pk).select_related("file").first()
    if attached is None:
        raise Missing("没有这个附件。")
    return serve(attached.file, inline=True, thumbnail="small" in request.GET, request=request)


@signed_in
@never_cache
@require_GET
def mine(request: ActorRequest) -> HttpResponse:
    """What this account has raised."""
    if request.actor.role.kind == UserKind.STAFF:
        return redirect("/desk/")
    rows = Matter.objects.visible_to(request.actor).filter(kind=CASES.kind)
    page = keyset(rows, ("-id",), request.GET.get("cursor", ""), MINE_SIZE)
    listed = [(matter, CASES.state[matter.state]) for matter in page.rows]
    return render(request, "cases/portal/mine.html", {"page": page, "listed": listed})


# --- who is asking ---------------------------------------------------------------------------------------------------


def _reporter(request: ActorRequest) -> Actor:
    """A resident's or enterprise's account; anybody else reports as a visitor."""
    if request.actor.role.kind in (UserKind.RESIDENT, UserKind.ENTERPRISE) and request.actor.is_signed_in:
        return request.actor
    if request.method == "POST" and not request.session.session_key:
        request.session.save()  # uploads of this visitor wait under the session's name
    return visitor(request.session.session_key or "")


def _opened(request: ActorRequest, number: str) -> tuple[Matter, Actor] | None:
    """The case for whoever owns it or has shown its code; the one door of these pages."""
    own = Matter.objects.visible_to(request.actor).filter(kind=CASES.kind, number=number).first()
    if own is not None and request.actor.role.kind != UserKind.STAFF:
        return own, request.actor
    matter = Matter.objects.filter(pk__in=request.session.get(SHOWN, []), kind=CASES.kind, number=number).first()
    if matter is None:
        return None
    return matter, visitor(request.session.session_key or "", matter_id=matter.pk)


def _show(request: ActorRequest, matter_id: int) -> None:
    shown = [pk for pk in request.session.get(SHOWN, []) if pk != matter_id]
    request.session[SHOWN] = [matter_id, *shown][:KEPT]
