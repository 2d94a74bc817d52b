"""What drills break: `huying serve` in a directory of its own, under a load of which every acknowledgement is noted."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from huying.kernel.postgres import server_of

PATIENCE = 150.0  # seconds; a busy machine starts several Pythons slowly
TEXT = "小区门口路灯坏了三天，晚上很黑，老人出门不安全。"


class Served:
    """`huying serve` with its embedded database, an administrator and a key; it can be killed and started again."""

    process: psutil.Popen | None = None
    port: int
    key: str

    def __init__(self, data_dir: Path, workers: int = 2) -> None:
        self.data_dir = data_dir
        self.log = data_dir / "serve.log"
        self._workers = workers
        self._environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        self._environment |= {"HUYING_DATA_DIR": str(data_dir), "HUYING_POOL_MAX_SIZE": "4"}

    def prepare(self) -> None:
        self.command("createadmin", "--username", "admin", "--password-stdin", stdin="Huying-2026-test\n")
        scopes = ["--scope", "cases.receive", "--scope", "cases.view"]
        self.key = self.command("keys", "create", "--name", "演练", "--per-minute", "100000", *scopes).strip()

    def start(self) -> None:
        """Until it answers, on a free port."""
        with self.log.open("w") as log:
            self.process = psutil.Popen(
                [sys.executable, "-m", "huying.cli", "serve", "--port", "0", "--workers", str(self._workers)],
                env=self._environment, stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + PATIENCE
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)", self.log.read_text())):
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError(self.log.read_text())
            time.sleep(0.05)
        self.port = int(found[1])

    def command(self, *arguments: str, stdin: str = "") -> str:
        """What a command of `huying` beside it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "huying.cli", *arguments],
            env=self._environment, input=stdin, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"huying {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout

    def tree(self) -> list[psutil.Process]:
        """The parent, then what it started, without the database."""
        assert self.process is not None
        return [one for one in (self.process, *self.process.children()) if one.name() != "postgres"]

    def web(self) -> list[psutil.Process]:
        return [one for one in self.tree() if "huying.cli.web" in " ".join(one.cmdline())]

    def post(self, body: dict[str, object], once: str = "", key: str = "") -> tuple[int, dict[str, str]]:
        """Status and answer; `OSError` or `HTTPException` when there was none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Authorization": f"Bearer {key or self.key}", "Content-Type": "application/json"}
        try:
            connection.request(
                "POST", "/api/v1/cases", json.dumps(body), headers | ({"Idempotency-Key": once} if once else {})
            )
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)


@contextmanager
def served(workers: int = 2) -> Iterator[Served]:
    """In a directory below /tmp that another user may enter: as root, the database runs as one."""
    home = Path(tempfile.mkdtemp(prefix="huying-drill-"))
    home.chmod(0o755)
    running = Served(home, workers)
    try:
        running.start()
        running.prepare()
        yield running
    finally:
        running.stop()
        shutil.rmtree(home, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    number: str
    sent: float  # by the monotonic clock, like the next
    answered: float


class Appeals:
    """Cases sent all at once, each again and again under a key of its own until it is acknowledged."""

    def __init__(self, server: Served, count: int) -> None:
        self.server = server
        self.count = count
        self.acknowledged: dict[int, Acknowledged] = {}
        self._noting = threading.Lock()

    def send(self, breaking: Callable[[], None], *, after: int) -> None:
        """Send all of them; `breaking` is called when `after` have been acknowledged."""
        enough = threading.Event()
        with ThreadPoolExecutor(self.count) as clients:
            sent = [clients.submit(self._one, n, enough, after) for n in range(self.count)]
            if not enough.wait(PATIENCE):
                raise RuntimeError(f"only {len(self.acknowledged)} were acknowledged in {PATIENCE:.0f} seconds")
            breaking()
            for one in sent:
                one.result()

    def _one(self, n: int, enough: threading.Event, after: int) -> None:
        body: dict[str, object] = {"channel": "hotline", "external_number": f"K-{n}", "text": TEXT}
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            sent = time.monotonic()
            try:
                status, answer = self.server.post(body, once=f"drill-{n}")
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.1)  # broken under us: nobody knows whether it was taken in
                continue
            if status == 503:
                time.sleep(0.1)
                continue
            if status != 201:
                raise RuntimeError(f"{status}: {answer}")
            with self._noting:
                self.acknowledged[n] = Acknowledged(answer["number"], sent, time.monotonic())
                if len(self.acknowledged) >= after:
                    enough.set()
            return

    def stored(self) -> list[tuple[str, str]]:
        """`(external number, number)` of every case in the database."""
        with psycopg.connect(server_of(self.server.data_dir).url) as database:
            rows = database.execute("SELECT external_number, number FROM matters_matter WHERE channel = 'hotline'")
            return [(str(external), str(number)) for external, number in rows]

    def broken(self) -> list[str]:
        """What was promised and is not so; empty when every acknowledged case is there once under its number."""
        rows = self.stored()
        times = Counter(external for external, _ in rows)
        numbers = dict(rows)
        told = {f"K-{n}": one.number for n, one in self.acknowledged.items()}
        wrong = [f"来件 {key} 已确认为 {number}，库里没有" for key, number in told.items() if key not in times]
        wrong += [f"来件 {key} 受理了 {times[key]} 次" for key in times if times[key] > 1]
        wrong += [
            f"来件 {key} 已确认为 {number}，库里是 {numbers[key]}"
            for key, number in told.items()
            if times[key] == 1 and numbers[key] != number
        ]
        if len(told) < self.count:
            wrong.append(f"有 {self.count - len(told)} 件没有等到确认")
        return wrong


def verdict(appeals: Appeals) -> int:
    """Say what was found; the exit code of a drill."""
    wrong = appeals.broken()
    print(f"确认 {len(appeals.acknowledged)} 件，库里 {len(appeals.stored())} 件。")
    for sentence in wrong:
        print(f"  {sentence}")
    try:
        print(appeals.server.command("verify").strip())
    except RuntimeError as error:
        print(f"留痕校验不通过：{error}")
        return 1
    return 1 if wrong else 0
