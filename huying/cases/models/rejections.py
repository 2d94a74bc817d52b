"""Why something is not accepted here, where it belongs, and what was handed over there."""

from __future__ import annotations

from django.db import models

from huying.cases.enums import HandoverMeans
from huying.cases.models.case import Case


class OutsideBody(models.Model):
    """A body outside the district's own (法院、信访、公安 …) to which a case can be handed over."""

    key = models.CharField("标识", max_length=20, primary_key=True)
    name = models.CharField("名称", max_length=60, unique=True)
    phone = models.CharField("电话", max_length=30, blank=True, default="")
    order = models.PositiveSmallIntegerField("排序", default=100)
    active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = "区外单位"
        ordering = ["order", "key"]

    def __str__(self) -> str:
        return self.name


class RejectionReason(models.Model):
    """Why a case is not accepted. `guidance` is what the reporter is told unless somebody writes it for the one case;
    `at_once`: whoever takes the call decides alone, because minutes count."""

    key = models.CharField("标识", max_length=20, primary_key=True)
    label = models.CharField("理由", max_length=60, unique=True)
    guidance = models.TextField("告诉诉求人的话", max_length=1000, blank=True, default="")
    body = models.ForeignKey(
        OutsideBody, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="一般移交给谁"
    )
    at_once = models.BooleanField("当场生效，不用审核", default=False)
    explained = models.BooleanField("要写情况说明", default=False)
    order = models.PositiveSmallIntegerField("排序", default=100)
    active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = "不予受理的理由"
        ordering = ["order", "key"]

    def __str__(self) -> str:
        return self.label


class HandoverAct(models.Model):
    """What was handed over to a body that goes on with it: to whom, when, how, and what they call it."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="handovers", db_index=False)
    seq = models.PositiveIntegerField()
    target = models.CharField("移交给谁", max_length=40)
    means = models.CharField("方式", max_length=20, choices=HandoverMeans)
    at = models.DateTimeField("移交时间")
    receipt = models.CharField("对方的受理编号", max_length=80, blank=True, default="")
    by = models.ForeignKey("people.User", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)

    class Meta:
        verbose_name = "移交"
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="handover_act_once")]

    def __str__(self) -> str:
        return f"{self.case_id}#{self.seq}"
