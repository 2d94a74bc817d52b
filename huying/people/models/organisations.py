"""Organisations as a tree with time, the posts people hold in them, and who stands in.

`valid_from` is the first day, `valid_to` the first day *after* (empty: open), as everywhere.
"""

from __future__ import annotations

import datetime as dt
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import CheckConstraint, F, Func, Q, UniqueConstraint, Value
from django.db.models.expressions import RawSQL
from django.utils import timezone

from huying.people.enums import OrganisationKind
from huying.people.hours import EXAMPLE, check_spans
from huying.people.models.accounts import User
from huying.people.roles import role_choices
from huying.places.models import ENDS_AFTER_START, Place, in_force


def validate_working_hours(value: object) -> None:
    """Refuse what is not a list of spans such as `[["09:00", "12:00"], ["14:00", "17:30"]]`."""
    try:
        check_spans(value)
    except ValueError as error:
        raise ValidationError(str(error)) from error


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def at(self, day: dt.date) -> Self:
        """Organisations that exist on that day."""
        return self.filter(in_force(day))

    def current(self) -> Self:
        return self.at(timezone.localdate())

    def inside(self, organisation_id: int) -> Self:
        """The organisation itself and everything below it."""
        below = RawSQL(  # the tree is a few levels deep; UNION (not ALL) ends even on a ring
            "WITH RECURSIVE below(id) AS (SELECT %s::bigint UNION SELECT o.id FROM people_organisation o "
            "JOIN below ON o.parent_id = below.id) SELECT id FROM below",
            [organisation_id],
        )
        return self.filter(pk__in=below)

    def above(self, organisation_id: int) -> Self:
        """The organisation itself and everything it stands under."""
        above = RawSQL(
            "WITH RECURSIVE above(id, parent_id) AS (SELECT id, parent_id FROM people_organisation WHERE id = %s "
            "UNION SELECT o.id, o.parent_id FROM people_organisation o JOIN above ON o.id = above.parent_id) "
            "SELECT id FROM above",
            [organisation_id],
        )
        return self.filter(pk__in=above)

    def answering_for(self, place: Place) -> Self:
        """Those that answer for this place or a larger one around it, the nearest first."""
        around = [key for key in (place.pk, place.community_id, place.street_id) if key is not None]
        return self.filter(place__in=around).order_by("-place__code", "sort_key", "code")

    def handlers(self) -> Self:
        """Bodies to which a matter can be given."""
        return self.exclude(kind__in=(OrganisationKind.ENTERPRISE, OrganisationKind.OTHER))

    def in_order(self) -> Self:
        return self.order_by("sort_key", "code")


class Organisation(models.Model):
    """A body that answers: the centre, a department, a utility, a street office, a community committee …"""

    code = models.CharField("编码", max_length=32, unique=True, error_messages={"unique": "已有使用这个编码的单位。"})
    name = models.CharField("名称", max_length=100)
    short_name = models.CharField("简称", max_length=30, blank=True)
    kind = models.CharField("类型", max_length=12, choices=OrganisationKind)
    parent = models.ForeignKey(
        "self", verbose_name="上级单位", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    place = models.ForeignKey(
        Place,
        verbose_name="负责区域",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="organisations",
    )
    working_hours = models.JSONField(
        "工作时间",
        null=True,
        blank=True,
        validators=[validate_working_hours],
        help_text="留空为 9:00–12:00、14:00–17:30。",
    )
    duty_phone = models.CharField("值班电话", max_length=40, blank=True)
    chief = models.ForeignKey(
        User, verbose_name="负责人", null=True, blank=True, on_delete=models.PROTECT, related_name="heads"
    )
    successor = models.ForeignKey(
        "self",
        verbose_name="撤并后由谁承接",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="predecessors",
    )
    sort_key = models.CharField("排序", max_length=200, blank=True, editable=False)
    valid_from = models.DateField("设立日期")
    valid_to = models.DateField("撤销日期", null=True, blank=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "单位"
        ordering = ["code"]
        constraints = [
            CheckConstraint(
                condition=Q(code__regex=r"^[0-9A-Za-z][0-9A-Za-z_-]*$"),
                name="people_organisation_code_form",
                violation_error_message="单位编码只用字母、数字、- 和 _。",
            ),
            CheckConstraint(
                condition=~Q(name=""),
                name="people_organisation_named",
                violation_error_message="请填写单位名称。",
            ),
            CheckConstraint(
                condition=Q(kind__in=OrganisationKind.values),
                name="people_organisation_kind",
                violation_error_message="单位类型不在规定范围内。",
            ),
            CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                name="people_organisation_not_own_parent",
                violation_error_message="单位不能以自己为上级。",
            ),
            CheckConstraint(
                condition=Q(kind__in=(OrganisationKind.STREET, OrganisationKind.COMMUNITY), place__isnull=False)
                | ~Q(kind__in=(OrganisationKind.STREET, OrganisationKind.COMMUNITY)),
                name="people_organisation_place_of_kind",
                violation_error_message="街道和社区要写明负责的区域。",
            ),
            CheckConstraint(
                condition=Q(successor__isnull=True) | (Q(valid_to__isnull=False) & ~Q(successor=F("id"))),
                name="people_organisation_successor_when_ended",
                violation_error_message="只有已撤销的单位才有承接单位，且不能由自己承接。",
            ),
            CheckConstraint(
                condition=Q(working_hours__isnull=True) | ~Q(working_hours=[]),
                name="people_organisation_hours",
                violation_error_message=EXAMPLE,
            ),
            CheckConstraint(
                condition=ENDS_AFTER_START,
                name="people_organisation_ends_after_start",
                violation_error_message="撤销日期要晚于设立日期。",
            ),
        ]
        indexes = [models.Index(fields=["kind", "sort_key"], name="people_organisation_of_kind")]

    def __str__(self) -> str:
        return self.short_name or self.name


class PostQuerySet(models.QuerySet["Post"]):
    def at(self, day: dt.date) -> Self:
        """Posts that are held on that day in organisations that exist on it."""
        organisation_exists = Q(organisation__valid_from__lte=day) & (
            Q(organisation__valid_to__isnull=True) | Q(organisation__valid_to__gt=day)
        )
        return self.filter(in_force(day), organisation_exists)

    def current(self) -> Self:
        return self.at(timezone.localdate())

    def usable_by(self, user_id: int, day: dt.date | None = None) -> Self:
        """Posts this person may act through on that day: the own ones, and those stood in for."""
        day = day or timezone.localdate()
        standing_in = Deputy.objects.filter(in_force(day), user_id=user_id).values("post_id")
        return self.at(day).filter(Q(user_id=user_id) | Q(pk__in=standing_in))


class Post(models.Model):
    """A person in a role at an organisation for a time. A person may hold several and acts through one."""

    user = models.ForeignKey(User, verbose_name="人员", on_delete=models.PROTECT, related_name="posts")
    role = models.CharField("角色", max_length=20, choices=role_choices)
    organisation = models.ForeignKey(Organisation, verbose_name="单位", on_delete=models.PROTECT, related_name="posts")
    grids = models.ManyToManyField(Place, verbose_name="负责网格", blank=True, related_name="posts")
    is_primary = models.BooleanField("主岗", default=False)
    valid_from = models.DateField("任职日期")
    valid_to = models.DateField("离任日期", null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "岗位"
        ordering = ["-is_primary", "id"]
        constraints = [
            UniqueConstraint(
                fields=["user", "role", "organisation"],
                condition=Q(valid_to__isnull=True),
                name="people_post_once",
                violation_error_message="此人在该单位已有这个岗位。",
            ),
            # btree_gist is not there everywhere, so the person enters as a range of one.
            ExclusionConstraint(
                name="people_post_one_primary_a_day",
                expressions=[
                    (Func("user", "user", Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (Func("valid_from", "valid_to", function="daterange"), RangeOperators.OVERLAPS),
                ],
                condition=Q(is_primary=True),
                violation_error_message="一个人同一时间只能有一个主岗。",
            ),
            CheckConstraint(
                condition=ENDS_AFTER_START,
                name="people_post_ends_after_start",
                violation_error_message="离任日期要晚于任职日期。",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "role"], name="people_post_of_organisation")]

    def __str__(self) -> str:
        return f"{self.organisation} {self.get_role_display()}"


class Deputy(models.Model):
    """Who stands in for the holder of a post, from day to day; what is done counts on the holder's behalf."""

    post = models.ForeignKey(Post, verbose_name="岗位", on_delete=models.PROTECT, related_name="deputies")
    user = models.ForeignKey(User, verbose_name="代理人", on_delete=models.PROTECT, related_name="stands_in")
    valid_from = models.DateField("代理开始日期")
    valid_to = models.DateField("代理结束日期", help_text="当日起不再代理。")
    appointed_at = models.DateTimeField("指定时间", default=timezone.now)
    appointed_by = models.ForeignKey(User, verbose_name="指定人", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "代理"
        ordering = ["valid_from", "id"]
        constraints = [
            CheckConstraint(
                condition=Q(valid_to__gt=F("valid_from")),
                name="people_deputy_ends_after_start",
                violation_error_message="代理结束日期要晚于开始日期。",
            ),
            ExclusionConstraint(
                name="people_deputy_once_a_day",
                expressions=[
                    (Func("post", "post", Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (Func("user", "user", Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (Func("valid_from", "valid_to", function="daterange"), RangeOperators.OVERLAPS),
                ],
                violation_error_message="此人在这段时间已是该岗位的代理人。",
            ),
        ]
        indexes = [models.Index(fields=["user", "valid_to"], name="people_deputy_of_user")]

    def __str__(self) -> str:
        return f"{self.user} 代理 {self.post}"
