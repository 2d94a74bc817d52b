"""Administrators help people back in: initial password, unlocking, second factor, closing an account."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Prefetch, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from huying.kernel.errors import Conflict, Missing, Refusal
from huying.kernel.paging import keyset
from huying.people import actions, guards
from huying.people.access import requires
from huying.people.forms import AccountSearchForm, LineInput
from huying.people.models import Post, Session, SignIn, User
from huying.people.passwords import initial_password
from huying.people.requests import UserRequest
from huying.people.settings import Kind, acted, form_page, note
from huying.people.views.rows import device
from huying.ui.components import Confirmation, Crumb
from huying.ui.forms import show_refusal
from huying.ui.pages import confirm_page

PAGE = 50
RECENT = 20


def _told(user: User) -> dict[str, str]:
    found = {
        "用户名": user.username,
        "姓名": user.full_name,
        "启用": "是" if user.is_active else "否",
        "动态验证码": "已启用" if user.has_second_factor else "未启用",
    }
    return {name: words for name, words in found.items() if words}


ACCOUNTS = Kind(
    "账号", "账号", "people:accounts", named=lambda user: f"{user.display_name}（{user.username}）", words=_told
)


class NewAccountForm(forms.Form):
    full_name = forms.CharField(label="姓名", max_length=60, widget=LineInput)
    username = forms.CharField(
        label="用户名",
        max_length=64,
        widget=LineInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
        help_text="登录用，3 至 64 位小写字母、数字或 . _ @ -，以字母或数字开头；以后不能改。",
    )


class RenameForm(forms.Form):
    full_name = forms.CharField(label="姓名", max_length=60, widget=LineInput)


@requires("people.manage")
@require_GET
def accounts_page(request: UserRequest) -> HttpResponse:
    form = AccountSearchForm(request.GET)
    words = form.cleaned_data["q"].strip() if form.is_valid() else ""
    users = User.objects.select_related("contact").prefetch_related(
        Prefetch("posts", Post.objects.current().select_related("organisation"), to_attr="current_posts")
    )
    if words:
        users = users.filter(Q(full_name__contains=words) | Q(username__startswith=words.lower()))
    page = keyset(users, ["username"], request.GET.get("cursor"), PAGE)
    return render(
        request, "people/accounts.html", {"form": form, "words": words, "page": page, "crumbs": ACCOUNTS.crumbs()}
    )


@requires("people.manage")
@require_GET
def account_page(request: UserRequest, pk: int) -> HttpResponse:
    user = account_door(pk)
    locked = guards.locked_until(guards.account(user.username), guards.second_factor(user.pk))
    return render(
        request,
        "people/account_detail.html",
        {
            "account": user,
            "crumbs": ACCOUNTS.crumbs(Crumb(user.display_name)),
            "posts": Post.objects.filter(user=user).select_related("organisation").order_by("-valid_from"),
            "locked_until": locked,
            "live": Session.objects.live().filter(user=user).count(),
            "sign_ins": [(row, device(row.agent)) for row in SignIn.objects.filter(user=user)[:RECENT]],
            "questions": questions(request, user, locked=locked is not None),
        },
    )


@requires("people.manage")
@require_http_methods(["GET", "POST"])
def new_account(request: UserRequest) -> HttpResponse:
    """An account of somebody who works here. Its initial password is on the answer, and nowhere else."""
    form = NewAccountForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        password = initial_password()
        try:
            with transaction.atomic():
                user = actions.create_user(password=password, **form.cleaned_data)
                note(request.user, ACCOUNTS, ACCOUNTS.named(user), None, _told(user))
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            return render(request, "people/account_made.html", {"account": user, "password": password})
    return form_page(
        request,
        form,
        kind=ACCOUNTS,
        title="新增账号",
        verb="新增",
        lead="新增后显示一次初始密码，请当面或电话告知本人；接着安排岗位，没有岗位登录后办不了事。",
    )


@requires("people.manage")
@require_http_methods(["GET", "POST"])
def rename(request: UserRequest, pk: int) -> HttpResponse:
    user = account_door(pk)
    if not user.is_staff_member:
        raise Conflict("只能修改工作人员账号的姓名。")
    form = RenameForm(request.POST if request.method == "POST" else None, initial={"full_name": user.full_name})
    back = reverse("people:account-detail", args=[pk])
    if form.is_valid():
        try:
            with transaction.atomic():
                before = _told(user)
                actions.rename(user, form.cleaned_data["full_name"])
                note(request.user, ACCOUNTS, ACCOUNTS.named(user), before, _told(user))
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, f"姓名已改为{user.full_name}。")
            return redirect(back)
    return form_page(request, form, kind=ACCOUNTS, title=f"修改姓名：{user.display_name}", back=back)


@requires("people.manage")
@require_http_methods(["GET", "POST"])
def reset_password(request: UserRequest, pk: int) -> HttpResponse:
    """The new password is on the answer to the POST, and nowhere else."""
    user = account_door(pk)
    if request.method == "GET":
        return confirm_page(request, _questions(user)["reset-password"])
    if user.pk == request.user.pk:
        raise Conflict("自己的密码请在“账号与安全”中修改。")
    with transaction.atomic():
        password = actions.reset_password(user, by=request.user)
        acted(request.user, ACCOUNTS, ACCOUNTS.named(user), "重置密码")
    return render(request, "people/new_password.html", {"account": user, "password": password})


@requires("people.manage")
@require_http_methods(["GET", "POST"])
def unlock(request: UserRequest, pk: int) -> HttpResponse:
    def act(user: User) -> None:
        actions.unlock(user)
        acted(request.user, ACCOUNTS, ACCOUNTS.named(user), "解除锁定")

    return _do(request, pk, "unlock", act, "已解除锁定，可以马上重新登录。")


@requires("people.manage")
@require_http_methods(["GET", "POST"])
def reset_second_factor(request: UserRequest, pk: int) -> HttpResponse:
    return _do(
        request,
        pk,
        "reset-second-factor",
        lambda user: actions.reset_second_factor(user, by=request.user),
        "动态验证码已重置，对方须重新登录并重新启用。",
    )


@requires("people.manage")
@require_http_methods(["GET", "POST"])
def deactivate(request: UserRequest, pk: int) -> HttpResponse:
    return _do(
        request,
        pk,
        "deactivate",
        lambda user: actions.deactivate(user, by=request.user),
        "账号已停用，所有会话已结束。",
    )


@requires("people.manage")
@require_http_methods(["GET", "POST"])
def reactivate(request: UserRequest, pk: int) -> HttpResponse:
    return _do(request, pk, "reactivate", lambda user: actions.reactivate(user), "账号已重新启用。")


def account_door(pk: int) -> User:
    """The account behind an address of these pages; machines are not managed here."""
    user = User.objects.select_related("contact", "deactivated_by").filter(pk=pk).first()
    if user is None:
        raise Missing("没有这个账号。")
    return user


def questions(request: UserRequest, user: User, *, locked: bool) -> list[Confirmation]:
    """What can be done to this account now."""
    known = _questions(user)
    own = user.pk == request.user.pk
    wanted = {
        "unlock": locked,
        "reset-password": user.is_active and not own and user.has_usable_password(),
        "reset-second-factor": user.has_second_factor and not own,
        "deactivate": user.is_active and not own,
        "reactivate": not user.is_active,
    }
    return [known[key] for key, shown in wanted.items() if shown]


def _questions(user: User) -> dict[str, Confirmation]:
    def question(key: str, label: str, body: str, *, danger: bool = False) -> Confirmation:
        return Confirmation(
            id=key,
            label=label,
            title=f"{label}：{user.display_name}？",
            body=body,
            verb=label,
            action=reverse(f"people:{key}", args=[user.pk]),
            danger=danger,
            back_url=reverse("people:account-detail", args=[user.pk]),
        )

    made = (
        question("unlock", "解除锁定", "密码或验证码输错次数清零，可以马上重新登录。"),
        question(
            "reset-password",
            "重置密码",
            "会生成一个新的初始密码，只显示一次，请当面或电话告知本人。对方的登录全部退出，下次登录须修改密码。",
        ),
        question(
            "reset-second-factor",
            "重置动态验证码",
            "用于换手机且备用码丢失的情况，请先核实本人身份。对方的登录全部退出。",
            danger=True,
        ),
        question("deactivate", "停用账号", "停用后不能登录，现有登录全部退出；办理记录保留。", danger=True),
        question("reactivate", "重新启用", "账号恢复登录，岗位按任职日期继续有效。"),
    )
    return {one.id: one for one in made}


def _do(request: UserRequest, pk: int, key: str, act: Callable[[User], None], done: str) -> HttpResponse:
    user = account_door(pk)
    if request.method == "GET":
        return confirm_page(request, _questions(user)[key])
    with transaction.atomic():
        before = _told(user)
        act(user)
        user.refresh_from_db()
        note(request.user, ACCOUNTS, ACCOUNTS.named(user), before, _told(user))
    messages.success(request, done)
    return redirect("people:account-detail", pk=user.pk)
