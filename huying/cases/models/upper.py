"""What the upper level said of a case, and what we answered, beside our own."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from huying.cases.enums import Satisfaction, UpperKind
from huying.cases.models.case import Case


class UpperAct(models.Model):
    """One thing that the upper level did, or our answer to it. `item`: the upper level's own number of it; the same one
    arrives once. The words are those of line `seq`."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="upper_acts", db_index=False)
    seq = models.PositiveIntegerField()
    round = models.PositiveSmallIntegerField("办理轮次")
    kind = models.CharField("事项", max_length=10, choices=UpperKind)
    item = models.CharField("上级单号", max_length=80, blank=True, default="")
    at = models.DateTimeField("时间")
    due_at = models.DateTimeField("上级要求的时间", null=True, blank=True)
    solved = models.BooleanField("已解决", null=True, blank=True)
    satisfied = models.PositiveSmallIntegerField("满意度", choices=Satisfaction, null=True, blank=True)
    redone = models.BooleanField("因此重办", default=False)

    class Meta:
        verbose_name = "上级事项"
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(fields=["case", "seq"], name="upper_act_once"),
            models.UniqueConstraint(
                fields=["case", "kind", "item"],
                condition=~Q(item=""),
                name="upper_act_item_once",
                violation_error_message="上级的这个单号已经登记过。",
            ),
            models.CheckConstraint(
                condition=~Q(kind="called") | Q(solved__isnull=False, satisfied__isnull=False),
                name="upper_callback_answers",
                violation_error_message="上级回访要有是否解决和满意度。",
            ),
        ]
        indexes = [models.Index(fields=["at"], name="upper_act_at")]

    def __str__(self) -> str:
        return f"{self.case_id}#{self.seq}"
