"""What a page shows sent along with its stream: made once for all who see the same, and not asked for by each.

    live.feed(Feed(name="board", hears=frozenset({"kind:callout"}), key=view_of, make=parts_of))

A page asks for it by `/live/?feed=board&…`; `key` says from that request what its reader may see, `make` gives the
parts of the page by name for such a key. Whoever has the same key gets the very same content, so the key must hold
everything that decides what is seen. Only parts that differ are sent; the moment they were made is sent every time.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from huying.kernel.registry import Registry

if TYPE_CHECKING:
    from huying.kernel.live.hub import Stream

logger = logging.getLogger(__name__)

LEAST_SECONDS = 0.1  # between two makings
SHARE = 2.0  # of the time that making takes, paused after it: a slow page must not take a processor for itself
EVERY_SECONDS = 15.0  # made anew without news: times go by, and whoever looks wants to know that it still holds

# Few threads: what is made is the same for many.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="live-feed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """`key`: None when this reader gets nothing at all."""

    name: str
    hears: frozenset[str]
    key: Callable[[HttpRequest], Hashable | None]
    make: Callable[[Any], Mapping[str, str]]


feeds: Registry[Feed] = Registry("live feeds")


def feed(declared: Feed) -> Feed:
    return feeds.add(declared.name, declared)


def event(at: str, parts: Mapping[str, str]) -> bytes:
    return f"event: feed\ndata: {json.dumps({'at': at, 'parts': dict(parts)}, ensure_ascii=False)}\n\n".encode()


class Source:
    """What one key's readers see, made anew when there is news. Lives as long as somebody looks."""

    def __init__(self, declared: Feed, key: Hashable) -> None:
        self.feed = declared
        self.key = key
        self.streams: set[Stream] = set()
        self._parts: dict[str, str] = {}
        self._news = asyncio.Event()
        self._working: asyncio.Task[None] | None = None

    def join(self, stream: Stream) -> None:
        """It gets everything with the next making, which begins after it came."""
        self.streams.add(stream)
        self.poke()
        if self._working is None or self._working.done():
            self._working = asyncio.get_running_loop().create_task(self._work(), name=f"live feed {self.feed.name}")

    def leave(self, stream: Stream) -> None:
        self.streams.discard(stream)
        if not self.streams and self._working is not None:
            self._working.cancel()

    def poke(self) -> None:
        self._news.set()

    async def close(self) -> None:
        if self._working is not None:
            self._working.cancel()
            with suppress(asyncio.CancelledError):
                await self._working

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY_SECONDS):
                    await self._news.wait()
            self._news.clear()
            asking = {stream for stream in self.streams if not stream.has_content}
            began, at = loop.time(), timezone.now().isoformat()
            try:
                parts = await loop.run_in_executor(_threads, self._make)
            except Exception:  # the readers' clocks go on telling how old is what they see
                logger.exception("The live feed %s could not be made", self.feed.name)
            else:
                self._tell(parts, at, asking)
            await asyncio.sleep(max(LEAST_SECONDS, SHARE * (loop.time() - began)))

    def _make(self) -> dict[str, str]:
        try:
            return dict(self.feed.make(self.key))
        finally:
            connection.close()

    def _tell(self, parts: dict[str, str], at: str, asking: set[Stream]) -> None:
        changed = {name: part for name, part in parts.items() if self._parts.get(name) != part}
        self._parts = parts
        whole: bytes | None = None
        news = event(at, changed)
        for stream in self.streams:
            if stream.has_content and not stream.has_unsent:
                stream.offer_content(news)
            elif stream.has_content or stream in asking:
                whole = whole or event(at, parts)
                stream.offer_content(whole)
