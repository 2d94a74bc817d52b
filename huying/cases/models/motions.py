"""Motions and proposals (议提案): what they are on paper, and the letters that answer them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from huying.cases.enums import AnswerClass, MotionBody, Opinion
from huying.cases.models.case import Case


class Motion(models.Model):
    """Under which number of which session somebody moved it. Who did is a public person and stands here by name; how to
    reach that person is the contact's. `session` 0: between two sessions."""

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="motion")
    body = models.CharField("种类", max_length=10, choices=MotionBody)
    term = models.PositiveSmallIntegerField("届")
    session = models.PositiveSmallIntegerField("次会议", default=0)
    serial = models.PositiveIntegerField("编号")
    proposer = models.CharField("领衔代表或委员", max_length=60)
    seconders = models.CharField("附议人", max_length=200, blank=True, default="")
    disclosed = models.BooleanField("可以公开")
    key = models.BooleanField("重点督办", default=False)

    class Meta:
        verbose_name = "议提案"
        constraints = [
            models.UniqueConstraint(
                fields=["body", "term", "session", "serial"],
                name="motion_number_once",
                violation_error_message="这次会议的这个编号已经登记过。",
            ),
        ]
        indexes = [models.Index(fields=["serial"], name="motion_serial")]

    def __str__(self) -> str:
        return f"{self.get_body_display()} {self.term}-{self.session}-{self.serial}"


class MotionAnswer(models.Model):
    """One answer as line `seq` proposed it, and what the proposer said of it once it was approved. `lead`: the unit
    that signed it; `content`: whether the opinion counts as content."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="motion_answers", db_index=False)
    seq = models.PositiveIntegerField()
    round = models.PositiveSmallIntegerField("办理轮次")
    answer_class = models.CharField("答复类别", max_length=1, choices=AnswerClass)
    letter_number = models.CharField("发文字号", max_length=40, blank=True, default="")
    copies = models.CharField("抄送", max_length=200, blank=True, default="")
    lead = models.ForeignKey("people.Organisation", models.PROTECT, null=True, related_name="+", db_index=False)
    approved_at = models.DateTimeField("签发时间", null=True, blank=True)
    opinion_at = models.DateTimeField("收回意见时间", null=True, blank=True)
    attitude = models.CharField("对办理态度", max_length=12, choices=Opinion, blank=True, default="")
    result = models.CharField("对办理结果", max_length=12, choices=Opinion, blank=True, default="")
    content = models.BooleanField("满意", null=True, blank=True)

    class Meta:
        verbose_name = "议提案答复"
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(fields=["case", "seq"], name="motion_answer_once"),
            models.CheckConstraint(
                condition=Q(opinion_at=None, attitude="", result="", content=None)
                | Q(opinion_at__isnull=False, approved_at__isnull=False, content__isnull=False)
                & ~Q(attitude="")
                & ~Q(result=""),
                name="motion_opinion_whole",
                violation_error_message="对办理态度和办理结果的意见要一起记录。",
            ),
        ]
        indexes = [
            models.Index(
                fields=["lead", "approved_at"], name="motion_answer_counted", condition=Q(approved_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id}#{self.seq}"
