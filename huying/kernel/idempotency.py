"""The same request twice, one effect, the same answer.

Whoever sends a request under a key of its own may send it again when the answer was lost. The answer is stored in the
transaction of the effect, so there is never the one without the other; two at once wait for each other.

Only successes are kept. A refusal has changed nothing, and its cause may go away: the field is mended, the other step
has been taken. The same key then stands for the mended request; it is bound to a body by the first success.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connection, transaction

from huying.kernel import privacy
from huying.kernel.errors import Invalid
from huying.kernel.outbox import periodic
from huying.kernel.writes import together, write

KEPT_HOURS = 24
LONGEST_KEY = 200

_COLUMN = "kernel_kept_answer.answer"
# The second of two at once waits here for the first one's commit; the statement after that sees its row.
_KEPT = (
    "SELECT pg_advisory_xact_lock(%s);\n"
    "SELECT request_digest, answer FROM kernel_kept_answer WHERE id = %s AND created_at > now() - %s * interval '1h'"
)
# A row that is still there but too old is replaced.
_KEEP = (
    "INSERT INTO kernel_kept_answer (id, request_digest, answer) VALUES (%s, %s, %s) ON CONFLICT (id) DO UPDATE "
    "SET request_digest = EXCLUDED.request_digest, answer = EXCLUDED.answer, created_at = now()"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back. `replayed`: it was kept from an earlier request."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Sending:
    """One request that may come again: who sends it, where to, under which key, and what it says. Without a key it is
    not recognised when it does."""

    caller: str
    path: str
    key: str
    body: bytes

    @property
    def id(self) -> uuid.UUID:
        scope = "\n".join((self.caller, self.path, self.key))
        return uuid.UUID(bytes=hashlib.sha256(scope.encode()).digest()[:16])


def checked_key(text: str) -> str:
    """A key as it may be used.

    Raises:
        Invalid
    """
    if not 1 <= len(text) <= LONGEST_KEY or not all("!" <= c <= "~" for c in text):
        sentence = f"Idempotency-Key 应为 1 至 {LONGEST_KEY} 个可见的 ASCII 字符，例如一个 UUID"
        raise Invalid(f"{sentence}。", code="bad_idempotency_key", fields={"Idempotency-Key": [sentence]})
    return text


def once(sending: Sending, work: Callable[[], Answer]) -> Answer:
    """Do `work` in a transaction, or give the answer that an earlier request of this kind got.

    Raises:
        Invalid: the key was used for another body.
    """
    with transaction.atomic(), together():
        if not sending.key:
            return work()
        kept = _kept(sending)
        if kept is not None:
            return kept
        answer = work()
        _keep(sending, answer)
        return answer


def earlier(sending: Sending) -> Answer | None:
    """The answer that an earlier request of this kind got, without doing anything."""
    with transaction.atomic():
        return _kept(sending)


def _kept(sending: Sending) -> Answer | None:
    with connection.cursor() as cursor:
        cursor.execute(_KEPT, [sending.id.int >> 65, sending.id, KEPT_HOURS])
        cursor.nextset()
        row = cursor.fetchone()
    if row is None:
        return None
    if bytes(row[0]) != _digest(sending.body):
        sentence = "这个 Idempotency-Key 已经用于内容不同的请求，请换一个新的"
        raise Invalid(f"{sentence}。", code="idempotency_key_reused", fields={"Idempotency-Key": [sentence]})
    status, headers, body = json.loads(privacy.decrypt(bytes(row[1]), bound_to=_COLUMN))
    return Answer(status, body.encode(), headers, replayed=True)


def _keep(sending: Sending, answer: Answer) -> None:
    # Encrypted, because an answer may hold what is told only once and stored as a hash elsewhere.
    text = json.dumps([answer.status, answer.headers, answer.body.decode()], ensure_ascii=False)
    write(_KEEP, [sending.id, _digest(sending.body), privacy.encrypt(text, bound_to=_COLUMN)])


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


@periodic("kernel.idempotency", 600)
def forget_old_answers() -> int:
    """Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM kernel_kept_answer WHERE created_at <= now() - %s * interval '1h'", [KEPT_HOURS])
        return int(cursor.rowcount)
