"""What people type on this room's pages. The rules are in `sign_in`, `second_factor` and `passwords`."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict

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


class AccountSearchForm(forms.Form):
    q = forms.CharField(label="姓名或用户名", max_length=60, required=False, widget=LineInput)
