"""A served Huying with a key to its API, and beside it a twin database into which the floor writes the same rows.

The twin is a copy of the served database as it was before the measurement: same tables, indexes, constraints and
triggers. What requests have written is read from the one and written into the other by psycopg as plain INSERT and
UPDATE, the rows of one request in one transaction, with as many connections at once as there were clients.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg.types.string import TextLoader

from benchmarks import report

SEED = 386
CLIENTS = 4
TWIN = "floor"

Row = dict[str, Any]


@dataclass
class Served:
    """`url` of the served database, `twin` of the floor's; `port` and `key` for requests."""

    url: str
    twin: str
    port: int
    key: str


@contextmanager
def served(prepare: Callable[[], None] = lambda: None, *, workers: int | None = None) -> Iterator[Served]:
    """The invented district in a durable database of its own, served as `huying serve` does it.

    `prepare` runs with Django set up, before the twin is copied.
    """
    home = Path(tempfile.mkdtemp(prefix="huying-bench-"))
    home.chmod(0o755)  # the embedded database may run as another user
    for name in [name for name in os.environ if name.startswith("HUYING_") or name == "DATABASE_URL"]:
        del os.environ[name]
    os.environ |= {"HUYING_DATA_DIR": str(home), "DJANGO_SETTINGS_MODULE": "config.settings"}
    from huying.kernel.postgres import APPLICATION, OWNER, embedded

    try:
        with embedded(home) as server:
            key = _prepared(prepare)
            with psycopg.connect(server.superuser_url, autocommit=True) as database:
                database.execute(f"CREATE DATABASE {TWIN} TEMPLATE huying OWNER {OWNER}")
            with _serving(home, workers) as port:
                yield Served(server.url, server.address(APPLICATION, TWIN), port, key)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _prepared(prepare: Callable[[], None]) -> str:
    import django

    django.setup()
    from django.db import connection

    from huying.cli.migrate import apply_migrations, grant_to
    from huying.kernel.postgres import APPLICATION, OWNER

    connection.settings_dict["USER"] = OWNER
    apply_migrations()
    grant_to(APPLICATION)
    connection.close()
    connection.settings_dict["USER"] = APPLICATION
    from huying.people.keys import GRANTABLE, MOST_PER_MINUTE, create_key
    from huying.simulator import district

    district.build(seed=SEED)
    _, key = create_key(name="测量", scopes=GRANTABLE, per_minute=MOST_PER_MINUTE)
    prepare()
    connection.close()
    return key


@contextmanager
def _serving(home: Path, workers: int | None) -> Iterator[int]:
    command = [sys.executable, "-m", "huying.cli", "serve", "--port", "0", "--no-migrate"]
    if workers:
        command += ["--workers", str(workers)]
    with (home / "serve.log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                    break
            else:
                raise RuntimeError((home / "serve.log").read_text())
            yield int(found[1])
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


# --- ours ------------------------------------------------------------------------------------------------------------


class Client:
    """One connection that is kept, and as little of a client as can be: its work is not what is measured."""

    def __init__(self, port: int, key: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"

    def post(self, path: str, body: bytes, once: str) -> tuple[int, bytes]:
        head = f"POST {path} HTTP/1.1\r\n{self._head}Idempotency-Key: {once}\r\nContent-Length: {len(body)}\r\n\r\n"
        self._socket.sendall(head.encode() + body)
        answer = b""
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += self._more()
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", answer[:end])
        assert length is not None, answer[:end]
        while len(answer) < end + 4 + int(length[1]):
            answer += self._more()
        return int(answer[9:12]), answer[end + 4 :]

    def _more(self) -> bytes:
        got = self._socket.recv(65536)
        if not got:
            raise ConnectionError("the server has hung up")
        return got


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    body: bytes
    once: str


@dataclass(frozen=True, slots=True)
class Spent:
    """Time on the clock, and on the processors by everything this measurement has started and itself, in seconds."""

    clock: float
    processors: float


def send(here: Served, requests: Sequence[Request], *, clients: int = CLIENTS) -> tuple[Spent, list[bytes]]:
    """All requests, by so many clients at once, and the answers in order. Every one must succeed."""
    opened = [Client(here.port, here.key) for _ in range(clients)]
    answers: list[bytes] = [b""] * len(requests)

    def work(n: int) -> None:
        for i in range(n, len(requests), clients):
            status, answers[i] = opened[n].post(requests[i].path, requests[i].body, requests[i].once)
            assert status < 300, (status, answers[i].decode())

    return _at_once(work, clients), answers


def _at_once(work: Callable[[int], None], n: int) -> Spent:
    with ThreadPoolExecutor(n) as threads:
        list(threads.map(lambda _: time.sleep(0.01), range(n)))  # all threads are there
        before, start = _processors(), time.perf_counter()
        list(threads.map(work, range(n)))
        clock = time.perf_counter() - start
        return Spent(clock, _processors() - before)


def _processors() -> float:
    """Seconds that this process and all below it have worked: clients, web processes, worker, database."""
    here = psutil.Process()
    total = 0.0
    for process in (here, *here.children(recursive=True)):
        with suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system
    return total


# --- the floor -------------------------------------------------------------------------------------------------------

# In the order in which a request writes them; with the column that says whose matter a row is.
TABLES = {
    "people_contact": "",
    "matters_ledgerline": "matter_id",
    "matters_matter": "id",
    "matters_clock": "matter_id",
    "matters_words": "matter_id",
    "cases_case": "matter_id",
    "callouts_callout": "matter_id",
    "callouts_response": "matter_id",
    "cases_contactact": "case_id",
    "matters_alarm": "matter_id",
    "matters_message": "matter_id",
    "matters_delivery": "",
}
BY_DATABASE = {"matters_ledgerline": {"xid"}}
_MATTER = "-matter"  # of rows that do not name it themselves
OUTBOX = "INSERT INTO kernel_outbox (topic, payload) VALUES (%s, %s)"
KEPT = "INSERT INTO kernel_kept_answer (id, request_digest, answer) VALUES (%s, %s, %s)"


def _seq(line: Row) -> int:
    return int(line["seq"])


def _payload(matter: Row, line: Row) -> dict[str, object]:
    """As the engine writes it; the worker has taken the row out long ago."""
    return {
        "kind": "case",
        "matter": matter["id"],
        "number": matter["number"],
        "seq": line["seq"],
        "step": line["step"],
        "state": line["to_state"],
        "holder": matter["holder_id"],
        "user": line["actor_id"],
        "notices": [["reporter", line["step"]]],
    }


@dataclass
class State:
    """All rows of some matters, by table and primary key."""

    rows: dict[str, dict[object, Row]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Write:
    statement: str
    values: tuple[object, ...]


class Floor:
    """Writes into the twin what the served database has got since `known`."""

    def __init__(self, here: Served) -> None:
        self.source = psycopg.connect(here.url, autocommit=True)
        self.source.adapters.register_loader("jsonb", TextLoader)
        self.connections = [psycopg.connect(here.twin) for _ in range(CLIENTS)]
        self.keys = {table: self._primary_key(table) for table in TABLES}
        self.jsons = {table: self._json_columns(table) for table in TABLES}

    def _primary_key(self, table: str) -> str:
        row = self.source.execute(
            "SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey) "
            "WHERE indrelid = %s::regclass AND indisprimary",
            [table],
        ).fetchone()
        assert row is not None
        return str(row[0])

    def _json_columns(self, table: str) -> set[str]:
        rows = self.source.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND atttypid = 'jsonb'::regtype", [table]
        )
        return {name for (name,) in rows}

    def settle(self) -> None:
        """Wait until the worker has told everybody."""
        while self.source.execute("SELECT EXISTS (SELECT FROM kernel_outbox)").fetchone() == (True,):
            time.sleep(0.05)

    def ids(self, numbers: Sequence[str]) -> list[int]:
        """Of the matters with these numbers, in their order."""
        rows = self.source.execute("SELECT number, id FROM matters_matter WHERE number = ANY (%s)", [list(numbers)])
        found: dict[str, int] = dict(rows.fetchall())
        return [found[number] for number in numbers]

    def follow(
        self, before: State, after: State, kept: Mapping[int, UUID], of: Mapping[int, int] | None = None
    ) -> Spent:
        """Make the twin what the served database has become. `kept`: which answer was kept for each matter; `of`: the
        matter with whose request another one was written."""
        writes = self.writes(before, after, kept, of or {})
        return self.carry_out([writes[matter] for matter in kept])

    def state(self, matters: Sequence[int]) -> State:
        state = State()
        ids = list(matters)
        for table, column in TABLES.items():
            name = sql.Identifier(table)
            if column:
                query = sql.SQL("SELECT * FROM {} WHERE {} = ANY (%s)").format(name, sql.Identifier(column))
            elif table == "people_contact":
                query = sql.SQL(
                    "SELECT * FROM {} WHERE id IN (SELECT raised_by_id FROM matters_matter WHERE id = ANY (%s))"
                ).format(name)
            else:
                query = sql.SQL(
                    "SELECT d.*, m.matter_id AS {} FROM {} d JOIN matters_message m ON m.id = d.message_id "
                    "WHERE m.matter_id = ANY (%s)"
                ).format(sql.Identifier(_MATTER), name)
            cursor = self.source.cursor(row_factory=dict_row)
            key = self.keys[table]
            state.rows[table] = {row[key]: row for row in cursor.execute(query, [ids])}
        return state

    def writes(
        self, before: State, after: State, kept: Mapping[int, UUID], of: Mapping[int, int]
    ) -> dict[int, list[Write]]:
        """For each matter, what makes the one state of the other. `kept`: which answer was kept for it."""
        found: dict[int, list[Write]] = {matter: [] for matter in kept}
        matters = after.rows["matters_matter"]
        contacts = {row["raised_by_id"]: key for key, row in matters.items()}
        newest = {row["matter_id"]: row for row in sorted(after.rows["matters_ledgerline"].values(), key=_seq)}
        for table, column in TABLES.items():
            for key, row in after.rows[table].items():
                old = before.rows.get(table, {}).get(key)
                if old != row:
                    matter = contacts[key] if table == "people_contact" else row[column or _MATTER]
                    found[of.get(matter, matter)].append(self._write(table, row, old))
        answers = self.source.execute(
            "SELECT id, request_digest, answer FROM kernel_kept_answer WHERE id = ANY (%s)", [list(kept.values())]
        )
        by_id = {row[0]: row for row in answers}
        for matter, with_it in of.items():
            if newest[matter] not in before.rows.get("matters_ledgerline", {}).values():
                found[with_it].append(Write(OUTBOX, ("matter.moved", Jsonb(_payload(matters[matter], newest[matter])))))
        for matter, answer in kept.items():
            payload = _payload(matters[matter], newest[matter])
            found[matter] += [Write(OUTBOX, ("matter.moved", Jsonb(payload))), Write(KEPT, tuple(by_id[answer]))]
        return found

    def _write(self, table: str, row: Row, old: Row | None) -> Write:
        left_out = BY_DATABASE.get(table, set())
        names = [n for n in row if n not in left_out and n != _MATTER and (old is None or row[n] != old[n])]
        values = tuple(row[n] for n in names)
        columns = [f'"{n}"' for n in names]
        marks = ["%s::jsonb" if n in self.jsons[table] else "%s" for n in names]
        if old is None:
            return Write(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(marks)})", values)
        pairs = ", ".join(f"{c} = {m}" for c, m in zip(columns, marks, strict=True))
        key = self.keys[table]
        return Write(f'UPDATE {table} SET {pairs} WHERE "{key}" = %s', (*values, row[key]))

    def carry_out(self, batches: Sequence[Sequence[Write]]) -> Spent:
        """Each batch in a transaction of its own."""

        def work(n: int) -> None:
            connection = self.connections[n]
            for i in range(n, len(batches), CLIENTS):
                for write in batches[i]:
                    connection.execute(write.statement, write.values)
                connection.commit()

        return _at_once(work, CLIENTS)


def compare(name: str, ours: Sequence[Spent], plain: Sequence[Spent], *, goal: float, each: int) -> None:
    """Report the round whose ratio is the median. The ratio on the processors is steadier on a busy machine."""
    ratios = [a.clock / b.clock for a, b in zip(ours, plain, strict=True)]
    middle = sorted(range(len(ratios)), key=ratios.__getitem__)[len(ratios) // 2]
    report(
        name,
        ours[middle].clock / each * 1000,
        "milliseconds",
        floor=plain[middle].clock / each * 1000,
        goal=goal,
        n=len(ours) * each,
        clients=CLIENTS,
        per_second=round(each / ours[middle].clock),
        floor_per_second=round(each / plain[middle].clock),
        ratios=[round(ratio, 2) for ratio in ratios],
        processor_ratio=round(sum(s.processors for s in ours) / sum(s.processors for s in plain), 2),
        processor_milliseconds=round(sum(s.processors for s in ours) / len(ours) / each * 1000, 2),
        processor_floor=round(sum(s.processors for s in plain) / len(plain) / each * 1000, 2),
    )
