"""To whom something can be handed over that does not end with us: bodies outside, and rooms that go on with it.

A room that takes things over declares a receiver in `AppConfig.ready`; whoever hands over asks only this registry:

    receivers.declare(Receiver(key="relief", label="综合救助", targets=..., take=open_relief_matter))

A target is addressed as `receiver.target`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from huying.kernel.registry import EntryRegistry


@dataclass(frozen=True, slots=True)
class Target:
    """One body or office. `phone`: what whoever raised it may dial; "" where there is none."""

    key: str
    label: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Handover:
    """What is handed over: which matter, to which target, when, and the number it has there already, if any."""

    matter_id: int
    target: str
    at: datetime
    receipt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """`targets`: those in use now; `names`: of all there ever were, for what was handed over long ago; `take`: runs in
    the transaction of the step and returns the number it has there, "" where nobody gives one; `by_name`: only whoever
    names it offers it, since not everything can go on there."""

    key: str
    label: str
    targets: Callable[[], Sequence[Target]]
    names: Callable[[], dict[str, str]]
    take: Callable[[Handover], str]
    by_name: bool = False
    order: int = 100


def _by_order(receiver: Receiver) -> tuple[int, str]:
    return receiver.order, receiver.key


receivers: EntryRegistry[Receiver] = EntryRegistry("receivers of what is handed over", order=_by_order)


def choices(*named: str) -> Sequence[tuple[str, str]]:
    """Every target that can be chosen now, as `(receiver.target, label)`; of receivers that want to be named, those
    `named`."""
    offered = [one for one in receivers if not one.by_name or one.key in named]
    return [(f"{one.key}.{target.key}", target.label) for one in offered for target in one.targets()]


def target_of(address: str) -> Target | None:
    """None for one that cannot be chosen now."""
    key, _, wanted = address.partition(".")
    receiver = receivers.get(key)
    if receiver is None:
        return None
    return next((target for target in receiver.targets() if target.key == wanted), None)


def name_of(address: str) -> str:
    """What it is called, also when nothing is handed over to it any more; the address itself for what nobody knows."""
    key, _, wanted = address.partition(".")
    receiver = receivers.get(key)
    return receiver.names().get(wanted, address) if receiver else address


def hand_over(handed: Handover) -> str:
    """Have it taken over; returns the number it has there: the receiver's own, else the one that was told."""
    key, _, wanted = handed.target.partition(".")
    taken = receivers[key].take(Handover(handed.matter_id, wanted, handed.at, handed.receipt))
    return taken or handed.receipt
