"""What a call-out (呼叫) and each response to it (响应) have beside the matters they are. What was written lives in
`matters.Words`."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from huying.callouts.enums import DeclineReason, Justified, Level, Purpose, Raised, Solved, Verdict
from huying.kernel.rows import QuickModel
from huying.matters.models import Matter


class Callout(QuickModel):
    """One call of somebody on the ground. The caller is the matter's `lead`, the purpose its `subkind`, the units
    called its `co_handlers` once it is issued: so lists and scopes know them; after them the streets that see a
    community's call through. `called`: those it asks for."""

    matter = models.OneToOneField(Matter, models.PROTECT, primary_key=True, related_name="callout")
    level = models.CharField("呼叫层级", max_length=12, choices=Level)
    raised = models.CharField("提级", max_length=12, choices=Raised, blank=True, default="")
    called = ArrayField(models.BigIntegerField(), verbose_name="被呼叫单位", default=list)
    address = models.CharField("地点", max_length=200, blank=True, default="")
    wanted_at = models.DateTimeField("希望到场时间", null=True, blank=True)
    automatic = models.BooleanField("自动研判", default=False)
    drafted_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    issued_at = models.DateTimeField("发出时间", null=True, blank=True)

    class Meta:
        verbose_name = "呼叫"

    def __str__(self) -> str:
        return self.matter.number


class Response(QuickModel):
    """What one unit that was called does about it: a matter with clocks and a rating of its own. The unit is the
    matter's `lead`, the caller its first `co_handler`, before the streets that see it through. Times are the newest
    line's of their kind; each is None until it happened. Both ratings stay None until they are given."""

    matter = models.OneToOneField(Matter, models.PROTECT, primary_key=True, related_name="response")
    callout = models.ForeignKey(Callout, models.PROTECT, related_name="responses", verbose_name="呼叫")
    responded_at = models.DateTimeField("响应时间", null=True, blank=True)
    arrived_at = models.DateTimeField("到场时间", null=True, blank=True)
    fed_back_at = models.DateTimeField("反馈时间", null=True, blank=True)
    accepted_at = models.DateTimeField("验收时间", null=True, blank=True)
    presses = models.PositiveSmallIntegerField("催办次数", default=0)
    declined_for = models.CharField("退出理由", max_length=20, choices=DeclineReason, blank=True, default="")
    verdict = models.CharField("裁定", max_length=12, choices=Verdict, blank=True, default="")
    # the caller's rating of the unit
    solved = models.CharField("解决程度", max_length=10, choices=Solved, blank=True, default="")
    satisfaction = models.PositiveSmallIntegerField("呼叫方满意度", null=True, blank=True)
    rated_at = models.DateTimeField("呼叫方评价时间", null=True, blank=True)
    # the unit's rating of the caller
    justified = models.CharField("呼叫必要性", max_length=10, choices=Justified, blank=True, default="")
    clear = models.PositiveSmallIntegerField("情况清楚", null=True, blank=True)
    right_address = models.BooleanField("地点准确", null=True, blank=True)
    caller_rated_at = models.DateTimeField("被呼叫方评价时间", null=True, blank=True)

    class Meta:
        verbose_name = "响应"
        constraints = [
            models.CheckConstraint(
                condition=Q(satisfaction=None) | Q(satisfaction__range=(1, 5)),
                name="response_satisfaction_range",
                violation_error_message="满意度是一到五。",
            ),
            models.CheckConstraint(
                condition=Q(clear=None) | Q(clear__range=(1, 5)),
                name="response_clear_range",
                violation_error_message="情况清楚的评分是一到五。",
            ),
        ]

    def __str__(self) -> str:
        return self.matter.number


class CausingMatterQuerySet(models.QuerySet["CausingMatter"]):
    def standing(self) -> CausingMatterQuerySet:
        """Those that were not taken out again."""
        return self.filter(removed_at=None)


class CausingMatter(models.Model):
    """A matter of any kind, most often a case, that made somebody call. It goes its own way."""

    callout = models.ForeignKey(Callout, models.PROTECT, related_name="causes", db_index=False)
    matter = models.ForeignKey(Matter, models.PROTECT, related_name="callout_links", verbose_name="事项")
    added_at = models.DateTimeField("关联时间")
    removed_at = models.DateTimeField("取消关联时间", null=True, blank=True)

    objects = CausingMatterQuerySet.as_manager()

    class Meta:
        verbose_name = "关联事项"
        constraints = [
            models.UniqueConstraint(
                fields=["callout", "matter"],
                condition=Q(removed_at=None),
                name="callout_matter_once",
                violation_error_message="这一件已经关联到这个呼叫。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.callout_id} ← {self.matter_id}"


class CallingRule(models.Model):
    """What a call of this level and purpose needs before it goes out (analysis and approval), as data."""

    level = models.CharField("呼叫层级", max_length=12, choices=Level)
    purpose = models.CharField("呼叫类型", max_length=12, choices=Purpose)
    automatic = models.BooleanField("没有疑点时自动研判", default=False)
    approval = models.BooleanField("发出前由负责人审批", default=True)

    class Meta:
        verbose_name = "呼叫规则"
        ordering = ["level", "purpose"]
        constraints = [
            models.UniqueConstraint(
                fields=["level", "purpose"],
                name="calling_rule_once",
                violation_error_message="这一层级和类型已有规则。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()} {self.get_purpose_display()}"


from huying.callouts.stars.models import StarDimension, StarStandard  # noqa: E402, F401 (tables of this room)
