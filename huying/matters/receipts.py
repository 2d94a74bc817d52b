"""What platforms tell by themselves: receipts of what was sent, and what people have replied.

Receipts come twice, late, out of order, and for messages nobody knows. One that says "failed" counts only for the send
that it is about: after a person has repeated a message, what the first send brings changes nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from huying.kernel.privacy import lookup_hashes, normalise
from huying.matters.models import Delivery, OptOut

Status = Delivery.Status
OPT_OUT = frozenset({"T", "TD", "N", "退订", "退", "取消订阅"})


@dataclass(frozen=True, slots=True)
class Receipt:
    """By our own id or by the platform's; `reason` in the platform's words."""

    delivered: bool
    id: int | None = None
    external_id: str = ""
    reason: str = ""


def receive(channel: str, receipts: Sequence[Receipt], now: datetime) -> int:
    """Write receipts down; returns how many changed anything. Unknown ones are no fault."""
    receipts = [replace(r, reason=r.reason.replace("\0", "")) for r in receipts]
    ids = [r.id for r in receipts if r.id is not None and 0 < r.id < 2**63]
    external = [r.external_id for r in receipts if r.external_id and "\0" not in r.external_id]
    open_ = (Status.SENDING, Status.SENT, Status.UNKNOWN)
    changed: list[Delivery] = []
    with transaction.atomic():
        # FAILED and PENDING: it has arrived all the same, which is true whatever was written down meanwhile
        rows = Delivery.objects.select_for_update(of=("self",)).filter(channel=channel).order_by("pk")
        known = list(rows.filter(pk__in=ids))
        if external:
            known += rows.filter(~Q(external_id=""), Q(status__in=open_), external_id__in=external).exclude(pk__in=ids)
        by_id = {row.pk: row for row in known}
        by_external = {row.external_id: row for row in known if row.external_id}
        for receipt in receipts:
            row = by_id.get(receipt.id or 0) or by_external.get(receipt.external_id)
            if row is not None and "\0" not in receipt.external_id and _settles(row, receipt):
                row.status = Status.DELIVERED if receipt.delivered else Status.FAILED
                row.external_id = (receipt.external_id or row.external_id)[:80]
                row.problem = "" if receipt.delivered else f"对方没有收到：{receipt.reason or '平台没有说明原因'}"[:200]
                row.next_try_at, row.receipt_at, row.sent_at = None, now, row.sent_at or now
                changed.append(row)
        Delivery.objects.bulk_update(
            changed, ["status", "external_id", "problem", "next_try_at", "receipt_at", "sent_at"]
        )
    return len({row.pk for row in changed})


def _settles(row: Delivery, receipt: Receipt) -> bool:
    another = bool(receipt.external_id and row.external_id and receipt.external_id != row.external_id)
    if receipt.delivered:
        return row.status in (Status.SENDING, Status.SENT, Status.UNKNOWN) or (
            row.status == Status.FAILED and not another and row.decided_at is None
        )
    if another or receipt.external_id in (row.spent or ()):
        return False
    return row.status in (Status.SENT, Status.UNKNOWN)


def is_opt_out(text: str) -> bool:
    return unicodedata.normalize("NFKC", text).strip(" 。.!！").upper() in OPT_OUT


def hear(phone: str, text: str, now: datetime) -> bool:
    """Somebody has replied to a message; True when that was a refusal of further ones."""
    if not is_opt_out(text) or not normalise("phone", phone):
        return False
    return opt_out(phone, OptOut.How.REPLY, now)


def opt_out(phone: str, how: OptOut.How, now: datetime) -> bool:
    """No more short messages to this number; False when that stood already."""
    if has_opted_out(phone):
        return False
    row = OptOut(_phone=normalise("phone", phone), how=how, at=now)
    OptOut.objects.bulk_create([row], ignore_conflicts=True)
    return True


def opt_in(phone: str) -> bool:
    return OptOut.objects.filter(phone_hash__in=lookup_hashes("phone", phone)).delete()[0] > 0


def has_opted_out(phone: str) -> bool:
    return OptOut.objects.filter(phone_hash__in=lookup_hashes("phone", phone)).exists()
