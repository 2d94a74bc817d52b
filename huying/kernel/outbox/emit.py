"""Writing into the outbox, and who takes what out of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from huying.kernel.registry import Registry
from huying.kernel.writes import write

Payload = Mapping[str, Any]  # JSON; who writes it and who reads it agree on what is in it
Handler = Callable[[list[Payload]], None]

handlers: Registry[Handler] = Registry("outbox handlers")


def in_transaction() -> bool:
    return connection.in_atomic_block


def emit(topic: str, payloads: Iterable[Payload]) -> None:
    """Write one row per payload, all in one statement, in the running transaction.

    Payloads name what has changed (ids); personal data stay where they are.
    """
    if not in_transaction():
        raise RuntimeError("emit() belongs in the transaction of the change that it tells about")
    rows = list(payloads)
    if not rows:
        return
    write(
        "INSERT INTO kernel_outbox (topic, payload) SELECT %s, value FROM jsonb_array_elements(%s::jsonb)",
        [topic, json.dumps(rows, cls=DjangoJSONEncoder, ensure_ascii=False)],
    )


def handler(topic: str) -> Callable[[Handler], Handler]:
    """Register the one function that carries out a topic. It is called with the payloads of a whole batch."""
    return handlers.register(topic)
