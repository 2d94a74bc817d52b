"""The API of a really served process: killed in the middle, over the wire, with keys made by the command."""

from __future__ import annotations

import http.client
import json
import signal
import time
from collections.abc import Iterator

import psutil
import psycopg
import pytest

from drills._served import TEXT, Appeals, Served
from drills._served import served as running
from huying.kernel.postgres import server_of

pytestmark = pytest.mark.timeout(400)

CASES = 200


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with running() as server:
        yield server


def test_every_acknowledged_case_is_there_once_after_a_kill(served: Served) -> None:
    appeals = Appeals(served, CASES)
    victims: list[psutil.Process] = []
    known_then = 0

    def kill() -> None:
        nonlocal known_then
        victims.extend(served.web())
        for victim in victims:
            victim.send_signal(signal.SIGKILL)
        known_then = len(appeals.acknowledged)

    appeals.send(kill, after=CASES // 4)
    assert len(victims) == 2
    assert known_then < CASES, "the kill came too late to prove anything"
    assert not {victim.pid for victim in victims} & {process.pid for process in served.web()}
    assert appeals.broken() == []
    with psycopg.connect(server_of(served.data_dir).url) as database:
        lines = database.execute("SELECT count(*) FROM matters_ledgerline").fetchone()
        words = database.execute("SELECT count(*) FROM matters_words").fetchone()
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
