"""One's own account: password, second factor, posts, sessions."""

from __future__ import annotations

import base64

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huying.kernel.errors import Invalid, Refusal
from huying.kernel.privacy import decrypt, encrypt
from huying.people import second_factor, sessions, sign_in
from huying.people.access import safe_next, signed_in, signed_in_before_ready
from huying.people.forms import ChangePasswordForm, CodeForm, PasswordForm
from huying.people.middleware import post_of, posts_of
from huying.people.models import Session, SignIn
from huying.people.requests import UserRequest
from huying.people.roles import Role, role_of
from huying.people.views.rows import session_row
from huying.ui.components import Confirmation
from huying.ui.forms import show_refusal
from huying.ui.pages import confirm_page

RECENT = 20
ENROLMENT = "people.enrolment"


@signed_in
@require_GET
def own_account(request: UserRequest) -> HttpResponse:
    user, current = request.user, post_of(request)
    own = own_key(request)
    rows = [session_row(row, own) for row in Session.objects.live().filter(user=user).order_by("-seen_at")[:50]]
    return render(
        request,
        "people/account.html",
        {
            "base": _base(request),
            "posts": [
                {
                    "post": post,
                    "current": current is not None and post.pk == current.pk,
                    "role": role_of(post.role),
                    "holder": post.user if post.user_id != user.pk else None,
                }
                for post in posts_of(request)
            ],
            "sessions": rows,
            "others": sum(not row.is_own for row in rows),
            "sign_ins": SignIn.objects.filter(user=user)[:RECENT],
            "codes_left": second_factor.codes_left(user) if user.has_second_factor else 0,
            "renew": _renew_question(),
            "may_switch_off": not any(second_factor.is_required(role) for role in _roles(request)),
            "switch_off": _switch_off_question(PasswordForm()),
        },
    )


@signed_in_before_ready
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def change_password(request: UserRequest) -> HttpResponse:
    form = ChangePasswordForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                sign_in.change_password(
                    request.user,
                    old=form.cleaned_data["old_password"],
                    new=form.cleaned_data["new_password"],
                    keep=own_key(request),
                )
            except Refusal as refusal:
                show_refusal(form, refusal)
                status = refusal.status
            else:
                update_session_auth_hash(request, request.user)
                messages.success(request, "密码已修改，其他设备上的登录已全部退出。")
                return redirect(safe_next(request))
    return render(
        request,
        "people/change_password.html",
        {"form": form, "must": request.user.must_change_password, "next": _next(request)},
        status=status,
    )


@signed_in
@require_POST
def switch_post(request: UserRequest) -> HttpResponse:
    posts = posts_of(request)
    wanted = request.POST.get("post", "")
    key = int(wanted) if wanted.isascii() and wanted.isdecimal() else 0
    sign_in.choose_post(request, key, [post.pk for post in posts])
    post = next(post for post in posts if post.pk == key)
    messages.success(request, f"已切换到“{post}”。")
    return redirect(safe_next(request))


@signed_in_before_ready
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def enrol(request: UserRequest) -> HttpResponse:
    """Put the secret into a phone, prove it with a first code, and get the recovery codes."""
    if request.user.has_second_factor:
        return redirect("people:account")
    secret = _secret_in_session(request)
    form = CodeForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                codes = second_factor.confirm(request.user, secret, form.cleaned_data["code"])
            except Refusal as refusal:
                show_refusal(form, refusal)
                status = refusal.status
            else:
                del request.session[ENROLMENT]
                return _show_codes(request, codes, safe_next(request))
    return render(
        request,
        "people/enrol.html",
        {
            "form": form,
            "qr": SafeString(second_factor.qr_svg(request.user, secret)),  # made by segno from our own address
            "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
            "required": second_factor.is_required(request.actor.role),
            "next": _next(request),
        },
        status=status,
    )


@signed_in
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def switch_off(request: UserRequest) -> HttpResponse:
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            second_factor.switch_off_own(request.user, form.cleaned_data["password"], _roles(request))
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "动态验证码已停用，今后只凭密码登录。")
            return redirect("people:account")
    return confirm_page(request, _switch_off_question(form), base=_base(request))


@signed_in
@require_http_methods(["GET", "POST"])
def renew_codes(request: UserRequest) -> HttpResponse:
    if not request.user.has_second_factor:
        raise Invalid("请先启用动态验证码，再生成备用码。")
    if request.method == "POST":
        return _show_codes(request, second_factor.renew_recovery_codes(request.user), reverse("people:account"))
    return confirm_page(request, _renew_question(), base=_base(request))


@signed_in
@require_POST
def end_own_session(request: UserRequest, key: str) -> HttpResponse:
    sign_in.end_session(key, by=request.user)
    messages.success(request, "已退出那台设备上的登录。")
    return redirect("people:account")


@signed_in
@require_POST
def end_other_sessions(request: UserRequest) -> HttpResponse:
    ended = sign_in.end_all_sessions(request.user, by=request.user, but=own_key(request))
    messages.success(request, f"已退出其他设备上的 {ended} 个登录。" if ended else "没有其他设备上的登录。")
    return redirect("people:account")


def own_key(request: UserRequest) -> str:
    """The row of the session this request belongs to."""
    key = request.session.session_key
    return sessions.row_key(key) if key else ""


def _show_codes(request: UserRequest, codes: list[str], onward: str) -> HttpResponse:
    """Shown this once; the page is kept in no cache."""
    return render(
        request,
        "people/recovery_codes.html",
        {"codes": codes, "onward": onward, "made_at": timezone.now()},
    )


def _secret_in_session(request: UserRequest) -> str:
    """The secret being put into a phone: the same when the page is loaded again, and encrypted."""
    kept = request.session.get(ENROLMENT)
    if kept is None:
        kept = base64.b64encode(encrypt(second_factor.new_secret(), bound_to=ENROLMENT)).decode()
        request.session[ENROLMENT] = kept
    return decrypt(base64.b64decode(kept), bound_to=ENROLMENT)


def _roles(request: UserRequest) -> list[Role]:
    return [role_of(post.role) for post in posts_of(request)]


def _base(request: UserRequest) -> str:
    return "ui/staff.html" if request.user.is_staff_member else "ui/plain.html"


def _next(request: UserRequest) -> str:
    return request.POST.get("next") or request.GET.get("next") or ""


def _switch_off_question(form: PasswordForm) -> Confirmation:
    return Confirmation(
        id="switch-off",
        label="停用动态验证码",
        title="停用动态验证码？",
        body="停用后只凭密码就能登录您的账号，备用码同时作废。",
        verb="停用",
        action=reverse("people:second-factor-off"),
        danger=True,
        form=form,
        back_url=reverse("people:account"),
    )


def _renew_question() -> Confirmation:
    return Confirmation(
        id="renew-codes",
        label="重新生成备用码",
        title="重新生成备用码？",
        body="会生成 10 个新的备用码，原来的立即作废。",
        verb="重新生成",
        action=reverse("people:recovery-codes"),
        back_url=reverse("people:account"),
    )
