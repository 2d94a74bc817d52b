"""The API of a really served process: killed in the middle, over the wire, with keys made by the command."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest

from huying.kernel.postgres import server_of

pytestmark = pytest.mark.timeout(400)

PATIENCE = 150.0  # seconds; a busy machine starts several Pythons slowly
CASES = 200
TEXT = "小区门口路灯坏了三天，晚上很黑，老人出门不安全。"


class Served:
    """`huying serve` with two web processes, in a data directory of its own."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        self.environment |= {"HUYING_DATA_DIR": str(data_dir), "HUYING_POOL_MAX_SIZE": "4"}
        self.log = data_dir / "serve.log"
        with self.log.open("w") as log:
            self.process = psutil.Popen(
                [sys.executable, "-m", "huying.cli", "serve", "--port", "0", "--workers", "2"],
                env=self.environment, stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + PATIENCE
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)", self.log.read_text())):
            assert time.monotonic() < deadline and self.process.is_running(), self.log.read_text()
            time.sleep(0.05)
        self.port = int(found[1])
        self.command("createadmin", "--username", "admin", "--password-stdin", stdin="Huying-2026-test\n")
        scopes = ["--scope", "cases.receive", "--scope", "cases.view"]
        self.key = self.command("keys", "create", "--name", "测试", "--per-minute", "100000", *scopes).strip()

    def command(self, *arguments: str, stdin: str = "") -> str:
        done = subprocess.run(
            [sys.executable, "-m", "huying.cli", *arguments],
            env=self.environment, input=stdin, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def web(self) -> list[psutil.Process]:
        return [child for child in self.process.children() if "huying.cli.web" in " ".join(child.cmdline())]

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
        if self.process.is_running():
            self.process.terminate()
            self.process.wait(30)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    data_dir = Path("/tmp") / f"huying-test-api-{os.getpid()}"
    data_dir.mkdir(mode=0o755)
    running: Served | None = None
    try:
        running = Served(data_dir)
        yield running
    finally:
        if running:
            running.stop()
        shutil.rmtree(data_dir, ignore_errors=True)


def test_every_acknowledged_case_is_there_once_after_a_kill(served: Served) -> None:
    acknowledged: dict[int, str] = {}
    counting = threading.Lock()
    enough = threading.Event()

    def send(n: int) -> None:
        body = {"channel": "hotline", "external_number": f"K-{n}", "text": TEXT}
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                status, answer = served.post(body, once=f"kill-{n}")
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)  # killed under us: nobody knows whether it was taken in
                continue
            if status == 503:
                time.sleep(0.1)
                continue
            assert status == 201, answer
            with counting:
                acknowledged[n] = answer["number"]
                if len(acknowledged) >= CASES // 4:
                    enough.set()
            return

    with ThreadPoolExecutor(CASES) as clients:
        sent = [clients.submit(send, n) for n in range(CASES)]
        assert enough.wait(PATIENCE)
        victims = served.web()
        for victim in victims:
            victim.send_signal(signal.SIGKILL)
        known_then = dict(acknowledged)
        for one in sent:
            one.result()
    assert len(victims) == 2
    assert len(known_then) < CASES, "the kill came too late to prove anything"
    assert len(acknowledged) == CASES
    assert not {victim.pid for victim in victims} & {process.pid for process in served.web()}

    with psycopg.connect(server_of(served.data_dir).url) as database:
        rows = database.execute(
            "SELECT external_number, number FROM matters_matter WHERE channel = 'hotline'"
        ).fetchall()
        lines = database.execute("SELECT count(*) FROM matters_ledgerline").fetchone()
        words = database.execute("SELECT count(*) FROM matters_words").fetchone()
    assert Counter(external for external, _ in rows) == Counter(f"K-{n}" for n in range(CASES))
    numbers = dict(rows)
    assert {n: numbers[f"K-{n}"] for n in range(CASES)} == acknowledged
    assert lines == words == (CASES,)
    served.command("verify")


def test_a_revoked_key_is_refused_by_every_process_within_two_seconds(served: Served) -> None:
    key = served.command("keys", "create", "--name", "停用", "--scope", "cases.receive").strip()
    assert {served.post({"channel": "hotline", "text": TEXT}, key=key)[0] for _ in range(6)} == {201}
    served.command("keys", "revoke", key.split("_")[1])
    time.sleep(2.1)
    assert {served.post({"channel": "hotline", "text": TEXT}, key=key)[0] for _ in range(6)} == {401}


def test_ten_megabytes_are_refused_with_words_and_the_connection_lives_on(served: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
    headers = {"Authorization": f"Bearer {served.key}", "Content-Type": "application/json"}
    connection.request("POST", "/api/v1/cases", b'{"text": "' + b"x" * 10_000_000 + b'"}', headers)
    answer = connection.getresponse()
    assert answer.status == 413
    assert json.loads(answer.read())["code"] == "too_large"
    connection.request("GET", "/api/v1/me", headers=headers)
    assert connection.getresponse().status == 200
    connection.close()


def test_a_body_of_unknown_length_is_refused(served: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
    headers = {"Authorization": f"Bearer {served.key}", "Content-Type": "application/json"}
    pieces = iter([b'{"channel": "hotline", ', b'"text": "abc"}'])
    connection.request("POST", "/api/v1/cases", pieces, headers, encode_chunked=True)
    answer = connection.getresponse()
    assert answer.status == 411
    assert answer.headers["Content-Type"] == "application/problem+json"
    connection.close()
