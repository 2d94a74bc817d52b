"""What whoever reviews a public reply should look at twice: somebody's data, and what is promised until when."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from huying.kernel.privacy import find_personal

_PROMISED = re.compile(
    r"(?:(?:\d{4}年)?\d{1,2}月(?:\d{1,2}日|底|初|中旬|上旬|下旬)|\d{1,3}\s*个?(?:工作日|小时|天|周|月)(?:之?内|左右)|"
    r"(?:本周|下周|本月|下月|月底|年底|近期|尽快|择期)(?:之?前|内)?)"
)
_KINDS = {"phone": "电话", "identity": "证件号码"}
AROUND = 12  # characters shown on either side


@dataclass(frozen=True, slots=True)
class Finding:
    """`text`: the passage with a little around it; `found`: what stands out in it."""

    what: str
    text: str
    found: str

    @property
    def terms(self) -> list[str]:
        return [self.found]


def findings(reply: str) -> Sequence[Finding]:
    """Numbers of people first, then what is promised."""
    people = [Finding(_KINDS[f.kind], _around(reply, f.start, f.end), f.value) for f in find_personal(reply)]
    promised = [Finding("承诺时间", _around(reply, *m.span()), m.group()) for m in _PROMISED.finditer(reply)]
    return [*people, *promised]


def _around(text: str, start: int, end: int) -> str:
    before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
    return f"{'…' if start > AROUND else ''}{before}{text[start:end]}{after}{'…' if end + AROUND < len(text) else ''}"
