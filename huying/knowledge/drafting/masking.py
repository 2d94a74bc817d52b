"""What leaves for the drafting service: a text without anything by which a person is found."""

from __future__ import annotations

import re
from collections.abc import Callable

from huying.kernel.privacy import conceal
from huying.kernel.privacy.masking import NARROW

_ROOM = re.compile(
    r"(?:\d{1,4}|[一二三四五六七八九十]{1,3})\s*(?:栋|幢|号楼|座|单元)\s*(?:\d{1,2}\s*(?:单元|楼|层)\s*)?\d{1,4}\s*(?:室|号|户|房)?"
    r"|\d{1,3}-\d{1,2}-\d{3,4}(?:室|号|户)?|\d{3,4}\s*(?:室|户)"
)
_CALLED = re.compile(r"[\u3400-\u9fff]{1,2}(?=先生|女士|小姐|大爷|阿姨|师傅|老师|同志|大姐|大哥)")
_SELF = re.compile(
    r"((?:我叫|我是|本人|姓名|联系人|业主|户主|居民|村民)[:：是为叫]?\s*)[\u3400-\u9fff]{2,3}(?=[，,。；、（(\s])"
)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PLATE = re.compile(r"[\u4eac-\u9fa5][A-Z][·\s]?[A-HJ-NP-Z0-9]{5,6}")


def masked(text: str, hide: Callable[[str], str] | None = None) -> str:
    """`hide` takes out what is known of the reporter. Numbers, rooms, plates, addresses of mail and whoever is called
    by a title or introduces themselves go as well; rather too much than too little."""
    text = conceal(hide(text) if hide else text, "")
    text = _ROOM.sub("某室", text.translate(NARROW))
    text = _PLATE.sub("某车", _MAIL.sub("某邮箱", text))
    text = _SELF.sub(lambda found: f"{found[1]}某某", text)
    return _CALLED.sub("某", text)
