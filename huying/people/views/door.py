"""In and out."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from huying.kernel.errors import Refusal
from huying.people import sign_in
from huying.people.access import STAFF_HOME, UNSENT, public, safe_next
from huying.people.directory import directory
from huying.people.forms import SecondFactorForm, SignInForm
from huying.people.middleware import signed_in_user
from huying.people.requests import ActorRequest
from huying.ui.forms import show_refusal


@public
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in_page(request: ActorRequest) -> HttpResponse:
    if request.method == "GET" and signed_in_user(request) is not None:
        return redirect(safe_next(request))
    form = SignInForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                user = sign_in.check_password(
                    form.cleaned_data["username"], form.cleaned_data["password"], sign_in.Origin.of(request)
                )
            except Refusal as refusal:
                show_refusal(form, refusal)
                status = refusal.status
            else:
                if sign_in.begin(request, user):
                    return redirect(safe_next(request))
                query = urlencode({"next": request.POST.get("next", "")})
                return redirect(f"{reverse('people:second-factor')}?{query}")
    centre = directory().first_centre
    context = {
        "form": form,
        "next": _next(request),
        "unsent": request.POST.get(UNSENT) or request.GET.get(UNSENT, ""),
        "for_desk": _next(request).startswith(STAFF_HOME),
        "centre": centre,
    }
    return render(request, "people/sign_in.html", context, status=status)


@public
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def second_factor_page(request: ActorRequest) -> HttpResponse:
    """The second step; open to whoever has just given the right password."""
    user = sign_in.pending_user(request)
    if user is None:
        return redirect("people:sign-in")
    form = SecondFactorForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                sign_in.check_second_factor(user, form.cleaned_data["code"], sign_in.Origin.of(request))
            except Refusal as refusal:
                show_refusal(form, refusal)
                status = refusal.status
            else:
                sign_in.complete(request, user)
                return redirect(safe_next(request))
    return render(request, "people/second_factor.html", {"form": form, "next": _next(request)}, status=status)


@public
@require_POST
def sign_out_page(request: ActorRequest) -> HttpResponse:
    """Public, so that pressing it twice or after the session ran out is no error."""
    sign_in.sign_out(request)
    return redirect("people:sign-in")


def _next(request: ActorRequest) -> str:
    return request.POST.get("next") or request.GET.get("next") or ""
