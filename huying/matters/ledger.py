"""Chains, digests, anchors and their proof."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from huying.kernel import privacy
from huying.matters.models import Anchor, Words

ZERO = bytes(32)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical(facts: object) -> str:
    """JSON whose bytes depend on the content alone. The database holds this very text."""
    return _JSON.encode(facts)


def microseconds(moment: datetime) -> int:
    """Since 1970, exactly: PostgreSQL keeps microseconds, a float would round."""
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def line_hash(
    *,
    matter_id: int,
    seq: int,
    at: datetime,
    recorded_at: datetime,
    step: str,
    from_state: str,
    to_state: str,
    actor_id: int | None,
    post_id: int | None,
    on_behalf_of_id: int | None,
    via: str,
    facts: str,
    previous: bytes,
) -> bytes:
    """SHA-256 over all columns of a line and the hash before it. 32 bytes."""
    head = canonical(
        [
            matter_id,
            seq,
            microseconds(at),
            microseconds(recorded_at),
            step,
            from_state,
            to_state,
            actor_id,
            post_id,
            on_behalf_of_id,
            via,
        ]
    )
    return hashlib.sha256(b"\x00".join((head.encode(), facts.encode(), previous))).digest()


def seal(text: str) -> tuple[str, bytes]:
    """Digest for the line and the salt that stays beside the text."""
    salt = secrets.token_bytes(16)
    return sealed(text, salt), salt


def sealed(text: str, salt: bytes) -> str:
    return hashlib.sha256(salt + text.encode()).hexdigest()


def conceal(words: Words, text: str, at: datetime, key: privacy.SigningKey) -> None:
    """Put what is left of a text in its place, signed, because the digest in its line is of what was there before. The
    old salt goes: nobody can try any more what it said. To be saved by the caller."""
    digest, words.salt = seal(text)
    words.text, words.concealed_at, words.key_id = text, at, key.key_id
    words.signature = key.sign(resealed(words.matter_id, words.seq, words.field, digest, at))


def resealed(matter_id: int, seq: int, field: str, digest: str, at: datetime) -> bytes:
    """What the signature of a concealed text covers."""
    return canonical(["concealed", matter_id, seq, field, digest, microseconds(at)]).encode()


# --- anchors ---------------------------------------------------------------------------------------------------------


def take_anchor(now: datetime) -> Anchor | None:
    """Sign the heads of all chains that grew since the last anchor, below the watermark; None when nothing did.

    The watermark is the oldest transaction still running: everything below it has ended for good.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('huying.anchor'))")
        last = Anchor.objects.order_by("-xid_to").first()
        xid_from = last.xid_to if last else 0
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        xid_to: int = cursor.fetchone()[0]
        if xid_to <= xid_from:
            return None
        lines, heads, digest = digest_of(xid_from, xid_to)
        if not lines:
            return None
        previous = hash_of(last) if last else ZERO
        key = privacy.signing_key()
        signature = key.sign(_payload(xid_from, xid_to, now, lines, heads, digest, previous))
        return Anchor.objects.create(
            xid_from=xid_from,
            xid_to=xid_to,
            taken_at=now,
            lines=lines,
            heads=heads,
            digest=digest,
            previous=previous,
            signature=signature,
            key_id=key.key_id,
        )


def digest_of(xid_from: int, xid_to: int) -> tuple[int, int, bytes]:
    """Number of lines, number of chains, and SHA-256 over `(matter, seq, hash)` of each chain's newest line, all of the
    window `xid_from ≤ xid < xid_to`, in order of the matter."""
    digest = hashlib.sha256()
    lines = heads = 0
    for matter_id, seq, head, count in _rows(
        """
        SELECT DISTINCT ON (matter_id) matter_id, seq, hash, count(*) OVER (PARTITION BY matter_id)
        FROM matters_ledgerline WHERE xid >= %s AND xid < %s
        ORDER BY matter_id, seq DESC
        """,
        [xid_from, xid_to],
    ):
        digest.update(f"{matter_id}:{seq}:".encode() + bytes(head))
        lines += count
        heads += 1
    return lines, heads, digest.digest()


def _payload(
    xid_from: int, xid_to: int, taken_at: datetime, lines: int, heads: int, digest: bytes, previous: bytes
) -> bytes:
    return canonical([xid_from, xid_to, microseconds(taken_at), lines, heads, digest.hex(), previous.hex()]).encode()


def payload_of(anchor: Anchor) -> bytes:
    """What its signature covers."""
    return _payload(
        anchor.xid_from,
        anchor.xid_to,
        anchor.taken_at,
        anchor.lines,
        anchor.heads,
        bytes(anchor.digest),
        bytes(anchor.previous),
    )


def hash_of(anchor: Anchor) -> bytes:
    return hashlib.sha256(payload_of(anchor) + bytes(anchor.signature)).digest()


# --- proof -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proof:
    """What `huying verify` prints: counts, and the first broken thing in Chinese (empty when all holds)."""

    lines: int
    matters: int
    anchors: int
    words: int
    broken: str = ""

    @property
    def holds(self) -> bool:
        return not self.broken


_Asked = tuple[str, Sequence[Any]]  # a statement and its values

_LINES = """
    SELECT l.matter_id, l.seq, l.at, l.recorded_at, l.step, l.from_state, l.to_state, l.actor_id, l.post_id,
           l.on_behalf_of_id, l.via, l.facts, l.previous, l.hash, m.number, m.version, m.head, m.state
    FROM matters_ledgerline l LEFT JOIN matters_matter m ON m.id = l.matter_id
    WHERE {which}
    ORDER BY l.matter_id, l.seq
"""
_GROWN = """%s::timestamptz IS NULL OR l.matter_id IN (
        SELECT matter_id FROM matters_ledgerline WHERE recorded_at >= %s)"""
_THESE = "l.matter_id = ANY(%s)"
_WORDS = """
    SELECT w.matter_id, w.seq, w.field, w.text, w.salt, l.facts, w.concealed_at, w.signature, w.key_id
    FROM matters_words w LEFT JOIN matters_ledgerline l ON l.matter_id = w.matter_id AND l.seq = w.seq
    WHERE w.salt IS NOT NULL AND ({which})
"""
_WRITTEN = "%s::timestamptz IS NULL OR l.recorded_at >= %s OR w.concealed_at >= %s"
_OF_THESE = "w.matter_id = ANY(%s)"
# A text that was forgotten leaves its row behind; one that was taken away does not.
_TAKEN_AWAY = """
    SELECT l.matter_id, l.seq, k.field
    FROM matters_ledgerline l
    CROSS JOIN LATERAL jsonb_object_keys(l.facts::jsonb -> 'words') AS k(field)
    LEFT JOIN matters_words w ON w.matter_id = l.matter_id AND w.seq = l.seq AND w.field = k.field
    WHERE w.id IS NULL AND ({which}) LIMIT 1
"""
_SINCE = "%s::timestamptz IS NULL OR l.recorded_at >= %s"
_BARE = """
    SELECT m.number FROM matters_matter m
    WHERE NOT EXISTS (SELECT FROM matters_ledgerline l WHERE l.matter_id = m.id AND l.seq = m.version) LIMIT 1
"""


def verify(since: datetime | None = None) -> Proof:
    """Recompute every chain (or those that grew since), compare heads, words and anchors. Reads in one snapshot."""
    with transaction.atomic():
        if not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        lines, matters, broken = _verify_chains(_LINES.format(which=_GROWN), [since] * 2)
        words = anchors = 0
        for (number,) in _rows(_BARE, []) if not broken else ():
            broken = f"{number}：留痕的末尾被截去"
        if not broken:
            written, taken = _WORDS.format(which=_WRITTEN), _TAKEN_AWAY.format(which=_SINCE)
            words, broken = _verify_words((written, [since] * 3), (taken, [since] * 2))
        if not broken:
            anchors, broken = _verify_anchors()
        return Proof(lines, matters, anchors, words, broken)


def verify_of(matters: Collection[int]) -> Proof:
    """The same of these matters alone, by what it costs. Anchors stand over all chains: `verify` proves them."""
    these = [list(matters)]
    lines, found, broken = _verify_chains(_LINES.format(which=_THESE), these)
    if not broken and found != len(set(matters)):
        broken = f"有 {len(set(matters)) - found} 个事项没有留痕"
    words = 0
    if not broken:
        taken = _TAKEN_AWAY.format(which=_THESE)
        words, broken = _verify_words((_WORDS.format(which=_OF_THESE), these), (taken, these))
    return Proof(lines, found, 0, words, broken)


def _verify_chains(sql: str, which: Sequence[Any]) -> tuple[int, int, str]:
    lines = matters = 0
    current: int | None = None
    expected_seq, previous, state = 1, ZERO, ""
    end: tuple[str, int, bytes, str] | None = None  # number, version, head, state of the matter being read
    for row in _rows(sql, which):
        (
            matter_id,
            seq,
            at,
            recorded_at,
            step,
            from_state,
            to_state,
            actor_id,
            post_id,
            behalf,
            via,
            facts,
            prev,
            stored,
        ) = row[:14]
        number, version, head, matter_state = row[14:]
        if matter_id != current:
            if problem := _ends(end, expected_seq - 1, previous, state):
                return lines, matters, problem
            current, expected_seq, previous, state = matter_id, 1, ZERO, ""
            matters += 1
        where = f"{number or matter_id} 第 {seq} 条"
        if number is None:
            return lines, matters, f"{where}：事项本身不见了"
        end = (number, version, bytes(head), matter_state)
        if seq != expected_seq:
            return lines, matters, f"{number}：缺第 {expected_seq} 条留痕"
        if bytes(prev) != previous or from_state != state:
            return lines, matters, f"{where}：与前一条不相接"
        computed = line_hash(
            matter_id=matter_id,
            seq=seq,
            at=at,
            recorded_at=recorded_at,
            step=step,
            from_state=from_state,
            to_state=to_state,
            actor_id=actor_id,
            post_id=post_id,
            on_behalf_of_id=behalf,
            via=via,
            facts=facts,
            previous=previous,
        )
        if computed != bytes(stored):
            return lines, matters, f"{where}：内容与校验值不符"
        previous, state, expected_seq = computed, to_state, expected_seq + 1
        lines += 1
    return lines, matters, _ends(end, expected_seq - 1, previous, state)


def _ends(end: tuple[str, int, bytes, str] | None, seq: int, head: bytes, state: str) -> str:
    if end is None:
        return ""
    number, version, matter_head, matter_state = end
    if version != seq or matter_head != head:
        return f"{number}：留痕的末尾与事项不一致"
    return "" if matter_state == state else f"{number}：事项的状态与留痕不一致"


def _verify_words(written: _Asked, taken_away: _Asked) -> tuple[int, str]:
    checked = 0
    for matter_id, seq, name, text, salt, facts, concealed_at, signature, key_id in _rows(*written):
        digest, now = json.loads(facts or "{}").get("words", {}).get(name), sealed(text, bytes(salt))
        where = f"事项 {matter_id} 第 {seq} 条：“{name}”的文字"
        if concealed_at is None and digest != now:
            return checked, f"{where}与留痕中的摘要不符"
        if digest is None:
            return checked, f"{where}在留痕中没有摘要"
        if concealed_at is not None:
            left = resealed(matter_id, seq, name, now, concealed_at)
            if not privacy.verify(left, bytes(signature), key_id):
                return checked, f"{where}与去除个人信息后的签名不符"
        checked += 1
    for matter_id, seq, name in _rows(*taken_away):
        return checked, f"事项 {matter_id} 第 {seq} 条：“{name}”的文字不见了"
    return checked, ""


def _verify_anchors() -> tuple[int, str]:
    previous = ZERO
    xid = 0
    checked = 0
    for anchor in Anchor.objects.order_by("xid_to").iterator():
        name = f"{anchor.taken_at:%Y-%m-%d %H:%M} 的封印"
        if anchor.xid_from != xid or bytes(anchor.previous) != previous:
            return checked, f"{name}：与前一个不相接"
        if not privacy.verify(payload_of(anchor), bytes(anchor.signature), anchor.key_id):
            return checked, f"{name}：签名不对"
        if digest_of(anchor.xid_from, anchor.xid_to) != (anchor.lines, anchor.heads, bytes(anchor.digest)):
            return checked, f"{name}：其后留痕有增减或改动"
        previous, xid = hash_of(anchor), anchor.xid_to
        checked += 1
    return checked, ""


def _rows(sql: str, parameters: Sequence[Any]) -> Iterator[tuple]:  # type: ignore[type-arg]
    """Rows through a named cursor, so that two million lines do not lie in memory at once."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        while rows := cursor.fetchmany(2000):
            yield from rows
