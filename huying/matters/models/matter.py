"""The matter: what everything that must be answered has in common."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Right

from huying.kernel.rows import QuickModel
from huying.matters.enums import Cleared, Urgency, Warning
from huying.matters.scopes import scope_of

if TYPE_CHECKING:
    from huying.people.actors import Actor


class Channel(models.Model):
    """Where matters come from (渠道). A key is never reused for another channel."""

    key = models.CharField("标识", max_length=40, primary_key=True)
    name = models.CharField("名称", max_length=60, unique=True)
    external = models.BooleanField("来件有自己的编号", default=False)
    published = models.BooleanField("答复公开发布", default=False)
    order = models.PositiveSmallIntegerField("排序", default=100)
    active = models.BooleanField("启用", default=True)

    class Meta:
        ordering = ["order", "key"]

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    """Three-level tree of what a matter is about. `code` of a child begins with its parent's code and a dot."""

    code = models.CharField("代码", max_length=20, primary_key=True)
    name = models.CharField("名称", max_length=60)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    level = models.PositiveSmallIntegerField("层级")
    second_eyes = models.BooleanField("派单须换人复核", default=False)
    active = models.BooleanField("启用", default=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(level=1, parent=None) | Q(level__in=[2, 3], parent__isnull=False),
                name="category_level_has_parent",
                violation_error_message="一级分类没有上级，二、三级分类必须有上级。",
            )
        ]

    def __str__(self) -> str:
        return self.name


class MatterQuerySet(models.QuerySet["Matter"]):
    """Reads, as words."""

    def visible_to(self, actor: Actor) -> MatterQuerySet:
        """What this actor's role and post let it see; every list and every door starts here."""
        return self.filter(scope_of(actor).condition(actor))

    def open(self) -> MatterQuerySet:
        return self.filter(closed_at=None)

    def overdue(self, now: datetime) -> MatterQuerySet:
        return self.open().filter(next_due_at__lt=now)

    def held_by(self, organisation_id: int) -> MatterQuerySet:
        return self.filter(holder_id=organisation_id)


class Matter(QuickModel):
    """One concrete row for everything that must be answered.

    `state`, `version` and `head` are written by `huying.matters.engine` alone; a trigger refuses everybody else
    (migration 0002). Every column that lists, filters and scopes use is here, because an index cannot span tables.
    """

    district = models.CharField("区", max_length=6)
    kind = models.CharField("类别", max_length=20)
    number = models.CharField("编号", max_length=40, unique=True)
    state = models.CharField("状态", max_length=30)
    version = models.PositiveIntegerField("版本", help_text="Number of its newest ledger line.")
    head = models.BinaryField("链头", max_length=32, help_text="Hash of its newest ledger line.")
    returns_to = models.CharField("恢复到", max_length=30, blank=True, default="")
    title = models.CharField("标题", max_length=200)
    subkind = models.CharField("诉求类型", max_length=20, blank=True, default="")
    urgency = models.CharField("紧急程度", max_length=10, choices=Urgency, default=Urgency.NORMAL)
    channel = models.CharField("渠道", max_length=40)
    external_number = models.CharField("来件编号", max_length=80, blank=True, default="")
    category = models.CharField("分类", max_length=20, blank=True, default="")
    holder = models.ForeignKey("people.Organisation", models.PROTECT, related_name="held", verbose_name="持有单位")
    holder_user = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="经办人"
    )
    first_holder = models.ForeignKey(
        "people.Organisation", models.PROTECT, related_name="+", verbose_name="首接单位", db_index=False
    )
    lead = models.ForeignKey(
        "people.Organisation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="主办单位",
        db_index=False,
    )
    co_handlers = ArrayField(models.BigIntegerField(), verbose_name="协办单位", default=list)
    aspects = ArrayField(models.CharField(max_length=20), verbose_name="情形", default=list)
    reviewers = ArrayField(models.BigIntegerField(), verbose_name="第三方评价员", default=list)
    raised_by = models.ForeignKey(
        "people.Contact", models.PROTECT, null=True, blank=True, related_name="matters", verbose_name="诉求人"
    )
    confidential = models.BooleanField("要求保密", default=False)
    street = models.ForeignKey("places.Place", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    community = models.ForeignKey(
        "places.Place", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    grid = models.ForeignKey("places.Place", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    lon = models.FloatField("经度", null=True, blank=True)
    lat = models.FloatField("纬度", null=True, blank=True)
    opened_at = models.DateTimeField("受理时间")
    moved_at = models.DateTimeField("最近一步")
    next_due_at = models.DateTimeField("最近到期", null=True, blank=True)
    next_due_provisional = models.BooleanField("到期时间为暂定", default=False)
    warning = models.PositiveSmallIntegerField("预警", choices=Warning, default=Warning.NONE)
    rework_count = models.PositiveSmallIntegerField("重办次数", default=0)
    repeat_count = models.PositiveSmallIntegerField("反映次数", default=0, help_text="0: once, as most are.")
    closed_at = models.DateTimeField("结案时间", null=True, blank=True)
    cleared = models.PositiveSmallIntegerField("已到期清除", choices=Cleared, default=Cleared.NOTHING, db_default=0)
    closed_by = models.CharField(
        "由何环节结案", max_length=40, blank=True, default="", db_default="", help_text="Key of the step."
    )

    objects = MatterQuerySet.as_manager()

    class Meta:
        verbose_name = "事项"
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "external_number"],
                condition=~Q(external_number=""),
                name="matter_external_number_once",
                violation_error_message="该渠道的这个来件编号已经收过。",
            ),
            models.CheckConstraint(
                condition=Q(lon__isnull=True, lat__isnull=True) | Q(lon__isnull=False, lat__isnull=False),
                name="matter_point_whole",
                violation_error_message="经度和纬度要同时填写。",
            ),
        ]
        indexes = [
            # open work, most pressing first: for everybody, one holder, one street, one community, one grid
            models.Index(
                fields=["district", "kind", "state", "next_due_at"], name="matter_open", condition=Q(closed_at=None)
            ),
            models.Index(
                fields=["district", "kind", "next_due_at", "id"], name="matter_pressing", condition=Q(closed_at=None)
            ),
            models.Index(
                fields=["holder", "next_due_at", "id"], name="matter_open_holder", condition=Q(closed_at=None)
            ),
            models.Index(
                fields=["state"], name="matter_open_confidential", condition=Q(closed_at=None, confidential=True)
            ),
            # all work, newest first, of one unit, place, channel or category: a filter reads a page and not the list
            models.Index(fields=["lead", "-opened_at"], name="matter_of_lead", condition=Q(lead__isnull=False)),
            models.Index(fields=["street", "-opened_at"], name="matter_of_street", condition=Q(street__isnull=False)),
            models.Index(
                fields=["community", "-opened_at"], name="matter_of_community", condition=Q(community__isnull=False)
            ),
            models.Index(fields=["grid", "-opened_at"], name="matter_of_grid", condition=Q(grid__isnull=False)),
            models.Index(fields=["channel", "-opened_at"], name="matter_of_channel"),
            models.Index(fields=["category", "-opened_at"], name="matter_of_category"),
            models.Index(fields=["subkind", "-opened_at"], name="matter_of_subkind"),
            models.Index(fields=["urgency", "-opened_at"], name="matter_urgent", condition=~Q(urgency=Urgency.NORMAL)),
            models.Index(
                fields=["rework_count", "-opened_at"], name="matter_reworked", condition=Q(rework_count__gt=0)
            ),
            models.Index(
                fields=["-repeat_count", "-opened_at", "-id"], name="matter_repeated", condition=Q(repeat_count__gt=0)
            ),
            # people read out the end of a number
            models.Index(Right("number", 4), name="matter_number_end"),
            models.Index(fields=["closed_at"], name="matter_closed", condition=Q(closed_at__isnull=False)),
            # what is past its period and not cleared yet: the daily run reads that and nothing else
            models.Index(
                fields=["cleared", "closed_at"],
                name="matter_to_clear",
                condition=Q(closed_at__isnull=False, cleared__lt=Cleared.WORDS),
            ),
            models.Index(
                fields=["lead", "closed_at"],
                name="matter_closed_by_lead",
                condition=Q(lead__isnull=False, closed_at__isnull=False),
            ),
            models.Index(fields=["-opened_at"], name="matter_opened"),
            GinIndex(fields=["co_handlers"], name="matter_co_handlers", condition=~Q(co_handlers=[])),
            GinIndex(fields=["aspects"], name="matter_aspects", condition=~Q(aspects=[])),
            GinIndex(fields=["reviewers"], name="matter_reviewers", condition=~Q(reviewers=[])),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        return self.closed_at is None
