"""The resource pool (服务资源池): who offers what, where, when and how much of it.

A place is a street or a community; `places` empty means the whole district. `weekdays` (1 Monday – 7 Sunday) and
`months` empty mean all of them, no times the whole day.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from huying.dockets.enums import OfferState, ProviderKind
from huying.kernel.generation import bump

POOL = "pool"  # the process cache of all that can be offered


class Service(models.Model):
    """A category of service (服务类别). `words`: what a text says that needs it, besides its name."""

    key = models.SlugField("标识", max_length=20, unique=True)
    name = models.CharField("名称", max_length=30, unique=True, error_messages={"unique": "已有这个服务类别。"})
    words = ArrayField(
        models.CharField(max_length=20),
        verbose_name="相关的词",
        default=list,
        blank=True,
        help_text="诉求和呼叫里出现这些词，就推荐这一类资源；用顿号隔开。",
    )
    order = models.PositiveSmallIntegerField("排序", default=100)
    active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "服务类别"
        ordering = ["order", "key"]

    def __str__(self) -> str:
        return self.name


class Provider(models.Model):
    """Whoever offers something. Where it is an organisation, that acts in its name; else the community of its `place`
    does. Its `contact` is a person and is shown masked; `phone` is the provider's own public one."""

    kind = models.CharField("类型", max_length=12, choices=ProviderKind)
    name = models.CharField("名称", max_length=60)
    organisation = models.ForeignKey(
        "people.Organisation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="providers",
        verbose_name="对应单位",
        help_text="在平台上有账号的单位选上，需求直接转给它认领。",
    )
    place = models.ForeignKey(
        "places.Place",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="所在街道或社区",
    )
    phone = models.CharField("公开电话", max_length=40, blank=True, default="")
    contact = models.ForeignKey(
        "people.Contact", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="联系人"
    )
    note = models.CharField("说明", max_length=200, blank=True, default="")
    active = models.BooleanField("在册", default=True)
    created_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "服务力量"
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "name", "place"],
                nulls_distinct=False,
                name="provider_once",
                violation_error_message="这个地方已有同类同名的服务力量。",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ProviderKind.values),
                name="provider_kind",
                violation_error_message="服务力量的类型不在规定范围内。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OfferQuerySet(models.QuerySet["Offer"]):
    def usable(self) -> OfferQuerySet:
        return self.filter(state=OfferState.ACTIVE, provider__active=True)


class Offer(models.Model):
    """One thing that a provider offers (资源)."""

    provider = models.ForeignKey(Provider, models.PROTECT, related_name="offers", verbose_name="服务力量")
    service = models.ForeignKey(Service, models.PROTECT, related_name="offers", verbose_name="服务类别")
    title = models.CharField("资源名称", max_length=60)
    detail = models.TextField("能做什么", max_length=1000, blank=True, default="")
    qualifications = models.CharField("资质", max_length=200, blank=True, default="")
    places = ArrayField(models.BigIntegerField(), verbose_name="服务范围", default=list, blank=True)
    weekdays = ArrayField(models.PositiveSmallIntegerField(), verbose_name="星期", default=list, blank=True)
    opens = models.TimeField("开始时间", null=True, blank=True)
    closes = models.TimeField("结束时间", null=True, blank=True)
    months = ArrayField(models.PositiveSmallIntegerField(), verbose_name="月份", default=list, blank=True)
    valid_from = models.DateField("有效期从")
    valid_to = models.DateField("有效期到", null=True, blank=True)
    per_day = models.PositiveIntegerField("每天最多", null=True, blank=True)
    per_month = models.PositiveIntegerField("每月最多", null=True, blank=True)
    contact = models.ForeignKey(
        "people.Contact", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="联系人"
    )
    state = models.CharField("状态", max_length=10, choices=OfferState, default=OfferState.PROPOSED)
    reason = models.CharField("原因", max_length=200, blank=True, default="")
    proposed_at = models.DateTimeField("提出时间")
    proposed_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="提出人", db_index=False
    )
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    confirmed_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="确认人", db_index=False
    )
    told_until = models.DateField(null=True, blank=True, help_text="The end of which its people have been reminded.")
    rated = models.PositiveIntegerField("评价次数", default=0)
    stars = models.PositiveIntegerField("评价总分", default=0)

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "服务资源"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="offer_ends_after_start",
                violation_error_message="有效期结束要不早于开始。",
            ),
            models.CheckConstraint(
                condition=Q(opens=None, closes=None)
                | Q(opens__isnull=False, closes__isnull=False, closes__gt=F("opens")),
                name="offer_hours_whole",
                violation_error_message="时间要写起止两头，结束晚于开始；全天的都不填。",
            ),
            models.CheckConstraint(
                condition=Q(per_day=None) | Q(per_day__gte=1),
                name="offer_per_day",
                violation_error_message="每天最多要大于 0，不限的不填。",
            ),
            models.CheckConstraint(
                condition=Q(per_month=None) | Q(per_month__gte=1),
                name="offer_per_month",
                violation_error_message="每月最多要大于 0，不限的不填。",
            ),
            models.CheckConstraint(
                condition=Q(state__in=(OfferState.PROPOSED, OfferState.RETURNED, OfferState.WITHDRAWN))
                | Q(confirmed_at__isnull=False),
                name="offer_confirmed_first",
                violation_error_message="没有确认的资源不能启用。",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-id"], name="offer_of_state"),
            models.Index(fields=["valid_to"], name="offer_ends", condition=Q(valid_to__isnull=False)),
            GinIndex(fields=["places"], name="offer_places"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"ZY{self.pk:06}"


def changed() -> None:
    """Every process reads the offers anew. In the transaction of the change."""
    bump(POOL)
