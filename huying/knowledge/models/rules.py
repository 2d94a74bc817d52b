"""Dispatch rules (派单口径), their versions, and what they were tried on."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from huying.knowledge.rules.conditions import Conditions


class DispatchRule(models.Model):
    """One rule through all its versions. What holds on a day is the published version with the latest first day up to
    it, unless that one has ended: a newer version replaces the older without a change to it, and its withdrawal
    brings the older back."""

    code = models.CharField("编号", max_length=12, unique=True)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)

    class Meta:
        verbose_name = "派单口径"
        ordering: ClassVar[list[str]] = ["code"]

    def __str__(self) -> str:
        return self.code


class RuleVersion(models.Model):
    """What a rule says, from a day on. Only drafts are changed.

    `lead` and `helpers` are codes of organisations, or `@street` and `@community` for whoever answers for the place.
    `writers`: everybody who has written on the draft, none of whom approves it. `origins`: the objections it comes
    from, as whoever proposed it has told of them: `{"key", "number", "words"}`.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        SUBMITTED = "submitted", "待审批"
        PUBLISHED = "published", "已发布"
        WITHDRAWN = "withdrawn", "已撤回"
        DROPPED = "dropped", "已作废"

    rule = models.ForeignKey(DispatchRule, models.PROTECT, related_name="versions")
    n = models.PositiveSmallIntegerField("第几版")
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    subject = models.CharField("事项", max_length=60)
    conditions = models.JSONField("条件", default=dict)
    exceptions = models.JSONField("例外", default=list)
    lead = models.CharField("主办单位", max_length=32)
    helpers = ArrayField(models.CharField(max_length=32), verbose_name="协办单位", default=list, blank=True)
    document = models.CharField("依据文件", max_length=120)
    clause = models.CharField("条款", max_length=60)
    quote = models.TextField("条文", blank=True, default="")
    priority = models.PositiveSmallIntegerField("优先级", default=5, help_text="1 to 9, the smaller the sooner.")
    valid_from = models.DateField("生效日期")
    valid_to = models.DateField("失效日期", null=True, blank=True, help_text="The first day after.")
    why = models.CharField("修改原因", max_length=300, blank=True, default="")
    origins = models.JSONField("来源申诉", default=list, blank=True)
    batch = models.CharField("导入批次", max_length=36, blank=True, default="")
    searched = models.TextField("检索用文字", blank=True, default="")
    writers = ArrayField(models.BigIntegerField(), verbose_name="起草人", default=list)
    author = models.ForeignKey("people.User", models.PROTECT, related_name="+", verbose_name="起草人", db_index=False)
    written_at = models.DateTimeField("起草时间", default=timezone.now)
    submitted_by = models.ForeignKey("people.User", models.PROTECT, null=True, related_name="+", db_index=False)
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    approver = models.ForeignKey(
        "people.User", models.PROTECT, null=True, related_name="+", verbose_name="审批人", db_index=False
    )
    approved_at = models.DateTimeField("审批时间", null=True, blank=True)
    returned_by = models.ForeignKey("people.User", models.PROTECT, null=True, related_name="+", db_index=False)
    returned_at = models.DateTimeField("退回时间", null=True, blank=True)
    returned_why = models.CharField("退回原因", max_length=300, blank=True, default="")
    ended_by = models.ForeignKey("people.User", models.PROTECT, null=True, related_name="+", db_index=False)
    ended_at = models.DateTimeField("撤回或作废时间", null=True, blank=True)
    ended_why = models.CharField("撤回原因", max_length=300, blank=True, default="")

    class Meta:
        verbose_name = "派单口径版本"
        ordering: ClassVar[list[str]] = ["rule", "-n"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["rule", "n"], name="rule_version_once"),
            models.UniqueConstraint(
                fields=["rule"],
                condition=Q(state__in=("draft", "submitted")),
                name="rule_version_one_open",
                violation_error_message="这条口径已有一份没有办完的草稿。",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("published", "withdrawn"))
                | Q(approver__isnull=False, approved_at__isnull=False),
                name="rule_version_approved",
                violation_error_message="口径经审批才能发布。",
            ),
            models.CheckConstraint(
                condition=Q(approver=None) | ~Q(approver=F("author")),
                name="rule_version_four_eyes",
                violation_error_message="不能审批自己起草的口径。",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="rule_version_ends_after_start",
                violation_error_message="失效日期要晚于生效日期。",
            ),
            models.CheckConstraint(condition=Q(priority__gte=1, priority__lte=9), name="rule_version_priority"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "rule"], name="rule_version_of_state"),
            models.Index(fields=["batch"], name="rule_version_of_batch", condition=~Q(batch="")),
        ]

    def __str__(self) -> str:
        return f"{self.rule.code} 第 {self.n} 版"

    @property
    def asked(self) -> Conditions:
        return Conditions.of(self.conditions)

    @property
    def unless(self) -> tuple[Conditions, ...]:
        return tuple(Conditions.of(one) for one in self.exceptions)

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.DRAFT, self.State.SUBMITTED)


class RuleRun(models.Model):
    """Rules tried on past cases: drafts against what is in force (a replay), or all that is in force (a survey).

    `versions` are the drafts, `seal` the digest of what they said then: a draft that was changed since needs another.
    `result` holds the figures, `RuleMove` the cases that would have gone elsewhere.
    """

    class Kind(models.TextChoices):
        REPLAY = "replay", "历史回放"
        SURVEY = "survey", "口径体检"

    class State(models.TextChoices):
        WAITING = "waiting", "等待运行"
        RUNNING = "running", "正在运行"
        DONE = "done", "已完成"
        FAILED = "failed", "没有完成"

    kind = models.CharField("类别", max_length=10, choices=Kind)
    versions = ArrayField(models.BigIntegerField(), verbose_name="草稿", default=list)
    seal = models.CharField("内容摘要", max_length=64, blank=True, default="")
    first = models.DateField("起")
    last = models.DateField("止", help_text="The first day after.")
    by = models.ForeignKey("people.User", models.PROTECT, related_name="+", verbose_name="发起人", db_index=False)
    at = models.DateTimeField("发起时间", default=timezone.now)
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    done = models.FloatField("进度", default=0)
    read = models.PositiveIntegerField("已看件数", default=0)
    result = models.JSONField("结果", default=dict)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)
    problem = models.CharField("问题", max_length=300, blank=True, default="")

    class Meta:
        verbose_name = "口径回放"
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["kind", "-at"], name="rule_run_newest")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def going(self) -> bool:
        return self.state in (self.State.WAITING, self.State.RUNNING)

    @property
    def percent(self) -> int:
        return min(99, int(100 * self.done))


class RuleMove(models.Model):
    """A past case that the drafts of a replay would have sent elsewhere. `source`: the unit that the rules in force
    name, or, where none does, the one that got it first; `target` is empty where no rule would decide any more.
    `matter` is a key without a reference: history may be cleared."""

    run = models.ForeignKey(RuleRun, models.CASCADE, related_name="moves", db_index=False)
    matter = models.BigIntegerField()
    number = models.CharField("编号", max_length=40)
    category = models.CharField("分类", max_length=20, blank=True, default="")
    opened_at = models.DateTimeField("受理时间")
    source = models.BigIntegerField("原来派给")
    target = models.BigIntegerField("将派给", null=True)
    from_key = models.BigIntegerField("从哪里", help_text="As the figures of the run have it.")
    to_key = models.BigIntegerField("到哪里")
    final = models.BigIntegerField("实际最终承办")
    before = models.BigIntegerField("原来的口径", null=True)
    after = models.BigIntegerField("将适用的口径", null=True)
    objections = models.PositiveSmallIntegerField("申诉次数", default=0)
    upheld = models.PositiveSmallIntegerField("申诉成立次数", default=0)
    handed_back = models.PositiveSmallIntegerField("退回次数", default=0)
    overdue = models.BooleanField("曾超期", default=False)

    class Meta:
        verbose_name = "回放中改派的件"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["run", "matter"], name="rule_move_once")
        ]

    def __str__(self) -> str:
        return self.number
