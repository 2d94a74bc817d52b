"""Third-party review: why it was opened, who judges, what each said and what came of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from huying.cases.enums import Responsible, ReviewBasis, ReviewReason, ReviewResult, ReviewStage
from huying.cases.models.case import Case


class Review(models.Model):
    """One review of one case. `seq`: the line that opened it; `round`: the round that is looked at."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="reviews", db_index=False)
    seq = models.PositiveIntegerField()
    round = models.PositiveSmallIntegerField("办理轮次")
    reason = models.CharField("原因", max_length=20, choices=ReviewReason)
    opened_at = models.DateTimeField("发起时间")
    stage = models.CharField("进展", max_length=10, choices=ReviewStage, default=ReviewStage.JUDGING)
    result = models.CharField("结果", max_length=10, choices=ReviewResult, blank=True, default="")
    basis = models.CharField("依据", max_length=10, choices=ReviewBasis, blank=True, default="")
    decided_at = models.DateTimeField("得出结果时间", null=True, blank=True)
    decided_seq = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = "第三方评价"
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=~Q(stage="done"),
                name="review_one_open",
                violation_error_message="这件诉求正在第三方评价。",
            ),
            models.UniqueConstraint(fields=["case", "seq"], name="review_once"),
            models.CheckConstraint(
                condition=Q(stage="done", decided_at__isnull=False) & ~Q(result="")
                | ~Q(stage="done") & Q(result="", decided_at=None),
                name="review_done_has_result",
                violation_error_message="有了结果的评价要有结果和时间。",
            ),
        ]
        indexes = [
            models.Index(fields=["-opened_at"], name="review_open", condition=~Q(stage="done")),
            models.Index(fields=["decided_at"], name="review_decided", condition=Q(stage="done")),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}#{self.seq}"


class Judgement(models.Model):
    """What one person from outside was asked to judge, and said. `place`: first, second, or the third who is asked
    when the first two disagree. Who was replaced keeps the row. The words are those of line `seq`."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="judgements", db_index=False)
    place = models.PositiveSmallIntegerField("第几位")
    reviewer = models.ForeignKey("people.User", models.PROTECT, related_name="+", db_index=False)
    organisation = models.ForeignKey("people.Organisation", models.PROTECT, related_name="+", db_index=False)
    assigned_at = models.DateTimeField("交办时间")
    assigned_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    due_at = models.DateTimeField("评价时限")
    replaced_at = models.DateTimeField("更换时间", null=True, blank=True)
    answered_at = models.DateTimeField("提交时间", null=True, blank=True)
    seq = models.PositiveIntegerField(null=True, blank=True)
    true = models.BooleanField("诉求属实", null=True, blank=True)
    solved = models.BooleanField("已解决", null=True, blank=True)
    proper = models.BooleanField("处置得当", null=True, blank=True)
    responsible = models.CharField("责任在谁", max_length=10, choices=Responsible, blank=True, default="")
    reminded_at = models.DateTimeField("提醒时间", null=True, blank=True)
    late_told_at = models.DateTimeField("超时告知时间", null=True, blank=True)

    class Meta:
        verbose_name = "第三方评价意见"
        ordering = ["place", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "place"], condition=Q(replaced_at=None), name="judgement_one_each_place"
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, seq=None, proper=None)
                | Q(
                    answered_at__isnull=False,
                    seq__isnull=False,
                    true__isnull=False,
                    solved__isnull=False,
                    proper__isnull=False,
                ),
                name="judgement_whole",
                violation_error_message="评价意见要答全。",
            ),
            models.CheckConstraint(
                condition=Q(replaced_at=None) | Q(answered_at=None),
                name="judgement_answered_stays",
                violation_error_message="已经提交的评价不能再换人。",
            ),
        ]
        indexes = [
            models.Index(fields=["review"], name="judgement_of_review"),
            models.Index(
                fields=["reviewer", "due_at"],
                name="judgement_waiting",
                condition=Q(answered_at=None, replaced_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.review_id}/{self.place}"
