"""One LISTEN per process, and the streams it feeds."""

from __future__ import annotations

import asyncio
import json
import logging
import weakref
from collections import Counter
from collections.abc import Hashable
from contextlib import suppress

import psycopg

from huying.kernel.database import direct_conninfo
from huying.kernel.live.feeds import Feed, Source
from huying.kernel.outbox.notify import POSTGRES_CHANNEL

logger = logging.getLogger(__name__)

ALIVE_SECONDS = 30.0  # how often a silent session is asked whether it still lives
LONGEST_PAUSE_SECONDS = 3.0
MOST_PENDING = 200  # news of one client; beyond this it is told to look at everything


class Stream:
    """One client. What it has not been told yet is a set of names, so that however slow it is, it costs little."""

    def __init__(self, channels: frozenset[str]) -> None:
        self.channels = channels
        self._pending: set[str] = set()
        self._resync = False
        self._content: bytes | None = None
        self.has_content = False  # whether it was ever given what its feed shows
        self._news = asyncio.Event()

    @property
    def has_unsent(self) -> bool:
        """Whether it has not yet taken what it was given last: then it needs the whole."""
        return self._content is not None

    def offer_content(self, event: bytes) -> None:
        """What its page shows by now. Takes the place of what was not sent yet, so a slow client costs no more."""
        self._content, self.has_content = event, True
        self._news.set()

    def offer(self, channel: str) -> None:
        if len(self._pending) >= MOST_PENDING:
            self.resync()
        elif not self._resync:
            self._pending.add(channel)
            self._news.set()

    def resync(self) -> None:
        """News may have been missed: the client must look at everything."""
        self._pending.clear()
        self._resync = True
        self._news.set()

    async def next_event(self, seconds: float) -> bytes | None:
        """The next server-sent event; None when there was no news for so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return None
        self._news.clear()
        content, self._content = self._content, None
        if self._resync:
            self._resync = False
            return b"event: resync\ndata: -\n\n" + (content or b"")
        names, self._pending = self._pending, set()
        named = f"data: {' '.join(sorted(names))}\n\n".encode() if names else b""
        return named + (content or b"")


class Hub:
    """The streams of one event loop. Starts to listen when the first stream comes."""

    def __init__(self) -> None:
        self._by_channel: dict[str, set[Stream]] = {}
        self._streams: set[Stream] = set()
        self._sources: dict[tuple[str, Hashable], Source] = {}
        self.of_listener: Counter[str] = Counter()
        self._listening: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()

    def __len__(self) -> int:
        return len(self._streams)

    def join(self, stream: Stream, listener: str) -> None:
        if self._listening is None or self._listening.done():
            self._listening = asyncio.get_running_loop().create_task(self._listen(), name="live listener")
        self._streams.add(stream)
        self.of_listener[listener] += 1
        for channel in stream.channels:
            self._by_channel.setdefault(channel, set()).add(stream)

    def leave(self, stream: Stream, listener: str) -> None:
        self._streams.discard(stream)
        self.of_listener[listener] -= 1
        if self.of_listener[listener] <= 0:
            del self.of_listener[listener]
        for channel in stream.channels:
            if streams := self._by_channel.get(channel):
                streams.discard(stream)
                if not streams:
                    del self._by_channel[channel]

    def show(self, stream: Stream, feed: Feed, key: Hashable) -> Source:
        """Have this stream given what that feed shows to whoever has this key; `hide` ends it."""
        source = self._sources.setdefault((feed.name, key), Source(feed, key))
        source.join(stream)
        return source

    def hide(self, stream: Stream, source: Source) -> None:
        source.leave(stream)
        if not source.streams:
            self._sources.pop((source.feed.name, source.key), None)

    async def connected(self, seconds: float) -> bool:
        """Wait until news arrive; False when the database is away for longer than that."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._connected.wait()
        return self._connected.is_set()

    async def close(self) -> None:
        for source in self._sources.values():
            await source.close()
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening

    async def _listen(self) -> None:
        troubles = 0
        while True:
            try:
                session = await psycopg.AsyncConnection.connect(direct_conninfo("huying live"), autocommit=True)
                try:
                    await session.execute(f"LISTEN {POSTGRES_CHANNEL}")
                    self._connected.set()
                    if troubles:  # nobody was told what happened in between
                        logger.info("Live events are back")
                        for stream in self._streams:
                            stream.resync()
                        for source in self._sources.values():
                            source.poke()
                    troubles = 0
                    await self._hear(session)
                finally:
                    self._connected.clear()
                    await session.close()
            except (psycopg.Error, OSError) as error:
                logger.warning("Live events are interrupted: %s", error)
            troubles += 1
            await asyncio.sleep(min(0.25 * 2 ** min(troubles, 10), LONGEST_PAUSE_SECONDS))

    async def _hear(self, session: psycopg.AsyncConnection) -> None:
        while True:
            async for notification in session.notifies(timeout=ALIVE_SECONDS):
                self._tell(notification.payload)
            await session.execute("SELECT 1")  # fails when the server is gone without a word

    def _tell(self, payload: str) -> None:
        try:
            channels = json.loads(payload)
        except ValueError:
            logger.error("A notification that is not ours arrived on %s", POSTGRES_CHANNEL)
            return
        for channel in channels:
            for stream in self._by_channel.get(channel, ()):
                stream.offer(channel)
        for source in self._sources.values():
            if not source.feed.hears.isdisjoint(channels):
                source.poke()


_hubs: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = weakref.WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())
