from django import forms
from django.apps import AppConfig
from django.core import validators


def speak_plainly() -> None:
    """Django's own words speak of fields and variables ("确保该变量包含……"); people are told what to do. Fields take
    their words along when their form is read, which may be before any `ready`."""
    forms.Field.default_error_messages["required"] = "请填写这一项。"
    for choice in (forms.ChoiceField, forms.MultipleChoiceField, forms.ModelChoiceField):
        choice.default_error_messages = {
            **choice.default_error_messages,
            "required": "请选择一项。",
            "invalid_choice": "没有这一项，请重新选择。",
        }
    forms.FileField.default_error_messages["required"] = "请选择要上传的文件。"
    forms.FileField.default_error_messages["empty"] = "这个文件是空的，请另选一个。"
    validators.MaxLengthValidator.message = "最多 %(limit_value)d 个字，现有 %(show_value)d 个。"
    validators.MinLengthValidator.message = "至少 %(limit_value)d 个字，现有 %(show_value)d 个。"
    validators.MinValueValidator.message = "不能小于 %(limit_value)s。"
    validators.MaxValueValidator.message = "不能大于 %(limit_value)s。"


speak_plainly()


class UiConfig(AppConfig):
    name = "huying.ui"
    label = "ui"
