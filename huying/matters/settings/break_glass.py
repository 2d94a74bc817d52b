"""应急查看: asked with a reason, confirmed with one's own password, shown on the answer to that and nowhere else."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from huying.kernel.errors import Conflict, Refusal
from huying.matters import break_glass
from huying.people import guards
from huying.people.access import desk
from huying.people.forms import LineInput, PasswordForm, PurposeForm
from huying.people.requests import UserRequest
from huying.people.settings import Kind, form_page
from huying.ui.components import Confirmation, Crumb
from huying.ui.forms import show_refusal
from huying.ui.pages import confirm_page

BREAK_GLASS = Kind("应急查看", "应急查看个人信息", "matters:break-glass")
# What an emergency may be; the words after it are the administrator's own.
OCCASIONS = (
    "人身安全紧急",
    "公安、司法机关依法调取",
    "平台故障，无法按常规联系",
    "其他紧急情况",
)
LEAD = (
    "只用于紧急情况，一次看一件的诉求人。每次都记入查看记录并标明“应急查看”，同时告知督导员（没有督导员时告知派单审核员）。"
    "诉求人要求保密的，这里不显示，由区中心联系。"
)


class ReasonForm(PurposeForm):
    purposes = OCCASIONS
    routine = ()

    number = forms.CharField(
        label="编号",
        max_length=40,
        widget=LineInput(attrs={"autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": "请填写编号。"},
    )
    field_order = ("number", "purpose", "words")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        occasion, words = self.fields["purpose"], self.fields["words"]
        occasion.label, occasion.error_messages["required"] = "情形", "请选择情形。"
        words.label, words.error_messages["required"], words.required = "原因", "请写明原因。", True
        words.widget = forms.Textarea(attrs={"rows": 3})
        words.help_text = "谁要、为什么现在就要，写到别人能判断是否必要；不写诉求人的姓名和号码。"


@desk(break_glass.PERMISSION)
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def break_glass_page(request: UserRequest) -> HttpResponse:
    """GET asks for number and reason; POST asks for the password; POST with the ticket of that shows the contact."""
    if "ticket" in request.POST:
        return _shown(request)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            asked = break_glass.ask(request.actor, form.cleaned_data["number"], form.told, timezone.now())
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            title = f"应急查看 {asked.matter.number} 诉求人的个人信息？"
            body = f"原因：{asked.purpose}。确认后记入查看记录，马上告知{asked.told}；内容只显示一次。"
            return confirm_page(request, _question(asked.ticket, title, body, PasswordForm()))
    return form_page(
        request,
        form,
        kind=BREAK_GLASS,
        title=BREAK_GLASS.title,
        back=reverse("web:settings"),
        lead=LEAD,
        verb="下一步",
        context={"crumbs": BREAK_GLASS.crumbs()},
    )


def _question(ticket: str, title: str, body: str, form: forms.Form) -> Confirmation:
    form.fields["password"].label = "您的登录密码"
    return Confirmation(
        id="break-glass",
        label="应急查看",
        title=title,
        body=body,
        verb="确认查看",
        action=BREAK_GLASS.url,
        danger=True,
        form=form,
        back_url=BREAK_GLASS.url,
        hidden={"ticket": ticket},
    )


def _shown(request: UserRequest) -> HttpResponse:
    ticket, form = request.POST["ticket"], PasswordForm(request.POST)
    title, body = "应急查看诉求人的个人信息？", "请输入您自己的登录密码。确认后记入查看记录并马上告知，内容只显示一次。"
    if not request.user.has_usable_password():
        raise Conflict("您的账号没有设置密码，不能应急查看。请换有密码的系统管理员账号。")
    if not form.is_valid():
        return confirm_page(request, _question(ticket, title, body, form))
    try:
        guards.require_own_password(request.user, form.cleaned_data["password"], field="password")
    except Refusal as refusal:
        show_refusal(form, refusal)
        return confirm_page(request, _question(ticket, title, body, form), status=refusal.status)
    matter, person, told = break_glass.show(request.actor, ticket, timezone.now())
    context = {
        "title": BREAK_GLASS.title,
        "crumbs": BREAK_GLASS.crumbs(Crumb(matter.number)),
        "number": matter.number,
        "person": person,
        "told": told,
    }
    return render(request, "matters/settings/break_glass.html", context)
