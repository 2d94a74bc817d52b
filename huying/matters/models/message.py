"""One message, many deliveries."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Message(models.Model):
    """What is said once, to however many."""

    key = models.CharField("模板", max_length=60)
    matter = models.ForeignKey("matters.Matter", models.PROTECT, null=True, related_name="messages")
    title = models.CharField("标题", max_length=120)
    body = models.TextField("内容")
    url = models.CharField("链接", max_length=200, blank=True, default="")
    created_at = models.DateTimeField("时间")
    seq = models.PositiveIntegerField(null=True, blank=True, help_text="The line that says it.")
    words = models.JSONField(
        null=True, help_text="What filled the template, by placeholder, of what goes outward: platforms ask for it."
    )
    urgent = models.BooleanField("紧急", default=False, db_default=False, help_text="It waits for no morning.")

    class Meta:
        verbose_name = "消息"

    def __str__(self) -> str:
        return self.title


class MessageTemplate(models.Model):
    """The district's own words for a message, instead of those in the code; see `matters.wording`."""

    key = models.CharField("模板", max_length=60, primary_key=True)
    title = models.CharField("标题", max_length=60)
    body = models.CharField("内容", max_length=300)
    muted = models.JSONField("不发送的方式", default=list, blank=True, help_text="Keys of outward channels.")
    urgent = models.BooleanField("紧急", null=True, blank=True, help_text="NULL: as the code says.")

    class Meta:
        verbose_name = "消息模板"

    def __str__(self) -> str:
        return self.key


class Delivery(models.Model):
    """One message to one recipient by one channel."""

    class Status(models.TextChoices):
        PENDING = "pending", "待发送"
        SENDING = "sending", "发送中"
        SENT = "sent", "已发送"
        DELIVERED = "delivered", "已送达"
        UNKNOWN = "unknown", "结果未知，待核实"
        FAILED = "failed", "发送失败"
        CANCELLED = "cancelled", "已撤回"
        WITHHELD = "withheld", "按设置不发"

    message = models.ForeignKey(Message, models.PROTECT, related_name="deliveries")
    channel = models.CharField("方式", max_length=20)
    user = models.ForeignKey("people.User", models.PROTECT, null=True, related_name="deliveries", db_index=False)
    contact = models.ForeignKey("people.Contact", models.PROTECT, null=True, related_name="+", db_index=False)
    organisation = models.ForeignKey(
        "people.Organisation",
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        help_text="Its duty phone.",
    )
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    next_try_at = models.DateTimeField("下次发送", null=True)
    sent_at = models.DateTimeField("发送时间", null=True)
    read_at = models.DateTimeField("已读时间", null=True)
    external_id = models.CharField("回执编号", max_length=80, blank=True, default="")
    problem = models.CharField("问题", max_length=200, blank=True, default="")
    receipt_at = models.DateTimeField("回执时间", null=True)
    spent = ArrayField(
        models.CharField(max_length=80), null=True, help_text="Receipt numbers of sends before a person repeated it."
    )
    decided_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, related_name="+", verbose_name="处理人", db_index=False
    )
    decided_at = models.DateTimeField("处理时间", null=True)

    class Meta:
        verbose_name = "发送"
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, contact__isnull=True, organisation__isnull=True)
                | Q(user__isnull=True, contact__isnull=False, organisation__isnull=True)
                | Q(user__isnull=True, contact__isnull=True, organisation__isnull=False),
                name="delivery_to_one",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="delivery_inbox", condition=Q(channel="in_app")),
            models.Index(fields=["user"], name="delivery_unread", condition=Q(channel="in_app", read_at=None)),
            models.Index(
                fields=["next_try_at"],
                name="delivery_waiting",
                condition=Q(status__in=["pending", "sending", "unknown"]),
            ),
            models.Index(
                fields=["next_try_at"],
                name="delivery_to_ask",
                condition=Q(status="sent", next_try_at__isnull=False),
            ),
            models.Index(
                fields=["channel", "external_id"],
                name="delivery_by_receipt",
                condition=~Q(external_id="") & Q(status__in=["sending", "sent", "unknown"]),
            ),
            models.Index(
                fields=["-id"],
                name="delivery_undelivered",
                condition=Q(status__in=["unknown", "failed"], decided_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.channel} {self.status}"
