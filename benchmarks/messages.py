"""Short messages to a platform over HTTP: `python -m benchmarks.messages [--messages N] [--rounds N]`.

Ours: N deliveries of different people are due; `matters.delivery` takes, counts, opens the numbers, sends and settles
them, through a mapped platform of HTTP. The platform is our fake in a process of its own on this machine, which answers
at once. Floor in the same run: as many bare posts of the same length to the same platform, by the same client with as
many at once, and for each batch the two row updates that nobody can do without ("sending", "sent"), committed. Both in
turns; of the rounds, the median ratio counts. `messages-idle`: nothing is due, among as many that are done.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psycopg

from benchmarks import report
from benchmarks._volume import database

if TYPE_CHECKING:
    from huying.gateways.sms.channel import Sms

GOAL = 3.0
PORT = 8791
TEXT = "您反映的“徐东大街路灯不亮”已受理，编号 WC20261122000124，办到哪一步可在“查进展”中查看。"
NOON = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--messages", type=int, default=5_000)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--home", type=Path, help="keep the database here, and use it again")
    arguments.add_argument("--json", action="store_true")
    asked = arguments.parse_args()
    with (
        database(asked.home) as superuser_url,
        platform() as url,
        psycopg.connect(superuser_url, dbname="huying", autocommit=True) as db,
    ):
        measure(db, url, asked.messages, asked.rounds)


@contextmanager
def platform() -> Iterator[str]:
    """The fake, answering in a process of its own."""
    import urllib3

    url = f"http://127.0.0.1:{PORT}"
    running = subprocess.Popen(
        [sys.executable, "-m", "huying.gateways.sms.fake", "--port", str(PORT)], stdout=subprocess.DEVNULL
    )
    try:
        for _ in range(100):
            try:
                urllib3.request("GET", f"{url}/report", retries=False, timeout=1)
                break
            except urllib3.exceptions.HTTPError:
                time.sleep(0.1)
        yield url
    finally:
        running.terminate()
        running.wait()


def measure(db: psycopg.Connection, url: str, n: int, rounds: int) -> None:
    from huying.gateways.sms import fake, mapping
    from huying.gateways.sms.channel import Sms
    from huying.gateways.sms.generic import Generic
    from huying.kernel import parameters
    from huying.matters import delivery
    from huying.matters.parameters import DAILY

    parameters.set_value(DAILY.key, DAILY.most)
    joined = Generic(mapping.Mapping.model_validate(fake.mapping(url)), fake.KEY, fake.SECRET, "武昌呼应")
    channel = Sms(joined)
    delivery.outward = lambda: (channel,)  # type: ignore[assignment,attr-defined]
    ours: list[float] = []
    floors: list[float] = []
    contacts = _contacts(n)
    for round_ in range(-1, rounds):
        taken = _ours(contacts)
        bare = _floor(db, url, n, channel)
        if round_ >= 0:  # the first one fills caches
            ours.append(taken / n * 1e6)
            floors.append(bare / n * 1e6)
    middle = int(np.argsort(np.array(ours) / np.array(floors))[len(ours) // 2])
    report("messages", ours[middle], "µs a message", floor=floors[middle], goal=GOAL, n=n, rounds=rounds)
    db.execute("VACUUM ANALYZE matters_delivery")
    report("messages-idle", _idle(), "milliseconds", floor=None, goal=None, n=n * (rounds + 1))


def _contacts(n: int) -> list[int]:
    from huying.people.contacts import Person, remember_many

    found = remember_many([Person("周晓兰", f"139{i:08}") for i in range(n)])
    return [contact for contact in found if contact is not None]


def _due(contacts: list[int]) -> None:
    from huying.kernel.bulk import insert_rows, reserve_ids
    from huying.matters.models import Delivery, Message

    said = reserve_ids(Message, len(contacts))
    insert_rows(
        Message, ("id", "key", "title", "body", "url", "created_at"),
        [(pk, "case.received", "已受理", TEXT, "", NOON) for pk in said],
    )  # fmt: skip
    insert_rows(
        Delivery,
        ("message", "channel", "contact", "status", "attempts", "next_try_at", "external_id", "problem"),
        [(pk, "sms", contact, "pending", 0, NOON, "", "") for pk, contact in zip(said, contacts, strict=True)],
    )


def _ours(contacts: list[int]) -> float:
    from huying.matters import delivery
    from huying.matters.models import Delivery, SentCount

    _due(contacts)
    SentCount.objects.all().delete()
    start = time.perf_counter()
    delivery.deliver(NOON)
    spent = time.perf_counter() - start
    assert not Delivery.objects.filter(channel="sms").exclude(status="sent").exists()
    return spent


def _floor(db: psycopg.Connection, url: str, n: int, channel: Sms) -> float:
    """Bare posts and plain updates, in batches and threads as ours has them."""
    from huying.gateways.http import Client
    from huying.gateways.sms.channel import AT_ONCE
    from huying.gateways.sms.fake import SECRET

    client = Client(15)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {SECRET}"}
    db.execute("DROP TABLE IF EXISTS bench_delivery")
    db.execute("CREATE TABLE bench_delivery AS SELECT * FROM matters_delivery WHERE channel = 'sms' LIMIT %s", [n])
    db.execute("ALTER TABLE bench_delivery ADD PRIMARY KEY (id)")
    ids = [pk for (pk,) in db.execute("SELECT id FROM bench_delivery ORDER BY id")]

    def post(pk: int) -> None:
        told = {"mobile": "13900000000", "content": f"【武昌呼应】{TEXT}", "ref": str(pk)}
        answer = client.request("POST", f"{url}/send", headers, json.dumps(told, ensure_ascii=False).encode())
        assert answer.status == 200, answer

    with ThreadPoolExecutor(AT_ONCE) as threads:
        start = time.perf_counter()
        for first in range(0, n, channel.batch):
            batch = ids[first : first + channel.batch]
            db.execute("UPDATE bench_delivery SET status = 'sending' WHERE id = ANY(%s)", [batch])
            list(threads.map(post, batch))
            db.execute("UPDATE bench_delivery SET status = 'sent', sent_at = now() WHERE id = ANY(%s)", [batch])
        return time.perf_counter() - start


def _idle() -> float:
    from huying.matters import delivery

    spent: list[float] = []
    for _ in range(20):
        start = time.perf_counter()
        delivery.is_waiting(NOON)
        spent.append((time.perf_counter() - start) * 1000)
    return float(np.median(spent))


if __name__ == "__main__":
    main()
