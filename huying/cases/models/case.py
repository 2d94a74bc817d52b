"""What a case has beside the matter it is. Free text of steps lives in `matters.Words`; here are the facts."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from huying.cases.enums import (
    ContactExemption,
    LocatedBy,
    Means,
    Satisfaction,
)
from huying.kernel.rows import QuickModel
from huying.matters.models import Matter


class Case(QuickModel):
    """Particulars of one case (诉求件). Whatever lists filter or scope by is on the matter."""

    matter = models.OneToOneField(Matter, models.PROTECT, primary_key=True, related_name="case")
    address = models.CharField("地址", max_length=200, blank=True, default="")
    located_by = models.CharField("定位方式", max_length=10, choices=LocatedBy, default=LocatedBy.NONE)
    happened_at = models.DateTimeField("发生时间", null=True, blank=True)
    anonymous = models.BooleanField("匿名", default=False)
    wants_reply = models.BooleanField("要求答复", default=True)
    tags = models.JSONField("标签", default=list)
    follow_hash = models.BinaryField("查询码", max_length=32, null=True, help_text="Keyed hash of the follower's code.")
    upper_due_at = models.DateTimeField("上级时限", null=True, blank=True)
    sampled = models.BooleanField("即时答复抽查", default=False)
    spot_checked_at = models.DateTimeField("抽查时间", null=True, blank=True)
    triaged_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    officer = models.CharField("经办人", max_length=40, blank=True, default="")
    round = models.PositiveSmallIntegerField("办理轮次", default=1)
    contacted_at = models.DateTimeField("办前沟通时间", null=True, blank=True)
    contact_tries = models.PositiveSmallIntegerField("联系次数", default=0)
    callback_tries = models.PositiveSmallIntegerField("回访次数", default=0)
    resolved_at = models.DateTimeField("办结时间", null=True, blank=True)
    satisfaction = models.PositiveSmallIntegerField("满意度", choices=Satisfaction, null=True, blank=True)
    solved = models.BooleanField("已解决", null=True, blank=True)
    real = models.BooleanField("诉求属实", null=True, blank=True)
    rated_at = models.DateTimeField("评价时间", null=True, blank=True)
    rating = models.PositiveSmallIntegerField("评价", choices=Satisfaction, null=True, blank=True)
    imported = models.BooleanField("历史导入", default=False)

    class Meta:
        verbose_name = "诉求件"
        indexes = [
            models.Index(fields=["matter"], name="case_to_spot_check", condition=Q(sampled=True, spot_checked_at=None)),
            GinIndex(fields=["tags"], name="case_tags", opclasses=["jsonb_path_ops"], condition=~Q(tags=[])),
        ]

    def __str__(self) -> str:
        return self.matter.number


class ContactAct(models.Model):
    """Contact with the reporter before handling (办前沟通): a recorded act, or the reason why there was none."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="contacts", db_index=False)
    seq = models.PositiveIntegerField()
    round = models.PositiveSmallIntegerField("办理轮次")
    at = models.DateTimeField("时间", null=True, blank=True)
    whom = models.CharField("联系对象", max_length=20, blank=True, default="")
    means = models.CharField("方式", max_length=10, choices=Means, blank=True, default="")
    reached = models.BooleanField("联系上")
    exemption = models.CharField("免联系理由", max_length=20, choices=ContactExemption, blank=True, default="")

    class Meta:
        verbose_name = "办前沟通"
        constraints = [
            models.UniqueConstraint(fields=["case", "seq"], name="contact_act_once"),
            models.CheckConstraint(
                condition=Q(exemption="", at__isnull=False) & ~Q(means="") | ~Q(exemption=""),
                name="contact_act_or_exemption",
                violation_error_message="请填写联系的时间和方式，或者选择免联系理由。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}#{self.seq}"


class Resolution(models.Model):
    """What a handler proposes as the end of one round, and who approved it. Its texts are words of line `seq`."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="resolutions", db_index=False)
    seq = models.PositiveIntegerField()
    round = models.PositiveSmallIntegerField("办理轮次")
    true = models.BooleanField("诉求属实")
    solved = models.BooleanField("已解决")
    by_whom = models.CharField("办理人", max_length=60)
    checklist = models.JSONField("办理清单", default=list)
    proposed_at = models.DateTimeField("提交时间")
    proposed_by = models.ForeignKey("people.User", models.PROTECT, null=True, related_name="+", db_index=False)
    approved_at = models.DateTimeField("审批时间", null=True, blank=True)
    approved_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    sent_back_at = models.DateTimeField("退回时间", null=True, blank=True)
    sent_back_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = "办理结果"
        constraints = [
            models.UniqueConstraint(fields=["case", "seq"], name="resolution_once"),
            models.CheckConstraint(
                condition=Q(approved_at=None, sent_back_at=None)
                | Q(approved_at=None, withdrawn_at=None)
                | Q(sent_back_at=None, withdrawn_at=None),
                name="resolution_one_answer",
                violation_error_message="办理结果只能通过、退回、撤回其中之一。",
            ),
        ]
        indexes = [models.Index(fields=["approved_at"], name="resolution_approved", condition=~Q(approved_at=None))]

    def __str__(self) -> str:
        return f"{self.case_id}#{self.seq}"


class Callback(models.Model):
    """One attempt to ask the reporter (回访)."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="callbacks", db_index=False)
    seq = models.PositiveIntegerField()
    round = models.PositiveSmallIntegerField("办理轮次")
    attempt = models.PositiveSmallIntegerField("第几次")
    at = models.DateTimeField("时间")
    reached = models.BooleanField("接通")
    solved = models.BooleanField("已解决", null=True, blank=True)
    satisfied = models.PositiveSmallIntegerField("满意度", choices=Satisfaction, null=True, blank=True)
    real = models.BooleanField("情况属实", null=True, blank=True)
    content = models.BooleanField("算满意", null=True, blank=True, help_text="By the level that counted on that day.")
    lead = models.ForeignKey(
        "people.Organisation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="计入哪个单位",
        db_index=False,
    )

    class Meta:
        verbose_name = "回访"
        constraints = [
            models.UniqueConstraint(fields=["case", "seq"], name="callback_once"),
            models.CheckConstraint(
                condition=Q(reached=False, solved=None, satisfied=None)
                | Q(reached=True, solved__isnull=False, satisfied__isnull=False),
                name="callback_reached_answers",
                violation_error_message="接通的回访要记录是否解决和满意度。",
            ),
        ]
        indexes = [models.Index(fields=["lead", "at"], name="callback_counted", condition=Q(lead__isnull=False))]

    def __str__(self) -> str:
        return f"{self.case_id}#{self.seq}"


class SpotCheck(models.Model):
    """One look at an answer that was given at once (抽查)."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="spot_checks", db_index=False)
    seq = models.PositiveIntegerField()
    round = models.PositiveSmallIntegerField("办理轮次")
    at = models.DateTimeField("时间")
    right = models.BooleanField("答复正确")

    class Meta:
        verbose_name = "抽查"
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="spot_check_once")]
        indexes = [models.Index(fields=["at"], name="spot_check_at")]

    def __str__(self) -> str:
        return f"{self.case_id}#{self.seq}"
