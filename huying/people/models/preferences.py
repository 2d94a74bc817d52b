"""What the desk remembers for one account: the columns of a list, the last filters, what was folded away."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from huying.people.models.accounts import User


class Preference(models.Model):
    """One remembered choice. No business depends on it: whoever loses it chooses again."""

    user = models.ForeignKey(User, verbose_name="账号", on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField("设置", max_length=80)
    value = models.JSONField("值")

    class Meta:
        verbose_name = verbose_name_plural = "个人设置"
        constraints = [
            UniqueConstraint(fields=["user", "key"], name="people_preference_once"),
            CheckConstraint(condition=~Q(key=""), name="people_preference_key"),
        ]

    def __str__(self) -> str:
        return self.key
