"""Empty phrases (空话套话): what sounds like an answer and is none. The list is data; see `models.replies`."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from huying.knowledge.replies.words import is_form, sentences

SHIPPED = Path(__file__).parent / "phrases.csv"
_FORWARDED = re.compile(
    r"(?:转|交|移交|转交|转办|交办|反馈|上报|报送|呈报)[^，。；]{0,24}(?:办理|处理|核实|调查|核处|研究|落实|单位|部门|科室|局|办|领导|区|县|市)|"
    r"(?:正在|将|会)[^，。；]{0,12}(?:核实|调查|办理|处理|落实|研究)[^，。；]{0,8}$|(?:如有|有)[^，。；]{0,8}(?:结果|情况|进展)[^，。；]{0,6}(?:反馈|回复|答复|告知)|"
    r"(?:持续|继续|密切)(?:关注|跟踪|督促)|耐心等待|要求[^，。；]{0,12}(?:核实|处理|回复|办理)"
)
_ABOUT = re.compile(r"^(?:关于)?(?:您|你|网友)?(?:所|们)?(?:反映|提出|咨询|留言|来信)[^，。]{0,20}$")
_CLAUSE = re.compile(r"[^，,。；;！!\n]+")


def shipped() -> list[str]:
    """Those that every district begins with."""
    with SHIPPED.open(encoding="utf-8", newline="") as file:
        return [row["phrase"] for row in csv.DictReader(file)]


def said(reply: str, phrases: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """`(phrase, start, end)` of each, where it stands first. `…` in a phrase stands for up to eight characters."""
    for phrase in phrases:
        parts = [re.escape(part.strip()) for part in re.split(r"…+", phrase) if part.strip()]
        if parts and (found := re.search(r"[^，。；！？\n]{0,8}?".join(parts), reply)):
            yield phrase, found.start(), found.end()


def own_words(reply: str, empty: Sequence[tuple[str, int, int]] = ()) -> int:
    """How many characters it has without form, and without the clauses in which something empty stands."""
    count = 0
    for start, end in sentences(reply):
        if is_form(reply[start:end]):
            continue
        for clause in _CLAUSE.finditer(reply, start, end):
            a, b = clause.span()
            if not any(a <= s < b for _, s, _ in empty) and not is_form(clause.group()):
                count += len(re.findall(r"[\u3400-\u9fffA-Za-z0-9]", clause.group()))
    return count


def only_forwarded(reply: str) -> tuple[int, int] | None:
    """Where it says that the matter has been passed on, if it says nothing else."""
    spans = []
    for start, end in sentences(reply):
        if is_form(reply[start:end]):
            continue
        for clause in _CLAUSE.finditer(reply, start, end):
            words = clause.group().strip()
            if _FORWARDED.search(words):
                spans.append(clause.span())
            elif not is_form(words) and not _ABOUT.match(words):
                return None
    return (spans[0][0], spans[-1][1]) if spans else None
