"""What people type on this room's pages. The rules are in `sign_in`, `second_factor` and `passwords`."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict

from huying.people.contacts import OTHER, PURPOSES, REASON_LEAST, ROUTINE, purpose_of
from huying.people.passwords import MOST, RULES


class LineInput(forms.TextInput):
    """A text input that lets no control characters in: a refused form prints back what was typed."""

    def value_from_datadict(
        self, data: Mapping[str, Any], files: MultiValueDict[str, UploadedFile[Any]], name: str
    ) -> str | None:
        value = super().value_from_datadict(data, files, name)
        return "".join(c for c in value if unicodedata.category(c) != "Cc") if isinstance(value, str) else None


class DayInput(forms.DateInput):
    """A date as browsers pick it."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class MonthInput(LineInput):
    """A month as browsers pick it; elsewhere it is typed as 2026-11."""

    input_type = "month"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"placeholder": "年-月", **(attrs or {})})


class MonthField(forms.DateField):
    """The first day of a month that is picked or typed as 2026-11."""

    widget = MonthInput
    input_formats = ["%Y-%m"]
    default_error_messages = {"invalid": "请选择年和月，例如 2026-11。"}

    def prepare_value(self, value: Any) -> Any:
        return f"{value:%Y-%m}" if isinstance(value, dt.date) else value


class MomentInput(forms.DateTimeInput):
    """Day and time as browsers pick them."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


def _password(label: str, complete: str, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=MOST * 2,
        strip=False,
        help_text=help_text,
        widget=forms.PasswordInput(attrs={"autocomplete": complete}),
    )


class SignInForm(forms.Form):
    username = forms.CharField(
        label="用户名",
        max_length=150,
        widget=LineInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
    )
    password = _password("密码", "current-password")


class CodeForm(forms.Form):
    """Six digits from the phone."""

    code = forms.CharField(
        label="验证码",
        max_length=40,
        help_text="手机验证器上当前显示的 6 位数字。",
        widget=LineInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )


class SecondFactorForm(forms.Form):
    """Six digits, or a recovery code when the phone is not at hand."""

    code = forms.CharField(
        label="验证码",
        max_length=40,
        help_text="手机验证器上当前显示的 6 位数字。手机不在身边时，填一个备用码。",
        widget=LineInput(attrs={"autocomplete": "one-time-code", "autofocus": True}),
    )


class ChangePasswordForm(forms.Form):
    old_password = _password("原密码", "current-password")
    new_password = _password("新密码", "new-password", RULES)
    again = _password("再输一次新密码", "new-password")

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("new_password", again):
            raise forms.ValidationError("两次输入的新密码不一致。")
        return again


class PasswordForm(forms.Form):
    """Said once more before something that weakens the account."""

    password = _password("密码", "current-password")


class PurposeForm(forms.Form):
    """Why somebody's plain data are needed: one of some purposes, and words that somebody else can judge."""

    use_required_attribute = False
    purposes: ClassVar[Sequence[str]] = PURPOSES
    routine: ClassVar[Sequence[str]] = ROUTINE  # these need no words

    purpose = forms.ChoiceField(
        label="用途", error_messages={"required": "请选择用途。", "invalid_choice": "请选择用途。"}
    )
    words = forms.CharField(
        label="说明",
        required=False,
        max_length=150,
        help_text=f"选“{OTHER}”的必须写明，至少 {REASON_LEAST} 个字。不写诉求人的姓名和号码。",
        widget=LineInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: dict[str, forms.ChoiceField] = self.fields  # type: ignore[assignment]
        chosen["purpose"].choices = [("", "请选择"), *((one, one) for one in self.purposes)]

    def clean(self) -> dict[str, Any]:
        chosen = super().clean() or {}
        words, purpose = chosen.get("words"), chosen.get("purpose")
        if purpose and purpose not in self.routine and words is not None and len(words) < REASON_LEAST:
            self.add_error("words", f"请写清楚原因，至少 {REASON_LEAST} 个字。")
        return chosen

    @property
    def told(self) -> str:
        """As the log keeps it."""
        return purpose_of(self.cleaned_data["purpose"], self.cleaned_data["words"])


class AccountSearchForm(forms.Form):
    q = forms.CharField(label="姓名或用户名", max_length=60, required=False, widget=LineInput)
