"""What the reply check knows of a district: its empty phrases, statistics of its replies, traces of each of them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class EmptyPhrase(models.Model):
    """A phrase that sounds like an answer and is none. `…` in it stands for a few characters."""

    phrase = models.CharField("套话", max_length=40, unique=True)
    active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = "空话套话"
        ordering = ["phrase"]

    def __str__(self) -> str:
        return self.phrase


class ReplyStatistics(models.Model):
    """One row: `corpus` packed (numbers, no text), and up to where replies have been traced."""

    corpus = models.BinaryField("统计", default=b"")
    replies = models.PositiveIntegerField("依据的答复数", default=0)
    built_at = models.DateTimeField("统计时间", null=True, blank=True)
    traced_until = models.DateTimeField("登记到", null=True, blank=True)

    class Meta:
        verbose_name = "答复统计"

    def __str__(self) -> str:
        return f"{self.replies}"


class ReplyTrace(models.Model):
    """By what a reply that has been given is found again among all: `copies.bands` of the text of line `seq`."""

    matter = models.ForeignKey("matters.Matter", models.PROTECT, related_name="+", db_index=False)
    seq = models.PositiveIntegerField()
    at = models.DateTimeField("答复时间")
    bands = ArrayField(models.IntegerField())

    class Meta:
        verbose_name = "答复痕迹"
        constraints = [models.UniqueConstraint(fields=["matter", "seq"], name="reply_trace_once")]
        indexes = [GinIndex(fields=["bands"], name="reply_trace_bands")]

    def __str__(self) -> str:
        return f"{self.matter_id}#{self.seq}"
