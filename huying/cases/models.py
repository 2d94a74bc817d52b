"""What a case has beside the matter it is. Free text of steps lives in `matters.Words`; here are the facts."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from huying.cases.enums import (
    ContactExemption,
    LinkKind,
    LocatedBy,
    Means,
    Satisfaction,
)
from huying.kernel.readings import Reading
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


class ChecklistItem(models.Model):
    """A point of a unit's own list (五个一、四个到位 …), ticked when a result is proposed. No unit: for all."""

    organisation = models.ForeignKey(
        "people.Organisation", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="单位"
    )
    text = models.CharField("内容", max_length=60)
    required = models.BooleanField("必须", default=True)
    order = models.PositiveSmallIntegerField("排序", default=100)
    active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = "办理清单"
        ordering = ["order", "id"]

    def __str__(self) -> str:
        return self.text


class VolumeTarget(models.Model):
    """How many cases of one channel a unit should have in a month at most: from a month on, until another is set.
    No number: from then on there is no target."""

    organisation = models.ForeignKey(
        "people.Organisation", models.PROTECT, related_name="+", verbose_name="单位", db_index=False
    )
    channel = models.ForeignKey(
        "matters.Channel", models.PROTECT, related_name="+", verbose_name="渠道", db_index=False
    )
    since = models.DateField("从哪个月起", help_text="The first day of the month.")
    most = models.PositiveIntegerField("每月不超过", null=True, blank=True)

    class Meta:
        verbose_name = "件数控制目标"
        ordering = ["organisation__sort_key", "channel__order", "-since"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "channel", "since"],
                name="volume_target_once",
                violation_error_message="这个单位、这个渠道从这个月起已经有目标，请直接修改那一条。",
            ),
            models.CheckConstraint(
                condition=Q(since__day=1), name="volume_target_of_month", violation_error_message="目标按整月设置。"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.channel} {self.since:%Y年%-m月}起"


class ImportRun(Reading):
    """How far a file has been read; the file and its mapping are known by their digest.

    Those uploaded at the desk keep the file, what the check found, and the rows sent back as a sheet.
    """

    digest = models.CharField("摘要", max_length=64, unique=True)
    last_row = models.PositiveIntegerField("已处理到第几行", default=0)
    accepted = models.PositiveIntegerField("已收", default=0)
    rejected = models.PositiveIntegerField("退回", default=0)
    by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="导入人"
    )

    class Meta:
        verbose_name = "导入记录"
        indexes = [models.Index(fields=["by", "-started_at"], name="import_run_of_user")]


class ExportRun(models.Model):
    """Who took which list out, and when: the log of all exports. Large ones are made by a job; their file is kept for
    some days, for whoever asked."""

    class State(models.TextChoices):
        WAITING = "waiting", "等待生成"
        WRITING = "writing", "正在生成"
        DONE = "done", "已完成"
        FAILED = "failed", "没有完成"

    by = models.ForeignKey("people.User", models.PROTECT, related_name="+", verbose_name="导出人")
    post = models.ForeignKey("people.Post", models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField("时间", default=timezone.now)
    what = models.CharField("范围", max_length=300, help_text="The list and its filters in words, masked.")
    queue = models.CharField("列表", max_length=30, blank=True, default="")
    query = models.JSONField("条件", default=dict)
    numbers = models.JSONField("所选编号", default=list)
    columns = models.JSONField("列", default=list)
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    expected = models.PositiveIntegerField("预计件数", default=0)
    rows = models.PositiveIntegerField("件数", default=0)
    file = models.ForeignKey("kernel.StoredFile", models.SET_NULL, null=True, blank=True, related_name="+")
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)
    problem = models.CharField("问题", max_length=500, blank=True, default="")

    class Meta:
        verbose_name = "导出记录"
        indexes = [
            models.Index(fields=["by", "-at"], name="export_run_of_user"),
            models.Index(fields=["-at"], name="export_run_newest"),
            models.Index(fields=["finished_at"], name="export_run_kept", condition=Q(file__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.what


class SavedView(models.Model):
    """A list somebody has named: filters, columns and order. With an organisation it is shared with that unit's staff;
    only its owner changes it."""

    owner = models.ForeignKey("people.User", models.CASCADE, related_name="+", verbose_name="建立人", db_index=False)
    organisation = models.ForeignKey(
        "people.Organisation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="共享给",
        db_index=False,
    )
    name = models.CharField("名称", max_length=30)
    queue = models.CharField("列表", max_length=30, blank=True, default="")
    query = models.JSONField("条件", default=dict)
    columns = models.JSONField("列", default=list)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)

    class Meta:
        verbose_name = "视图"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"],
                name="saved_view_name_once",
                violation_error_message="您已有同名的视图，请换一个名称。",
            )
        ]
        indexes = [
            models.Index(fields=["organisation"], name="saved_view_shared", condition=Q(organisation__isnull=False))
        ]

    def __str__(self) -> str:
        return self.name


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
