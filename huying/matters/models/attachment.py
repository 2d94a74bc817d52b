from __future__ import annotations

from django.db import models


class Attachment(models.Model):
    """A checked file that belongs to one line of a matter. Whoever may see the matter may fetch it; the public sees
    only what is marked public."""

    matter = models.ForeignKey("matters.Matter", models.PROTECT, related_name="attachments")
    seq = models.PositiveIntegerField()
    file = models.OneToOneField("kernel.StoredFile", models.PROTECT, related_name="attachment")
    public = models.BooleanField("诉求人可见", default=False)

    class Meta:
        verbose_name = "附件"

    def __str__(self) -> str:
        return f"{self.matter_id}#{self.seq} {self.file_id}"
