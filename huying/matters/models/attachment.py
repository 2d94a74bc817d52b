from __future__ import annotations

from django.db import models


class Attachment(models.Model):
    """A checked file that belongs to one line of a matter. Whoever may see the matter may fetch it; the public sees
    only what is marked public. What is said anew, as a result that was sent back, may bring its files along again."""

    matter = models.ForeignKey("matters.Matter", models.PROTECT, related_name="attachments")
    seq = models.PositiveIntegerField()
    file = models.ForeignKey("kernel.StoredFile", models.PROTECT, related_name="attachments")
    public = models.BooleanField("诉求人可见", default=False)

    class Meta:
        verbose_name = "附件"
        constraints = [models.UniqueConstraint(fields=["matter", "seq", "file"], name="attachment_once_a_line")]

    def __str__(self) -> str:
        return f"{self.matter_id}#{self.seq} {self.file_id}"
