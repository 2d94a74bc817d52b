"""The ASGI application behind `/live/`: server-sent events that carry names of channels."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

from django.db import Error as DatabaseError

from huying.kernel.live.channels import Grant, Scope, grant, wanted_channels
from huying.kernel.live.feeds import feeds
from huying.kernel.live.hub import Hub, Stream, hub

logger = logging.getLogger(__name__)

Message = MutableMapping[str, Any]  # as the ASGI specification types it
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

HEARTBEAT_SECONDS = 15.0
RECHECK_SECONDS = 60.0
CONNECT_SECONDS = 5.0
STUCK_SECONDS = 60.0  # a client that takes nothing for so long is gone
MOST_STREAMS_OF_ONE = 12
MOST_STREAMS = 5000

# Few threads: five hundred viewers are asked about eight times a second.
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="live-grant")


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """One stream. Ends when the client goes, or its session."""
    if scope["path"] != "/live/":
        return await _refuse(send, 404, "没有这个地址")
    if scope["method"] != "GET":
        return await _refuse(send, 405, "只能用 GET 读取", (b"allow", b"GET"))
    wanted = wanted_channels(parse_qs(scope.get("query_string", b"").decode("latin-1")).get("channel", []))
    if wanted is None:
        return await _refuse(send, 400, "频道名称不正确或过多")
    try:
        granted = await _ask(scope, wanted)
    except DatabaseError as error:
        logger.warning("Live stream refused, the database is away: %s", error)
        return await _refuse(send, 503, "服务暂时不可用，请稍后再试", (b"retry-after", b"10"))
    if granted is None:
        return await _refuse(send, 403, "登录已失效，请重新登录")
    here = hub()
    if here.of_listener[granted.listener] >= MOST_STREAMS_OF_ONE:
        return await _refuse(send, 429, "打开的页面过多，请关闭一些", (b"retry-after", b"60"))
    if len(here) >= MOST_STREAMS:
        return await _refuse(send, 503, "在线人数过多，请稍后再试", (b"retry-after", b"60"))
    stream = Stream(granted.channels)
    here.join(stream, granted.listener)
    try:
        await _serve(here, stream, granted, scope, wanted, receive, send)
    finally:
        here.leave(stream, granted.listener)
    return None


async def _serve(
    here: Hub, stream: Stream, granted: Grant, scope: Scope, wanted: frozenset[str], receive: Receive, send: Send
) -> None:
    # The client counts from its "open" on: by then news must arrive.
    if not await here.connected(CONNECT_SECONDS):
        stream.resync()
    await send({"type": "http.response.start", "status": 200, "headers": _headers(b"text/event-stream")})
    source = here.show(stream, feeds[granted.feed], granted.key) if granted.feed else None
    feeding = asyncio.create_task(_feed(stream, granted, scope, wanted, send))
    leaving = asyncio.create_task(_gone(receive))
    try:
        await asyncio.wait([feeding, leaving], return_when=asyncio.FIRST_COMPLETED)
        if feeding.done() and feeding.exception() is None:
            await _push(send, b"", more=False)
    except (OSError, TimeoutError):
        pass  # it left in this very moment, or takes nothing
    finally:
        if source is not None:
            here.hide(stream, source)
        for task in (feeding, leaving):
            task.cancel()
        for outcome in await asyncio.gather(feeding, leaving, return_exceptions=True):
            if isinstance(outcome, Exception) and not isinstance(outcome, OSError | TimeoutError):
                logger.error("A live stream failed", exc_info=outcome)


async def _feed(stream: Stream, granted: Grant, scope: Scope, wanted: frozenset[str], send: Send) -> None:
    """News and heart-beats, until the user may no longer hear the same channels: the client then asks anew."""
    loop = asyncio.get_running_loop()
    # After a restart not everybody comes back in the same moment.
    await _push(send, f"retry: {random.randint(1000, 4000)}\n\n".encode())  # noqa: S311
    # Spread, so that all who came together are not asked about together.
    recheck_at = loop.time() + RECHECK_SECONDS * random.uniform(0.7, 1.0)  # noqa: S311
    while True:
        event = await stream.next_event(min(HEARTBEAT_SECONDS, max(recheck_at - loop.time(), 0.01)))
        await _push(send, event or b": beat\n\n")
        if loop.time() >= recheck_at:
            with suppress(DatabaseError):  # an outage ends no session
                if await _ask(scope, wanted) != granted:
                    return
            recheck_at = loop.time() + RECHECK_SECONDS


async def _push(send: Send, body: bytes, *, more: bool = True) -> None:
    async with asyncio.timeout(STUCK_SECONDS):  # wait_for may swallow a cancellation in Python 3.11
        await send({"type": "http.response.body", "body": body, "more_body": more})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _ask(scope: Scope, wanted: frozenset[str]) -> Grant | None:
    return await asyncio.get_running_loop().run_in_executor(_threads, grant, scope, wanted)


async def _refuse(send: Send, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
    body = text.encode()
    length = (b"content-length", str(len(body)).encode())
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [*_headers(b"text/plain; charset=utf-8"), length, *headers],
        }
    )
    await send({"type": "http.response.body", "body": body})


def _headers(content_type: bytes) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-type", content_type),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-accel-buffering", b"no"),  # a proxy must pass each event on at once
    ]
