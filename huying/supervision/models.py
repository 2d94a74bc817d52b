"""What a supervision and an instruction have beside the matter each of them is. Texts are words of their lines."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from huying.kernel.rows import QuickModel
from huying.matters.models import Matter
from huying.supervision.enums import Colour, Rung


class Instruction(QuickModel):
    """Particulars of 交办件: a leader's written instruction, what the upper level assigns, an item of a daily report.
    It is done when all supervisions that were made of it are."""

    matter = models.OneToOneField(Matter, models.PROTECT, primary_key=True, related_name="instruction")
    source = models.CharField("批示人或交办单位", max_length=60)
    reference = models.CharField("来文号或期号", max_length=60, blank=True, default="")
    dated = models.DateField("批示或交办日期")
    upper_due_at = models.DateTimeField("要求报告的时间", null=True, blank=True)
    about = models.JSONField("涉及的件", default=list, help_text="Numbers, as the tasks take them over.")

    class Meta:
        verbose_name = "交办件"

    def __str__(self) -> str:
        return self.matter.number


class Supervision(QuickModel):
    """Particulars of 督办件. `rung`: the highest that holds; `draft`: a rung that waits to be signed."""

    matter = models.OneToOneField(Matter, models.PROTECT, primary_key=True, related_name="supervision")
    instruction = models.ForeignKey(Instruction, models.PROTECT, null=True, blank=True, related_name="tasks")
    rung = models.PositiveSmallIntegerField("督办层级", choices=Rung, default=Rung.REMINDER)
    colour = models.CharField("颜色", max_length=6, choices=Colour, default=Colour.BLUE)
    draft = models.PositiveSmallIntegerField("待签发", choices=Rung, null=True, blank=True)
    drafted_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    source = models.CharField("来源", max_length=130, blank=True, default="")
    upper_due_at = models.DateTimeField("上级时限", null=True, blank=True)
    officer = models.CharField("经办人", max_length=40, blank=True, default="")
    fed_back_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = "督办件"
        constraints = [
            models.CheckConstraint(
                condition=Q(draft__isnull=True) | Q(draft__gt=models.F("rung")),
                name="supervision_draft_is_higher",
                violation_error_message="待签发的层级要高于现在的层级。",
            ),
        ]
        indexes = [
            models.Index(fields=["draft"], name="supervision_to_sign", condition=Q(draft__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.matter.number


class SupervisedMatter(models.Model):
    """What a supervision is about: one or many matters of any kind."""

    supervision = models.ForeignKey(Supervision, models.PROTECT, related_name="about", db_index=False)
    matter = models.ForeignKey(Matter, models.PROTECT, related_name="supervised_by")

    class Meta:
        verbose_name = "所督办的件"
        constraints = [models.UniqueConstraint(fields=["supervision", "matter"], name="supervised_matter_once")]

    def __str__(self) -> str:
        return f"{self.supervision_id} {self.matter_id}"


class OfficialDocument(models.Model):
    """One rung of the ladder as a document (督办文书). It has a number of the year from the moment it holds; its words
    are those of the line `seq`."""

    supervision = models.ForeignKey(Supervision, models.PROTECT, related_name="documents", db_index=False)
    seq = models.PositiveIntegerField()
    rung = models.PositiveSmallIntegerField("层级", choices=Rung)
    lead = models.ForeignKey(
        "people.Organisation", models.PROTECT, related_name="+", verbose_name="被督办单位", db_index=False
    )
    to = models.CharField("主送", max_length=120, blank=True, default="")
    due_at = models.DateTimeField("反馈期限", null=True, blank=True)
    talk_at = models.DateTimeField("约谈时间", null=True, blank=True)
    talk_place = models.CharField("约谈地点", max_length=80, blank=True, default="")
    drafted_at = models.DateTimeField("拟稿时间")
    drafted_by = models.ForeignKey("people.User", models.PROTECT, null=True, related_name="+", db_index=False)
    year = models.PositiveSmallIntegerField("年份", null=True, blank=True)
    serial = models.PositiveIntegerField("序号", null=True, blank=True)
    issued_at = models.DateTimeField("签发时间", null=True, blank=True)
    issued_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    declined_at = models.DateTimeField("不予签发时间", null=True, blank=True)

    class Meta:
        verbose_name = "督办文书"
        constraints = [
            models.UniqueConstraint(fields=["supervision", "seq"], name="official_document_once"),
            models.UniqueConstraint(fields=["year", "serial"], name="official_document_number"),
            models.CheckConstraint(
                condition=Q(issued_at__isnull=True, year__isnull=True, serial__isnull=True)
                | Q(issued_at__isnull=False, year__isnull=False, serial__isnull=False, declined_at__isnull=True),
                name="official_document_numbered_when_issued",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supervision_id}#{self.seq} {self.rung}"


class Letterhead(models.Model):
    """How official documents begin and end; one row, and none while nobody has changed anything."""

    issuer = models.CharField("发文机关", max_length=40)
    code = models.CharField("发文机关代字", max_length=12)
    everybody = models.CharField("通报的主送机关", max_length=100)
    accountability = models.CharField("移交问责的主送机关", max_length=100)
    copies = models.CharField("抄送机关", max_length=200, blank=True, default="")
    phone = models.CharField("联系电话", max_length=40, blank=True, default="")

    class Meta:
        verbose_name = "文书抬头"

    def __str__(self) -> str:
        return self.issuer
