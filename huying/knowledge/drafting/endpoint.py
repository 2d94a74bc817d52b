"""One question to a service that speaks `/chat/completions`, one answer or one reason why there is none.

Never asked twice: what was paid for once and failed is told, and a person decides whether to ask again.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

MOST_BYTES = 200_000  # of an answer
MOST_CHARACTERS = 4000  # of a draft
MOST_TOKENS = 1200
READ = 8192


class DraftingFailed(Exception):
    """`words` say why, to whoever asked."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@dataclass(frozen=True, slots=True)
class Question:
    """`role` says what the model is to be, `material` what it may go by."""

    role: str
    material: str


def is_on() -> bool:
    return bool(settings.DRAFTING_URL)


def answer(question: Question) -> str:
    """The draft.

    Raises:
        DraftingFailed: it is not reachable, too slow, refuses, or says nothing that can be used.
    """
    deadline = time.monotonic() + settings.DRAFTING_SECONDS
    try:
        status, body = _post(_payload(question), deadline)
    except TimeoutError as error:
        raise DraftingFailed(f"大模型服务 {settings.DRAFTING_SECONDS} 秒内没有写完。") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        if time.monotonic() >= deadline:
            raise DraftingFailed(f"大模型服务 {settings.DRAFTING_SECONDS} 秒内没有写完。") from error
        raise DraftingFailed("连不上大模型服务。") from error
    if status == 429:
        raise DraftingFailed("大模型服务正忙，或者额度已用完。")
    if status in (401, 403):
        raise DraftingFailed("大模型服务不接受我们的密钥，请告诉管理员。")
    if status != 200:
        raise DraftingFailed(f"大模型服务没有正常回应（{status}）。")
    return _text_of(body)


def _payload(question: Question) -> bytes:
    asked = {
        "model": settings.DRAFTING_MODEL,
        "messages": [
            {"role": "system", "content": question.role},
            {"role": "user", "content": question.material},
        ],
        "temperature": 0.2,
        "max_tokens": MOST_TOKENS,
        "stream": False,
    }
    return json.dumps(asked, ensure_ascii=False).encode()


def _post(payload: bytes, deadline: float) -> tuple[int, bytes]:
    """By hand, because nobody else bounds the whole of it: every wait gets what is left of the time, and headers that
    come drop by drop are cut off when it is over."""
    parts = urlsplit(f"{settings.DRAFTING_URL.rstrip('/')}/chat/completions")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not an address of the web")
    left = _left(deadline)
    connection = (
        http.client.HTTPSConnection(parts.hostname, parts.port, timeout=left, context=ssl.create_default_context())
        if parts.scheme == "https"
        else http.client.HTTPConnection(parts.hostname, parts.port, timeout=left)
    )
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if key := settings.DRAFTING_KEY:
        headers["Authorization"] = f"Bearer {key}"
    over = threading.Timer(left, _cut, [connection])
    over.daemon = True
    over.start()
    try:
        connection.request("POST", f"{parts.path}{'?' + parts.query if parts.query else ''}", payload, headers)
        held = connection.sock
        _limit(held, deadline)
        response = connection.getresponse()
        body = b""
        while len(body) <= MOST_BYTES:
            _limit(held, deadline)
            piece = response.read1(READ)
            if not piece:
                _left(deadline)
                return response.status, body
            body += piece
        raise DraftingFailed("大模型服务的回应太长，没有采用。")
    finally:
        over.cancel()
        connection.close()


def _cut(connection: http.client.HTTPConnection) -> None:
    held = connection.sock
    if held is not None:
        with suppress(OSError):
            held.shutdown(socket.SHUT_RDWR)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _limit(held: socket.socket | None, deadline: float) -> None:
    if held is not None:
        held.settimeout(_left(deadline))


def _text_of(body: bytes) -> str:
    try:
        text = json.loads(body)["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise DraftingFailed("大模型服务的回应读不懂。") from error
    text = "".join(c for c in text if c == "\n" or c.isprintable()).strip() if isinstance(text, str) else ""
    if not text:
        raise DraftingFailed("大模型服务没有写出内容。")
    return text[:MOST_CHARACTERS]
