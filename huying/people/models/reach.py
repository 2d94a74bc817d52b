"""Where somebody of the staff can be texted, and what about."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from huying.kernel.privacy import EncryptedTextField, LookupHashField, mask_phone
from huying.people.models.accounts import User


class Reach(models.Model):
    """The mobile phone of one account, and the kinds of messages it asked for there; what must reach people comes
    anyway."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="reach", verbose_name="账号")
    _phone = EncryptedTextField("手机号码", null=True, blank=True, db_column="phone")
    phone_hash = LookupHashField("手机索引", of="_phone", kind="phone")
    wanted = ArrayField(models.CharField(max_length=40), default=list, verbose_name="要发短信的消息")

    class Meta:
        verbose_name = "短信设置"

    def __str__(self) -> str:
        return self.phone

    @property
    def phone(self) -> str:
        return mask_phone(self._phone) if self._phone else ""
