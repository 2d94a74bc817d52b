"""Check-in (社区报到): Party members and sunk-down units who serve a community, and what they have done there."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from huying.dockets.enums import CheckInKind, CheckInState, RecordState
from huying.dockets.models.needs import Need
from huying.dockets.models.pool import Service


class CheckIn(models.Model):
    """Somebody's check-in at one community. Who it is stands in `contact` alone; `user`, where he or she works at the
    platform. `unit`: the body they come from, as they write it; `organisation`, where the platform knows it."""

    kind = models.CharField("报到类型", max_length=8, choices=CheckInKind, default=CheckInKind.MEMBER)
    community = models.ForeignKey("places.Place", models.PROTECT, related_name="+", verbose_name="报到社区")
    contact = models.ForeignKey("people.Contact", models.PROTECT, related_name="+", verbose_name="报到人")
    user = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="check_ins", verbose_name="账号"
    )
    unit = models.CharField("所在单位", max_length=60)
    organisation = models.ForeignKey(
        "people.Organisation", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="对应单位"
    )
    people = models.PositiveSmallIntegerField("人数", default=1)
    services = ArrayField(models.SlugField(max_length=20), verbose_name="能做什么", default=list)
    skills = models.CharField("特长", max_length=100, blank=True, default="")
    weekdays = ArrayField(models.PositiveSmallIntegerField(), verbose_name="哪几天有空", default=list, blank=True)
    evenings = models.BooleanField("只在晚上有空", default=False)
    state = models.CharField("状态", max_length=10, choices=CheckInState, default=CheckInState.PROPOSED)
    reason = models.CharField("原因", max_length=200, blank=True, default="")
    at = models.DateTimeField("报到时间")
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    confirmed_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name="确认人"
    )
    confirmed_for = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name="代谁确认"
    )

    class Meta:
        verbose_name = verbose_name_plural = "社区报到"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["community", "contact"],
                condition=Q(state__in=(CheckInState.PROPOSED, CheckInState.ACTIVE)),
                name="check_in_once",
                violation_error_message="已经在这个社区报到过。",
            ),
        ]
        indexes = [models.Index(fields=["community", "state"], name="check_in_of_community")]

    def __str__(self) -> str:
        return f"{self.unit} {self.community_id}"


class ServiceRecord(models.Model):
    """Hours served after a check-in; they count once the community has confirmed them."""

    check_in = models.ForeignKey(CheckIn, models.PROTECT, related_name="records")
    service = models.ForeignKey(Service, models.PROTECT, related_name="+", verbose_name="服务类别")
    need = models.ForeignKey(
        Need, models.PROTECT, null=True, blank=True, related_name="records", verbose_name="为哪项需求"
    )
    day = models.DateField("日期")
    hours = models.DecimalField("时长", max_digits=4, decimal_places=1)
    text = models.CharField("做了什么", max_length=200)
    state = models.CharField("状态", max_length=10, choices=RecordState, default=RecordState.PROPOSED)
    reason = models.CharField("原因", max_length=200, blank=True, default="")
    at = models.DateTimeField("登记时间")
    by = models.ForeignKey("people.User", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    confirmed_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name="确认人"
    )
    confirmed_for = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name="代谁确认"
    )

    class Meta:
        verbose_name = verbose_name_plural = "服务记录"
        ordering = ["-day", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(hours__gt=0, hours__lte=24),
                name="service_hours",
                violation_error_message="时长要大于 0，不超过 24 小时。",
            ),
            models.CheckConstraint(
                condition=Q(state=RecordState.PROPOSED) | Q(confirmed_at__isnull=False),
                name="service_judged",
            ),
        ]
        indexes = [models.Index(fields=["state", "day"], name="service_of_state")]

    def __str__(self) -> str:
        return f"{self.check_in_id} {self.day} {self.hours}"
