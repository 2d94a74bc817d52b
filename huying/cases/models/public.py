"""Answers that stand where everybody reads them."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from huying.cases.models.case import Case


class PublicReply(models.Model):
    """A question and its answer as they were published, without whatever tells who asked. `seq`: the line that
    published it; `withdrawn_at`: taken down, or followed by a later one of the same case."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="public_replies", db_index=False)
    seq = models.PositiveIntegerField()
    title = models.CharField("标题", max_length=120)
    question = models.TextField("问题")
    answer = models.TextField("答复")
    unit = models.CharField("答复单位", max_length=100, blank=True, default="")
    published_at = models.DateTimeField("发布时间")
    withdrawn_at = models.DateTimeField("撤下时间", null=True, blank=True)
    document = SearchVectorField(null=True, help_text="Bigrams of title, question and answer.")

    class Meta:
        verbose_name = "公开答复"
        constraints = [
            models.UniqueConstraint(fields=["case", "seq"], name="public_reply_once"),
            models.UniqueConstraint(fields=["case"], condition=Q(withdrawn_at=None), name="public_reply_one_standing"),
        ]
        indexes = [
            models.Index(fields=["-published_at", "-id"], name="public_reply_newest", condition=Q(withdrawn_at=None)),
            GinIndex(fields=["document"], name="public_reply_words"),
        ]

    def __str__(self) -> str:
        return self.title
