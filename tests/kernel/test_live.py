"""Live streams: those who may hear are told at once, nobody is told what; an outage is made up for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction

from huying.kernel import live, outbox
from huying.kernel.live import channels, serving
from huying.kernel.live.hub import MOST_PENDING, Hub, Stream, hub
from huying.kernel.models import Outbox

pytestmark = pytest.mark.django_db(transaction=True)


class Visitor:
    """Whoever the session store of the tests says."""

    def __init__(self, name: str) -> None:
        self.pk = name
        self.is_authenticated = bool(name)


@pytest.fixture(autouse=True)
def sessions(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, set[str]]]:
    """Cookie → channels this user may hear; nobody else may listen."""
    allowed: dict[str, set[str]] = {"ann": {"board", "matter:1"}, "bob": {"matter:2"}}

    def may_hear(request: Any, wanted: frozenset[str]) -> set[str] | None:
        return allowed.get(request.session) if request.session else None

    store = SimpleNamespace(SessionStore=lambda cookie: cookie)
    monkeypatch.setattr(channels, "import_module", lambda name: store)
    monkeypatch.setattr(channels, "get_user", lambda request: Visitor(request.session or ""))
    monkeypatch.setattr(channels, "_may_hear", [may_hear])
    yield allowed


class Client:
    """A browser's end of one stream."""

    def __init__(self, cookie: str, *wanted: str, method: str = "GET", path: str = "/live/") -> None:
        self.scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": "&".join(f"channel={name}" for name in wanted).encode(),
            "headers": [(b"cookie", f"sessionid={cookie}".encode())],
            "client": ("127.0.0.1", 1),
        }
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.events: list[str] = []
        self.body = b""
        self.changed = asyncio.Event()
        self.left = asyncio.Event()
        self.slow: asyncio.Event | None = None

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if self.slow is not None:
            await self.slow.wait()
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        else:
            self.body += message["body"]
            self.events += [line for line in message["body"].decode().split("\n\n") if line]
        self.changed.set()

    async def until(self, condition: Callable[[], bool], seconds: float = 10) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                self.changed.clear()
                await self.changed.wait()

    @property
    def news(self) -> list[str]:
        return [event for event in self.events if not event.startswith(("retry:", ":"))]


@asynccontextmanager
async def listening(client: Client) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(live.application(client.scope, client.receive, client.send))
    await client.until(lambda: client.status > 0)
    try:
        yield task
    finally:
        client.left.set()
        await task


def in_a_loop(story: Callable[[], Awaitable[None]]) -> None:
    async def tell() -> None:
        try:
            await story()
            assert len(hub()) == 0, "every stream has left"
        finally:
            await hub().close()

    asyncio.run(tell())


async def publish(*names: str) -> None:
    def change() -> None:
        try:
            with transaction.atomic():
                live.publish(names)
            outbox.drain()
        finally:
            connection.close()

    await asyncio.to_thread(change)


def test_whoever_may_hear_a_channel_is_told_its_name() -> None:
    async def story() -> None:
        ann, bob = Client("ann", "board", "matter:1", "matter:2"), Client("bob", "matter:1", "matter:2")
        async with listening(ann), listening(bob):
            assert ann.status == bob.status == 200
            assert ann.headers[b"content-type"] == b"text/event-stream"
            assert ann.headers[b"cache-control"] == b"no-store"
            await publish("matter:1", "board", "elsewhere")
            await publish("matter:2")
            await ann.until(lambda: bool(ann.news))
            await bob.until(lambda: bool(bob.news))
        assert ann.news == ["data: board matter:1"]
        assert bob.news == ["data: matter:2"]

    in_a_loop(story)


@pytest.mark.parametrize(
    ("client", "status"),
    [
        (("nobody", "board"), 403),
        (("ann", "a b"), 400),
        (("ann", *(f"matter:{n}" for n in range(101))), 400),
    ],
)
def test_who_may_not_listen_is_told_why(client: tuple[str, ...], status: int) -> None:
    async def story() -> None:
        refused = Client(*client)
        async with listening(refused):
            pass
        assert refused.status == status
        assert refused.body.decode()

    in_a_loop(story)


def test_other_methods_and_addresses_are_refused() -> None:
    async def story() -> None:
        for client, status in ((Client("ann", method="POST"), 405), (Client("ann", path="/live/x"), 404)):
            async with listening(client):
                pass
            assert client.status == status

    in_a_loop(story)


def test_one_user_cannot_open_streams_without_end() -> None:
    async def story() -> None:
        clients = [Client("ann", "board") for _ in range(serving.MOST_STREAMS_OF_ONE + 1)]
        running = [asyncio.create_task(live.application(c.scope, c.receive, c.send)) for c in clients]
        for client in clients:
            await client.until(lambda client=client: client.status > 0)  # type: ignore[misc]
        assert sorted(client.status for client in clients) == [200] * serving.MOST_STREAMS_OF_ONE + [429]
        for client in clients:
            client.left.set()
        await asyncio.gather(*running)

    in_a_loop(story)


def test_a_silent_stream_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "HEARTBEAT_SECONDS", 0.05)

    async def story() -> None:
        ann = Client("ann", "board")
        async with listening(ann):
            await ann.until(lambda: ann.events.count(": beat") >= 2)
        assert ann.news == []

    in_a_loop(story)


def test_a_stream_ends_with_its_session(monkeypatch: pytest.MonkeyPatch, sessions: dict[str, set[str]]) -> None:
    monkeypatch.setattr(serving, "RECHECK_SECONDS", 0.1)

    async def story() -> None:
        ann = Client("ann", "board")
        async with listening(ann) as stream:
            del sessions["ann"]
            await asyncio.wait_for(stream, 5)

    in_a_loop(story)


def test_after_a_gap_everybody_looks_again() -> None:
    async def story() -> None:
        ann = Client("ann", "board")
        async with listening(ann):
            await publish("board")
            await ann.until(lambda: len(ann.news) == 1)

            def end_the_session() -> None:
                try:
                    with connection.cursor() as cursor:
                        cursor.execute(
                            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                            "WHERE application_name = 'huying live' AND datname = current_database()"
                        )
                finally:
                    connection.close()

            await asyncio.to_thread(end_the_session)
            await ann.until(lambda: "event: resync\ndata: -" in ann.news)
            await publish("board")
            await ann.until(lambda: ann.news[-1] == "data: board")

    in_a_loop(story)


def test_a_slow_client_costs_little_and_is_told_to_look_at_everything() -> None:
    async def story() -> None:
        stream = Stream(frozenset())
        for n in range(10 * MOST_PENDING):
            stream.offer(f"matter:{n}")
        assert await stream.next_event(1) == b"event: resync\ndata: -\n\n"
        assert await stream.next_event(0.01) is None
        for _ in range(1000):
            stream.offer("matter:1")
        assert await stream.next_event(1) == b"data: matter:1\n\n"

    in_a_loop(story)


def test_a_stuck_client_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "STUCK_SECONDS", 0.05)
    monkeypatch.setattr(serving, "HEARTBEAT_SECONDS", 0.05)

    async def story() -> None:
        ann = Client("ann", "board")
        async with listening(ann) as stream:
            ann.slow = asyncio.Event()
            await asyncio.wait_for(stream, 5)

    in_a_loop(story)


def test_five_hundred_viewers_hear_it_within_a_second() -> None:
    async def story() -> None:
        here = Hub()
        viewers = [Stream(frozenset({"board"})) for _ in range(500)]
        for number, viewer in enumerate(viewers):
            here.join(viewer, f"user {number}")
        try:
            assert await here.connected(5)
            waiting = [asyncio.create_task(viewer.next_event(10)) for viewer in viewers]
            began = asyncio.get_running_loop().time()
            await publish("board")
            assert set(await asyncio.gather(*waiting)) == {b"data: board\n\n"}
            assert asyncio.get_running_loop().time() - began < 1
        finally:
            await here.close()
            for number, viewer in enumerate(viewers):
                here.leave(viewer, f"user {number}")

    in_a_loop(story)


def test_publishing_belongs_to_the_change() -> None:
    with suppress(ZeroDivisionError), transaction.atomic():
        live.publish(["board"])
        raise ZeroDivisionError
    assert not Outbox.objects.exists()
    with pytest.raises(ValueError, match="channel"), transaction.atomic():
        live.publish(["two words"])


def test_only_one_function_decides() -> None:
    with pytest.raises(ValueError, match="decides already"):
        live.authorise_by(lambda request, wanted: wanted)
