"""Versions of the recommender that were trained here."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class RecommenderVersion(models.Model):
    """One training and what came of it. `content` is the model as `recommender.model` writes it; `report` holds, for
    each target, figures on later cases than those it had learned from (`recommender.judging.Figures`), with examples.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "等待训练"
        RUNNING = "running", "正在训练"
        READY = "ready", "可以启用"
        FAILED = "failed", "没有训练成"

    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    asked_at = models.DateTimeField("提出时间")
    asked_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="提出人"
    )
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)
    progress = models.PositiveSmallIntegerField("进度", default=0, help_text="Of a hundred.")
    problem = models.CharField("原因", max_length=300, blank=True, default="")
    first_day = models.DateField("学习的件：最早", null=True, blank=True)
    last_day = models.DateField("学习的件：最晚", null=True, blank=True)
    cases = models.PositiveIntegerField("学习的件数", default=0)
    upheld = models.PositiveIntegerField("其中申诉成立的件数", default=0)
    report = models.JSONField("检验报告", default=dict)
    content = models.BinaryField("模型", null=True, blank=True)
    active = models.BooleanField("在用", default=False)
    activated_at = models.DateTimeField("启用时间", null=True, blank=True)
    activated_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="启用人"
    )

    class Meta:
        verbose_name = "推荐模型"
        constraints = [
            models.UniqueConstraint(
                fields=["active"],
                condition=Q(active=True),
                name="recommender_one_active",
                violation_error_message="已有一个在用的推荐模型。",
            ),
            models.CheckConstraint(
                condition=~Q(state="ready") | Q(content__isnull=False, finished_at__isnull=False),
                name="recommender_ready_whole",
                violation_error_message="训练完成的版本要有模型和完成时间。",
            ),
            models.CheckConstraint(
                condition=Q(active=False) | Q(state="ready"),
                name="recommender_active_ready",
                violation_error_message="只有训练完成的版本可以启用。",
            ),
        ]

    def __str__(self) -> str:
        return f"第 {self.pk} 版"
