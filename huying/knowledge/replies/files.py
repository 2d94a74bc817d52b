"""Messages and replies of a file, and the statistics that the file itself gives.

One JSON object a line: `id`, `user`, `title`, `time`, `text`, `reply`, `replied`; only `text` (or `title`) and `reply`
must be there. Nothing is learnt from elsewhere and nothing is kept.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from huying.kernel.errors import Invalid
from huying.knowledge.replies.checking import Context, check
from huying.knowledge.replies.copies import Earlier, bands
from huying.knowledge.replies.corpus import Corpus
from huying.knowledge.replies.findings import Finding
from huying.knowledge.replies.fit import Message, fit
from huying.knowledge.replies.words import moment

MOST_LIKE = 5  # replies that one is compared with


@dataclass(frozen=True, slots=True)
class Row:
    """One line. `number` counts lines from 1."""

    number: int
    id: str
    message: Message
    reply: str
    replied: datetime | None

    @property
    def label(self) -> str:
        return f"第 {self.number} 行（{self.id}）" if self.id else f"第 {self.number} 行"


@dataclass(frozen=True, slots=True)
class Checked:
    """`probability`: how likely the reply belongs to another matter."""

    row: Row
    probability: float
    findings: Sequence[Finding]


def read(path: Path) -> list[Row]:
    """Raises:
    Invalid: a line is no JSON object, or has no reply; the file has no line at all.
    """
    rows = []
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    rows.append(_row(number, line))
    except UnicodeDecodeError as error:
        raise Invalid("文件不是 UTF-8 编码。", code="not_utf8") from error
    if not rows:
        raise Invalid("文件里没有内容。", code="empty_file")
    return rows


def _row(number: int, line: str) -> Row:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"第 {number} 行不是 JSON。", code="not_json") from error
    if not isinstance(said, dict):
        raise Invalid(f"第 {number} 行不是一个 JSON 对象。", code="not_json")
    words = {
        key: str(said[key]) for key in ("id", "user", "title", "time", "text", "reply", "replied") if said.get(key)
    }
    if "reply" not in said:
        raise Invalid(f"第 {number} 行没有答复（reply）。", code="no_reply")
    if not (words.get("text") or words.get("title")):
        raise Invalid(f"第 {number} 行没有来件内容（text 或 title）。", code="no_text")
    names = (words["user"],) if "user" in words else ()
    message = Message(words.get("title", ""), words.get("text", ""), moment(words.get("time", "")), names)
    return Row(number, words.get("id", ""), message, words.get("reply", ""), moment(words.get("replied", "")))


def statistics(rows: Sequence[Row]) -> Corpus:
    return Corpus.of((row.message.whole, row.reply) for row in rows)


def check_rows(rows: Sequence[Row], phrases: Sequence[str]) -> Iterator[Checked]:
    """Each beside all others of the file."""
    corpus = statistics(rows)
    own = [bands(row.reply) for row in rows]
    like: dict[int, list[int]] = defaultdict(list)
    for at, found in enumerate(own):
        for band in found:
            like[band].append(at)
    for at, row in enumerate(rows):
        shared: dict[int, int] = defaultdict(int)
        for band in own[at]:
            for other in like[band]:
                shared[other] += 1
        shared.pop(at, None)
        nearest = sorted(shared, key=lambda other: (-shared[other], other))[:MOST_LIKE]
        context = Context(
            corpus=corpus,
            phrases=phrases,
            replied=row.replied,
            own=row.message.names,
            earlier=[Earlier(str(n), rows[n].label, rows[n].message.whole, rows[n].reply) for n in nearest],
        )
        doubt = fit(row.message, row.reply, corpus, row.replied) if row.reply.strip() else None
        yield Checked(row, doubt.probability if doubt else 1.0, check(row.message, row.reply, context))
