"""Message templates: what people are told at each step, in the district's own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huying.kernel.errors import Conflict, Invalid, Missing
from huying.matters.channels import outward
from huying.matters.flow import BACK, STAY, Flow, Outcome, Step, flows
from huying.matters.messages import templates
from huying.matters.models import MessageTemplate
from huying.matters.settings import PERMISSION
from huying.matters.wording import (
    EACH_PART,
    ONE_PART,
    OTHERS,
    Template,
    check,
    coded,
    own_words,
    parts,
    placeholders,
    sample,
    spoken,
    wording,
)
from huying.people.access import desk
from huying.people.forms import LineInput
from huying.people.requests import UserRequest
from huying.people.settings import Cell, Kind, Line, Listing, RowForm, Table, ask, edit, listing, removed
from huying.ui.components import Confirmation
from huying.ui.templatetags.ui import slots


def _told(row: MessageTemplate) -> dict[str, str]:
    names = {channel.key: channel.name for channel in outward()}
    usual = templates[row.key]
    found = {
        "标题": spoken(row.title, usual),
        "内容": spoken(row.body, usual),
        "不发送": "、".join(names.get(key, key) for key in row.muted),
        "紧急": {True: "是", False: "否"}.get(row.urgent, ""),  # type: ignore[arg-type]
    }
    return {name: words for name, words in found.items() if words}


TEMPLATES = Kind(
    "消息模板",
    "消息模板",
    "matters:message-templates",
    ("message_templates",),
    named=lambda row: described(row.key).when,
    words=_told,
)
TO = {
    "reporter": "诉求人",
    "holder": "承办单位",
    "chiefs": "承办单位负责人",
    "chiefs_above": "单位负责人（没有的为上级单位负责人）",
    "holders_chiefs": "现办单位负责人",
    "lead": "主办单位",
    "holder_user": "现办人",
    "co_handlers": "协办单位",
    "caller": "呼叫单位",
    "centre_if_confidential": "接线员（保密件）",
    "dispatchers": "派单审核员",
    "dispatchers_if_urgent": "派单审核员（紧急件）",
    "supervisors": "督导员",
    "leaders": "领导",
    "left": "不再办理的单位及负责人",
    "on_duty": "办理单位及值班电话",
    "unit": "主办单位（经办人）",
    "units": "这一步所指的单位",
    "units_on_duty": "这一步所指的单位及值班电话",
    "sent_there": "派去现场的网格员",
}


@dataclass(frozen=True, slots=True)
class Described:
    """When a message is sent, and to whom."""

    when: str
    to: str
    outward: bool  # it goes to whoever reported


def described(key: str) -> Described:
    if key in OTHERS:
        return Described(*OTHERS[key], outward=False)
    kind, _, name = key.partition(".")
    flow = flows.get(kind)
    steps: dict[str, None] = {}
    to: dict[str, None] = {}
    for step in flow.steps if flow else ():
        for outcome in step.outcomes:
            for notice in (notice for notice in outcome.notices if notice.template == name):
                steps[_step_words(flow, step, outcome)] = None
                to[TO.get(notice.to, notice.to)] = None
    usual = templates[key].title
    return Described("、".join(steps) or usual, "、".join(to) or "有关人员", TO["reporter"] in to)


def _step_words(flow: Flow | None, step: Step, outcome: Outcome) -> str:
    """What happened; and where it led to, of a step that tells different things by how it ends."""
    telling = [one for one in step.outcomes if one.notices]
    if flow is None or len(telling) < 2 or outcome.target in (STAY, BACK):
        return step.label
    return f"{step.label} → {flow.state[outcome.target].label}"


class TemplateForm(RowForm[MessageTemplate]):
    muted = forms.MultipleChoiceField(label="不发送的方式", required=False, widget=forms.CheckboxSelectMultiple)
    urgent = forms.BooleanField(
        label="紧急",
        required=False,
        help_text="夜间也发，不受每天条数限制，退订的人也收到；紧急程度为“特急”的件的消息都按紧急发。",
    )

    class Meta:
        model = MessageTemplate
        fields = ("title", "body", "muted", "urgent")
        widgets = {"title": LineInput, "body": forms.Textarea(attrs={"rows": 4, "data-verbatim": True})}

    def __init__(self, *args: Any, usual: Template, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.usual = usual
        self.initial["title"], self.initial["body"] = (
            spoken(self.instance.title, usual),
            spoken(self.instance.body, usual),
        )
        self.initial["urgent"] = usual.urgent if self.instance.urgent is None else self.instance.urgent
        channels = [(channel.key, channel.name) for channel in outward()]
        if not channels:
            del self.fields["muted"], self.fields["urgent"]
            return
        choice: forms.MultipleChoiceField = self.fields["muted"]  # type: ignore[assignment]
        choice.choices = channels
        choice.help_text = "勾选的方式不再发送这条消息；有账号的人登录后仍能在站内看到。"

    def clean_urgent(self) -> bool | None:
        urgent: bool = self.cleaned_data["urgent"]
        return None if urgent == self.usual.urgent else urgent

    def clean_title(self) -> str:
        return self._checked("title")

    def clean_body(self) -> str:
        return self._checked("body")

    def _checked(self, name: str) -> str:
        text = coded(self.cleaned_data[name], self.usual)
        try:
            check(text, self.usual)
        except Invalid as refusal:
            raise forms.ValidationError(refusal.message) from refusal
        return text


@desk(PERMISSION)
@require_GET
def templates_page(request: UserRequest) -> HttpResponse:
    own = own_words()
    groups: dict[str, list[Line]] = {"发给诉求人": [], "发给工作人员": []}
    for key, usual in templates.items():
        about, now = described(key), wording(key, usual)
        line = Line(
            [
                Cell(slots(spoken(now.title, usual)), reverse("matters:message-template", args=[key])),
                Cell(about.when),
                Cell(about.to),
                Cell(slots(spoken(now.body, usual))),
                Cell("本区自拟", tone="blue") if key in own else Cell("默认", tone="grey"),
            ]
        )
        groups["发给诉求人" if about.outward else "发给工作人员"].append(line)
    headers = ("标题", "什么时候", "发给谁", "内容", "文字")
    tables = [
        Table(caption=title, headers=headers, lines=lines, id=f"to-{n}", title=title)
        for n, (title, lines) in enumerate(groups.items())
    ]
    lead = "加底色的地方发送时自动换成这一件的编号、标题等。改动只对以后的消息有效。"
    return listing(request, Listing(kind=TEMPLATES, tables=tables, lead=lead))


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def template_page(request: UserRequest, key: str) -> HttpResponse:
    usual = _door(key)
    about, now = described(key), wording(key, usual)
    row = MessageTemplate.objects.filter(pk=key).first()
    own = row is not None
    if row is None:
        row = MessageTemplate(key=key, title=usual.title, body=usual.body)
    form = TemplateForm(request.POST or None, instance=row, usual=usual)
    return edit(
        request,
        form,
        kind=TEMPLATES,
        title=f"消息模板：{spoken(now.title, usual)}",
        lead=f"“{about.when}”时发给{about.to}。",
        done="消息模板已保存，以后的消息用新的文字。",
        template="matters/settings/template.html",
        context={
            "questions": [_question(key)] if own else [],
            "usual": f"{spoken(usual.title, usual)}——{spoken(usual.body, usual)}" if own else "",
            "allowed": [(words, code.format(**sample(usual))) for code, words in placeholders(usual).items()],
            "preview_url": reverse("matters:message-template-preview", args=[key]),
            **_preview(usual, request.POST.get("title", now.title), request.POST.get("body", now.body)),
        },
    )


@desk(PERMISSION)
@require_POST
def template_preview(request: UserRequest, key: str) -> HttpResponse:
    """The words as somebody would read them; fetched while they are written."""
    usual = _door(key)
    shown = _preview(usual, request.POST.get("title", ""), request.POST.get("body", ""))
    return render(request, "matters/settings/template_preview.html", shown)


@desk(PERMISSION)
@require_http_methods(["GET", "POST"])
def restore_template(request: UserRequest, key: str) -> HttpResponse:
    _door(key)
    row = MessageTemplate.objects.filter(pk=key).first()

    def act() -> None:
        if row is None:
            raise Conflict("现在用的就是默认文字。")
        with transaction.atomic():
            removed(row, by=request.user, kind=TEMPLATES)

    return ask(request, _question(key), act, "已恢复默认文字。")


def _question(key: str) -> Confirmation:
    usual = templates[key]
    return Confirmation(
        id="restore",
        label="恢复默认",
        title="恢复默认文字？",
        body=f"以后改用默认的文字：“{spoken(usual.title, usual)}——{spoken(usual.body, usual)}”。",
        verb="恢复默认",
        action=reverse("matters:restore-message-template", args=[key]),
        back_url=reverse("matters:message-template", args=[key]),
    )


def _preview(usual: Template, title: str, body: str) -> dict[str, object]:
    title, body = coded(title, usual), coded(body, usual)
    try:
        check(title, usual)
        check(body, usual)
    except Invalid as refusal:
        return {"problem": refusal.message}
    values = sample(usual)
    said = body.format(**values)
    return {
        "problem": "",
        "preview_title": title.format(**values),
        "preview_body": said,
        "length": len(said),
        "parts": parts(said),
        "one_part": ONE_PART,
        "each_part": EACH_PART,
    }


def _door(key: str) -> Template:
    usual = templates.get(key)
    if usual is None:
        raise Missing("没有这个消息模板。")
    return usual
