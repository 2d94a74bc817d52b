"""What a page shows, sent along its stream: made once for all who see the same, and to nobody else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from huying.kernel.live import feeds
from huying.kernel.live.feeds import Feed
from huying.kernel.live.hub import Hub, Stream

pytestmark = pytest.mark.django_db(transaction=True)


class Page:
    """What is to be shown, and how often it was made for whom."""

    def __init__(self) -> None:
        self.parts = {"calls": "无", "late": "无"}
        self.made: list[object] = []

    def make(self, key: object) -> dict[str, str]:
        self.made.append(key)
        return {name: f"{part}，{key}" for name, part in self.parts.items()}


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    monkeypatch.setattr(feeds, "connection", type("Nothing", (), {"close": staticmethod(lambda: None)}))
    yield Page()


def feed_of(page: Page) -> Feed:
    return Feed(name="page", hears=frozenset({"kind:callout"}), key=lambda request: None, make=page.make)


async def told(stream: Stream) -> dict[str, Any]:
    event = await stream.next_event(5)
    assert event is not None
    (line,) = [line for line in event.decode().split("\n") if line.startswith("data: {")]
    return dict(json.loads(line.removeprefix("data: "))["parts"])


def test_made_once_for_all_who_see_the_same_and_only_what_changed_is_sent(page: Page) -> None:
    async def scenario() -> None:
        hub, feed = Hub(), feed_of(page)
        streams = [Stream(frozenset()) for _ in range(50)]
        sources = {hub.show(stream, feed, "全区") for stream in streams}
        assert len(sources) == 1
        for stream in streams:
            assert set(await told(stream)) == {"calls", "late"}
        assert len(page.made) <= 2
        page.parts["calls"] = "塌陷"
        hub._tell('["kind:callout"]')
        for stream in streams:
            assert await told(stream) == {"calls": "塌陷，全区"}
        assert len(page.made) <= 3
        hub._tell('["kind:supervision"]')
        assert await streams[0].next_event(0.3) is None, "it hears only what it shows"
        for stream in streams:
            hub.hide(stream, *sources)
        assert not hub._sources

    asyncio.run(scenario())


def test_whoever_sees_something_else_gets_something_else(page: Page) -> None:
    async def scenario() -> None:
        hub, feed = Hub(), feed_of(page)
        one, other = Stream(frozenset()), Stream(frozenset())
        first, second = hub.show(one, feed, "全区"), hub.show(other, feed, "街道")
        assert (await told(one))["calls"] == "无，全区"
        assert (await told(other))["calls"] == "无，街道"
        hub.hide(one, first)
        hub.hide(other, second)

    asyncio.run(scenario())


def test_a_slow_reader_gets_the_whole_in_place_of_what_it_missed(page: Page) -> None:
    async def scenario() -> None:
        hub, feed = Hub(), feed_of(page)
        slow, quick = Stream(frozenset()), Stream(frozenset())
        source = hub.show(slow, feed, "全区")
        hub.show(quick, feed, "全区")
        await told(quick)
        for part in ("calls", "late"):
            page.parts[part] = "新"
            source.poke()
            await told(quick)
        assert await told(slow) == {"calls": "新，全区", "late": "新，全区"}
        for stream in (slow, quick):
            hub.hide(stream, source)

    asyncio.run(scenario())


def test_a_making_that_fails_is_made_up_for(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    fails = iter([True, False])

    def make(key: object) -> dict[str, str]:
        if next(fails, False):
            raise RuntimeError("the database is away")
        return {"calls": "无"}

    async def scenario() -> None:
        hub = Hub()
        stream = Stream(frozenset())
        feed = Feed(name="page", hears=frozenset(), key=lambda request: None, make=make)
        source = hub.show(stream, feed, "全区")
        assert await stream.next_event(0.5) is None
        source.poke()
        assert await told(stream) == {"calls": "无"}
        hub.hide(stream, source)

    asyncio.run(scenario())
