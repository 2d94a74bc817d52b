"""Who serves enterprises (服务专员), as rules and as it was named for single cases."""

from __future__ import annotations

from django.db import models

from huying.cases.models.case import Case


class ServiceManager(models.Model):
    """Who serves which enterprises. An empty condition matches everything; the most conditions win. Somebody of a unit
    serves only what that unit leads, because others' cases are not theirs to see."""

    post = models.ForeignKey("people.Post", models.PROTECT, related_name="+", verbose_name="服务专员")
    phone = models.CharField("办公电话", max_length=40, help_text="企业查进展时看得到。")
    street = models.ForeignKey(
        "places.Place", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="街道"
    )
    category = models.CharField("分类", max_length=20, blank=True, default="", help_text="含其下级分类")
    active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = "服务专员"
        ordering = ["post", "pk"]

    def __str__(self) -> str:
        return f"{self.post}"


class CaseService(models.Model):
    """Who serves the enterprise in one case; `post` is empty where nobody could be found."""

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="service")
    lead = models.ForeignKey("people.Organisation", models.PROTECT, related_name="+", db_index=False)
    post = models.ForeignKey("people.Post", models.PROTECT, null=True, related_name="+", verbose_name="服务专员")
    phone = models.CharField("办公电话", max_length=40, blank=True, default="")
    named_at = models.DateTimeField("指定时间")
    contacted_at = models.DateTimeField("联系时间", null=True, blank=True)

    class Meta:
        verbose_name = "企业服务"

    def __str__(self) -> str:
        return f"{self.case_id}"
