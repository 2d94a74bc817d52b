"""Reporting: words or photos, a place, and a button. No account, no wall, and nothing of it needs a script."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huying.cases.flow import CASES
from huying.cases.portal.doors import help_line, is_enterprise, reporter
from huying.cases.portal.forms import ENTERPRISE, ReportForm
from huying.cases.portal.outlines import Where, outlines, where_point, where_words
from huying.cases.resent import Made, made, make, token_of
from huying.kernel.errors import Invalid, Refusal
from huying.kernel.files import accept
from huying.kernel.throttle import Throttle
from huying.knowledge.views.articles_public import Answer, beside
from huying.matters.attachments import uploader
from huying.matters.engine import Opening, open_many
from huying.matters.shown import show
from huying.people.access import public
from huying.people.actors import Actor
from huying.people.requests import ActorRequest

TOLD = "told"  # cookie: number and code of what was just reported, for reading once more on reload
TOLD_FOR = 15 * 60  # seconds; the server itself keeps the code only for a form that is sent again, encrypted
_SALT = "huying.cases.portal.told.1"
UPLOADS_A_MINUTE = LOOKUPS_A_MINUTE = 120

uploads, lookups = Throttle(), Throttle()


@public
@never_cache
@require_http_methods(["GET", "POST"])
def report(request: ActorRequest) -> HttpResponse:
    actor = reporter(request)
    posted = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = ReportForm(
        *posted,
        channel=ENTERPRISE if is_enterprise(request) else "portal",
        known=actor.contact_id is not None,
        uploader=uploader(actor),
    )
    if request.method == "GET":
        return _ask(request, form)
    if "look" in request.POST:
        form.leave_unchecked()
        form.status = 200
        return _ask(request, form, near=beside(str(request.POST.get("text", ""))))
    if not form.is_valid():
        before = made(request)
        return _ask(request, form) if before is None else _reported(request, before)
    try:
        case = make(request, lambda: _register(actor, form))
    except Refusal as refusal:
        form.refuse(refusal)
        form.keep_files()
        return _ask(request, form)
    return _reported(request, case)


def _register(actor: Actor, form: ReportForm) -> Made:
    [result] = open_many(CASES, "receive", [Opening(actor, form.input)])
    matter = result.unwrap()
    assert result.change is not None
    return Made(matter.pk, matter.number, str(result.change.answer["code"]))


def _reported(request: ActorRequest, case: Made) -> HttpResponse:
    show(request, case.pk)
    response = redirect("portal:reported")
    response.set_signed_cookie(
        TOLD,
        f"{case.number} {case.code}",
        salt=_SALT,
        max_age=TOLD_FOR,
        path=response["Location"],
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def _ask(request: ActorRequest, form: ReportForm, near: Sequence[Answer] | None = None) -> HttpResponse:
    """`near`: published answers to what was written, where somebody asked for them first."""
    status = form.status if form.is_bound else 200
    context = {
        "form": form,
        "once": token_of(request),
        "fields": {name.replace(".", "_"): form[name] for name in form.fields},
        "position": {name: form.data.get(name, "") if form.is_bound else "" for name in ("lon", "lat")},
        "is_enterprise": is_enterprise(request),
        "phone": help_line(),
        "near": near,
    }
    return render(request, "cases/portal/report.html", context, status=status)


@public
@never_cache
@require_GET
def reported(request: ActorRequest) -> HttpResponse:
    told = request.get_signed_cookie(TOLD, "", salt=_SALT, max_age=TOLD_FOR)
    number, _, code = told.partition(" ") if isinstance(told, str) else ("", "", "")
    if not code:
        return redirect("portal:follow")
    return render(request, "cases/portal/reported.html", {"number": number, "code": code, "phone": help_line()})


@public
@require_POST
def photo(request: ActorRequest) -> HttpResponse:
    """One photo, sent while its reporter still writes; the form then names it."""
    try:
        uploads.take(request.META.get("REMOTE_ADDR", ""), UPLOADS_A_MINUTE)
        sent = request.FILES.get("file")
        if not isinstance(sent, UploadedFile):
            raise Invalid("没有收到照片，请再选一次。")
        stored = accept(sent, uploader=uploader(reporter(request)))
    except Refusal as refusal:
        return JsonResponse({"message": refusal.message}, status=refusal.status)
    return JsonResponse({"id": str(stored.pk), "name": stored.name})


@public
@require_POST
def place(request: ActorRequest) -> HttpResponse:
    """Where it is, in words. A POST, so that nobody's position stands in an address and a log."""
    try:
        lookups.take(request.META.get("REMOTE_ADDR", ""), LOOKUPS_A_MINUTE)
        where = _where(request)
    except Refusal as refusal:
        return JsonResponse({"words": refusal.message, "street": "", "found": False}, status=refusal.status)
    return JsonResponse({"words": where.words, "street": where.street, "found": where.found})


def _where(request: ActorRequest) -> Where:
    lon, lat = request.POST.get("lon", ""), request.POST.get("lat", "")
    if not lon or not lat:
        return where_words(request.POST.get("address", "").strip())
    try:
        return where_point(float(lon), float(lat))
    except ValueError as error:
        raise Invalid("这个位置看不懂，请再定位一次。") from error


@public
@require_GET
@cache_control(public=True, max_age=3600)
def areas(request: ActorRequest) -> HttpResponse:
    """What the map draws: the communities of one street, or all streets."""
    return HttpResponse(outlines(request.GET.get("street", "")[:20]), content_type="application/geo+json")
