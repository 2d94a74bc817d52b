"""Posts: who works where as what, and who stands in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from huying.kernel.errors import Conflict, Missing, Refusal
from huying.people import actions
from huying.people.access import desk
from huying.people.enums import UserKind
from huying.people.forms import DayInput, LineInput
from huying.people.models import Deputy, Organisation, Post, User
from huying.people.requests import UserRequest
from huying.people.roles import role_choices, role_of
from huying.people.settings import Cell, Kind, Line, Table, ask, changing, form_page, note, removed
from huying.people.views.accounts import account_door
from huying.people.views.organisations import NameField
from huying.places.models import Place
from huying.ui.components import Confirmation, Crumb, Fact
from huying.ui.forms import BOXES, LongSelect, LongSelectMany, show_refusal
from huying.ui.pages import confirm_page
from huying.ui.text import day as day_words


def _told(post: Post) -> dict[str, str]:
    found = {
        "人员": str(post.user),
        "单位": post.organisation.name,
        "角色": post.get_role_display(),
        "负责网格": "、".join(f"{g.name}（{g.code}）" for g in post.grids.order_by("code")),
        "主岗": "是" if post.is_primary else "否",
        "任职日期": str(post.valid_from),
        "离任日期": str(post.valid_to or ""),
    }
    return {name: words for name, words in found.items() if words}


def _deputy_told(deputy: Deputy) -> dict[str, str]:
    return {
        "岗位": f"{deputy.post.user}：{deputy.post}",
        "代理人": str(deputy.user),
        "开始": str(deputy.valid_from),
        "结束": str(deputy.valid_to),
    }


POSTS = Kind("岗位", "账号", "people:accounts", named=lambda post: f"{post.user}：{post}", words=_told)
DEPUTIES = Kind(
    "代理", "账号", "people:accounts", named=lambda deputy: f"{deputy.post.user}：{deputy.post}", words=_deputy_told
)


def staff() -> Any:
    return User.objects.filter(kind=UserKind.STAFF, is_active=True).order_by("full_name", "username")


class PersonField(forms.CharField):
    """Somebody who works here, by user name or, where only one has it, by name. There are too many for a list."""

    widget = LineInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=64, **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        named = staff().filter(username=User.normalize_username(text)).first()
        if named is not None:
            return named
        found = list(staff().filter(full_name=text)[:6])
        if len(found) == 1:
            return found[0]
        if not found:
            raise forms.ValidationError("没有这位人员，请核对姓名或用户名；还没有账号的请先新增账号。")
        units = [
            str(post.organisation)
            for post in Post.objects.current().filter(user__in=found).select_related("organisation")
        ]
        raise forms.ValidationError(f"有几位都叫{text}（{'、'.join(dict.fromkeys(units))}），请改填用户名。")


class PostForm(forms.Form):
    """Grids are offered once the organisation is known; only grid workers have some."""

    user = PersonField(label="人员", help_text="填用户名；没有同名的，填姓名也行。")
    organisation = NameField(label="单位", queryset=Organisation.objects.none(), widget=LongSelect)
    role = forms.ChoiceField(label="角色")
    grids = forms.ModelMultipleChoiceField(
        label="负责的网格",
        queryset=Place.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="只有网格员要选。",
    )
    is_primary = forms.BooleanField(
        label="主岗", required=False, help_text="登录后先用这个岗位；原来的主岗不再是主岗。"
    )
    since = forms.DateField(label="任职日期", widget=DayInput)

    def __init__(self, data: Any = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial={"since": timezone.localdate(), **(initial or {})})
        fields: dict[str, Any] = self.fields
        fields["organisation"].queryset = Organisation.objects.current().in_order()
        fields["role"].choices = [("", "请选择"), *role_choices()]
        chosen = self["organisation"].value()
        unit = Organisation.objects.filter(pk=chosen).select_related("place").first() if _number(chosen) else None
        _offer(fields["grids"], grids_of(unit))
        if not fields["grids"].queryset.exists():
            del fields["grids"]


def _number(value: object) -> bool:
    return str(value or "").isascii() and str(value or "").isdigit()


def grids_of(unit: Organisation | None) -> Any:
    """The grids of the place that an organisation answers for."""
    if unit is None or unit.place is None:
        return Place.objects.none()
    return Place.objects.current().grids().inside(unit.place).order_by("code")


def _offer(field: Any, grids: Any) -> None:
    """A community's grids to tick; among those of a street one chooses by typing."""
    field.queryset = grids
    if grids.count() > BOXES:
        field.widget = LongSelectMany()
        field.widget.choices = field.choices


class GridsForm(forms.Form):
    grids = forms.ModelMultipleChoiceField(
        label="负责的网格",
        queryset=Place.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选一个网格。"},
    )

    def __init__(self, post: Post, data: Any = None) -> None:
        super().__init__(data, initial={"grids": list(post.grids.values_list("pk", flat=True))}, prefix="grids")
        mine = Place.objects.filter(posts=post)
        _offer(self.fields["grids"], (grids_of(post.organisation) | mine).distinct().order_by("code"))


class EndForm(forms.Form):
    on = forms.DateField(label="离任日期", widget=DayInput, help_text="从这一天起不再任职；填今天为马上生效。")

    def __init__(self, post: Post, data: Any = None) -> None:
        super().__init__(data, initial={"on": timezone.localdate()}, prefix="end")
        self.post = post

    def clean_on(self) -> dt.date:
        on: dt.date = self.cleaned_data["on"]
        if on <= self.post.valid_from:
            raise forms.ValidationError(f"离任日期要晚于任职日期 {day_words(self.post.valid_from)}。")
        return on


class DeputyForm(forms.Form):
    user = PersonField(
        label="代理人", help_text="填用户名；没有同名的，填姓名也行。", widget=LineInput(attrs={"list": "colleagues"})
    )
    since = forms.DateField(label="从哪天起", widget=DayInput)
    until = forms.DateField(label="到哪天为止", widget=DayInput, help_text="包括这一天。")

    def __init__(self, post: Post, data: Any = None) -> None:
        super().__init__(data, initial={"since": timezone.localdate()}, prefix="deputy")
        self.post = post

    def clean_user(self) -> User:
        user: User = self.cleaned_data["user"]
        if user.pk == self.post.user_id:
            raise forms.ValidationError("不能代理自己的岗位。")
        return user

    def clean(self) -> dict[str, Any]:
        chosen = super().clean() or {}
        since, until = chosen.get("since"), chosen.get("until")
        if since and until and until < since:
            self.add_error("until", "不能早于开始的那天。")
        if until and until < timezone.localdate():
            self.add_error("until", "已经过去了，请填以后的日期。")
        return chosen


@contextmanager
def _others_of(user: User, *, by: User, but: Post | None = None) -> Iterator[None]:
    """The primary post may step back for another one: that leaves its trace, too."""
    held = Post.objects.filter(user=user, is_primary=True)
    if but is not None:
        held = held.exclude(pk=but.pk)
    with transaction.atomic(), ExitStack() as traces:
        for other in held.select_related("user", "organisation"):
            traces.enter_context(changing(other, by=by, kind=POSTS))
        yield


@desk("people.manage")
@require_http_methods(["GET", "POST"])
def new_post(request: UserRequest) -> HttpResponse:
    initial = {name: request.GET[name] for name in ("user", "organisation") if _number(request.GET.get(name))}
    if "user" in initial:
        initial["user"] = account_door(int(initial["user"])).username
    form = PostForm(request.POST if request.method == "POST" else None, initial)
    if form.is_valid():
        chosen = form.cleaned_data
        try:
            with transaction.atomic():
                with _others_of(chosen["user"], by=request.user):
                    post = actions.give_post(
                        chosen["user"],
                        chosen["role"],
                        chosen["organisation"],
                        since=chosen["since"],
                        grids=chosen.get("grids") or (),
                        is_primary=chosen["is_primary"]
                        or not Post.objects.current().filter(user=chosen["user"]).exists(),
                    )
                note(request.user, POSTS, POSTS.named(post), None, _told(post))
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, f"{post.user}任{post}，自 {day_words(post.valid_from)} 起。")
            return redirect("people:post", pk=post.pk)
    user = request.GET.get("user")
    return form_page(
        request,
        form,
        kind=POSTS,
        title="安排岗位",
        verb="安排",
        back=reverse("people:account-detail", args=[int(user)]) if user and _number(user) else "",
    )


@desk("people.manage")
@require_GET
def post_page(request: UserRequest, pk: int) -> HttpResponse:
    return _page(request, door(pk))


def _page(request: UserRequest, post: Post, **refused: forms.BaseForm) -> HttpResponse:
    today = timezone.localdate()
    ended = post.valid_to is not None and post.valid_to <= today
    deputies = Deputy.objects.filter(post=post).select_related("user", "appointed_by").order_by("-valid_from")[:20]
    context = {
        "title": f"{post.user}：{post}",
        "crumbs": POSTS.crumbs(
            Crumb(str(post.user), reverse("people:account-detail", args=[post.user_id])), Crumb(str(post))
        ),
        "post": post,
        "ended": ended,
        "facts": [
            Fact("人员", str(post.user), reverse("people:account-detail", args=[post.user_id])),
            Fact("单位", post.organisation.name, reverse("people:organisation", args=[post.organisation_id])),
            Fact("角色", post.get_role_display()),
            Fact("能做什么", role_of(post.role).prose),
            Fact("主岗", "是" if post.is_primary else "否"),
            Fact("任职日期", day_words(post.valid_from)),
            Fact("离任日期", day_words(post.valid_to) if post.valid_to else ""),
        ],
        "grids_form": refused.get("grids")
        or (GridsForm(post) if role_of(post.role).needs_grids and not ended else None),
        "deputy_form": refused.get("deputy") or (None if ended else DeputyForm(post)),
        "colleagues": staff().filter(posts__organisation=post.organisation).exclude(pk=post.user_id).distinct(),
        "deputies": Table(
            caption="代理",
            headers=("代理人", "从哪天起", "到哪天为止", "指定人", "状态"),
            lines=[_deputy_line(deputy, today) for deputy in deputies],
            id="deputies",
            title="代理",
            nothing="没有安排过代理。请假、出差时指定一人，期间他可以切换到这个岗位办理。",
        ),
        "questions": _questions(post, ended),
    }
    return render(request, "people/post.html", context, status=422 if refused else 200)


def _deputy_line(deputy: Deputy, today: dt.date) -> Line:
    over = deputy.valid_to <= today
    state = (
        Cell("已结束", tone="grey")
        if over
        else Cell("代理中", tone="green")
        if deputy.valid_from <= today
        else Cell("还没开始", tone="blue")
    )
    return Line(
        [
            Cell(str(deputy.user)),
            Cell(day_words(deputy.valid_from), tight=True),
            Cell(day_words(deputy.valid_to - dt.timedelta(days=1)), tight=True),
            Cell(str(deputy.appointed_by)),
            state,
        ],
        questions=() if over else [_deputy_question(deputy)],
    )


def _deputy_question(deputy: Deputy) -> Confirmation:
    return Confirmation(
        id=f"end-deputy-{deputy.pk}",
        label="结束代理",
        title=f"结束{deputy.user}的代理？",
        body="从今天起他不能再用这个岗位；已经办的照样算数。",
        verb="结束代理",
        action=reverse("people:end-deputy", args=[deputy.pk]),
        back_url=reverse("people:post", args=[deputy.post_id]),
    )


def _questions(post: Post, ended: bool) -> list[Confirmation]:
    def question(key: str, label: str, title: str, body: str, **more: Any) -> Confirmation:
        return Confirmation(
            id=key, label=label, title=title, body=body, verb=label, action=reverse(f"people:{key}", args=[post.pk]),
            back_url=reverse("people:post", args=[post.pk]), **more,
        )  # fmt: skip

    if post.valid_to is not None:
        body = "岗位重新有效，直到下次离任。"
        return [question("resume-post", "取消离任", f"取消{post.user}的离任？", body)]
    found = []
    if not post.is_primary:
        body = f"{post.user}登录后先用这个岗位；原来的主岗不再是主岗。"
        found.append(question("primary-post", "设为主岗", "设为主岗？", body))
    if not ended:
        body = f"{post.user}不再任{post}；手上的件仍在单位，由同事接着办。办理记录保留。"
        found.append(question("end-post", "离任", f"{post.user}离任？", body, danger=True, form=EndForm(post)))
    return found


@desk("people.manage")
@require_http_methods(["GET", "POST"])
def primary(request: UserRequest, pk: int) -> HttpResponse:
    post = door(pk)
    if post.valid_to is not None:
        raise Conflict("已经定了离任日期的岗位不能设为主岗。")

    def act() -> None:
        with _others_of(post.user, by=request.user, but=post), changing(post, by=request.user, kind=POSTS):
            actions.make_primary(post)

    question = next((q for q in _questions(post, False) if q.id == "primary-post"), None)
    if question is None:
        raise Conflict("这已经是主岗。")
    return ask(request, question, act, "已设为主岗。")


@desk("people.manage")
@require_http_methods(["GET", "POST"])
def end(request: UserRequest, pk: int) -> HttpResponse:
    post = door(pk)
    if post.valid_to is not None:
        raise Conflict("已经定了离任日期。")
    question = next(q for q in _questions(post, False) if q.id == "end-post")
    if request.method == "GET":
        return confirm_page(request, question)
    form = EndForm(post, request.POST)
    if not form.is_valid():
        return confirm_page(request, replace(question, form=form))
    if post.user_id == request.user.pk and post.role == request.actor.role.key:
        raise Conflict("不能结束自己正在使用的岗位，请由另一位管理员办理。")
    with changing(post, by=request.user, kind=POSTS):
        actions.end_post(post, on=form.cleaned_data["on"])
    messages.success(request, f"{post.user}自 {day_words(form.cleaned_data['on'])} 起离任。")
    return redirect("people:post", pk=pk)


@desk("people.manage")
@require_http_methods(["GET", "POST"])
def resume(request: UserRequest, pk: int) -> HttpResponse:
    post = door(pk)
    if post.valid_to is None:
        raise Conflict("这个岗位没有离任。")

    def act() -> None:
        with changing(post, by=request.user, kind=POSTS):
            actions.resume_post(post)

    return ask(request, _questions(post, False)[0], act, "已取消离任，岗位重新有效。")


@desk("people.manage")
@require_http_methods(["POST"])
def grids(request: UserRequest, pk: int) -> HttpResponse:
    post = door(pk)
    form = GridsForm(post, request.POST)
    if form.is_valid():
        try:
            with changing(post, by=request.user, kind=POSTS):
                actions.set_grids(post, form.cleaned_data["grids"])
        except Refusal as refusal:
            form.add_error("grids", refusal.message)
        else:
            messages.success(request, f"{post.user}现在负责 {len(form.cleaned_data['grids'])} 个网格。")
            return redirect("people:post", pk=pk)
    return _page(request, post, grids=form)


@desk("people.manage")
@require_http_methods(["POST"])
def appoint(request: UserRequest, pk: int) -> HttpResponse:
    post = door(pk)
    form = DeputyForm(post, request.POST)
    if form.is_valid():
        chosen = form.cleaned_data
        try:
            with transaction.atomic():
                deputy = actions.appoint_deputy(
                    post,
                    chosen["user"],
                    since=chosen["since"],
                    until=chosen["until"] + dt.timedelta(days=1),
                    by=request.user,
                )
                note(request.user, DEPUTIES, DEPUTIES.named(deputy), None, _deputy_told(deputy))
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, f"已指定{deputy.user}代理，对方切换岗位后即可办理。")
            return redirect("people:post", pk=pk)
    return _page(request, post, deputy=form)


@desk("people.manage")
@require_http_methods(["GET", "POST"])
def end_deputy(request: UserRequest, pk: int) -> HttpResponse:
    deputy = Deputy.objects.select_related("post__user", "post__organisation", "user").filter(pk=pk).first()
    if deputy is None:
        raise Missing("没有这次代理。")

    def act() -> None:
        if deputy.valid_from >= timezone.localdate():
            removed(deputy, by=request.user, kind=DEPUTIES)
            return
        with changing(deputy, by=request.user, kind=DEPUTIES):
            actions.end_deputy(deputy)

    return ask(request, _deputy_question(deputy), act, f"{deputy.user}的代理已结束。")


def door(pk: int) -> Post:
    post = Post.objects.select_related("user", "organisation__place").filter(pk=pk).first()
    if post is None:
        raise Missing("没有这个岗位。")
    return post
