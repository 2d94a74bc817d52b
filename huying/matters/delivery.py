"""Sending what waits: in batches, retried with back-off under the same id, never repeated blindly.

A delivery goes pending → sending → sent → delivered. "sending" is committed before the first byte leaves; whoever loses
hold of it in between leaves a send of unknown outcome, which is asked about and otherwise left to a person
(`undelivered`). Whatever is written down about an attempt names the attempt, so that what comes late changes nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q

from huying.matters import restraint
from huying.matters.channels import Envelope, Outcome, OutwardChannel, Verdict, outward
from huying.matters.models import Delivery
from huying.people.phones import textable

logger = logging.getLogger("huying.messages")

ATTEMPTS = 6
LOST_AFTER = timedelta(minutes=10)  # a send still open after so long has lost its sender
ASK_AGAIN = timedelta(minutes=30)
FIRST_ASKED = timedelta(minutes=5)  # receipts come within minutes or within days
ASKED_FOR = timedelta(days=3)  # then nobody knows any more
Status = Delivery.Status


def is_waiting(now: datetime) -> bool:
    """Whether anything is due and nobody is at it; what has lost its sender is."""
    states = (Status.PENDING, Status.UNKNOWN)
    due = Q(next_try_at__lte=now, status__in=states)
    if Delivery.objects.filter(due | _lost(now)).exists():
        return True
    return Delivery.objects.filter(status=Status.SENT, next_try_at__lte=now).exists()


def _lost(now: datetime) -> Q:
    return Q(status=Status.SENDING, next_try_at__lte=now - LOST_AFTER)


def deliver(now: datetime) -> int:
    """Send everything due on every channel; returns how many sends ended, well or not."""
    started = time.monotonic()

    def moment() -> datetime:
        """A long run must not date its last batch like its first."""
        return now + timedelta(seconds=time.monotonic() - started)

    return sum(_deliver(channel, moment) for channel in outward())


def _deliver(channel: OutwardChannel, moment: Callable[[], datetime]) -> int:
    ended = 0
    now = moment()
    Delivery.objects.filter(_lost(now), channel=channel.key).update(status=Status.UNKNOWN, next_try_at=now)
    while (taken := _take(channel, moment())) is not None:
        # Committed as "sending" before the first byte leaves: a kill in between is asked about, not repeated.
        if taken:
            ended += _settle(taken, _call(channel.send, taken), moment(), channel)
    while asked := _take_to_ask(channel, moment()):
        ended += _settle(asked, _call(channel.ask, asked), moment(), channel)
    return ended


def _rows(channel: OutwardChannel, now: datetime, *states: str) -> list[Delivery]:
    """What is due, locked, with all that an envelope needs."""
    return list(
        Delivery.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(channel=channel.key, status__in=states, next_try_at__lte=now)
        .select_related("message", "contact", "organisation", "user__reach")
        .order_by("next_try_at")[: channel.batch]
    )


def _take(channel: OutwardChannel, now: datetime) -> list[Delivery] | None:
    """The next that go out now, marked; those that are held back are written down as such. None: nothing is due."""
    with transaction.atomic():
        due = _rows(channel, now, Status.PENDING)
        if not due:
            return None
        going = restraint.hold_back(channel, due, phone_of, now)
        Delivery.objects.filter(pk__in=[d.pk for d in going]).update(
            status=Status.SENDING, attempts=F("attempts") + 1, next_try_at=now
        )
        for delivery in going:
            delivery.attempts += 1
            delivery.status, delivery.next_try_at = Status.SENDING, now
    return going


def _take_to_ask(channel: OutwardChannel, now: datetime) -> list[Delivery]:
    """Unknown outcomes and receipts that have not come; nobody else asks about them for a while."""
    lease = now + LOST_AFTER
    with transaction.atomic():
        rows = _rows(channel, now, Status.UNKNOWN, *([Status.SENT] if channel.asks else []))
        Delivery.objects.filter(pk__in=[d.pk for d in rows]).update(next_try_at=lease)
        for delivery in rows:
            delivery.next_try_at = lease
    return rows


def phone_of(delivery: Delivery) -> str:
    """The plain number it goes to; "" where there is none any more."""
    if delivery.organisation is not None:
        return textable(delivery.organisation.duty_phone)
    if delivery.contact is not None:
        return delivery.contact._phone or ""
    reach = getattr(delivery.user, "reach", None)
    return (reach._phone or "") if reach is not None else ""


def _envelope(delivery: Delivery) -> Envelope:
    message = delivery.message
    return Envelope(
        delivery.pk,
        phone_of(delivery),
        message.title,
        message.body,
        delivery.external_id,
        message.key,
        message.words or {},
        delivery.sent_at or message.created_at,
    )


def _call(function: Callable[[Sequence[Envelope]], Sequence[Outcome]], batch: Sequence[Delivery]) -> Sequence[Outcome]:
    envelopes = [_envelope(d) for d in batch]
    nobody = Outcome(Verdict.FAILED, problem="没有留下电话")
    reachable = [e for e in envelopes if e.phone]
    try:
        answers = iter(function(reachable) if reachable else [])
        return [next(answers) if e.phone else nobody for e in envelopes]
    except Exception:
        logger.exception("channel failed")
        return [Outcome(Verdict.UNKNOWN, problem="通道出错，结果未知") if e.phone else nobody for e in envelopes]


def _settle(batch: Sequence[Delivery], outcomes: Sequence[Outcome], now: datetime, channel: OutwardChannel) -> int:
    """Write down how it went, unless somebody has meanwhile: a receipt was quicker, or this sender was given up."""
    rows: list[tuple[object, ...]] = []
    given_back: list[Delivery] = []
    ended: set[int] = set()
    for delivery, outcome in zip(batch, outcomes, strict=True):
        status, again, sent_at, receipt_at = Status.FAILED, None, delivery.sent_at, None
        since = delivery.sent_at or delivery.message.created_at
        match outcome.verdict:
            case Verdict.SENT:
                status, sent_at = Status.SENT, delivery.sent_at or now
                again = _ask_at(delivery, now) if channel.asks else None
            case Verdict.DELIVERED:
                status, sent_at, receipt_at = Status.DELIVERED, delivery.sent_at or now, now
            case Verdict.UNKNOWN:
                status = Status.UNKNOWN
                again = now + ASK_AGAIN if now - since < ASKED_FOR else None
            case Verdict.RETRY if delivery.attempts < ATTEMPTS:
                status = Status.PENDING
                again = now + timedelta(seconds=15 * 4 ** (delivery.attempts - 1))
                given_back.append(delivery)
        if status in (Status.SENT, Status.DELIVERED, Status.FAILED) and delivery.status != status:
            ended.add(delivery.pk)
        external_id = _stored(outcome.external_id or delivery.external_id)[:80]
        was = (delivery.pk, str(delivery.status), delivery.attempts, delivery.next_try_at)
        rows.append((*was, str(status), external_id, _stored(outcome.problem)[:200], again, sent_at, receipt_at))
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, [list(column) for column in zip(*rows, strict=True)])
        written = {pk for (pk,) in cursor.fetchall()}
    restraint.give_back(channel, [d for d in given_back if d.pk in written], phone_of, now)
    return len(ended & written)


def _stored(text: str) -> str:
    """What a platform says may hold anything."""
    return text.replace("\0", "")


def _ask_at(delivery: Delivery, now: datetime) -> datetime | None:
    """When its receipt is asked for next: ever more rarely, and not for ever."""
    if delivery.sent_at is None:
        return now + FIRST_ASKED
    age = now - delivery.sent_at
    return now + max(FIRST_ASKED, age / 2) if age < ASKED_FOR else None


_SETTLE = """
UPDATE matters_delivery AS d
SET status = v.status, external_id = v.external_id, problem = v.problem, next_try_at = v.again, sent_at = v.sent_at,
    receipt_at = coalesce(v.receipt_at, d.receipt_at)
FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::timestamptz[], %s::text[], %s::text[], %s::text[],
            %s::timestamptz[], %s::timestamptz[], %s::timestamptz[])
    AS v(id, was, attempts, taken_at, status, external_id, problem, again, sent_at, receipt_at)
WHERE d.id = v.id AND d.status = v.was AND d.attempts = v.attempts AND d.next_try_at = v.taken_at
RETURNING d.id
"""
