"""What holds messages back on their way to a phone."""

from __future__ import annotations

from django.db import models
from django.db.models import UniqueConstraint
from django.utils import timezone

from huying.kernel.privacy import EncryptedTextField, LookupHashField, mask_phone


class OptOut(models.Model):
    """A number whose owner wants no short messages."""

    class How(models.TextChoices):
        REPLY = "reply", "回复短信退订"
        OWNER = "owner", "本人在网上退订"

    _phone = EncryptedTextField("电话", db_column="phone")
    phone_hash = LookupHashField("电话索引", of="_phone", kind="phone", unique=True)
    how = models.CharField("方式", max_length=10, choices=How)
    at = models.DateTimeField("时间", default=timezone.now)

    class Meta:
        verbose_name = "退订"

    def __str__(self) -> str:
        return mask_phone(self._phone)


class SentCount(models.Model):
    """How much went to one number on one day by one channel; `subject` is the hash of the number, empty for all."""

    day = models.DateField("日期")
    channel = models.CharField("方式", max_length=20)
    subject = models.BinaryField("号码索引")
    n = models.PositiveIntegerField("条数", default=0)

    class Meta:
        verbose_name = "发送计数"
        constraints = [UniqueConstraint(fields=["day", "channel", "subject"], name="sentcount_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.channel} {self.n}"
