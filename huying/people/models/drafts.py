"""What somebody had typed into a form and not sent yet."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from huying.kernel.privacy import EncryptedTextField
from huying.people.models.accounts import User


class Draft(models.Model):
    """A form half filled in, kept for its writer alone. It may name people, so it is encrypted like a contact."""

    user = models.ForeignKey(User, verbose_name="账号", on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField("表单", max_length=60)
    _content = EncryptedTextField("内容", db_column="content")
    updated_at = models.DateTimeField("保存时间", db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "草稿"
        constraints = [
            UniqueConstraint(fields=["user", "key"], name="people_draft_once"),
            CheckConstraint(condition=~Q(key=""), name="people_draft_key"),
        ]

    def __str__(self) -> str:
        return self.key

    def __repr__(self) -> str:
        return f"<Draft {self.pk}>"
