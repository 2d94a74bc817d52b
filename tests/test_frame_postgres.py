"""The embedded server: what somebody who starts, joins, kills or moves it sees."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from huying.kernel.postgres import EmbeddedDatabaseError, Layout, discard, embedded, server_of


@pytest.fixture
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    # pytest's directories are closed to other users; as root the server runs as one
    directory = Path("/tmp") / f"huying-test-{os.getpid()}-{time.monotonic_ns()}"
    directory.mkdir(mode=0o755)
    yield directory
    discard(directory)
    subprocess.run(["rm", "-rf", directory], check=True)


def postmaster(data_dir: Path) -> psutil.Process:
    return psutil.Process(int((Layout.of(data_dir).cluster / "postmaster.pid").read_text().split("\n")[0]))


def wait_for(url: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def wait_until_gone(process: psutil.Process, seconds: float = 10) -> None:
    with suppress(psutil.NoSuchProcess):
        process.wait(seconds)


def test_what_was_written_is_there_after_a_restart_in_a_path_with_spaces(data_dir: Path) -> None:
    place = data_dir / "带 空格 的 目录" / ("很长" * 20)
    with embedded(place, durable=False) as server, psycopg.connect(server.owner_url) as owner:
        owner.execute("CREATE TABLE note (words text)")
        owner.execute("INSERT INTO note VALUES ('留下')")
    with embedded(place, durable=False) as server, psycopg.connect(server.owner_url) as owner:
        assert owner.execute("SELECT words FROM note").fetchone() == ("留下",)
    discard(place)
    assert not (place / "postgres").exists()


def test_the_application_owns_nothing_and_cannot_make_tables(data_dir: Path) -> None:
    with (
        embedded(data_dir, durable=False) as server,
        psycopg.connect(server.url) as application,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        application.execute("CREATE TABLE mine (n int)")


def test_the_address_is_known_before_anything_runs(data_dir: Path) -> None:
    foreseen = server_of(data_dir).url
    with embedded(data_dir, durable=False) as server:
        assert server.url == foreseen


def test_a_second_user_joins_and_does_not_stop_the_server(data_dir: Path) -> None:
    with embedded(data_dir, durable=False) as server:
        first = postmaster(data_dir)
        with embedded(data_dir, durable=False) as joined:
            assert joined.url == server.url
            assert postmaster(data_dir) == first
        assert first.is_running()
        psycopg.connect(server.url).close()


def test_the_second_user_takes_over_when_the_first_leaves(data_dir: Path) -> None:
    with ExitStack() as first, ExitStack() as second:
        first.enter_context(embedded(data_dir, durable=False))
        server = second.enter_context(embedded(data_dir, durable=False))
        first.close()
        wait_for(server.url)
        second.close()
    assert not (Layout.of(data_dir).cluster / "postmaster.pid").exists()


def test_after_kill_9_it_comes_back_with_everything_committed(data_dir: Path) -> None:
    with embedded(data_dir) as server:
        with psycopg.connect(server.owner_url) as owner:
            owner.execute("CREATE TABLE note (words text)")
            owner.execute("INSERT INTO note VALUES ('已答应')")
        postmaster(data_dir).kill()
        with pytest.raises(psycopg.OperationalError):
            while True:
                psycopg.connect(server.url).close()
        wait_for(server.url)
        with psycopg.connect(server.owner_url) as owner:
            assert owner.execute("SELECT words FROM note").fetchone() == ("已答应",)


def start_in_another_process(data_dir: Path) -> subprocess.Popen[str]:
    script = (
        "import sys, pathlib; from huying.kernel.postgres import embedded\n"
        "with embedded(pathlib.Path(sys.argv[1]), durable=False):\n"
        "    print('ready', flush=True); sys.stdin.read()"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", script, data_dir], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert running.stdout and running.stdout.readline() == "ready\n"
    return running


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next start stops the orphan")
def test_the_server_does_not_outlive_a_killed_program(data_dir: Path) -> None:
    with start_in_another_process(data_dir) as program:
        server = postmaster(data_dir)
        program.send_signal(signal.SIGKILL)
        program.wait()
        wait_until_gone(server)
    with embedded(data_dir, durable=False) as again:
        psycopg.connect(again.url).close()


def test_another_process_joins_the_running_server(data_dir: Path) -> None:
    with embedded(data_dir, durable=False) as server:
        first = postmaster(data_dir)
        with start_in_another_process(data_dir) as program:
            program.communicate("")
        assert program.returncode == 0
        assert first.is_running()
        psycopg.connect(server.url).close()


def test_a_pid_file_left_by_a_crash_may_name_any_living_program(data_dir: Path) -> None:
    with embedded(data_dir, durable=False):
        pid_file = Layout.of(data_dir).cluster / "postmaster.pid"
        lines = pid_file.read_text().split("\n")
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    with embedded(data_dir, durable=False) as server:
        psycopg.connect(server.url).close()


def test_a_database_in_use_is_not_deleted(data_dir: Path) -> None:
    with embedded(data_dir, durable=False) as server:
        with pytest.raises(EmbeddedDatabaseError, match="正被另一个呼应进程使用"):
            discard(data_dir)
        psycopg.connect(server.url).close()


def test_a_directory_that_cannot_be_made_is_said_so(data_dir: Path) -> None:
    (data_dir / "file").touch()
    with (
        pytest.raises(EmbeddedDatabaseError, match="无法写入"),
        embedded(data_dir / "file" / "inside", durable=False),
    ):
        pass


def test_the_format_of_another_version_is_refused_with_words(data_dir: Path) -> None:
    cluster = Layout.of(data_dir).cluster
    cluster.mkdir()
    (cluster / "PG_VERSION").write_text("16\n")
    with pytest.raises(EmbeddedDatabaseError, match="PostgreSQL 16"), embedded(data_dir, durable=False):
        pass


@pytest.mark.skipif(os.getuid() != 0, reason="only root has to give up being root")
def test_as_root_the_server_runs_as_somebody_else_even_for_a_closed_directory(data_dir: Path) -> None:
    closed = data_dir / "closed"
    closed.mkdir(mode=0o700)
    with embedded(closed / "data", durable=False) as server:
        assert postmaster(closed / "data").uids().real != 0
        assert (closed / "data" / "postgres").is_symlink()
        psycopg.connect(server.url).close()
    closed.chmod(0o755)  # what was decided at the first start holds
    assert server_of(closed / "data") == server
    discard(closed / "data")
    assert not (closed / "data" / "postgres").exists()
