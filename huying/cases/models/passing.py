"""A case that another body has in hand for the unit that answers for it (转办), or that is looked at on site."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from huying.cases.models.case import Case


class Direction(models.TextChoices):
    DOWN = "down", "转下级"
    UP = "up", "转上级"
    GRID = "grid", "网格核查"


class Ending(models.TextChoices):
    GIVEN_BACK = "given_back", "已交回"
    TAKEN_BACK = "taken_back", "已收回"
    LEAD_MOVED = "lead_moved", "主办责任已转移"
    REPORTED = "reported", "已报回"
    CALLED_OFF = "called_off", "已取消"


class CasePassing(models.Model):
    """One passing, by line `seq`. `lead`: who answered for the case then; it still does, unless `lead_too` was said and
    the receiver has taken it on. At most one stands (`ended_at` None), and within it at most one look on site."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="passings", db_index=False)
    seq = models.PositiveIntegerField()
    direction = models.CharField("方向", max_length=10, choices=Direction)
    sender = models.ForeignKey("people.Organisation", models.PROTECT, related_name="+", db_index=False)
    receiver = models.ForeignKey("people.Organisation", models.PROTECT, related_name="+", db_index=False)
    lead = models.ForeignKey("people.Organisation", models.PROTECT, related_name="+", db_index=False)
    lead_too = models.BooleanField("主办责任一并转移", default=False)
    sent_by = models.ForeignKey("people.User", models.PROTECT, null=True, related_name="+", db_index=False)
    worker = models.ForeignKey("people.User", models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField("时间")
    taken_at = models.DateTimeField("接收时间", null=True, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    ending = models.CharField("结束方式", max_length=12, choices=Ending, blank=True, default="")
    lon = models.FloatField("核查经度", null=True, blank=True)
    lat = models.FloatField("核查纬度", null=True, blank=True)

    class Meta:
        verbose_name = "转办"
        constraints = [
            models.UniqueConstraint(fields=["case", "seq"], name="case_passing_once"),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(ended_at=None) & ~Q(direction=Direction.GRID),
                name="case_passing_one_standing",
                violation_error_message="这一件已经转出去了。",
            ),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(ended_at=None, direction=Direction.GRID),
                name="case_passing_one_check",
                violation_error_message="这一件正在现场核查。",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ending="") | Q(ended_at__isnull=False) & ~Q(ending=""),
                name="case_passing_ended_whole",
                violation_error_message="结束的转办要说明怎样结束。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}#{self.seq}"
