"""Forms for residents: the same inputs as everywhere, in plain words, without what staff fill in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms

from huying.cases import inputs
from huying.kernel.inputs import clean_line
from huying.matters.forms import InputForm, form_of


class PlainForm(InputForm):
    """An input's form with residents' words in place of the staff's."""

    words: ClassVar[Mapping[str, str]] = {}
    helps: ClassVar[Mapping[str, str]] = {}

    def __init__(self, data: Any = None, files: Any = None, **more: Any) -> None:
        super().__init__(data, files, **more)
        for name, words in self.words.items():
            if name in self.fields:
                self.fields[name].label = words
        for name in self.fields:
            self.fields[name].help_text = self.helps.get(name, "")


_Report = form_of(
    inputs.Receive,
    first=("text", "address", "attachments", "reporter.name", "reporter.phone"),
    without=(
        "channel",
        "external_number",
        "kind",
        "category",
        "urgency",
        "title",
        "happened_at",
        "who",
        "cause",
        "lon",
        "lat",
        "tags",
        "upper_due_at",
        "reporter.kind",
        "reporter.identity",
        "reporter.address",
        "reporter.handle",
    ),
)


class ReportForm(PlainForm, _Report):  # type: ignore[misc,valid-type]  # made by a function
    """Report something. `channel` is given by the page; the position comes from hidden fields."""

    words = {
        "text": "什么事",
        "address": "在哪里",
        "attachments": "照片",
        "reporter.name": "怎么称呼您",
        "reporter.phone": "您的电话",
        "anonymous": "不留姓名电话",
        "confidential": "请替我保密，不告诉办理单位我是谁",
        "wants_reply": "办完请告诉我",
    }
    helps = {
        "text": "写清楚发生了什么、希望怎么解决。",
        "address": "写到小区、路名或门牌；也可以用下面的按钮定位。",
        "attachments": "可以不传，最多 20 张。",
        "reporter.phone": "方便办理的人联系您，别人看不到。",
        "confidential": "由区中心联系您，办理单位看不到您的联系方式。",
    }

    def __init__(self, data: Any = None, files: Any = None, *, channel: str, known: bool, **more: Any) -> None:
        """`known`: somebody signed in, who need not say who they are."""
        self.channel = channel
        super().__init__(data, files, **more)
        if known:
            for name in ("reporter.name", "reporter.phone", "anonymous"):
                del self.fields[name]
            self.plans = [plan for plan in self.plans if plan.name in self.fields]
            self.more = tuple(name for name in self.more if name in self.fields)

    def typed(self) -> dict[str, object]:
        found: dict[str, object] = super().typed() | {"channel": self.channel}
        for name in ("lon", "lat"):
            if value := str(self.data.get(name, "")).strip():
                found[name] = value
        if found.get("anonymous"):  # whoever ticks it after typing a name means it
            found = {name: value for name, value in found.items() if not name.startswith("reporter.")}
        return found


_Add = form_of(inputs.AddInformation)
_Rework = form_of(inputs.Rework)
_Rate = form_of(inputs.Rate)


class AddForm(PlainForm, _Add):  # type: ignore[misc,valid-type]
    words = {"text": "您的回答", "attachments": "照片"}


class ReworkForm(PlainForm, _Rework):  # type: ignore[misc,valid-type]
    words = {"reason": "哪里还没有解决", "attachments": "照片"}


class RateForm(PlainForm, _Rate):  # type: ignore[misc,valid-type]
    words = {"satisfied": "您满意吗", "text": "想说的话"}
    helps = {"text": "可以不写。"}


STEP_FORMS: dict[str, type[PlainForm]] = {"add_information": AddForm, "rework": ReworkForm, "rate": RateForm}


class FollowForm(forms.Form):
    """The number and the code that were told when it was received."""

    use_required_attribute = False

    number = forms.CharField(
        label="编号", max_length=40, help_text="例如 WC20261122000123。", error_messages={"required": "请填写编号"}
    )
    code = forms.CharField(
        label="查询码",
        max_length=20,
        help_text="8 位字母和数字，不分大小写。",
        error_messages={"required": "请填写查询码"},
    )

    def clean_number(self) -> str:
        return clean_line(self.cleaned_data["number"]).upper().replace(" ", "")

    def clean_code(self) -> str:
        return clean_line(self.cleaned_data["code"]).upper().replace(" ", "").replace("-", "")
