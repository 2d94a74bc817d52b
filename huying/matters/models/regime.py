"""A time of emergency (应急状态, 平急转换): what it brings with it, and who has confirmed that they know of it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Regime(models.Model):
    """A time in which other limits and rhythms hold: flood response, a major event. Several may hold at once."""

    key = models.CharField("标识", max_length=20, help_text="Limits name it; the same regime may come again.")
    name = models.CharField("名称", max_length=60)
    since = models.DateTimeField("开始")
    until = models.DateTimeField("结束", null=True, blank=True)
    reason = models.CharField("为什么启动", max_length=500, blank=True, default="")
    started_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="启动人", db_index=False
    )
    ended_for = models.CharField("为什么结束", max_length=500, blank=True, default="")
    ended_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="结束人", db_index=False
    )

    class Meta:
        verbose_name = "应急状态"
        ordering = ["-since"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gt=F("since")),
                name="regime_ends_after_start",
                violation_error_message="结束时间应晚于开始时间。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RegimeNotice(models.Model):
    """That a regime has begun, to one body that has to confirm it: repeated until it does."""

    regime = models.ForeignKey(Regime, models.PROTECT, related_name="notices", verbose_name="应急状态")
    organisation = models.ForeignKey(
        "people.Organisation", models.PROTECT, related_name="+", verbose_name="单位", db_index=False
    )
    told = models.PositiveSmallIntegerField("通知次数", default=0)
    next_at = models.DateTimeField("下次提醒", null=True, blank=True)
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    confirmed_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="确认人", db_index=False
    )

    class Meta:
        verbose_name = "应急通知"
        constraints = [
            models.UniqueConstraint(
                fields=["regime", "organisation"],
                name="regime_notice_once",
                violation_error_message="这个单位已经通知过。",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by=None)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False, next_at=None),
                name="regime_notice_confirmed_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="regime_notice_waiting", condition=Q(confirmed_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.regime_id} → {self.organisation_id}"


class RegimeRhythm(models.Model):
    """How often something is done while a regime holds, where that differs from what is usual."""

    regime = models.CharField("应急状态", max_length=20)
    rhythm = models.CharField("频次", max_length=40)
    minutes = models.PositiveSmallIntegerField("多少分钟一次")

    class Meta:
        verbose_name = "应急频次"
        ordering = ["regime", "rhythm"]
        constraints = [
            models.UniqueConstraint(
                fields=["regime", "rhythm"],
                name="regime_rhythm_once",
                violation_error_message="这个应急状态已经定过这一项频次。",
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=1),
                name="regime_rhythm_positive",
                violation_error_message="至少一分钟。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.regime} {self.rhythm}"
