"""How soon 500 people in front of the command board see a new call-out: `python -m benchmarks.live [--viewers N]`.

A served Huying (web processes, worker and database as `huying serve` starts them) on a durable database; the viewers
are connections of this process over loopback that read the board's stream (`/live/?feed=board`), each with a session
of its own account. A call-out is opened by the engine in yet another process, as a step of a page does it; the time
runs from just before it until the viewer's socket holds the event that carries it.

Floor, in the same run: a bare asyncio server with as many sockets, which LISTENs and writes the name of what was
notified to each of them; the time runs from just before the NOTIFY. What lies between is the dispatcher's round of 0.2
seconds, the statements of the board, its drawing, and Django's two processes.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from random import Random

import psutil
import psycopg

from benchmarks import report
from benchmarks._served import SEED, Served, served

GOAL = 1.0  # seconds, of the last viewer
STREAMS_OF_ONE = 10  # of one account; the server lets no more than twelve
CALLS = 24
CHANNEL = "bench_floor"
SIGNS = "路面塌陷燃气泄漏占道经营独居老人渣土车广告牌积水倒灌违建施工电梯困人乱停油烟消防通道堵塞停电漏水噪声坍裂"


_sessions: list[str] = []


def prepare(viewers: int) -> None:
    """Accounts of supervisors with a session each, in the served database."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from huying.people.directory import directory
    from huying.people.models import Post, User
    from huying.people.sessions import SessionStore

    os.environ["HUYING_SECOND_FACTOR_ROLES"] = ""  # of the processes that serve; nobody here has a phone
    for n in range(-(-viewers // STREAMS_OF_ONE)):
        user = User.objects.create(username=f"viewer{n}", full_name=f"观看{n}")
        since = dt.date(2020, 1, 1)
        Post.objects.create(
            user=user, role="supervisor", organisation_id=directory().centre.id, is_primary=True, valid_from=since
        )
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        _sessions.append(str(session.session_key))


def caller(chance: Random) -> Callable[[str], None]:
    """Opens a call-out of a community to three departments; an emergency, which goes out at once."""
    from django.db import connection

    from huying.callouts.flow import CALLOUTS
    from huying.callouts.options import callable_by
    from huying.matters.engine import open_one
    from huying.people.actors import actor_for
    from huying.people.directory import directory
    from huying.people.models import Post

    posts = list(Post.objects.filter(role="community_clerk").select_related("user", "organisation").order_by("pk"))
    actors = [actor_for(post.user, post) for post in posts[::7]]
    connection.close()

    def call(mark: str) -> None:
        actor = chance.choice(actors)
        units = callable_by(directory().by_id[actor.organisation_id or 0])
        data = {
            "purpose": "emergency",
            "title": f"{''.join(chance.sample(SIGNS, 12))}{mark}",
            "text": "现场有人受影响，请尽快到场。",
            "wanted": "请带人带设备到场。",
            "units": [unit.code for unit in chance.sample(units, 3)],
        }
        open_one(CALLOUTS, "draft", by=actor, data=data)

    return call


# --- viewers ---------------------------------------------------------------------------------------------------------


class Viewer:
    """One stream. `seen`: when each mark arrived."""

    def __init__(self) -> None:
        self.seen: dict[str, float] = {}
        self.began = asyncio.Event()
        self.wanted = ""
        self.found = asyncio.Event()

    async def read(self, reader: asyncio.StreamReader) -> None:
        rest = b""
        while chunk := await reader.read(262_144):
            self.began.set()
            if self.wanted and self.wanted.encode() in rest + chunk:
                self.seen[self.wanted] = time.perf_counter()
                self.wanted = ""
                self.found.set()
            rest = chunk[-64:]
        raise ConnectionError("the server has ended a stream")

    def expect(self, mark: str) -> None:
        self.wanted = mark
        self.found.clear()


async def opened(port: int, session: str) -> asyncio.StreamReader:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /live/?feed=board HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionid={session}\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert b" 200 " in head.split(b"\r\n")[0], head
    _writers.append(writer)
    return reader


_writers: list[asyncio.StreamWriter] = []


async def watched(readers: Sequence[asyncio.StreamReader], say: Callable[[str], None], name: str) -> list[float]:
    """Seconds until each viewer has seen each call."""
    viewers = [Viewer() for _ in readers]
    tasks = [asyncio.create_task(v.read(r)) for v, r in zip(viewers, readers, strict=True)]
    chance, taken = Random(SEED), list[float]()
    if name == "LIVE":
        await asyncio.wait_for(asyncio.gather(*(v.began.wait() for v in viewers)), 120)
    for n in range(-2, CALLS):  # the first two warm up
        await asyncio.sleep(1.0 + chance.random())  # not in step with the dispatcher's rounds
        mark = f"{name}{n + 2:04}X"
        for viewer in viewers:
            viewer.expect(mark)
        start = time.perf_counter()
        await asyncio.to_thread(say, mark)
        await asyncio.wait_for(asyncio.gather(*(v.found.wait() for v in viewers)), 30)
        if n >= 0:
            taken += [viewer.seen[mark] - start for viewer in viewers]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return taken


# --- the floor -------------------------------------------------------------------------------------------------------


def bare(url: str, port: Connection) -> None:
    """A process that LISTENs and writes what it hears to everybody who has connected."""

    async def run() -> None:
        streams: list[asyncio.StreamWriter] = []

        async def joined(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            streams.append(writer)

        server = await asyncio.start_server(joined, "127.0.0.1", 0, backlog=1024)
        session = await psycopg.AsyncConnection.connect(url, autocommit=True)
        await session.execute(f"LISTEN {CHANNEL}")
        port.send(server.sockets[0].getsockname()[1])
        async for heard in session.notifies():
            for stream in streams:
                stream.write(f"data: {heard.payload}\n\n".encode())

    asyncio.run(run())


def floor(url: str, viewers: int) -> list[float]:
    mine, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=bare, args=(url, theirs), daemon=True)
    process.start()
    port = mine.recv()
    with psycopg.connect(url, autocommit=True) as session:

        async def run() -> list[float]:
            pairs = [await asyncio.open_connection("127.0.0.1", port) for _ in range(viewers)]
            return await watched([reader for reader, _ in pairs], say, "FLOOR")

        def say(mark: str) -> None:
            session.execute("SELECT pg_notify(%s, %s)", [CHANNEL, mark])

        try:
            return asyncio.run(run())
        finally:
            process.kill()


# --- together --------------------------------------------------------------------------------------------------------


def share(times: Sequence[float], part: float) -> float:
    return sorted(times)[min(int(len(times) * part), len(times) - 1)]


def servers() -> float:
    """Seconds that web processes, worker and database have worked: everything this process has started."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def measure(here: Served, viewers: int) -> None:
    call = caller(Random(SEED))

    async def run() -> tuple[list[float], float]:
        readers = []
        for n in range(viewers):
            readers.append(await opened(here.port, _sessions[n // STREAMS_OF_ONE]))
        before = servers()
        taken = await watched(readers, call, "LIVE")
        return taken, servers() - before

    times, worked = asyncio.run(run())
    plain = floor(here.url, viewers)
    more = {
        "viewers": viewers,
        "calls": CALLS,
        "p50": round(statistics.median(times), 3),
        "p95": round(share(times, 0.95), 3),
        "max": round(max(times), 3),
        "floor_p50": round(statistics.median(plain), 4),
        "floor_p95": round(share(plain, 0.95), 4),
        "floor_max": round(max(plain), 4),
        "ratio_to_floor": round(statistics.median(times) / statistics.median(plain), 1),
        "server_seconds_a_call": round(worked / (CALLS + 2), 2),
        "load": round(os.getloadavg()[0], 1),
    }
    report("live", share(times, 0.95), "seconds", floor=None, goal=GOAL, n=len(times), **more)
    report("live-last", max(times), "seconds", floor=None, goal=GOAL, n=len(times), viewers=viewers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--viewers", type=int, default=500)
    parser.add_argument("--workers", type=int, help="web processes; as `huying serve` decides unless given")
    parser.add_argument("--json", action="store_true", help="accepted for symmetry; the output is always JSON lines")
    options = parser.parse_args()
    with served(lambda: prepare(options.viewers), workers=options.workers) as here:
        measure(here, options.viewers)


if __name__ == "__main__":
    main()
