"""What a unit that helps has been asked to do for a case (协办), and how far it is."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from huying.cases.models.case import Case


class PartState(models.TextChoices):
    ASKED = "asked", "待签收"
    WORKING = "working", "协办中"
    REPORTED = "reported", "待采纳"
    DECLINED = "declined", "称不属其职责"
    ACCEPTED = "accepted", "已采纳"
    ENDED = "ended", "已取消"


class CasePart(models.Model):
    """One organisation's part in one case. What was asked are words of line `asked_seq`, its answer those of line
    `answered_seq`. It counts while it is `current`, of this round, and the organisation is among the co-handlers."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="parts", db_index=False)
    organisation = models.ForeignKey("people.Organisation", models.PROTECT, related_name="+", db_index=False)
    round = models.PositiveSmallIntegerField("办理轮次")
    state = models.CharField("状态", max_length=10, choices=PartState, default=PartState.ASKED)
    current = models.BooleanField("最近一次", default=True)
    asked_seq = models.PositiveIntegerField()
    asked_at = models.DateTimeField("邀请时间")
    officer = models.CharField("经办人", max_length=40, blank=True, default="")
    answered_seq = models.PositiveIntegerField(null=True, blank=True)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    judged_seq = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = "协办"
        constraints = [
            models.UniqueConstraint(
                fields=["case", "organisation"],
                condition=Q(current=True),
                name="case_part_one_current",
                violation_error_message="这个单位已经在协办这一件。",
            ),
            models.CheckConstraint(
                condition=Q(answered_seq=None, answered_at=None)
                | Q(answered_seq__isnull=False, answered_at__isnull=False),
                name="case_part_answered_whole",
                violation_error_message="协办意见要有提交时间。",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "state"], name="case_part_of_unit", condition=Q(current=True))]

    def __str__(self) -> str:
        return f"{self.case_id} ← {self.organisation_id}"
