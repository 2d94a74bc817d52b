"""Outbound channels: the protocol that gateways follow, and the two that need no outside system."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from huying.kernel.privacy import mask_phone

logger = logging.getLogger("huying.messages")

IN_APP = "in_app"


@dataclass(frozen=True, slots=True)
class Envelope:
    """One delivery as a channel needs it. `id` stays the same through every attempt, so that the other side can
    recognise a repetition. `phone` is plain: a channel must not log it. `template` and `words` are what the text was
    made of, for platforms that send registered templates only; `sent_at`: since when it is on its way."""

    id: int
    phone: str
    title: str
    body: str
    external_id: str
    template: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    sent_at: datetime | None = None


class Verdict(StrEnum):
    SENT = "sent"  # accepted; whether it has arrived the receipt tells
    DELIVERED = "delivered"  # a receipt says that it has arrived
    RETRY = "retry"  # surely not sent; try again later
    FAILED = "failed"  # surely not sent and never will be
    UNKNOWN = "unknown"  # nobody can tell: ask, do not repeat


@dataclass(frozen=True, slots=True)
class Outcome:
    verdict: Verdict
    external_id: str = ""
    problem: str = ""


class OutwardChannel(Protocol):
    """A way to somebody outside. An exception from `send` counts as UNKNOWN for the whole batch. `rings`: it disturbs
    somebody and costs money, so quiet hours, quotas and opt-outs hold. `asks`: receipts have to be asked for."""

    key: str
    name: str
    batch: int
    rings: bool
    asks: bool

    def send(self, envelopes: Sequence[Envelope]) -> Sequence[Outcome]:
        """One outcome for each envelope, in order."""
        ...

    def ask(self, envelopes: Sequence[Envelope]) -> Sequence[Outcome]:
        """What became of sends whose outcome was unknown (UNKNOWN: still nobody can tell) or whose receipt has not come
        (SENT: still none)."""
        ...


class InApp:
    """The inbox inside Huying. Its deliveries are written together with the message and are sent by that."""

    key = IN_APP
    name = "站内消息"


class Console:
    """Writes to the log instead of sending: for trying out, and until an SMS platform is joined."""

    key = "console"
    name = "短信（没有接通，只记入日志）"
    batch = 200
    rings = asks = False

    def send(self, envelopes: Sequence[Envelope]) -> Sequence[Outcome]:
        for envelope in envelopes:
            logger.info("短信（未真正发送）致 %s：%s", mask_phone(envelope.phone), envelope.body)
        return [Outcome(Verdict.SENT, f"console-{envelope.id}") for envelope in envelopes]

    def ask(self, envelopes: Sequence[Envelope]) -> Sequence[Outcome]:
        return [Outcome(Verdict.SENT, envelope.external_id) for envelope in envelopes]


@lru_cache(maxsize=1)
def outward() -> tuple[OutwardChannel, ...]:
    """Channels to people outside, as named in the settings."""
    made = [import_string(path)() for path in settings.MESSAGE_CHANNELS]
    return tuple(channel for channel in made if channel.key != IN_APP)
