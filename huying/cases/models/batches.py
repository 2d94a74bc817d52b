"""One event that hundreds call about: a main case, and what call-takers need to know it by."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from huying.cases.models.case import Case


class BatchQuerySet(models.QuerySet["Batch"]):
    def running(self, at: datetime) -> BatchQuerySet:
        """Those that new calls may belong to: the event is on, or was until lately, and its case is not done."""
        return self.filter(stopped_at=None, begins_at__lte=at, main__matter__closed_at=None).filter(
            Q(ends_at=None) | Q(ends_at__gt=at)
        )


class Batch(models.Model):
    """批量件: its handling, its clocks and its answer are the main case's; who goes along with it are `CaseLink`s.

    `places`: streets and communities, none where the whole district is meant; `words`: by which callers name it;
    `announcement`: what is read out to callers, the newest; `ends_at`: until when new calls are offered it;
    `stopped_at`: when that was ended by hand. It is over by itself when its main case is closed.
    """

    main = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="batch", verbose_name="主件")
    name = models.CharField("名称", max_length=60)
    places = ArrayField(models.BigIntegerField(), verbose_name="范围", default=list)
    category = models.CharField("分类", max_length=20, blank=True, default="")
    words = ArrayField(models.CharField(max_length=20), verbose_name="来电常用词", default=list)
    begins_at = models.DateTimeField("开始")
    ends_at = models.DateTimeField("预计结束", null=True, blank=True)
    stopped_at = models.DateTimeField("停止并入", null=True, blank=True)
    announcement = models.TextField("告知内容")
    announced_at = models.DateTimeField("最近告知", null=True, blank=True)
    made_at = models.DateTimeField("设立时间")

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = "批量件"
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("begins_at")),
                name="batch_ends_after_start",
                violation_error_message="结束时间要晚于开始时间。",
            )
        ]
        indexes = [models.Index(fields=["-made_at"], name="batch_running", condition=Q(stopped_at=None))]

    def __str__(self) -> str:
        return self.name
