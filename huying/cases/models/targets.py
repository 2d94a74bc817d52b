"""What a unit is asked to keep to."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


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
