"""What the worker does regularly for all matters."""

from __future__ import annotations

from django.utils import timezone

from huying.kernel import jobs, outbox
from huying.kernel.outbox import Payload
from huying.matters import alarms, delivery, ledger
from huying.matters.sweep import recompute_provisional, sweep


@outbox.periodic("matters.clocks", 5)
def look_at_clocks() -> None:
    sweep(timezone.now())


@outbox.periodic("matters.alarms", 5)
def tell_next_people() -> None:
    alarms.next_people(timezone.now())


@jobs.job("matters.deliver")
def deliver_waiting() -> None:
    """A job and not periodic work: it commits before anything leaves, so it must not run in one long transaction."""
    delivery.deliver(timezone.now())


@outbox.periodic("matters.delivery", 2)
def send_messages() -> None:
    if delivery.is_waiting(timezone.now()):
        jobs.defer_once(deliver_waiting, name="matters.deliver")


@outbox.periodic("matters.anchor", 300)
def anchor() -> None:
    ledger.take_anchor(timezone.now())


@outbox.periodic("matters.provisional", 3600)
def settle_provisional() -> None:
    recompute_provisional()


@outbox.handler(alarms.RAISED)
def alarm_raised(payloads: list[Payload]) -> None:
    alarms.next_people(timezone.now())
