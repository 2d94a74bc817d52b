"""History in bulk against COPY of the very same rows: `python -m benchmarks.import_ [--rows N] [--texts FILE.jsonl]`.

Ours: `import_cases` reads a file of closed hotline orders (about 386 characters of text, a reply, a reporter with a
phone number, an address, every second one with a point) through the flow engine into a durable database of its own.
Floor: after each batch, the rows it made are copied out, and COPY writes them into a twin of that database, the same
tables with the same indexes, constraints and triggers, in one transaction per batch. Taken in turns, a noisy neighbour
disturbs both alike, and both databases grow together.

- `import`: time per row against the floor's. `processor_ratio` is the same of the time on the processors, by this
  process and the database's, which is steadier on a busy machine.
- `import-flat`: time per row of the last fifth of the file against that of its first 20,000 rows.

The texts are made up of invented words whose lengths, pairs of characters and repetitions are those of real messages
(290 distinct pairs a text, 190,000 in 2,800 texts); `--texts` takes sentences of a real file instead.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from pathlib import Path
from random import Random

import numpy as np
import psutil
import psycopg

from benchmarks import report

GOAL = 2.0
GOAL_FLAT = 1.25
PART = 20_000  # rows of the parts whose cost per row is compared
SEED = 386
TWIN = "floor"
START = dt.datetime(2019, 1, 1, 8, tzinfo=dt.timezone(dt.timedelta(hours=8)))

# In the order in which the import writes them, with the key by which new rows are known.
TABLES = {
    "people_contact": "id",
    "matters_ledgerline": "matter_id",
    "matters_matter": "id",
    "matters_words": "matter_id",
    "cases_case": "matter_id",
}
BY_DATABASE = {"matters_ledgerline": {"id", "xid"}, "matters_words": {"id"}}  # columns it fills in by itself


# --- the file --------------------------------------------------------------------------------------------------------


class Texts:
    """Endless texts of a median of 206 and a mean of 386 characters."""

    def __init__(self, real: Path | None) -> None:
        self.random = np.random.default_rng(SEED)
        self.words, self.weights = self._sentences(real) if real else self._invented()

    def _invented(self) -> tuple[np.ndarray, np.ndarray]:
        characters = np.array([chr(0x4E00 + 6 * i) for i in range(3000)])
        common = 1 / np.arange(1, len(characters) + 1) ** 0.7
        lengths = self.random.choice([1, 2, 3, 4], 40_000, p=[0.08, 0.7, 0.12, 0.10])
        drawn = self.random.choice(characters, lengths.sum(), p=common / common.sum())
        ends = lengths.cumsum()
        words = np.array(["".join(drawn[end - n : end]) for end, n in zip(ends, lengths, strict=True)])
        weights = 1 / np.arange(1, len(words) + 1)
        return words, (weights / weights.sum()).cumsum()

    def _sentences(self, real: Path) -> tuple[np.ndarray, np.ndarray]:
        texts = [json.loads(line)["text"] for line in real.read_text(encoding="utf-8").splitlines()]
        sentences = [part for text in texts for part in re.split(r"[，。！？；\s]+", text) if part]
        return np.array(sentences, dtype=object), np.linspace(1 / len(sentences), 1, len(sentences))

    def of_length(self, n: int) -> str:
        parts: list[str] = []
        length = 0
        while length < n:
            drawn = self.words[np.searchsorted(self.weights, self.random.random(max(8, (n - length) // 2)))]
            parts += ["".join(drawn[i : i + 4]) for i in range(0, len(drawn), 4)]
            length = sum(map(len, parts)) + len(parts)
        return "，".join(parts)[:n]

    def text(self) -> str:
        return self.of_length(int(np.clip(self.random.lognormal(np.log(206), 1.12), 20, 9000)))


def orders(n: int, real: Path | None, box: tuple[float, float, float, float], communities: list[str]) -> Iterator[str]:
    """Lines of the file, oldest first."""
    from huying.simulator import names

    texts, chance = Texts(real), Random(SEED)
    kinds = ["咨询", "求助", "投诉", "投诉", "建议"]
    west, south, east, north = box
    people = [(names.person(chance), f"1{chance.randrange(3, 10)}{chance.randrange(10**9):09}") for _ in range(n)]
    for i in range(n):
        opened = START + dt.timedelta(minutes=i % 3_000_000)
        name, phone = people[int(chance.random() ** 1.5 * (0.6 * n))]
        row = {
            "来件编号": f"B{i:09}",
            "标题": texts.of_length(chance.randrange(10, 26)),
            "诉求内容": texts.text(),
            "受理时间": f"{opened:%Y-%m-%d %H:%M:%S}",
            "办结时间": f"{opened + dt.timedelta(hours=chance.randrange(2, 200)):%Y-%m-%d %H:%M:%S}",
            "答复": texts.text(),
            "诉求类型": chance.choice(kinds),
            "诉求人": name,
            "联系电话": phone,
            "事发地址": f"{chance.choice(communities)}{chance.randrange(1, 40)}栋{chance.randrange(1, 5)}单元",
            "经度": round(chance.uniform(west, east), 6) if i % 2 else None,
            "纬度": round(chance.uniform(south, north), 6) if i % 2 else None,
        }
        yield json.dumps(row, ensure_ascii=False)


# --- ours and the floor ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds on the clock, and on the processors by this process and the database's."""

    clock: float = 0.0
    processors: float = 0.0

    @classmethod
    def until_now(cls) -> Spent:
        total = 0.0
        here = psutil.Process()
        for process in (here, *here.children(recursive=True)):
            with suppress(psutil.Error):
                times = process.cpu_times()
                total += times.user + times.system
        return cls(time.perf_counter(), total)

    def since(self, start: Spent) -> Spent:
        return Spent(self.clock - start.clock, self.processors - start.processors)

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.clock + other.clock, self.processors + other.processors)


@dataclass(frozen=True, slots=True)
class Part:
    """Some consecutive batches of the file."""

    rows: int = 0
    ours: Spent = Spent()
    floor: Spent = Spent()

    def __add__(self, other: Part) -> Part:
        return Part(self.rows + other.rows, self.ours + other.ours, self.floor + other.floor)

    def microseconds(self, spent: Spent) -> float:
        return spent.clock / self.rows * 1e6


@dataclass
class Twin:
    """The database of the floor: gets what the import has made, by COPY."""

    source: psycopg.Connection
    target: psycopg.Connection
    last: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.columns = {table: self._columns_of(table) for table in TABLES}
        self.last = {table: self._newest(table) for table in TABLES}

    def _columns_of(self, table: str) -> str:
        rows = self.source.execute(
            "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 "
            "AND NOT attisdropped ORDER BY attnum",
            [table],
        )
        return ", ".join(name for (name,) in rows if name not in BY_DATABASE.get(table, ()))

    def _newest(self, table: str) -> int:
        row = self.source.execute(f"SELECT coalesce(max({TABLES[table]}), 0) FROM {table}").fetchone()
        assert row is not None
        return int(row[0])

    def follow(self) -> tuple[int, Spent]:
        """Copy what is new; returns how many matters, and what writing them cost."""
        before = self.last["matters_matter"]
        blocks: dict[str, bytes] = {}
        for table, key in TABLES.items():
            newest = self._newest(table)
            query = f"SELECT {self.columns[table]} FROM {table} WHERE {key} > {self.last[table]} AND {key} <= {newest}"
            with self.source.cursor().copy(f"COPY ({query} ORDER BY {key}) TO STDOUT") as copy:
                blocks[table] = b"".join(map(bytes, copy))
            self.last[table] = newest
        start = Spent.until_now()
        with self.target.transaction(), self.target.cursor() as cursor:
            for table, block in blocks.items():
                with cursor.copy(f"COPY {table} ({self.columns[table]}) FROM STDIN") as copy:
                    copy.write(block)
        return self.last["matters_matter"] - before, Spent.until_now().since(start)

    def check(self) -> None:
        for table in TABLES:
            counts = [c.execute(f"SELECT count(*) FROM {table}").fetchone() for c in (self.source, self.target)]
            assert counts[0] == counts[1], f"{table}: {counts}"


def imported(file: Path, twin: Twin, rows: int, profile: Path | None) -> tuple[list[Part], list[int]]:
    """Cost of the parts, and the memory of this process after each batch, in megabytes."""
    from huying.cases.importing import import_cases
    from huying.kernel.tabular import Mapping

    parts = [Part()]
    memory: list[int] = []
    start = Spent.until_now()

    def after_batch(_: float) -> None:
        nonlocal start
        ours = Spent.until_now().since(start)
        n, floor = twin.follow()
        if parts[-1].rows >= PART:
            parts.append(Part())
        parts[-1] += Part(n, ours, floor)
        memory.append(psutil.Process().memory_info().rss >> 20)
        start = Spent.until_now()

    mapping = Mapping(constants={"channel": "hotline_history", "channel_name": "历史工单", "handler": "centre"})
    if profile:
        import cProfile

        with cProfile.Profile() as profiler:
            outcome = import_cases(file, mapping, progress=after_batch)
        profiler.dump_stats(profile)
    else:
        outcome = import_cases(file, mapping, progress=after_batch)
    assert (outcome.accepted, outcome.rejected) == (rows, 0), outcome.faults[:3]
    return parts, memory


def prepared(home: Path, rows: int, texts: Path | None) -> Path:
    """The invented district in the database of `home`, and the file."""
    import django

    django.setup()
    from django.db import connection

    from huying.cli.migrate import apply_migrations, grant_to
    from huying.kernel.postgres import APPLICATION, OWNER
    from huying.places.models import Boundary, Place
    from huying.simulator import district

    connection.settings_dict["USER"] = OWNER
    apply_migrations()
    grant_to(APPLICATION)
    connection.close()
    connection.settings_dict["USER"] = APPLICATION
    district.build(seed=SEED)
    edges = np.array(Boundary.objects.values_list("min_x", "min_y", "max_x", "max_y"))
    box = (edges[:, 0].min(), edges[:, 1].min(), edges[:, 2].max(), edges[:, 3].max())
    communities = list(Place.objects.communities().values_list("name", flat=True))
    connection.close()
    file = home / "orders.jsonl"
    with file.open("w", encoding="utf-8") as stream:
        stream.writelines(f"{line}\n" for line in orders(rows, texts, box, communities))
    return file


def tell(parts: list[Part], memory: list[int]) -> None:
    whole = reduce(add, parts)
    report(
        "import",
        whole.microseconds(whole.ours),
        "microseconds per row",
        floor=whole.microseconds(whole.floor),
        goal=GOAL,
        n=whole.rows,
        processor_ratio=round(whole.ours.processors / whole.floor.processors, 2),
        megabytes=[memory[0], max(memory)],
    )
    full = [part for part in parts if part.rows >= PART]
    if len(full) > 1:
        last = reduce(add, full[-max(1, len(full) // 5) :])
        first = full[0]
        report(
            "import-flat",
            last.microseconds(last.ours),
            "microseconds per row",
            floor=first.microseconds(first.ours),
            goal=GOAL_FLAT,
            n=whole.rows,
            floor_ratio=round(last.microseconds(last.floor) / first.microseconds(first.floor), 2),
            parts=[round(part.microseconds(part.ours)) for part in full],
            floor_parts=[round(part.microseconds(part.floor)) for part in full],
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=40_000)
    parser.add_argument("--texts", type=Path, help="sentences of a jsonl file with the key “text” instead of invented")
    parser.add_argument("--profile", type=Path, help="leave a profile of ours here (cProfile; slows it down)")
    parser.add_argument("--json", action="store_true", help="accepted for symmetry; the output is always JSON lines")
    options = parser.parse_args()

    home = Path(tempfile.mkdtemp(prefix="huying-bench-"))
    home.chmod(0o755)  # the embedded database may run as another user
    for name in [name for name in os.environ if name.startswith("HUYING_") or name == "DATABASE_URL"]:
        del os.environ[name]
    os.environ |= {"HUYING_DATA_DIR": str(home), "DJANGO_SETTINGS_MODULE": "config.settings"}
    from huying.kernel.postgres import APPLICATION, OWNER, embedded

    try:
        with embedded(home) as server:
            file = prepared(home, options.rows, options.texts)
            with psycopg.connect(server.superuser_url, autocommit=True) as database:
                database.execute(f"CREATE DATABASE {TWIN} TEMPLATE huying OWNER {OWNER}")
            with (
                psycopg.connect(server.url, autocommit=True) as source,
                psycopg.connect(server.address(APPLICATION, TWIN), autocommit=True) as target,
            ):
                twin = Twin(source, target)
                parts, memory = imported(file, twin, options.rows, options.profile)
                twin.check()
            tell(parts, memory)
            from django.db import connection

            connection.close()
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
