"""Cases that are tied to others."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from huying.cases.enums import (
    LinkKind,
)
from huying.cases.models.case import Case


class CaseLinkQuerySet(models.QuerySet["CaseLink"]):
    def waiting(self) -> CaseLinkQuerySet:
        """Those that still go along with their main case."""
        return self.filter(ended_at=None)

    def standing(self) -> CaseLinkQuerySet:
        """Those that were not set free again."""
        return self.filter(Q(ended_at=None) | Q(answered=True))


class CaseLink(models.Model):
    """One case that is about the same thing as another, goes along with it and is answered with it.

    `ended_at`: when it got its answer (`answered`), or was set free to be handled by itself.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="+", verbose_name="并入的件", db_index=False)
    main = models.ForeignKey(Case, models.PROTECT, related_name="+", verbose_name="主件")
    kind = models.CharField("关系", max_length=10, choices=LinkKind, default=LinkKind.JOINED)
    by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="操作人", db_index=False
    )
    at = models.DateTimeField("时间")
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    answered = models.BooleanField("已一起答复", default=False)

    objects = CaseLinkQuerySet.as_manager()

    class Meta:
        verbose_name = "同一件事"
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(ended_at=None),
                name="case_link_one_main",
                violation_error_message="这一件已经并入了别的件。",
            ),
            models.CheckConstraint(
                condition=~Q(case=F("main")),
                name="case_link_to_another",
                violation_error_message="不能并入自己。",
            ),
            models.CheckConstraint(
                condition=Q(answered=False) | Q(ended_at__isnull=False),
                name="case_link_answered_ends",
                violation_error_message="已一起答复的要有结束时间。",
            ),
        ]
        indexes = [models.Index(fields=["case", "-at"], name="case_link_case")]

    def __str__(self) -> str:
        return f"{self.case_id} → {self.main_id}"
