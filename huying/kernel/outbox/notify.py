"""Live channels that have news, collected while a batch is carried out and told in as few NOTIFY as possible.

A NOTIFY makes transactions commit one after the other, so that one per change costs a third or more of throughput;
one per batch costs nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection

POSTGRES_CHANNEL = "huying_live"
_MOST_BYTES = 7900  # PostgreSQL takes less than 8000

_collected: ContextVar[set[str] | None] = ContextVar("collected live channels", default=None)


@contextmanager
def collecting() -> Iterator[set[str]]:
    """The channels named inside; forgotten when it fails, handed to the surrounding collection when it succeeds."""
    surrounding = _collected.get()
    channels: set[str] = set()
    token = _collected.set(channels)
    try:
        yield channels
    finally:
        _collected.reset(token)
    if surrounding is not None:
        surrounding |= channels


def collect(channels: Iterable[str]) -> bool:
    """Name channels that have news. False when no batch is being carried out: then they were not noted."""
    collected = _collected.get()
    if collected is None:
        return False
    collected.update(channels)
    return True


def notify(channels: Iterable[str]) -> None:
    """Tell all listening processes, at commit."""
    messages = list(pack(sorted(channels)))
    if messages:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_notify(%s, message) FROM unnest(%s::text[]) AS message", [POSTGRES_CHANNEL, messages]
            )


def pack(channels: Iterable[str]) -> Iterator[str]:
    """JSON lists of channel names, each short enough for one notification."""
    packed: list[str] = []
    size = 2
    for name in channels:
        quoted = json.dumps(name)
        if packed and size + len(quoted) + 1 > _MOST_BYTES:
            yield f"[{','.join(packed)}]"
            packed, size = [], 2
        packed.append(quoted)
        size += len(quoted) + 1
    if packed:
        yield f"[{','.join(packed)}]"
