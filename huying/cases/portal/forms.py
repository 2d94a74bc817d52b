"""Forms for residents: the same inputs as everywhere, in plain words, without what staff fill in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.datastructures import MultiValueDict

from huying.cases import inputs, options
from huying.cases.enums import Satisfaction
from huying.kernel.inputs import clean_line
from huying.matters.forms import InputForm, form_of, grouped
from huying.places.enums import Level
from huying.places.tree import place_tree
from huying.ui.forms import LongSelect

ENTERPRISE = "enterprise"  # the channel of an enterprise's account
ONLY_PHOTOS = "只上传了照片，没有写文字。"
# What residents are asked; the rest of the input is for staff.
ASKED = {
    "text",
    "attachments",
    "address",
    "reporter.name",
    "reporter.phone",
    "anonymous",
    "confidential",
    "wants_reply",
}


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
    first=("text", "attachments", "address", "reporter.phone", "reporter.name", "anonymous", "confidential"),
    without=sorted(
        {
            *inputs.Receive.model_fields,
            *(f"reporter.{name}" for name in inputs.Reporter.model_fields),
            *(f"motion.{name}" for name in inputs.MotionParticulars.model_fields),
        }
        - ASKED
    ),
)


class ReportForm(PlainForm, _Report):  # type: ignore[misc,valid-type]  # made by a function
    """Report something: words or a photo, a place, and perhaps who it is. `channel` is given by the page, the position
    comes from two hidden fields, and a community chosen from the list becomes part of the address."""

    words = {
        "text": "什么事",
        "address": "在哪里",
        "attachments": "照片",
        "reporter.name": "怎么称呼您",
        "reporter.phone": "您的电话",
        "anonymous": "匿名：不留姓名和电话",
        "confidential": "保密：不让办理的单位知道我是谁",
        "wants_reply": "办完请告诉我结果",
    }
    helps = {
        "text": "发生了什么、希望怎么解决。拍了照片也可以不写。",
        "address": "写小区、路名或门牌号。",
        "reporter.phone": "可以不填。填了，办理的人打电话问您情况，办完告诉您结果；别人看不到。",
        "anonymous": "谁都不知道是您；我们也没法打电话告诉您结果，请自己凭编号查。",
        "confidential": "只有区中心看得到您的电话，由区中心联系您。",
    }
    enterprise_words: ClassVar[Mapping[str, str]] = {"text": "企业遇到什么问题"}
    enterprise_helps: ClassVar[Mapping[str, str]] = {"text": "哪个环节卡住了、希望怎么解决。拍了照片也可以不写。"}

    def __init__(self, data: Any = None, files: Any = None, *, channel: str, known: bool, **more: Any) -> None:
        """`known`: somebody signed in, who need not say who they are."""
        self.channel = channel
        super().__init__(data, files, **more)
        if known:
            for name in ("reporter.name", "reporter.phone", "anonymous"):
                del self.fields[name]
            self.plans = [plan for plan in self.plans if plan.name in self.fields]
        if channel == ENTERPRISE:
            for name in self.enterprise_words:
                self.fields[name].label = self.enterprise_words[name]
                self.fields[name].help_text = self.enterprise_helps[name]
        self.fields["text"].widget.attrs["rows"] = "4"
        self.fields["text"].required = False  # a photo will do, which the mark of a required field would deny
        self.fields["community"] = forms.ChoiceField(
            label="选社区",
            required=False,
            choices=[("", "不清楚就不选"), *grouped(options.communities())],
            widget=LongSelect,
        )

    def typed(self) -> dict[str, object]:
        found: dict[str, object] = super().typed() | {"channel": self.channel}
        for name in ("lon", "lat"):
            if value := str(self.data.get(name, "")).strip():
                found[name] = value
        if "text" not in found and self._has_photos():
            found["text"] = ONLY_PHOTOS
        if "lon" not in found:
            found["address"] = self._address(str(found.get("address", "")))
        if found.get("anonymous"):  # whoever ticks it after typing a name means it
            found = {name: value for name, value in found.items() if not name.startswith("reporter.")}
        return found

    def _has_photos(self) -> bool:
        kept = isinstance(self.data, MultiValueDict) and self.data.getlist("attachments.kept")
        return bool(self.files.getlist("attachments") or kept)

    def _address(self, typed: str) -> str:
        """With the chosen community in front, unless it is named already."""
        tree = place_tree()
        chosen = tree.family(str(self.data.get("community", "")))
        if chosen is None or chosen.level != Level.COMMUNITY or chosen.name in typed:
            return typed
        return f"{tree.name_of(chosen.street_id)}{chosen.name}{typed}"


_Add = form_of(inputs.AddInformation)
_Rework = form_of(inputs.Rework)
_Rate = form_of(inputs.Rate)
_Withdraw = form_of(inputs.Withdraw, without=("means",))


class AddForm(PlainForm, _Add):  # type: ignore[misc,valid-type]
    words = {"text": "您的回答", "attachments": "照片"}
    helps = {"text": "知道多少写多少。"}


class ReworkForm(PlainForm, _Rework):  # type: ignore[misc,valid-type]
    words = {"reason": "哪里还没有解决", "attachments": "照片"}
    helps = {"reason": "写清楚现在是什么样子，最好拍张照片。"}


class WithdrawForm(PlainForm, _Withdraw):  # type: ignore[misc,valid-type]
    words = {"reason": "为什么不用办了"}
    helps = {"reason": "可以不写。写一句，我们好知道问题是不是真的解决了。"}


class RateForm(PlainForm, _Rate):  # type: ignore[misc,valid-type]
    words = {"satisfied": "您满意吗", "text": "想说的话"}
    helps = {"text": "可以不写。"}

    def __init__(self, data: Any = None, files: Any = None, **more: Any) -> None:
        super().__init__(data, files, **more)
        choices = Satisfaction.choices[::-1]  # the best first, as people are used to
        self.fields["satisfied"].choices = choices  # type: ignore[attr-defined]  # it is a ChoiceField


class AgainForm(ReworkForm):
    """Of what has not been handled: it was taken back, or not accepted."""

    words = {"reason": "为什么要办", "attachments": "照片"}
    helps = {"reason": "写清楚现在是什么情况、希望怎么解决。"}


STEP_FORMS: dict[str, type[PlainForm]] = {
    "add_information": AddForm,
    "rework": ReworkForm,
    "rate": RateForm,
    "withdraw": WithdrawForm,
}


_AS_TYPED = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}


class FollowForm(forms.Form):
    """The number and the code that were told when it was received."""

    use_required_attribute = False

    number = forms.CharField(
        label="编号",
        max_length=40,
        help_text="例如 WC20261122000123。",
        error_messages={"required": "请填写编号"},
        widget=forms.TextInput(attrs=_AS_TYPED),
    )
    code = forms.CharField(
        label="查询码",
        max_length=20,
        help_text="8 位字母和数字，不分大小写。",
        error_messages={"required": "请填写查询码"},
        widget=forms.TextInput(attrs=_AS_TYPED),
    )

    def clean_number(self) -> str:
        return clean_line(self.cleaned_data["number"]).upper().replace(" ", "")

    def clean_code(self) -> str:
        return clean_line(self.cleaned_data["code"]).upper().replace(" ", "").replace("-", "")
