"""Sending what waits: in batches, retried with back-off under the same id, never repeated blindly."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from huying.matters.channels import Envelope, Outcome, OutwardChannel, Verdict, outward
from huying.matters.models import Delivery
from huying.people.phones import textable

logger = logging.getLogger("huying.messages")

ATTEMPTS = 6
LOST_AFTER = timedelta(minutes=10)  # a send still open after so long has lost its sender
ASK_AGAIN = timedelta(minutes=30)


def is_waiting(now: datetime) -> bool:
    """Whether anything is due and nobody is at it; what has lost its sender is."""
    states = (Delivery.Status.PENDING, Delivery.Status.UNKNOWN)
    due = Q(next_try_at__lte=now, status__in=states)
    return Delivery.objects.filter(due | _lost(now)).exists()


def _lost(now: datetime) -> Q:
    return Q(status=Delivery.Status.SENDING, next_try_at__lte=now - LOST_AFTER)


def deliver(now: datetime) -> int:
    """Send everything due on every channel; returns how many sends ended, well or not."""
    return sum(_deliver(channel, now) for channel in outward())


def _deliver(channel: OutwardChannel, now: datetime) -> int:
    ended = 0
    Delivery.objects.filter(_lost(now), channel=channel.key).update(status=Delivery.Status.UNKNOWN, next_try_at=now)
    while batch := _take(channel, now):
        # Committed as "sending" before the first byte leaves: a kill in between is asked about, not repeated.
        ended += _settle(channel, batch, _call(channel.send, batch), now)
    if unknown := _take_unknown(channel, now):
        ended += _settle(channel, unknown, _call(channel.ask, unknown), now)
    return ended


def _take(channel: OutwardChannel, now: datetime) -> list[Delivery]:
    with transaction.atomic():
        batch = list(
            Delivery.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(channel=channel.key, status=Delivery.Status.PENDING, next_try_at__lte=now)
            .select_related("message", "contact", "organisation")
            .order_by("next_try_at")[: channel.batch]
        )
        Delivery.objects.filter(pk__in=[d.pk for d in batch]).update(
            status=Delivery.Status.SENDING, attempts=F("attempts") + 1, next_try_at=now
        )
        for delivery in batch:
            delivery.attempts += 1
    return batch


def _take_unknown(channel: OutwardChannel, now: datetime) -> list[Delivery]:
    return list(
        Delivery.objects.filter(next_try_at__lte=now, channel=channel.key, status=Delivery.Status.UNKNOWN)
        .select_related("message", "contact", "organisation")
        .order_by("next_try_at")[: channel.batch]
    )


def _envelope(delivery: Delivery) -> Envelope:
    phone = textable(delivery.organisation.duty_phone) if delivery.organisation else None
    phone = delivery.contact._phone if delivery.contact else phone
    return Envelope(delivery.pk, phone or "", delivery.message.title, delivery.message.body, delivery.external_id)


def _call(function: object, batch: Sequence[Delivery]) -> Sequence[Outcome]:
    assert callable(function)
    envelopes = [_envelope(d) for d in batch]
    nobody = Outcome(Verdict.FAILED, problem="没有留下电话")
    reachable = [e for e in envelopes if e.phone]
    try:
        answers = iter(function(reachable) if reachable else [])
        return [next(answers) if e.phone else nobody for e in envelopes]
    except Exception:
        logger.exception("channel failed")
        return [Outcome(Verdict.UNKNOWN, problem="通道出错，结果未知") if e.phone else nobody for e in envelopes]


def _settle(channel: OutwardChannel, batch: Sequence[Delivery], outcomes: Sequence[Outcome], now: datetime) -> int:
    ended = 0
    for delivery, outcome in zip(batch, outcomes, strict=True):
        delivery.external_id = outcome.external_id or delivery.external_id
        delivery.problem = outcome.problem[:200]
        delivery.next_try_at = None
        match outcome.verdict:
            case Verdict.SENT:
                delivery.status, delivery.sent_at = Delivery.Status.SENT, now
            case Verdict.UNKNOWN:
                delivery.status, delivery.next_try_at = Delivery.Status.UNKNOWN, now + ASK_AGAIN
            case Verdict.RETRY if delivery.attempts < ATTEMPTS:
                delivery.status = Delivery.Status.PENDING
                delivery.next_try_at = now + timedelta(seconds=15 * 4 ** (delivery.attempts - 1))
            case _:
                delivery.status = Delivery.Status.FAILED
        ended += delivery.status in (Delivery.Status.SENT, Delivery.Status.FAILED)
    Delivery.objects.bulk_update(batch, ["status", "external_id", "problem", "next_try_at", "sent_at"])
    return ended
