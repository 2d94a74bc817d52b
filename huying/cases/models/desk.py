"""What the desk keeps for itself: lists of points, imports, exports, views."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from huying.kernel.readings import Reading


class ChecklistItem(models.Model):
    """A point of a unit's own list (五个一、四个到位 …), ticked when a result is proposed. No unit: for all."""

    organisation = models.ForeignKey(
        "people.Organisation", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="单位"
    )
    text = models.CharField("内容", max_length=60)
    required = models.BooleanField("必须", default=True)
    order = models.PositiveSmallIntegerField("排序", default=100)
    active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = "办理清单"
        ordering = ["order", "id"]

    def __str__(self) -> str:
        return self.text


class ImportRun(Reading):
    """How far a file has been read; the file and its mapping are known by their digest.

    Those uploaded at the desk keep the file, what the check found, and the rows sent back as a sheet.
    """

    digest = models.CharField("摘要", max_length=64, unique=True)
    last_row = models.PositiveIntegerField("已处理到第几行", default=0)
    accepted = models.PositiveIntegerField("已收", default=0)
    rejected = models.PositiveIntegerField("退回", default=0)
    by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="导入人"
    )

    class Meta:
        verbose_name = "导入记录"
        indexes = [models.Index(fields=["by", "-started_at"], name="import_run_of_user")]


class ExportRun(models.Model):
    """Who took which list out, and when: the log of all exports. Large ones are made by a job; their file is kept for
    some days, for whoever asked."""

    class State(models.TextChoices):
        WAITING = "waiting", "等待生成"
        WRITING = "writing", "正在生成"
        DONE = "done", "已完成"
        FAILED = "failed", "没有完成"

    by = models.ForeignKey("people.User", models.PROTECT, related_name="+", verbose_name="导出人")
    post = models.ForeignKey("people.Post", models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField("时间", default=timezone.now)
    what = models.CharField("范围", max_length=300, help_text="The list and its filters in words, masked.")
    queue = models.CharField("列表", max_length=30, blank=True, default="")
    query = models.JSONField("条件", default=dict)
    numbers = models.JSONField("所选编号", default=list)
    columns = models.JSONField("列", default=list)
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    expected = models.PositiveIntegerField("预计件数", default=0)
    rows = models.PositiveIntegerField("件数", default=0)
    file = models.ForeignKey("kernel.StoredFile", models.SET_NULL, null=True, blank=True, related_name="+")
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)
    problem = models.CharField("问题", max_length=500, blank=True, default="")

    class Meta:
        verbose_name = "导出记录"
        indexes = [
            models.Index(fields=["by", "-at"], name="export_run_of_user"),
            models.Index(fields=["-at"], name="export_run_newest"),
            models.Index(fields=["finished_at"], name="export_run_kept", condition=Q(file__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.what


class SavedView(models.Model):
    """A list somebody has named: filters, columns and order. With an organisation it is shared with that unit's staff;
    only its owner changes it."""

    owner = models.ForeignKey("people.User", models.CASCADE, related_name="+", verbose_name="建立人", db_index=False)
    organisation = models.ForeignKey(
        "people.Organisation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="共享给",
        db_index=False,
    )
    name = models.CharField("名称", max_length=30)
    queue = models.CharField("列表", max_length=30, blank=True, default="")
    query = models.JSONField("条件", default=dict)
    columns = models.JSONField("列", default=list)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)

    class Meta:
        verbose_name = "视图"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"],
                name="saved_view_name_once",
                violation_error_message="您已有同名的视图，请换一个名称。",
            )
        ]
        indexes = [
            models.Index(fields=["organisation"], name="saved_view_shared", condition=Q(organisation__isnull=False))
        ]

    def __str__(self) -> str:
        return self.name
