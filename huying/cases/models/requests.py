"""What a unit asks for beside the main way: more time, a longer limit, to put a case by, to count it apart."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from huying.cases.enums import RequestKind, RequestVerdict
from huying.cases.models.case import Case


class Ground(models.Model):
    """One reason to choose from when something is asked for. `plain`: what the reporter is told of it."""

    kind = models.CharField("用于", max_length=20, choices=RequestKind)
    key = models.SlugField("标识", max_length=30, unique=True)
    label = models.CharField("理由", max_length=60)
    plain = models.CharField("告诉诉求人的话", max_length=100, blank=True, default="")
    order = models.SmallIntegerField("排序", default=0)
    active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = "申请理由"
        ordering = ["kind", "order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "label"], name="ground_once", violation_error_message="已经有这条理由。"
            ),
        ]

    def __str__(self) -> str:
        return self.label


class CaseRequestQuerySet(models.QuerySet["CaseRequest"]):
    def open(self) -> CaseRequestQuerySet:
        """Nobody has decided yet."""
        return self.filter(verdict="")

    def granted(self, kind: RequestKind) -> CaseRequestQuerySet:
        return self.filter(kind=kind, verdict=RequestVerdict.GRANTED)

    def standing(self, kind: RequestKind) -> CaseRequestQuerySet:
        """Granted, and not over."""
        return self.granted(kind).filter(over_at=None)

    def deferred_between(self, start: datetime, end: datetime) -> CaseRequestQuerySet:
        """Approved deferrals that held at some moment from `start` to `end`: from `decided_at` to `over_at`."""
        rows = self.granted(RequestKind.DEFERRAL).filter(decided_at__lt=end)
        return rows.filter(Q(over_at=None) | Q(over_at__gt=start))


class CaseRequest(models.Model):
    """One request on its way: asked → endorsed by the unit's chief → decided by the centre, or refused, withdrawn, or
    fallen away because the case went on. Its texts are words of line `seq`.

    `days`: working days asked for, then granted; `until`: the promised last day of a deferral; `over_at`: when what was
    granted ended (taken up again, revoked).
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="requests", db_index=False)
    seq = models.PositiveIntegerField()
    kind = models.CharField("申请事项", max_length=20, choices=RequestKind)
    round = models.PositiveSmallIntegerField("办理轮次")
    ground = models.CharField("理由", max_length=30)
    days = models.PositiveSmallIntegerField("工作日", null=True, blank=True)
    until = models.DateField("最迟到", null=True, blank=True)
    review_days = models.PositiveSmallIntegerField("复核间隔", null=True, blank=True)
    times = models.PositiveSmallIntegerField("解释次数", null=True, blank=True)
    clock_seq = models.PositiveIntegerField("起算的行", null=True, blank=True)
    due_before = models.DateTimeField("原到期", null=True, blank=True)
    due_after = models.DateTimeField("延到", null=True, blank=True)
    asked_at = models.DateTimeField("申请时间")
    asked_by = models.ForeignKey("people.User", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    endorsed_at = models.DateTimeField("审核时间", null=True, blank=True)
    endorsed_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    first_at = models.DateTimeField("第一人同意", null=True, blank=True)
    first_by = models.ForeignKey("people.User", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    first_role = models.CharField("第一人的岗位", max_length=30, blank=True, default="")
    verdict = models.CharField("结果", max_length=10, choices=RequestVerdict, blank=True, default="")
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    decided_seq = models.PositiveIntegerField(null=True, blank=True)
    over_at = models.DateTimeField("终止时间", null=True, blank=True)
    over_seq = models.PositiveIntegerField(null=True, blank=True)

    objects = CaseRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "申请"
        constraints = [
            models.UniqueConstraint(fields=["case", "seq"], name="case_request_once"),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(verdict=""),
                name="case_request_one_open",
                violation_error_message="这件已有一项申请没有批。",
            ),
            models.UniqueConstraint(
                fields=["case", "clock_seq"],
                condition=Q(kind=RequestKind.EXTENSION, verdict=RequestVerdict.GRANTED),
                name="case_request_one_extension",
                violation_error_message="这一轮已经延期过。",
            ),
            models.CheckConstraint(
                condition=Q(verdict="", decided_at=None, decided_seq=None)
                | ~Q(verdict="") & Q(decided_at__isnull=False, decided_seq__isnull=False),
                name="case_request_decided_whole",
            ),
            models.CheckConstraint(
                condition=Q(over_at=None, over_seq=None)
                | Q(
                    over_at__isnull=False,
                    over_seq__isnull=False,
                    verdict=RequestVerdict.GRANTED,
                    over_at__gte=F("decided_at"),
                ),
                name="case_request_over_after_granted",
            ),
            models.CheckConstraint(
                condition=Q(first_by=None)
                | Q(decided_by=None)
                | ~Q(verdict=RequestVerdict.GRANTED)
                | ~Q(first_by=F("decided_by")),
                name="case_request_two_people",
                violation_error_message="两次同意不能是同一个人。",
            ),
        ]
        indexes = [
            models.Index(
                fields=["kind", "decided_at"], name="case_request_granted", condition=Q(verdict=RequestVerdict.GRANTED)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}#{self.seq} {self.kind}"
