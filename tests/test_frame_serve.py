"""`huying serve` as an operator meets it: one tree of processes that comes back after kills and stops in order."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from huying.kernel.postgres import Layout, Server, server_of

PATIENCE = 150.0  # seconds; a busy machine starts three Pythons slowly
pytestmark = pytest.mark.timeout(400)


class Running:
    """A server in a data directory of its own, and what can be seen of it from outside."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.log = data_dir / "serve.log"
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        with self.log.open("w") as log:
            self.process = psutil.Popen(
                [sys.executable, "-m", "huying.cli", "serve", "--port", "0", "--workers", "1", "--data", data_dir],
                env={**environment, "HUYING_POOL_MAX_SIZE": "4"}, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            self.address = self.wait_for(self._announced)
        except BaseException:
            self.process.terminate()
            self.process.wait(30)
            raise

    def _announced(self) -> str:
        found = re.search(r"http://127\.0\.0\.1:\d+", self.log.read_text())
        return found[0] if found else ""

    def wait_for(self, condition: Callable[[], str | bool | None]) -> str:
        deadline = time.monotonic() + PATIENCE
        while not (found := condition()):
            assert time.monotonic() < deadline, self.log.read_text()
            assert self.process.is_running() and self.process.status() != psutil.STATUS_ZOMBIE, self.log.read_text()
            time.sleep(0.05)
        return str(found)

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self.address + path, timeout=15) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def is_ready(self) -> bool:
        return self.get("/readyz")[0] == 200

    def child(self, words: str) -> psutil.Process | None:
        for child in self.process.children():
            with suppress(psutil.NoSuchProcess):  # killed, and its parent has not looked yet
                if words in " ".join(child.cmdline()):
                    return child
        return None

    def is_back(self, words: str, before: psutil.Process) -> bool:
        now = self.child(words)
        return now is not None and now.pid != before.pid


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    data_dir = Path("/tmp") / f"huying-test-serve-{os.getpid()}"
    data_dir.mkdir(mode=0o755)
    running = Running(data_dir)
    yield running
    if running.process.is_running():
        running.process.terminate()
        running.process.wait(30)
    shutil.rmtree(data_dir, ignore_errors=True)


def test_it_lives_and_is_ready(server: Running) -> None:
    assert server.get("/healthz") == (200, "ok\n")
    status, answer = server.get("/readyz")
    assert (status, json.loads(answer)) == (200, {"ready": True, "trouble": ""})


def test_it_counts_what_it_answers(server: Running) -> None:
    server.get("/no-such-page")
    status, text = server.get("/metrics")
    assert status == 200
    assert 'huying_requests_total{method="GET",route="-",status="404"}' in text


def test_metrics_are_not_for_those_behind_a_proxy(server: Running) -> None:
    request = urllib.request.Request(server.address + "/metrics", headers={"X-Forwarded-For": "192.0.2.7"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=15)
    with refused.value as answer:
        assert answer.code == 403


def test_keys_are_readable_by_their_owner_only(server: Running) -> None:
    server.get("/")  # a key is made when it is first needed
    keys = [path for path in (server.data_dir / "keys").rglob("*") if path.is_file()]
    assert keys
    assert [path.name for path in keys if path.stat().st_mode & 0o077] == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE matters_ledgerline SET actor_id = actor_id",
        "DELETE FROM matters_ledgerline",
        "TRUNCATE matters_ledgerline",
        "DELETE FROM matters_matter",
        "UPDATE matters_anchor SET id = id",
        "ALTER TABLE matters_ledgerline DISABLE TRIGGER ALL",
        "DELETE FROM django_migrations",
        "CREATE TABLE mine (n int)",
    ],
)
def test_the_application_may_not(server: Running, statement: str) -> None:
    with (
        psycopg.connect(server_of(server.data_dir).url) as application,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        application.execute(statement)


def huying_beside(server: Running, command: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(
        [sys.executable, "-m", "huying.cli", command, "--data", server.data_dir],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_command_beside_it_uses_the_same_database(server: Running) -> None:
    done = huying_beside(server, "migrate")
    assert (done.returncode, done.stdout) == (0, "数据库结构已是最新。\n"), done.stderr
    assert server.is_ready()


def test_doctor_finds_it_well(server: Running) -> None:
    told = huying_beside(server, "doctor").stdout
    for name in ("数据库", "数据库结构", "数据库角色", "密钥", "后台处理"):
        assert f"[正常] {name}：" in told


@pytest.mark.parametrize("words", ["huying.cli.web", "huying.cli worker"])
def test_a_killed_process_is_started_again(server: Running, words: str) -> None:
    before = server.child(words)
    assert before is not None
    before.kill()
    server.wait_for(lambda: server.is_back(words, before))
    server.wait_for(server.is_ready)


def test_a_killed_database_comes_back(server: Running) -> None:
    pid_file = Layout.of(server.data_dir).cluster / "postmaster.pid"
    before = pid_file.read_text().split("\n")[0]
    psutil.Process(int(before)).kill()
    server.wait_for(lambda: pid_file.exists() and pid_file.read_text().split("\n")[0] != before)
    server.wait_for(server.is_ready)


def test_it_stops_in_order_and_a_killed_one_leaves_nothing_running(server: Running) -> None:
    """Last, because the others need the server: pytest keeps the order of a file."""
    tree = [server.process, *server.process.children(recursive=True)]
    told_before = len(server.log.read_text())  # the kills above left their marks
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(30)
    assert time.monotonic() - began < 15
    _, alive = psutil.wait_procs(tree, timeout=5)
    assert alive == []
    told = server.log.read_text()[told_before:]
    assert "呼应已停止。" in told
    assert "Traceback" not in told, told

    again = Running(server.data_dir)
    tree = again.process.children(recursive=True)
    again.process.kill()
    again.process.wait(10)
    if sys.platform == "linux":  # elsewhere the database is stopped by the next start
        _, alive = psutil.wait_procs(tree, timeout=20)
        assert alive == []


def test_an_address_names_role_and_directory() -> None:
    assert Server(Path("/run/x")).url == "postgresql://huying_app@/huying?host=/run/x"
