"""Limits (the rule) and clocks (the running instance)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from huying.kernel.rows import QuickModel
from huying.matters.enums import Unit, Urgency, Warning


class Limit(models.Model):
    """How long something may take. An empty condition matches everything; of all that match, the highest `priority`
    wins, then the shortest. `season_from`/`season_to` are month*100+day and may wrap over New Year."""

    matter_kind = models.CharField("事项类别", max_length=20)
    clock = models.CharField("时钟", max_length=30)
    subkind = models.CharField("诉求类型", max_length=20, blank=True, default="")
    category = models.CharField("分类", max_length=20, blank=True, default="", help_text="含其下级分类")
    urgency = models.CharField("紧急程度", max_length=10, blank=True, default="", choices=Urgency)
    channel = models.CharField("渠道", max_length=40, blank=True, default="")
    organisation = models.ForeignKey(
        "people.Organisation", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="单位"
    )
    season_from = models.PositiveSmallIntegerField("季节起", null=True, blank=True)
    season_to = models.PositiveSmallIntegerField("季节止", null=True, blank=True)
    regime = models.CharField("应急状态", max_length=20, blank=True, default="")
    aspect = models.CharField("件的情形", max_length=20, blank=True, default="", db_default="")
    amount = models.FloatField("数量")
    unit = models.CharField("单位", max_length=20, choices=Unit)
    priority = models.SmallIntegerField("优先级", default=0)
    note = models.CharField("说明", max_length=120, blank=True, default="")

    class Meta:
        verbose_name = "时限"
        ordering = ["matter_kind", "clock", "-priority", "amount"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0), name="limit_positive", violation_error_message="时限必须大于零。"
            ),
            models.CheckConstraint(
                condition=Q(unit=Unit.CALENDAR_HOURS) | Q(amount=models.functions.Floor("amount")),
                name="limit_whole_working_units",
                violation_error_message="工作日和工作分钟必须是整数。",
            ),
            models.CheckConstraint(
                condition=Q(season_from__isnull=True, season_to__isnull=True)
                | Q(season_from__isnull=False, season_to__isnull=False),
                name="limit_season_whole",
                violation_error_message="季节的起止日期要同时填写。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clock}: {self.amount} {self.get_unit_display()}"


class Clock(QuickModel):
    """One running, paused or stopped limit of one matter. Whose working hours count is kept with it, whom it is
    counted for (the unit that leads the matter, where the flow says that it counts) and why it is not. `aside`: it
    measures an organisation that helps, beside the matter's own clocks (ADR 14)."""

    matter = models.ForeignKey("matters.Matter", models.PROTECT, related_name="clocks", db_index=False)
    kind = models.CharField("时钟", max_length=30)
    started_seq = models.PositiveIntegerField()
    started_at = models.DateTimeField("起算")
    amount = models.FloatField("数量")
    unit = models.CharField("单位", max_length=20, choices=Unit)
    organisation = models.ForeignKey(
        "people.Organisation", models.PROTECT, related_name="+", verbose_name="按谁的工作时间", db_index=False
    )
    lead = models.ForeignKey(
        "people.Organisation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="计入哪个单位",
        db_index=False,
    )
    due_at = models.DateTimeField("到期")
    ceiling_at = models.DateTimeField("上级时限", null=True, blank=True)
    provisional = models.BooleanField("暂定", default=False)
    paused_at = models.DateTimeField("暂停于", null=True, blank=True)
    pauses = models.JSONField("暂停区间", default=list, help_text="[[from, to], …], ISO times")
    stopped_at = models.DateTimeField("停止", null=True, blank=True)
    stopped_seq = models.PositiveIntegerField(null=True, blank=True)
    met = models.BooleanField("按时", null=True, blank=True)
    minutes = models.IntegerField("用时", null=True, blank=True, help_text="Working minutes without its pauses.")
    ended_by = models.CharField(
        "止于", max_length=40, blank=True, default="", db_default="", help_text="Key of the step."
    )
    excused = models.CharField(
        "不计原因", max_length=60, blank=True, default="", db_default="", help_text="Why no figure counts it."
    )
    aside = models.BooleanField("协助单位的", default=False, db_default=False)
    warning = models.PositiveSmallIntegerField("预警", choices=Warning, default=Warning.NONE)
    yellow_at = models.DateTimeField("黄牌时间", null=True, blank=True)
    red_at = models.DateTimeField("红牌时间", null=True, blank=True)
    prompted = models.PositiveSmallIntegerField(
        "已催", default=0, db_default=0, help_text="How many marks of its kind's `prompts` have passed."
    )
    next_alert_at = models.DateTimeField("下次检查", null=True, blank=True)

    class Meta:
        verbose_name = "时钟"
        constraints = [
            models.UniqueConstraint(
                fields=["matter", "kind"],
                condition=Q(stopped_at=None, aside=False),
                name="clock_one_running_of_a_kind",
            ),
            models.UniqueConstraint(
                fields=["matter", "kind", "organisation"],
                condition=Q(stopped_at=None, aside=True),
                name="clock_one_running_for_each_helper",
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True, stopped_seq__isnull=True, met__isnull=True)
                | Q(stopped_at__isnull=False, stopped_seq__isnull=False),
                name="clock_stopped_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["matter"], name="clock_matter"),
            # the sweep's only door: its cost follows what is due, not what is open
            models.Index(fields=["next_alert_at"], name="clock_next_alert", condition=Q(next_alert_at__isnull=False)),
            models.Index(fields=["due_at"], name="clock_provisional", condition=Q(provisional=True, stopped_at=None)),
            # figures of a unit and a period: their cost follows what is counted
            models.Index(fields=["lead", "kind", "due_at"], name="clock_counted", condition=Q(lead__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.matter_id} {self.kind}"
