"""What nobody can tell the outcome of, and what failed: a person decides, and that is written down."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import QuerySet

from huying.kernel.errors import Conflict, Missing
from huying.matters.channels import IN_APP
from huying.matters.delivery import phone_of
from huying.matters.models import Delivery
from huying.people.models import User

PERMISSION = "matters.deliveries"
Status = Delivery.Status
OPEN = (Status.UNKNOWN, Status.FAILED)


class Decision(StrEnum):
    RESEND = "resend"
    DELIVERED = "delivered"  # it has arrived all the same
    TOLD = "told"  # they have been told in another way


WORDS = {Decision.RESEND: "重发", Decision.DELIVERED: "记为已送达", Decision.TOLD: "记为已另行告知"}


def undecided() -> QuerySet[Delivery]:
    """Newest first."""
    rows = Delivery.objects.filter(status__in=OPEN, decided_at=None).exclude(channel=IN_APP)
    return rows.select_related("message__matter", "contact", "organisation", "user__reach").order_by("-pk")


def outward_ones() -> QuerySet[Delivery]:
    """All that went to a phone or will, newest first."""
    rows = Delivery.objects.exclude(channel=IN_APP)
    return rows.select_related("message__matter", "contact", "organisation", "user__reach").order_by("-pk")


def recipient(delivery: Delivery) -> str:
    """To whom, masked."""
    if delivery.organisation is not None:
        return f"{delivery.organisation}值班电话"
    if delivery.contact is not None:
        return str(delivery.contact.masked())
    reach = getattr(delivery.user, "reach", None)
    phone = reach.phone if reach else ""
    return f"{delivery.user}（{phone}）" if phone else str(delivery.user)


def decide(pk: int, decision: Decision, *, by: User, at: datetime) -> Delivery:
    """
    Raises:
        Missing: there is no such delivery.
        Conflict: a receipt or somebody else was quicker; or there is no number any more.
    """
    with transaction.atomic():
        row = Delivery.objects.select_for_update(of=("self",)).filter(pk=pk).exclude(channel=IN_APP).first()
        if row is None:
            raise Missing("没有这条短信。")
        if row.status not in OPEN or row.decided_at is not None:
            raise Conflict(f"这条短信现在是“{row.get_status_display()}”，不用再处理。", code="settled")
        match decision:
            case Decision.RESEND:
                if not phone_of(row):
                    raise Conflict("已经没有对方的电话，不能重发，请另行告知。", code="no_phone")
                row.spent = [*(row.spent or []), *([row.external_id] if row.external_id else [])]
                row.status, row.attempts, row.next_try_at = Status.PENDING, 0, at
                row.external_id = row.problem = ""
                row.sent_at = None
            case Decision.DELIVERED:
                row.status, row.next_try_at = Status.DELIVERED, None
                row.decided_by, row.decided_at = by, at
            case Decision.TOLD:
                row.next_try_at = None
                row.decided_by, row.decided_at = by, at
        row.save(
            update_fields=[
                *("spent", "status", "attempts", "next_try_at", "external_id", "problem", "sent_at"),
                *("decided_by", "decided_at"),
            ]
        )
    return row
