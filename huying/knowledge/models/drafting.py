"""What the drafting service was asked to draft, and what it wrote."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from huying.kernel.privacy.fields import EncryptedTextField


class MachineDraft(models.Model):
    """One request of one person about one matter. `text` is kept while it is of use; see `drafting.asking`."""

    class Kind(models.TextChoices):
        REPLY = "reply", "答复"
        SUMMARY = "summary", "摘要"

    class State(models.TextChoices):
        WAITING = "waiting", "正在起草"
        DONE = "done", "已起草"
        FAILED = "failed", "没有写成"

    matter = models.ForeignKey("matters.Matter", models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey("people.User", models.PROTECT, related_name="+")
    kind = models.CharField("起草什么", max_length=10, choices=Kind)
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    prompt = EncryptedTextField("发出的内容", default="", blank=True)
    text = EncryptedTextField("草稿", default="", blank=True)
    problem = models.CharField("没有写成的原因", max_length=200, blank=True, default="")
    asked_at = models.DateTimeField("请求时间")
    started_at = models.DateTimeField("开始时间", null=True, blank=True)
    done_at = models.DateTimeField("完成时间", null=True, blank=True)
    milliseconds = models.PositiveIntegerField("用时", default=0)

    class Meta:
        verbose_name = "机器草稿"
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", done_at=None) | (~Q(state="waiting") & Q(done_at__isnull=False)),
                name="machine_draft_done",
                violation_error_message="写完的草稿要有完成时间。",
            ),
            models.UniqueConstraint(
                fields=["matter", "user", "kind"],
                condition=Q(state="waiting"),
                name="machine_draft_one_at_a_time",
                violation_error_message="上一份还在起草。",
            ),
        ]
        indexes = [models.Index(fields=["matter", "user", "-asked_at"], name="machine_draft_newest")]

    def __str__(self) -> str:
        return f"{self.matter_id} {self.kind}"
