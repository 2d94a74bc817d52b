"""Tables that administrators take in by file: what has been uploaded, and what became of it."""

from __future__ import annotations

from django.db import models

from huying.kernel.readings import Reading
from huying.people.models.accounts import User


class TableImport(Reading):
    """One file of organisations, places … `what` names the `Importing` that reads it."""

    what = models.CharField("哪一种", max_length=40)
    options = models.JSONField("随文件说的", default=dict, blank=True)
    by = models.ForeignKey(User, verbose_name="导入人", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "导入记录"
        indexes = [models.Index(fields=["what", "-started_at"], name="people_table_import_newest")]
