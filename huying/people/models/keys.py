"""Keys by which outside systems use the API."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q
from django.utils import timezone

from huying.people.models.accounts import User
from huying.people.models.organisations import Organisation


class ApiKey(models.Model):
    """One key. The key itself was shown once; here are the part by which it is recognised and the hash of the whole.

    `scopes` are permissions, never more than the integrator's role has. `organisation` and `channel` narrow what is
    seen and done to the cases given to that unit, and to the cases that came by that channel.
    """

    name = models.CharField("名称", max_length=60, help_text="哪个系统在用")
    prefix = models.CharField("前缀", max_length=8, unique=True)
    digest = models.BinaryField("摘要", max_length=32)
    user = models.ForeignKey(User, models.PROTECT, related_name="api_keys", verbose_name="账号")
    scopes = ArrayField(models.CharField(max_length=60), verbose_name="权限")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="单位"
    )
    channel = models.CharField("渠道", max_length=40, blank=True, default="")
    per_minute = models.PositiveIntegerField("每分钟次数")
    created_at = models.DateTimeField("创建时间", default=timezone.now)
    expires_at = models.DateTimeField("到期时间", null=True, blank=True)
    revoked_at = models.DateTimeField("停用时间", null=True, blank=True)
    last_used_at = models.DateTimeField("最近使用", null=True, blank=True, help_text="误差一分钟")

    class Meta:
        verbose_name = verbose_name_plural = "接口密钥"
        ordering = ["name", "-created_at"]
        constraints = [
            CheckConstraint(
                condition=~Q(scopes=[]),
                name="people_apikey_has_scopes",
                violation_error_message="密钥至少要有一项权限。",
            ),
            CheckConstraint(
                condition=Q(per_minute__gt=0),
                name="people_apikey_rate_positive",
                violation_error_message="每分钟次数必须大于零。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.prefix}）"
