"""What is read off a text: pairs of characters, names of places, dates, how somebody is addressed, what is mere form.

Pairs and names are numbers (`BUCKETS` of them), not words: statistics over many texts hold no text.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from zlib import crc32

import numpy as np
import numpy.typing as npt

from huying.kernel.search import fold

Ids = npt.NDArray[np.int32]
BUCKETS = 1 << 20
MOST = 8_000  # characters of a text that are read
_CHINESE = "\u3400-\u9fff"
_TOKEN = re.compile(r"[a-z0-9]+")
_JUNK = re.compile(r"_x000d_|(?:uu|a)\d{4,}", re.IGNORECASE)  # carriage returns of Excel, accounts of message boards
_KINDS = (
    "小区|社区|花园|家园|公寓|广场|大道|中心|市场|大厦|学校|小学|中学|大学|学院|幼儿园|医院|公园|公司|集团|名都|国际|"
    "[城苑府湾路街巷村镇乡庄园里桥郡庭居组]"
)
_NAMED = re.compile(rf"(?=([{_CHINESE}]{{2}}(?:{_KINDS})))|(?<![a-z0-9])([a-z]\d{{1,2}})(?=[市县区])")
_DAY = re.compile(r"(20\d\d)\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})")
_ACCOUNT = re.compile(r"(?<![A-Za-z0-9])(?:UU|A)\d{4,}", re.IGNORECASE)
_ADDRESSED = re.compile(
    rf"^\W*(?:尊敬的|亲爱的)?\W{{0,2}}(?P<name>[{_CHINESE}]{{1,4}}?)(?P<title>先生|女士|小姐|同志|大姐|大哥|大爷|阿姨)"
)
_FORMS = (
    r"(?:网友|市民|来信人|尊敬的|您好|你好|[“”\"‘’：:，,！!。.\s])+$",
    r"(?:来信|留言|来件|信件|诉求|帖文|问题)?[^，。！？；]{0,8}(?:已)?(?:收悉|知悉|收到)$",
    r"^[^，。；]{0,12}(?:现将|现就|现对|现)[^，。；]{0,24}(?:回复|答复|反馈|说明)[^，。；]{0,6}$",
    r"^[^，。；]{0,6}(?:首先)?[^，。；]{0,8}(?:感谢|谢谢)[^。；]{0,40}(?:支持|关心|关注|理解|监督|信任|来信|留言|反映|建议|厚爱)[^。；]{0,12}$",
    r"^(?:祝|敬请|特此)[^，。；]{0,16}$",
    r"^\D{0,8}20\d\d\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日$",
)
_FORM = re.compile("|".join(f"(?:{form})" for form in _FORMS))
_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;\n]*")


def grams(text: str) -> Ids:
    """Distinct pairs of neighbouring characters and runs of letters and digits, as sorted numbers."""
    folded = _JUNK.sub(" ", fold(text[:MOST]))
    codes = np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    chinese = (codes >= 0x3400) & (codes <= 0x9FFF)
    both = chinese[:-1] & chinese[1:]
    pairs = (codes[:-1][both] << np.uint64(16)) ^ codes[1:][both]
    mixed = (pairs * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(44)
    tokens = [crc32(token.encode()) % BUCKETS for token in _TOKEN.findall(folded)]
    return np.unique(np.concatenate([mixed.astype(np.int32), np.array(tokens, dtype=np.int32)]))


def named(text: str) -> frozenset[str]:
    """Ends of what looks like a name of a place or a body (景蓉花苑 → 花苑's last three characters)."""
    return frozenset(a or b for a, b in _NAMED.findall(fold(text[:MOST])))


def days(text: str) -> list[date]:
    """Every date with a year."""
    found = []
    for year, month, day in _DAY.findall(text[:MOST]):
        try:
            found.append(date(int(year), int(month), int(day)))
        except ValueError:
            continue
    return found


def accounts(text: str) -> frozenset[str]:
    """Names of accounts, as message boards give them to whoever has none."""
    return frozenset(account.upper() for account in _ACCOUNT.findall(text[:MOST]))


def addressed(text: str) -> tuple[str, str] | None:
    """Name and title at the beginning: 张 女士 of “张女士：您好”."""
    found = _ADDRESSED.search(text[:40])
    return (found["name"], found["title"]) if found else None


def sentences(text: str) -> list[tuple[int, int]]:
    """Where each begins and ends, without the spaces around it."""
    spans = []
    for match in _SENTENCE.finditer(text):
        said = match.group()
        if said.strip():
            spans.append((match.start() + len(said) - len(said.lstrip()), match.start() + len(said.rstrip())))
    return spans


def is_form(sentence: str) -> bool:
    """Greeting, receipt, thanks, the line of a date: what stands in every reply and answers nothing."""
    return bool(_FORM.search(sentence.strip().rstrip("。！？!?；;，, ")))


def moment(text: str) -> datetime | None:
    """As message boards and tables write it: 2019/4/25 9:32:09, 2019-04-25, 2019年4月25日. No time zone."""
    numbers = [int(number) for number in re.findall(r"\d+", text)[:6]]
    try:
        return datetime(*numbers) if len(numbers) >= 3 else None  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return None
