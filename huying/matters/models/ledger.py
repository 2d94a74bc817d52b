"""Append-only lines, the words they seal, and the anchors over all chains."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q


class CurrentTransaction(models.Func):
    """PostgreSQL's 64-bit transaction id of the writer. As bigint, because xid8 has no BRIN operator class."""

    function = "pg_current_xact_id"
    template = "%(function)s()::text::bigint"
    output_field = models.BigIntegerField()


class LedgerLine(models.Model):
    """One step of one matter. `hash` covers the canonical bytes of the other columns and `previous`.

    `facts` is canonical JSON kept as text, because jsonb reorders keys and the hash is over the stored bytes.
    `at` is when it happened, `recorded_at` when it was written down. UPDATE, DELETE and TRUNCATE are refused.
    """

    matter = models.ForeignKey("matters.Matter", models.PROTECT, related_name="lines", db_index=False)
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    step = models.CharField(max_length=40)
    from_state = models.CharField(max_length=30, blank=True, default="")
    to_state = models.CharField(max_length=30)
    actor = models.ForeignKey("people.User", models.PROTECT, null=True, related_name="+", db_index=False)
    post = models.ForeignKey("people.Post", models.PROTECT, null=True, related_name="+", db_index=False)
    on_behalf_of = models.ForeignKey("people.User", models.PROTECT, null=True, related_name="+", db_index=False)
    via = models.CharField(max_length=60)
    facts = models.TextField()
    previous = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)
    xid = models.BigIntegerField(db_default=CurrentTransaction(), editable=False)

    class Meta:
        verbose_name = "留痕"
        constraints = [models.UniqueConstraint(fields=["matter", "seq"], name="ledger_line_once")]
        indexes = [
            BrinIndex(fields=["xid"], name="ledger_xid", pages_per_range=16),
            BrinIndex(fields=["at"], name="ledger_at", pages_per_range=32),
        ]

    def __str__(self) -> str:
        return f"{self.matter_id}#{self.seq} {self.step}"


class Anchor(models.Model):
    """A signed digest over the heads of all chains that grew in a window of transaction ids.

    Only transactions below the watermark `xid_to` are covered: all of them had ended when the anchor was taken, so a
    late commit can never fall between two anchors.
    """

    xid_from = models.BigIntegerField()
    xid_to = models.BigIntegerField(unique=True)
    taken_at = models.DateTimeField()
    lines = models.PositiveBigIntegerField()
    heads = models.PositiveBigIntegerField()
    digest = models.BinaryField(max_length=32)
    previous = models.BinaryField(max_length=32)
    signature = models.BinaryField()
    key_id = models.CharField(max_length=40)

    class Meta:
        ordering = ["xid_to"]

    def __str__(self) -> str:
        return f"{self.xid_from}–{self.xid_to}"


class Words(models.Model):
    """Free text that belongs to a line: the line holds its salted digest only.

    Erasing `text` and `salt` forgets what was said (and who was named in it) while the chain still holds.
    """

    matter = models.ForeignKey("matters.Matter", models.PROTECT, related_name="words", db_index=False)
    seq = models.PositiveIntegerField()
    field = models.CharField(max_length=40)
    text = models.TextField(blank=True)
    salt = models.BinaryField(max_length=16, null=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    document = SearchVectorField(null=True, help_text="Bigrams of what people search by; on the first text only.")

    class Meta:
        verbose_name = "文字"
        constraints = [
            models.UniqueConstraint(fields=["matter", "seq", "field"], name="words_once"),
            models.CheckConstraint(
                condition=Q(erased_at=None, salt__isnull=False) | Q(erased_at__isnull=False, salt=None, text=""),
                name="words_erased_whole",
                violation_error_message="抹除文字时必须连同盐值一起抹除。",
            ),
        ]
        indexes = [
            GinIndex(fields=["document"], name="words_document", condition=Q(document__isnull=False)),
            # walking down a list looks into one text of each matter
            models.Index(fields=["matter"], name="words_of_matter", condition=Q(document__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.matter_id}#{self.seq} {self.field}"
