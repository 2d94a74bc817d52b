"""What somebody still has to fill in: blanks that a reply template leaves, and how they are found in what was written.

Templates write a blank as `【填：处理措施】`, saying what belongs there. Found besides: what people leave open by hand,
and what templates from elsewhere hold: 《　　　》, ____, 于　月　日, {单位}.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

EXAMPLE = "【填：处理措施】"
AROUND = 6  # characters of a sentence before a blank that has no name
_SPACE = "[ \u3000\u00a0]"
_BLANK = re.compile(
    r"【填：[^【】\n]*】"
    r"|\{[^{}\n]*\}"
    r"|(?<![A-Za-z0-9])[_＿]{2,}"
    rf"|《{_SPACE}*》|（{_SPACE}+）|“{_SPACE}*”|「{_SPACE}*」"
    # Wide spaces at the beginning of a line are an indent, and two between words may part them.
    r"|(?<=[^\s])\u3000+(?=[年月日时分条款项元号])"
    r"|(?<=[^\s])\u3000{2,}(?=[，。；、：）》])"
    r"|(?<=[^\s])\u3000{3,}(?=[^\s])"
    r"|(?<=[：于])\u3000{2,}(?=\n|$)"
)


def blanks_in(text: str) -> Sequence[str]:
    """Each blank as somebody finds it again: by its name, or with some signs before it."""
    found: list[str] = []
    for blank in _BLANK.finditer(text):
        if blank[0].strip("_＿ \u3000\u00a0"):
            found.append(blank[0])
        else:
            before = (
                text[max(0, blank.start() - AROUND) : blank.start()].split("\n")[-1].lstrip("，。；：、）》” \u3000")
            )
            after = text[blank.end() : blank.end() + 1].strip()
            found.append(f"{before}＿＿{after}")
    return found


def in_words(blanks: Sequence[str]) -> str:
    """还有 4 处空白没有填：“根据《　　》”等."""
    shown = "、".join(f"“{blank}”" for blank in dict.fromkeys(blanks[:3]))
    return f"还有 {len(blanks)} 处空白没有填：{shown}{'等' if len(blanks) > 3 else ''}"


def _filled(text: str) -> str:
    if blanks := blanks_in(text):
        raise PydanticCustomError("unfilled", "{words}", {"words": in_words(blanks)})
    return text


Filled = AfterValidator(_filled)  # metadata of a text that goes to somebody: nothing in it is still to be filled in
