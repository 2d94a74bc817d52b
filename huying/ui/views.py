"""Pages of the frame itself."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huying.kernel.paging import counted
from huying.ui.context import LARGE_TYPE_COOKIE, entries_for
from huying.ui.guide import AREAS, ReportForm, guide_context
from huying.ui.shell import shell

MOST_SHOWN = 999


def back(request: HttpRequest) -> str:
    """Where the form said it came from, when that is a page of ours."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else "/"


@require_POST
def type_size(request: HttpRequest) -> HttpResponse:
    """Large or ordinary type, remembered in this browser for a year."""
    response = HttpResponseRedirect(back(request))
    if request.POST.get("large") == "1":
        response.set_cookie(
            LARGE_TYPE_COOKIE,
            "1",
            max_age=365 * 86400,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    else:
        response.delete_cookie(LARGE_TYPE_COOKIE, samesite="Lax")
    return response


@require_GET
@never_cache
def counts(request: HttpRequest) -> HttpResponse:
    """Figures beside the menu and the messages: fetched after the page, so that no page waits for them."""
    entries = entries_for(request)
    figures = {f"count-{entry.key}": entry.count(request) for entry in entries if entry.count is not None}
    countings = {f"count-{entry.key}": entry.counting(request) for entry in entries if entry.counting is not None}
    figures |= dict.fromkeys(countings, None)
    figures |= counted({key: one for key, one in countings.items() if one is not None}, timezone.now())
    actor = getattr(request, "actor", None)
    unread = shell.unread(request) if shell.unread and actor is not None and actor.is_signed_in else None
    shown = [(key, f"{MOST_SHOWN}+" if n > MOST_SHOWN else f"{n}") for key, n in figures.items() if n]
    empty = [key for key, n in figures.items() if not n]
    return render(request, "ui/counts.html", {"shown": shown, "empty": empty, "unread": unread})


@require_http_methods(["GET", "POST"])
def guide(request: HttpRequest, page: str = "staff") -> HttpResponse:
    """Every component once, for those who build pages. Only on a developer's machine."""
    if not settings.DEBUG or page not in {"staff", "resident", "detail", "form"}:
        raise Http404
    if request.method == "POST":
        return guide_answer(request)
    large = request.COOKIES.get(LARGE_TYPE_COOKIE) == "1"
    return render(request, f"ui/guide/{page}.html", guide_context(large_type=large))


def guide_answer(request: HttpRequest) -> HttpResponse:
    """What a form of the guide gets: itself with what was refused, or itself empty and a note."""
    form = ReportForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "ui/guide/form_part.html", {"form": form}, status=422)
    messages.success(request, "已登记，编号 WC20261122000124，转入待研判。")
    response = render(request, "ui/guide/form_part.html", {"form": ReportForm(), "swap": True})
    response.headers["HX-Reswap"] = "outerHTML"  # morphing would keep what was typed
    return response


@require_GET
def guide_counts(request: HttpRequest) -> HttpResponse:
    """Figures for the guide's menu."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "ui/counts.html", guide_context())


@require_GET
def guide_areas(request: HttpRequest) -> HttpResponse:
    """Outlines for the guide's map."""
    if not settings.DEBUG:
        raise Http404
    return JsonResponse(AREAS)
