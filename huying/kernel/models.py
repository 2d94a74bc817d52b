"""What the kernel itself keeps: small tables without any business noun."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now

from huying.kernel.privacy import EncryptedTextField


class Generation(models.Model):
    """How often what is cached under a key has changed; see `kernel.generation`."""

    key = models.CharField("缓存", max_length=40, primary_key=True)
    n = models.BigIntegerField("代次", default=0)

    class Meta:
        db_table = "kernel_generation"
        verbose_name = "缓存代次"
        verbose_name_plural = verbose_name

    def __str__(self) -> str:
        return f"{self.key} {self.n}"


class CalendarOverride(models.Model):
    """A day on which this district works, or rests, against the announced calendar."""

    date = models.DateField("日期", unique=True)
    working = models.BooleanField("是否上班")
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        db_table = "kernel_calendar_override"
        ordering: ClassVar[list[str]] = ["date"]
        verbose_name = "本区日历调整"
        verbose_name_plural = verbose_name

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {'上班' if self.working else '休息'}"


class ParameterValue(models.Model):
    """A figure that this district has set otherwise than the product; see `kernel.parameters`."""

    key = models.CharField("参数", max_length=80, primary_key=True)
    value = models.IntegerField("值")

    class Meta:
        db_table = "kernel_parameter_value"
        verbose_name = "参数"
        verbose_name_plural = verbose_name

    def __str__(self) -> str:
        return f"{self.key} = {self.value}"


class ConfigChange(models.Model):
    """Somebody changed how the product works; see `kernel.changes`. Rows are never changed."""

    at = models.DateTimeField("时间", db_default=Now())
    who = models.CharField("谁", max_length=130)
    what = models.CharField("哪一类", max_length=40)
    key = models.CharField("哪一项", max_length=200)
    before = models.JSONField("修改前", null=True, blank=True)
    after = models.JSONField("修改后", null=True, blank=True)

    class Meta:
        db_table = "kernel_config_change"
        ordering: ClassVar[list[str]] = ["-id"]
        verbose_name = "设置修改记录"
        verbose_name_plural = verbose_name
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["what", "-id"], name="kernel_config_change_what")]

    def __str__(self) -> str:
        return f"{self.what} {self.key}"


class Outbox(models.Model):
    """What is still to follow from a change; see `kernel.outbox`."""

    topic = models.CharField("主题", max_length=100)
    payload = models.JSONField("内容")
    created_at = models.DateTimeField("产生时间", db_default=Now())
    attempts = models.SmallIntegerField("已试次数", default=0, db_default=0)
    retry_at = models.DateTimeField("下次尝试", null=True, blank=True)
    set_aside_at = models.DateTimeField("搁置时间", null=True, blank=True)
    last_error = models.TextField("最近一次错误", blank=True, default="", db_default="")

    class Meta:
        db_table = "kernel_outbox"
        verbose_name = "待处理事件"
        verbose_name_plural = verbose_name
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["id"], name="kernel_outbox_set_aside", condition=models.Q(set_aside_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.topic} #{self.pk}"


class PeriodicRun(models.Model):
    """When a piece of periodic work ran last, and how it went; see `kernel.outbox.periodic`."""

    name = models.CharField("名称", max_length=100, primary_key=True)
    every_seconds = models.FloatField("间隔（秒）")
    started_at = models.DateTimeField("上次开始", null=True, blank=True)
    seconds = models.FloatField("用时（秒）", null=True, blank=True)
    failures = models.IntegerField("连续失败次数", default=0, db_default=0)
    error = models.TextField("错误", blank=True, default="", db_default="")

    class Meta:
        db_table = "kernel_periodic_run"
        verbose_name = "定时任务"
        verbose_name_plural = verbose_name

    def __str__(self) -> str:
        return self.name


class KeptAnswer(models.Model):
    """What was answered to a request that may be sent again; see `kernel.idempotency`."""

    id = models.UUIDField("请求", primary_key=True, editable=False)
    request_digest = models.BinaryField("请求摘要", max_length=32)
    answer = EncryptedTextField("答复")  # it may hold what is told only once
    created_at = models.DateTimeField("时间", db_default=Now())

    class Meta:
        db_table = "kernel_kept_answer"
        verbose_name = "已答复的请求"
        verbose_name_plural = verbose_name
        indexes: ClassVar[list[models.Index]] = [BrinIndex(fields=["created_at"], name="kernel_kept_answer_age")]

    def __str__(self) -> str:
        return str(self.pk)


class StoredFile(models.Model):
    """An accepted attachment. Its bytes lie under MEDIA_ROOT by their digest; see `kernel.files`."""

    class State(models.TextChoices):
        LOOSE = "loose", "已上传，未提交"
        ATTACHED = "attached", "已归属"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sha256 = models.CharField("摘要", max_length=64, db_index=True)
    size = models.BigIntegerField("字节数")
    media_type = models.CharField("类型", max_length=100)
    name = models.CharField("文件名", max_length=200)
    width = models.IntegerField("宽", null=True, blank=True)
    height = models.IntegerField("高", null=True, blank=True)
    thumbnail = models.BooleanField("有缩略图", default=False)
    uploaded_at = models.DateTimeField("上传时间", auto_now_add=True)
    uploader = models.CharField("上传者", max_length=100, blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.LOOSE)
    owner_kind = models.CharField("归属类别", max_length=40, blank=True)
    owner_key = models.CharField("归属编号", max_length=64, blank=True)

    class Meta:
        db_table = "kernel_stored_file"
        verbose_name = "附件"
        verbose_name_plural = verbose_name
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["owner_kind", "owner_key"], name="kernel_file_owner", condition=~models.Q(owner_kind="")
            ),
            models.Index(fields=["uploaded_at"], name="kernel_file_loose", condition=models.Q(state="loose")),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="kernel_file_owned_when_attached",
                condition=models.Q(state="loose", owner_kind="", owner_key="")
                | (models.Q(state="attached") & ~models.Q(owner_kind="") & ~models.Q(owner_key="")),
                violation_error_message="附件的归属不完整。",
            ),
        ]

    def __str__(self) -> str:
        return self.name
