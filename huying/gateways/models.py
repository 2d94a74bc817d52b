"""What outside systems call things of ours."""

from __future__ import annotations

from django.db import models


class SmsTemplate(models.Model):
    """Under which number a message is registered with the SMS platform, and with which words."""

    key = models.CharField("消息", max_length=60, primary_key=True)
    code = models.CharField("模板编号", max_length=60)
    body = models.TextField("报备的文字", help_text="As it was registered: other words need another number.")

    class Meta:
        verbose_name = "短信模板编号"

    def __str__(self) -> str:
        return f"{self.key} {self.code}"
