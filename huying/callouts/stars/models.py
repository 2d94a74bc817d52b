"""What stars are given by: versions, each in force from a month on, so that what is past keeps its stars."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class StarStandard(models.Model):
    """One version (评星标准). The newest that has begun holds."""

    since = models.DateField("从哪个月起", unique=True, help_text="The first day of the month.")
    strength = models.PositiveSmallIntegerField(
        "向全区平均靠拢的强度", help_text="k: how many responses at the district's mean are added to a unit's own."
    )
    least = models.PositiveSmallIntegerField("至少几件才评星")
    residents = models.PositiveSmallIntegerField(
        "满意度里居民占多少", help_text="Per cent, where callers and residents have both said."
    )
    note = models.CharField("说明", max_length=200, blank=True, default="")

    class Meta:
        verbose_name = "评星标准"
        ordering = ["-since"]
        constraints = [
            models.CheckConstraint(
                condition=Q(since__day=1), name="star_standard_of_month", violation_error_message="标准按整月起算。"
            ),
            models.CheckConstraint(
                condition=Q(residents__lte=100),
                name="star_standard_residents",
                violation_error_message="居民所占的比例不超过 100%。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.since.year}年{self.since.month}月起"


class StarDimension(models.Model):
    """A dimension (维度) of a version: its name, its weight in per cent, and the four edges between the stars. What is
    measured in it says `measured.MEASURES`."""

    standard = models.ForeignKey(StarStandard, models.CASCADE, related_name="dimensions", db_index=False)
    key = models.CharField("维度", max_length=20)
    name = models.CharField("名称", max_length=12)
    weight = models.PositiveSmallIntegerField("权重")
    five = models.FloatField("五星")
    four = models.FloatField("四星")
    three = models.FloatField("三星")
    two = models.FloatField("二星")

    class Meta:
        verbose_name = "评星维度"
        constraints = [
            models.UniqueConstraint(fields=["standard", "key"], name="star_dimension_once"),
            models.CheckConstraint(
                condition=Q(weight__lte=100),
                name="star_dimension_weight",
                violation_error_message="权重不超过 100%。",
            ),
            models.CheckConstraint(
                condition=Q(five__gt=F("four"), four__gt=F("three"), three__gt=F("two"))
                | Q(five__lt=F("four"), four__lt=F("three"), three__lt=F("two")),
                name="star_dimension_bands",
                violation_error_message="从五星到二星的分界要依次变小或者依次变大。",
            ),
        ]

    def __str__(self) -> str:
        return self.name
