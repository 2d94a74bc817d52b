"""Reply templates (答复模板): texts that a unit writes again and again."""

from __future__ import annotations

from django.db import models

from huying.matters.enums import ReplyUse


class ReplyTemplate(models.Model):
    """A text to begin with; `{编号}`, `{标题}`, `{单位}` are filled in. No organisation: for all the district."""

    title = models.CharField("名称", max_length=40)
    text = models.TextField("内容", max_length=2000)
    use = models.CharField("用在哪里", max_length=10, choices=ReplyUse)
    category = models.CharField("分类", max_length=20, blank=True, default="", help_text="含其下级分类；留空为不限")
    organisation = models.ForeignKey(
        "people.Organisation", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="单位"
    )
    active = models.BooleanField("启用", default=True)
    used = models.PositiveIntegerField("用过几次", default=0)

    class Meta:
        verbose_name = "答复模板"
        ordering = ["-used", "title", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "use", "title"],
                name="reply_template_once",
                nulls_distinct=False,
                violation_error_message="已经有一个同名的模板，请换一个名称。",
            )
        ]

    def __str__(self) -> str:
        return self.title
