from django import forms
from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "huying.ui"
    label = "ui"

    def ready(self) -> None:
        """Django's own "这个字段是必填项" speaks of fields; people are asked to fill in or to choose."""
        forms.Field.default_error_messages["required"] = "请填写这一项。"
        for choice in (forms.ChoiceField, forms.MultipleChoiceField, forms.ModelChoiceField):
            choice.default_error_messages = {**choice.default_error_messages, "required": "请选择一项。"}
        forms.FileField.default_error_messages["required"] = "请选择要上传的文件。"
