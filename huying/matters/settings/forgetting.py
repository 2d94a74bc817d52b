"""清除个人信息: whoever asks to be forgotten, by an administrator who sees nothing of the person.

Looked for by what the person has said, told as counts, done with one's own password, proven afterwards. It is the
function of `huying forget`; who looked for whom, and why, stands in the log of settings by the contact's number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django import forms
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from huying.kernel.errors import Conflict, Invalid, Missing, Refusal
from huying.matters import forgetting
from huying.matters.forgetting import Meant
from huying.people import guards
from huying.people.access import desk
from huying.people.forgetting import SEVERAL
from huying.people.forms import LineInput, PasswordForm
from huying.people.models import Contact
from huying.people.requests import UserRequest
from huying.people.settings import Cell, Kind, Line, Table, acted, form_page, who
from huying.ui.components import Crumb
from huying.ui.forms import show_refusal

FORGET = Kind(forgetting.WHAT, "清除个人信息", "matters:forget")
PERMISSION = "people.forget"
ASKED_FOR = timedelta(minutes=10)  # between the counts and the password
_SALT = "huying.matters.forgetting.1"
LEAD = (
    "本人要求清除、核实过身份以后用。先核对将清除多少，什么都不改；输入您的登录密码才清除，清除后不能恢复。"
    "件和留痕保留，这里始终不显示当事人的信息。每次核对和清除都记入设置修改记录。"
)


class WhoForm(forms.Form):
    """Whom, why and how much."""

    use_required_attribute = False

    person = forms.CharField(
        label="电话、身份证号码或件的编号",
        max_length=40,
        widget=LineInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="也可以写“#”加联系人编号，如 #1024。",
        error_messages={"required": "请写明清除谁。"},
    )
    name = forms.CharField(
        label="姓名",
        max_length=40,
        required=False,
        widget=LineInput(attrs={"autocomplete": "off"}),
        help_text="几个人用同一个电话时要写明。",
    )
    everybody = forms.BooleanField(label="不论姓名，用过这个电话的人都清除", required=False)
    reason = forms.CharField(
        label="原因",
        max_length=forgetting.REASON_MOST,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="例如：本人持身份证到窗口书面申请。不写当事人的姓名和号码。",
        error_messages={"required": "请写明清除的原因。"},
    )
    with_texts = forms.BooleanField(
        label="本人说的话整段抹除", required=False, help_text="不选则只去掉其中的姓名、号码和住址。"
    )
    with_files = forms.BooleanField(label="本人提供的照片等附件也删除", required=False)

    def clean_reason(self) -> str:
        try:
            return forgetting.check_reason(self.cleaned_data["reason"])
        except Invalid as refusal:
            raise forms.ValidationError(refusal.message) from None


class SureForm(PasswordForm):
    """The own password, and that it is meant although somebody still has to reach the person."""

    even_open = forms.BooleanField(
        label="照样清除",
        required=False,
        help_text="清除后不能再联系诉求人，也不能把结果告诉他。",
        error_messages={"required": "还有件要用，请办结或结束以后再清除；一定要现在清除的，请勾选这一项。"},
    )
    field_order = ("even_open", "password")

    def __init__(self, data: object, *, needed: bool) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.fields["password"].label = "您的登录密码"
        if needed:
            self.fields["even_open"].required = True
        else:
            del self.fields["even_open"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What has been counted and not been done. A ticket names contacts by their numbers, nothing else of them."""

    contacts: tuple[int, ...]
    everybody: bool
    texts: bool
    files: bool
    reason: str

    def ticket(self, user_id: int) -> str:
        values = [list(self.contacts), self.everybody, self.texts, self.files, self.reason, user_id]
        return signing.dumps(values, salt=_SALT, compress=True)

    @property
    def key(self) -> str:
        return "联系人 " + "、".join(f"#{pk}" for pk in self.contacts)

    def meant(self) -> Meant:
        contacts = list(Contact.objects.filter(pk__in=self.contacts).order_by("pk"))
        return forgetting.about(contacts, everybody=self.everybody)


def _read(ticket: str, user_id: int) -> Asked:
    """
    Raises:
        Conflict: it is too old, or somebody else's.
    """
    try:
        contacts, everybody, texts, files, reason, asker = signing.loads(ticket, salt=_SALT, max_age=ASKED_FOR)
    except (signing.BadSignature, ValueError):
        raise Conflict("核对后超过 10 分钟没有确认，什么都没有清除。请重新核对。", code="too_old") from None
    if asker != user_id:
        raise Conflict("核对的是另一个账号，什么都没有清除。请重新核对。", code="not_yours")
    return Asked(tuple(contacts), everybody, texts, files, reason)


@desk(PERMISSION)
@sensitive_post_parameters("person", "name", "password")
@require_http_methods(["GET", "POST"])
def forget_page(request: UserRequest) -> HttpResponse:
    """GET asks whom; POST counts; POST with the ticket of that, and the password, does it and proves it."""
    if "ticket" in request.POST:
        return _done(request)
    form = WhoForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            asked = _looked_for(request, form)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            return _counted(request, asked, asked.meant(), None)
    return form_page(
        request,
        form,
        kind=FORGET,
        title=FORGET.title,
        back=reverse("web:settings"),
        lead=LEAD,
        verb="核对将清除什么",
        context={"crumbs": FORGET.crumbs()},
    )


def _looked_for(request: UserRequest, form: WhoForm) -> Asked:
    """Whom the form means. Every look is written down, also one that finds nobody: it says that nobody is known.

    Raises:
        Invalid: there is nobody, or it is not clear who. Never with what is known of anybody.
    """
    said = form.cleaned_data
    key, problem, found = "", "", None
    try:
        found = forgetting.meant(said["person"], name=said["name"], everybody=said["everybody"])
    except Missing:
        key, problem = "没有找到的人", "没有登记过这个人的信息，或者是匿名的件。"
    except Invalid as refusal:
        if refusal.code != SEVERAL:
            raise Invalid(refusal.message, fields={"person": [refusal.message]}) from None
        key, problem = "几个人同用的电话", "几个姓名不同的人用过这个电话，请写明姓名，或者选“不论姓名”。"
    pks = tuple(contact.pk for contact in found.contacts) if found else ()
    asked = Asked(pks, said["everybody"], said["with_texts"], said["with_files"], said["reason"])
    acted(request.user, FORGET, key or asked.key, "核对将清除什么", 原因=said["reason"])
    if problem:
        raise Invalid(problem, fields={"name" if key == "几个人同用的电话" else "person": [problem]})
    return asked


def _counted(
    request: UserRequest, asked: Asked, found: Meant, form: SureForm | None, *, status: int = 200
) -> HttpResponse:
    """How much would go, and the question."""
    told = _forget(request, asked, found, dry_run=True)
    sure = form or SureForm(None, needed=bool(found.open or found.held))
    context = {
        "title": f"清除{asked.key} 的个人信息？",
        "crumbs": FORGET.crumbs(Crumb("核对")),
        "found": found,
        "table": _table(told, "将清除的内容", "没有可清除的个人信息，可能已经清除过。"),
        "told": told,
        "asked": asked,
        "form": sure,
        "ticket": asked.ticket(request.user.pk),
        "action": FORGET.url,
    }
    return render(request, "matters/settings/forget.html", context, status=status)


def _done(request: UserRequest) -> HttpResponse:
    if not request.user.has_usable_password():
        raise Conflict("您的账号没有设置密码，不能清除个人信息。请换有密码的系统管理员账号。")
    asked = _read(request.POST["ticket"], request.user.pk)
    found = asked.meant()
    needed = bool(found.open or found.held)
    form = SureForm(request.POST, needed=needed)
    if not form.is_valid():
        return _counted(request, asked, found, form, status=422)
    try:
        guards.require_own_password(request.user, form.cleaned_data["password"], field="password")
    except Refusal as refusal:
        show_refusal(form, refusal)
        return _counted(request, asked, found, form, status=refusal.status)
    told = _forget(request, asked, found, even_open=needed)
    proof = forgetting.prove(found)
    context = {
        "title": "个人信息已清除" if told else "没有可清除的个人信息",
        "crumbs": FORGET.crumbs(Crumb("结果")),
        "key": asked.key,
        "table": _table(told, "已清除的内容", "没有可清除的个人信息，可能已经清除过。"),
        "told": told,
        "left": sum(_forget(request, asked, asked.meant(), dry_run=True).values()),
        "proof": proof,
    }
    return render(request, "matters/settings/forgotten.html", context)


def _forget(
    request: UserRequest, asked: Asked, found: Meant, *, even_open: bool = False, dry_run: bool = False
) -> Mapping[str, int]:
    return forgetting.forget(
        found,
        by=request.user,
        who=who(request.user),
        reason=asked.reason,
        texts=asked.texts,
        files=asked.files,
        even_open=even_open,
        dry_run=dry_run,
    )


def _table(told: Mapping[str, int], caption: str, nothing: str) -> Table:
    lines = [Line([Cell(label), Cell(f"{n:,}")], of=label) for label, n in told.items()]
    return Table(caption, ["内容", "数量"], lines, title=caption, nothing=nothing)
