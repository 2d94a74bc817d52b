"""Danger signs (险情信号): words as data, and the alarm they raise."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class AlarmWord(models.Model):
    """A word that raises an alarm unless it is negated. `unless` are words beside it that make it harmless."""

    group = models.CharField("类别", max_length=30)
    word = models.CharField("词语", max_length=40, unique=True)
    unless = models.JSONField("排除语境", default=list, blank=True)
    active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = "险情词"
        ordering = ["group", "word"]

    def __str__(self) -> str:
        return self.word


class Alarm(models.Model):
    """An alarm to named people, one after the other, until somebody acknowledges it.

    A matter has at most one that waits: what is said meanwhile joins it, what is said afterwards raises another.
    """

    matter = models.ForeignKey("matters.Matter", models.PROTECT, related_name="alarms")
    groups = models.JSONField("类别", default=list)
    words = models.JSONField("命中词语", default=list)
    raised_at = models.DateTimeField("报警时间")
    told = models.JSONField("已通知岗位", default=list)
    next_person_at = models.DateTimeField("下一次通知", null=True, blank=True)
    acknowledged_at = models.DateTimeField("确认时间", null=True, blank=True)
    acknowledged_by = models.ForeignKey("people.User", models.PROTECT, null=True, blank=True, related_name="+")
    real = models.BooleanField("属实", null=True, blank=True)

    class Meta:
        verbose_name = "险情报警"
        constraints = [
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True, acknowledged_by__isnull=True)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="alarm_acknowledged_whole",
            ),
            models.UniqueConstraint(
                fields=["matter"], condition=Q(acknowledged_at=None), name="alarm_one_waiting_of_a_matter"
            ),
        ]
        indexes = [
            models.Index(fields=["next_person_at"], name="alarm_waiting", condition=Q(acknowledged_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.matter_id} {'、'.join(self.words)}"
