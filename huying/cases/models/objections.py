"""Units that say a case is not theirs."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from huying.cases.enums import ObjectionCause, Verdict
from huying.cases.models.case import Case


class Objection(models.Model):
    """A unit's word that a case is not its own: an objection (派单申诉), or the case handed back before it was
    acknowledged (退回派单), which ends in the same moment. Its texts are words of line `seq`.

    `dispatched_by`: who had given it to the unit, by line `given_seq`; `held_by`: who was in charge of it there, and is
    again when it stays.
    """

    class Way(models.TextChoices):
        OBJECTED = "objected", "派单申诉"
        HANDED_BACK = "handed_back", "退回派单"

    case = models.ForeignKey(Case, models.PROTECT, related_name="objections", db_index=False)
    seq = models.PositiveIntegerField()
    given_seq = models.PositiveIntegerField(null=True, blank=True, help_text="Line by which the unit was given it.")
    way = models.CharField("方式", max_length=20, choices=Way)
    unit = models.ForeignKey(
        "people.Organisation", models.PROTECT, related_name="+", verbose_name="提出单位", db_index=False
    )
    cause = models.CharField("理由", max_length=20)
    suggested = models.JSONField("建议承办单位", default=list, help_text="Codes of organisations.")
    at = models.DateTimeField("提出时间")
    by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="提出人", db_index=False
    )
    dispatched_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="派单人", db_index=False
    )
    held_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="经办人", db_index=False
    )
    endorsed_at = models.DateTimeField("负责人同意时间", null=True, blank=True)
    endorsed_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    verdict = models.CharField("结果", max_length=20, choices=Verdict, blank=True, default="")
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    ended_by = models.ForeignKey("people.User", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)

    class Meta:
        verbose_name = "派单申诉"
        constraints = [
            models.UniqueConstraint(fields=["case", "seq"], name="objection_once"),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(ended_at=None),
                name="objection_one_open",
                violation_error_message="这一件已经在申诉中。",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, verdict="") | Q(ended_at__isnull=False) & ~Q(verdict=""),
                name="objection_ends_with_verdict",
                violation_error_message="结束的申诉要有结果。",
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "at"], name="objection_of_unit"),
            models.Index(fields=["at"], name="objection_lately"),
            models.Index(
                fields=["unit", "ended_at"],
                name="objection_counted",
                condition=Q(way="objected", ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}#{self.seq}"

    @property
    def cause_label(self) -> str:
        from huying.cases.enums import HandBackReason

        names = dict(HandBackReason.choices if self.way == self.Way.HANDED_BACK else ObjectionCause.choices)
        return str(names.get(self.cause, self.cause))
