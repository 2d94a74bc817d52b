"""Who is looking at a matter just now."""

from __future__ import annotations

from django.db import models


class Presence(models.Model):
    """Somebody has this matter open. Worth nothing after a minute: the table is unlogged and swept (migration)."""

    matter = models.ForeignKey("matters.Matter", models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey("people.User", models.CASCADE, related_name="+", db_index=False)
    post = models.ForeignKey("people.Post", models.CASCADE, null=True, related_name="+", db_index=False)
    doing = models.CharField("正在填写", max_length=40, blank=True, default="", help_text="Key of the step, or none.")
    seen_at = models.DateTimeField("最近一次")

    class Meta:
        verbose_name = "在看的人"
        constraints = [models.UniqueConstraint(fields=["matter", "user", "doing"], name="presence_once")]
        indexes = [models.Index(fields=["seen_at"], name="presence_seen")]

    def __str__(self) -> str:
        return f"{self.matter_id} {self.user_id} {self.doing}"
