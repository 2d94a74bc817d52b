"""What the kernel itself keeps: small tables without any business noun."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Generation(models.Model):
    """How often what is cached under a key has changed; see `kernel.generation`."""

    key = models.CharField("缓存", max_length=40, primary_key=True)
    n = models.BigIntegerField("代次", default=0)

    class Meta:
        db_table = "kernel_generation"
        verbose_name = "缓存代次"
        verbose_name_plural = verbose_name

    def __str__(self) -> str:
        return f"{self.key} {self.n}"


class CalendarOverride(models.Model):
    """A day on which this district works, or rests, against the announced calendar."""

    date = models.DateField("日期", unique=True)
    working = models.BooleanField("是否上班")
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        db_table = "kernel_calendar_override"
        ordering: ClassVar[list[str]] = ["date"]
        verbose_name = "本区日历调整"
        verbose_name_plural = verbose_name

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {'上班' if self.working else '休息'}"
