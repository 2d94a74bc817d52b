"""A program that uses the API with a key."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.test import Client

from huying.people.keys import GRANTABLE, create_key

ROOT = "/api/v1"


class Program:
    """`program.post("/cases", {...})`; every answer is JSON or the test fails."""

    def __init__(self, key: str = "") -> None:
        self.key = key
        self._client = Client(raise_request_exception=False)

    def request(
        self,
        method: str,
        path: str,
        body: bytes | str = b"",
        *,
        content_type: str = "application/json",
        once: str = "",
        **headers: str,
    ) -> HttpResponse:
        given = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        if once:
            given["Idempotency-Key"] = once
        data = body.encode() if isinstance(body, str) else body
        # The client leaves both out of a request without a body; programs do not.
        sent = {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(data))} if method == "POST" else {}
        answer = self._client.generic(
            method, f"{ROOT}{path}", data, content_type=content_type, headers=given | headers, **sent
        )
        assert answer.headers["Content-Type"] in {"application/json", "application/problem+json"}, answer.headers
        told = json.loads(answer.content)
        if answer.status_code >= 400:
            assert told.keys() >= {"type", "title", "status", "detail", "code", "errors", "request_id"}
            assert told["status"] == answer.status_code
            assert any("\u4e00" <= c <= "\u9fff" for c in told["detail"]), told
            assert "Traceback" not in answer.content.decode()
        return answer

    def post(self, path: str, data: object = None, *, once: str = "") -> HttpResponse:
        return self.request("POST", path, json.dumps({} if data is None else data), once=once)

    def get(self, path: str) -> HttpResponse:
        return self.request("GET", path)


def told(answer: HttpResponse, status: int = 200) -> Any:
    """What it says, when it has this status."""
    assert answer.status_code == status, answer.content.decode()
    return json.loads(answer.content)


def program(scopes: Iterable[str] = GRANTABLE, *, organisation: str = "", channel: str = "", **more: Any) -> Program:
    """With a fresh key."""
    _, text = create_key(name="测试系统", scopes=scopes, organisation=organisation, channel=channel, **more)
    return Program(text)
