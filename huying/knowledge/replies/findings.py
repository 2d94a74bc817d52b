"""What a check says: which kind, where in the reply, why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise


class Kind(StrEnum):
    """Keys are written into the ledger and into JSON."""

    OFF_TOPIC = "off_topic"
    COPY = "copy"
    PERSONAL = "personal"
    NO_EVIDENCE = "no_evidence"
    EMPTY = "empty"
    SHORT = "short"
    ADDRESSED = "addressed"
    DATED = "dated"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    Kind.OFF_TOPIC: "可能答非所问",
    Kind.COPY: "与别件答复雷同",
    Kind.PERSONAL: "他人个人信息",
    Kind.NO_EVIDENCE: "缺少佐证",
    Kind.EMPTY: "空话套话",
    Kind.SHORT: "过于简短",
    Kind.ADDRESSED: "称呼不符",
    Kind.DATED: "日期不符",
}


class Severity(StrEnum):
    """`check`: wants a look before the reply leaves; `note`: good to know."""

    CHECK = "check"
    NOTE = "note"

    @property
    def label(self) -> str:
        return "请核对" if self is Severity.CHECK else "提示"


@dataclass(frozen=True, slots=True)
class Finding:
    """`reply[start:end]` is the passage; both 0 where it is about the whole. `why` is a sentence for its reader."""

    kind: Kind
    severity: Severity
    why: str
    start: int = 0
    end: int = 0

    def passage(self, reply: str) -> str:
        return reply[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a reply; `numbers`: of the findings (from 1) that are about it; `last`: those that end with it."""

    text: str
    numbers: tuple[int, ...] = ()
    last: str = ""


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """What wants a look first, then as they stand in the reply."""
    return sorted(findings, key=lambda one: (one.severity is not Severity.CHECK, list(Kind).index(one.kind), one.start))


def marked(reply: str, findings: Sequence[Finding]) -> list[Piece]:
    """The reply in pieces, so that a page can mark what each finding is about."""
    edges = sorted({0, len(reply), *(edge for one in findings for edge in (one.start, one.end))})
    pieces = []
    for start, end in pairwise(edges):
        about = tuple(n for n, one in enumerate(findings, 1) if one.start <= start and end <= one.end)
        ended = (str(n) for n, one in enumerate(findings, 1) if one.start < one.end == end)
        pieces.append(Piece(reply[start:end], about, "、".join(ended)))
    return pieces
