"""What is left of personal data when it is shown to somebody who need not know it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from huying.kernel.privacy.identity import is_identity
from huying.kernel.privacy.lookup import split_extension

_COMPOUND_SURNAMES = re.compile(
    "欧阳|太史|端木|上官|司马|东方|独孤|南宫|万俟|闻人|夏侯|诸葛|尉迟|公羊|赫连|澹台|皇甫|宗政|濮阳|公冶|太叔|申屠|公孙|慕容|"
    "仲孙|钟离|长孙|宇文|司徒|鲜于|司空|闾丘|子车|亓官|司寇|巫马|公西|颛孙|壤驷|公良|漆雕|乐正|宰父|谷梁|拓跋|夹谷|轩辕|令狐|"
    "段干|百里|呼延|东郭|南门|羊舌|微生|梁丘|左丘|东门|西门"
)

# Full-width characters, one for one, so that positions stay.
NARROW = str.maketrans("０１２３４５６７８９Ｘｘ＋（）－‐‑‒–—―", "0123456789Xx+()-------")
_AREA_CODE = r"0(?:10|2[0-9]|[3-9][0-9]{2})"
_GAP = r"[\s-]?"
# Another digit before or after makes it a different number.
_PERSONAL = re.compile(
    r"(?<![0-9])(?:"
    r"(?P<identity>[0-9]{17}[0-9Xx](?![A-Za-z])|[0-9]{15})"
    rf"|(?:(?:\+|00)?86{_GAP})?1[3-9][0-9]{_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}}"
    rf"|(?:\({_AREA_CODE}\)\s?|{_AREA_CODE}{_GAP})[2-8][0-9]{{2,3}}{_GAP}[0-9]{{4}}"
    r")(?![0-9])"
)
_LIKELY = (
    re.compile(r"(?<![0-9A-Za-z*])(?P<value>[0-9]{15,18}[0-9Xx])(?![0-9A-Za-z*])"),
    re.compile(r"(?:电话|座机|固话|来电|致电|拨打|联系)[^0-9。;，,]{0,6}(?P<value>[2-8][0-9]{6,7})(?![0-9*])"),
    re.compile(
        r"(?:(?<![A-Za-z])(?:QQ|qq)|微信|(?<![A-Za-z])(?:VX|vx|Vx))[号群是为:：\s]{0,3}(?P<value>[A-Za-z0-9][A-Za-z0-9_-]{4,19})"
    ),
)
_FIRST_DETAIL = re.compile(r"[0-9０-９A-Za-z]|[一二三四五六七八九十百零〇]+(?=[号弄栋幢座单元室层楼组巷])")
_LANDLINE = re.compile(rf"({_AREA_CODE})([0-9]{{7,8}})")


@dataclass(frozen=True, slots=True)
class Found:
    """Personal data in a free text: `text[start:end]`."""

    kind: Literal["phone", "identity"]
    start: int
    end: int
    value: str


def find_personal(text: str) -> Iterator[Found]:
    """Mobile and landline numbers (with area code) and identity numbers with a right check character, in order."""
    narrow = text if text.isascii() else text.translate(NARROW)
    for match in _PERSONAL.finditer(narrow):
        value = match.group()
        if match.group("identity"):
            if is_identity(value.upper()):
                yield Found("identity", match.start(), match.end(), value)
        else:
            yield Found("phone", match.start(), match.end(), value)


def mask_text(text: str) -> str:
    """A free text with the numbers in it masked by which somebody can be found: phones, identity numbers, and what
    looks so much like one (mistyped ones, bank cards, a local number or an account that is called so) that somebody
    who need not know it should not read it."""
    pieces: list[str] = []
    at = 0
    for found in find_personal(text):
        masked = mask_identity(found.value) if found.kind == "identity" else mask_phone(found.value)
        pieces += [text[at : found.start], masked]
        at = found.end
    masked_text = "".join([*pieces, text[at:]]) if pieces else text
    return _mask_likely(masked_text)


def conceal(text: str, name: str) -> str:
    """A free text with this name and all personal numbers left out: of whoever asked that nobody learns who it was."""
    name = name.strip()
    text = text.replace(name, "某某") if len(name) > 1 else text
    for found in reversed(list(find_personal(text))):
        text = f"{text[: found.start]}****{text[found.end :]}"
    return mask_text(text)


def _mask_likely(text: str) -> str:
    narrow = text if text.isascii() else text.translate(NARROW)
    spans = [m.span("value") for pattern in _LIKELY for m in pattern.finditer(narrow)]
    for start, end in sorted(spans, reverse=True):
        value = text[start:end]
        text = f"{text[:start]}{mask_identity(value) if end - start >= 15 else '****' + value[-2:]}{text[end:]}"
    return text


def mask_name(name: str) -> str:
    """张三丰 → 张**, 欧阳修 → 欧阳*; the first letter of a name in Latin script."""
    name = name.strip()
    keep = 2 if len(name) > 2 and _COMPOUND_SURNAMES.match(name) else 1
    return name[:keep] + "*" * min(len(name) - keep, 4) if len(name) > 1 else name and "*"


def mask_phone(phone: str) -> str:
    """138****5678; 027-****5678, with an extension 027-****5678转**; of anything else the last two digits."""
    number, extension = split_extension(phone)
    return f"{_mask_number(number)}转**" if extension else _mask_number(number)


def _mask_number(phone: str) -> str:
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", phone))
    if len(digits) > 11 and digits[-13:-11] == "86":
        digits = digits[-11:]
    if len(digits) == 11 and digits[0] == "1":
        return f"{digits[:3]}****{digits[-4:]}"
    if landline := _LANDLINE.fullmatch(digits):
        return f"{landline.group(1)}-****{digits[-4:]}"
    return f"****{digits[-2:]}" if len(digits) > 4 else "****" if phone.strip() else ""


def mask_identity(number: str) -> str:
    """420***********1234: the province and district it was issued in stay vague, the birthday is gone."""
    number = number.strip()
    if len(number) < 8:
        return "*" * len(number)
    return f"{number[:3]}{'*' * (len(number) - 7)}{number[-4:]}"


def mask_address(address: str) -> str:
    """Down to the road or the estate; house, building and flat are gone."""
    address = address.strip()
    if not address:
        return ""
    detail = _FIRST_DETAIL.search(address)
    keep = detail.start() if detail else len(address) // 2
    return f"{address[:keep]}****"
