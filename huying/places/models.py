"""District > street > community > grid, each with its own time: what was split or renamed keeps its past.

`valid_from` is the first day, `valid_to` the first day *after* (empty: open). A code names one place for ever; a grid
that is split ends and its parts get new codes, a grid whose border moves keeps its code and gets a new boundary.
"""

from __future__ import annotations

import datetime as dt
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Case, CheckConstraint, F, Func, Q, UniqueConstraint, Value, When
from django.db.models.functions import Left
from django.utils import timezone

from huying.places.enums import CODE_LENGTH, AliasKind, GridKind, KeyPlaceKind, Layer, Level, SpecialKind


def in_force(day: dt.date) -> Q:
    """The rows that hold on a day."""
    return Q(valid_from__lte=day) & (Q(valid_to__isnull=True) | Q(valid_to__gt=day))


ENDS_AFTER_START = Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from"))


class PlaceQuerySet(models.QuerySet["Place"]):
    def at(self, day: dt.date) -> Self:
        """Places that exist on that day."""
        return self.filter(in_force(day))

    def current(self) -> Self:
        return self.at(timezone.localdate())

    def districts(self) -> Self:
        return self.filter(level=Level.DISTRICT)

    def streets(self) -> Self:
        return self.filter(level=Level.STREET)

    def communities(self) -> Self:
        return self.filter(level=Level.COMMUNITY)

    def grids(self) -> Self:
        return self.filter(level=Level.GRID)

    def inside(self, place: Place) -> Self:
        """The place itself and everything below it."""
        return self.filter(code__startswith=place.code)


class Place(models.Model):
    """A district, street, community or grid; its code begins with the code of its parent."""

    level = models.CharField("层级", max_length=10, choices=Level)
    code = models.CharField("编码", max_length=15, unique=True)
    name = models.CharField("名称", max_length=60)
    parent = models.ForeignKey(
        "self", verbose_name="上级", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    street = models.ForeignKey(
        "self", verbose_name="所属街道", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    community = models.ForeignKey(
        "self", verbose_name="所属社区", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField("网格类型", max_length=10, choices=GridKind, blank=True)
    special_kind = models.CharField("专属类别", max_length=12, choices=SpecialKind, blank=True)
    households = models.PositiveIntegerField("户数", null=True, blank=True)
    population = models.PositiveIntegerField("人口", null=True, blank=True)
    sort_key = models.CharField("排序", max_length=200, blank=True, editable=False)
    valid_from = models.DateField("启用日期")
    valid_to = models.DateField("停用日期", null=True, blank=True)

    # Taken from the code by the database, so that a foreign key on (id, code) can hold the family together.
    district_code = models.GeneratedField(
        expression=Left("code", 6), output_field=models.CharField(max_length=6), db_persist=True
    )
    parent_code = models.GeneratedField(
        expression=Case(
            When(level=Level.STREET, then=Left("code", 6)),
            When(level=Level.COMMUNITY, then=Left("code", 9)),
            When(level=Level.GRID, then=Left("code", 12)),
        ),
        output_field=models.CharField(max_length=12, null=True),
        db_persist=True,
    )
    street_code = models.GeneratedField(
        expression=Case(When(level__in=(Level.COMMUNITY, Level.GRID), then=Left("code", 9))),
        output_field=models.CharField(max_length=9, null=True),
        db_persist=True,
    )
    community_code = models.GeneratedField(
        expression=Case(When(level=Level.GRID, then=Left("code", 12))),
        output_field=models.CharField(max_length=12, null=True),
        db_persist=True,
    )

    objects = PlaceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "区域"
        ordering = ["code"]
        indexes = [
            models.Index(fields=["parent", "sort_key"], name="places_place_children"),
        ]
        constraints = [
            # What the foreign keys of family (see 0002) refer to.
            UniqueConstraint(fields=["id", "code"], name="places_place_id_and_code"),
            UniqueConstraint(
                fields=["parent", "name"],
                condition=Q(valid_to__isnull=True),
                name="places_place_name_in_parent",
                violation_error_message="同一上级下已有同名的区域，请换一个名称。",
            ),
            CheckConstraint(
                condition=Q(
                    *[Q(level=level, code__regex=f"^[0-9]{{{n}}}$") for level, n in CODE_LENGTH.items()],
                    _connector=Q.OR,
                ),
                name="places_place_code_of_level",
                violation_error_message="编码位数与层级不符：区 6 位、街道 9 位、社区 12 位、网格 15 位，全部为数字。",
            ),
            CheckConstraint(
                condition=Q(level=Level.DISTRICT, parent__isnull=True)
                | (~Q(level=Level.DISTRICT) & Q(parent__isnull=False)),
                name="places_place_parent_of_level",
                violation_error_message="除区以外，每个区域都要有上级。",
            ),
            CheckConstraint(
                condition=Q(level__in=(Level.DISTRICT, Level.STREET), street__isnull=True)
                | Q(level__in=(Level.COMMUNITY, Level.GRID), street__isnull=False),
                name="places_place_street_of_level",
                violation_error_message="社区和网格要写明所属街道。",
            ),
            CheckConstraint(
                condition=Q(level=Level.GRID, community__isnull=False)
                | (~Q(level=Level.GRID) & Q(community__isnull=True)),
                name="places_place_community_of_level",
                violation_error_message="网格要写明所属社区。",
            ),
            CheckConstraint(
                condition=(~Q(level=Level.GRID) & Q(kind="", special_kind=""))
                | Q(level=Level.GRID, kind=GridKind.BASIC, special_kind="")
                | Q(level=Level.GRID, kind=GridKind.SPECIAL, special_kind__in=SpecialKind.values),
                name="places_place_kind_of_grid",
                violation_error_message="网格要写明是基础网格还是专属网格；专属网格还要写明类别。",
            ),
            CheckConstraint(
                condition=ENDS_AFTER_START,
                name="places_place_ends_after_start",
                violation_error_message="停用日期要晚于启用日期。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BoundaryQuerySet(models.QuerySet["Boundary"]):
    def at(self, day: dt.date) -> Self:
        """Boundaries that hold on that day."""
        return self.filter(in_force(day))

    def of_grids(self) -> Self:
        return self.filter(place__level=Level.GRID)


class Boundary(models.Model):
    """A polygon of a place for a span of days, longitude and latitude in WGS-84 (CGCS2000)."""

    place = models.ForeignKey(Place, verbose_name="区域", on_delete=models.PROTECT, related_name="boundaries")
    geometry = models.BinaryField("边界", help_text="WKB, polygon or multipolygon")
    min_x = models.FloatField("西界")
    min_y = models.FloatField("南界")
    max_x = models.FloatField("东界")
    max_y = models.FloatField("北界")
    area_m2 = models.FloatField("面积（平方米）")
    valid_from = models.DateField("启用日期")
    valid_to = models.DateField("停用日期", null=True, blank=True)

    objects = BoundaryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "边界"
        ordering = ["place", "valid_from"]
        constraints = [
            CheckConstraint(
                condition=ENDS_AFTER_START,
                name="places_boundary_ends_after_start",
                violation_error_message="边界的停用日期要晚于启用日期。",
            ),
            CheckConstraint(
                condition=Q(min_x__gte=-180, max_x__lte=180, min_y__gte=-90, max_y__lte=90)
                & Q(min_x__lt=F("max_x"), min_y__lt=F("max_y"), area_m2__gt=0),
                name="places_boundary_on_earth",
                violation_error_message="边界的坐标超出经纬度范围，或面积为零。",
            ),
            # btree_gist is not there everywhere, so the place enters as a range of one.
            ExclusionConstraint(
                name="places_boundary_one_a_day",
                expressions=[
                    (Func("place_id", "place_id", Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (Func("valid_from", "valid_to", function="daterange"), RangeOperators.OVERLAPS),
                ],
                violation_error_message="同一区域在同一天只能有一条边界。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.valid_from:%Y-%m-%d}"


class GridLayer(models.Model):
    """Who answers for one field of work in one grid (综合网格属性), and since when."""

    grid = models.ForeignKey(Place, verbose_name="网格", on_delete=models.PROTECT, related_name="layers")
    layer = models.CharField("条线", max_length=10, choices=Layer)
    person = models.CharField("责任人", max_length=40)
    unit = models.CharField("责任人单位", max_length=60, blank=True)
    valid_from = models.DateField("启用日期")
    valid_to = models.DateField("停用日期", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "综合网格属性"
        ordering = ["grid", "layer", "valid_from"]
        constraints = [
            UniqueConstraint(
                fields=["grid", "layer"],
                condition=Q(valid_to__isnull=True),
                name="places_gridlayer_one_in_charge",
                violation_error_message="该网格的这一条线已有责任人，请先停用原责任人。",
            ),
            CheckConstraint(
                condition=ENDS_AFTER_START,
                name="places_gridlayer_ends_after_start",
                violation_error_message="停用日期要晚于启用日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grid} {self.get_layer_display()}"


class KeyPlace(models.Model):
    """A school, clinic, market, source of danger … that the worker of the grid keeps an eye on."""

    grid = models.ForeignKey(Place, verbose_name="网格", on_delete=models.PROTECT, related_name="key_places")
    name = models.CharField("名称", max_length=80)
    kind = models.CharField("类别", max_length=10, choices=KeyPlaceKind)
    lon = models.FloatField("经度", null=True, blank=True)
    lat = models.FloatField("纬度", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "重点场所"
        ordering = ["grid", "name"]
        constraints = [
            UniqueConstraint(
                fields=["grid", "name"],
                name="places_keyplace_name_in_grid",
                violation_error_message="该网格已登记同名的重点场所。",
            ),
            CheckConstraint(
                condition=Q(lon__isnull=True, lat__isnull=True)
                # Without “is not null” a half point would be neither true nor false, which a check lets pass.
                | Q(lon__isnull=False, lat__isnull=False, lon__range=(-180, 180), lat__range=(-90, 90)),
                name="places_keyplace_point_whole",
                violation_error_message="经度和纬度要么都填，要么都不填，且在经纬度范围内。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PlaceAlias(models.Model):
    """Words by which people name a place in an address: an estate, a road, a landmark, a former name.

    The same words may stand at several places (a long road); then they only narrow the choice. Without a place they
    name something outside the district, a neighbouring one or a well-known spot there.
    """

    place = models.ForeignKey(
        Place, verbose_name="区域", null=True, blank=True, on_delete=models.CASCADE, related_name="aliases"
    )
    words = models.CharField("别名", max_length=40)
    kind = models.CharField("类别", max_length=10, choices=AliasKind)
    first_number = models.PositiveIntegerField("门牌起号", null=True, blank=True)
    last_number = models.PositiveIntegerField("门牌止号", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "别名"
        ordering = ["words", "place"]
        constraints = [
            UniqueConstraint(
                fields=["place", "words", "first_number"],
                nulls_distinct=False,
                name="places_placealias_once",
                violation_error_message="该区域已有这个别名。",
            ),
            CheckConstraint(
                condition=Q(first_number__isnull=True, last_number__isnull=True)
                | Q(
                    kind=AliasKind.ROAD,
                    first_number__isnull=False,
                    last_number__isnull=False,
                    first_number__lte=F("last_number"),
                ),
                name="places_placealias_numbers_of_road",
                violation_error_message="门牌号段只用于道路，起号不能大于止号。",
            ),
        ]

    def __str__(self) -> str:
        return self.words
