"""Following by number and code, without an account."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from huying.cases.flow import CASES
from huying.cases.models import Case
from huying.cases.portal.doors import help_line, opened
from huying.cases.portal.forms import FollowForm
from huying.cases.steps.intake import is_follow_code
from huying.kernel.errors import Invalid, Missing, Refusal
from huying.matters.models import Matter
from huying.matters.shown import forget, remember, remembered, show, shown
from huying.people import guards
from huying.people.access import public
from huying.people.requests import ActorRequest
from huying.ui.forms import show_refusal

WRONG = "编号或查询码不对，请核对受理时告诉您的编号和查询码。"


@public
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def follow(request: ActorRequest) -> HttpResponse:
    """By number and code. A wrong number and a wrong code sound the same."""
    form = FollowForm(request.POST) if request.method == "POST" else FollowForm(initial={"number": _asked(request)})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            number = form.cleaned_data["number"]
            try:
                show(request, _matter_of(request, number, form.cleaned_data["code"]))
            except Refusal as refusal:
                show_refusal(form, refusal)
                status = refusal.status
            else:
                return redirect("portal:case", number=number)
    own = Matter.objects.filter(pk__in=remembered(request), kind=CASES.kind).order_by("-pk")
    context = {
        "form": form,
        "kept": [(matter, CASES.state[matter.state]) for matter in own],
        "open": bool(shown(request)),
        "phone": help_line(),
    }
    return render(request, "cases/portal/follow.html", context, status=status)


def _matter_of(request: ActorRequest, number: str, code: str) -> int:
    """The id of the case with this number, if this is its code; guesses are counted for all processes together."""
    address = request.META.get("REMOTE_ADDR", "")
    subjects = [guards.matter_code(number), guards.code_address(address)]
    wait = guards.admit(*subjects)
    if wait is not None:
        raise guards.too_many(wait, f"忘了查询码，请拨打 {help_line()}，报出编号。")
    kept = Case.objects.filter(matter__number=number).values_list("matter_id", "follow_hash").first()
    if kept is None or not kept[1] or not is_follow_code(code, bytes(kept[1])):
        raise Invalid(WRONG, code="wrong_code")
    guards.forgive(subjects[0])
    guards.take_back(subjects[1])
    return kept[0]


def _asked(request: ActorRequest) -> str:
    return request.GET.get("number", "")[:40]


@public
@require_POST
def keep(request: ActorRequest, number: str) -> HttpResponse:
    """Remember one case in this browser, because its reader asked for it."""
    found = opened(request, number)
    if found is None:
        raise Missing("请先用编号和查询码打开这件事。")
    response = redirect("portal:case", number=number)
    remember(request, response, found[0].pk)
    messages.success(request, "记住了。以后在这里点“查进展”就能看到，不用再填编号。")
    return response


@public
@require_POST
def leave(request: ActorRequest) -> HttpResponse:
    """Nothing stays open in this browser: for phones and computers that others use as well."""
    response = redirect(reverse("portal:follow"))
    forget(request, response)
    messages.success(request, "已退出，这里不再记着您反映的事。")
    return response
