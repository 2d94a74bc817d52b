"""Whether a telephone number can be one: what is typed in a hurry is cut short more often than anything else.

problem_of("1371234")        # "手机号码是 11 位，这里是 7 位，请核对"
problem_of("027-88936000")   # ""
problem_of("12345", service=True)   # "": a unit may be reached by a short service number, a person is not
"""

from __future__ import annotations

import re
import unicodedata

from huying.kernel.privacy import normalise, split_extension

NOT_A_PHONE = "请填写有效的电话号码，例如 13800001234 或 027-88880000"

_MARKS = "0-9()\\s\\-‐-―"
_WRITTEN = re.compile(rf"\+?[{_MARKS}]+")
_BETWEEN = re.compile(r"[、,;/]")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_BEGINS_MOBILE = re.compile(r"1[3-9]")
_LANDLINE = re.compile(r"(?:(?:010|02\d|0[3-9]\d{2})\d{7,8}|[2-9]\d{6,7})")
_CENTRALLY_PAID = re.compile(r"[48]00\d{7}")
_SERVICE = re.compile(r"1\d{2}|1[02]\d{3}|9[56]\d{3,6}")  # 110, 10010, 12345, 95598, 96 …
_ABROAD = re.compile(r"\d{8,15}")
_DIALLED = re.compile(r"\+?[0-9][0-9\- ]{2,}[0-9]")


def problem_of(text: str, *, service: bool = False) -> str:
    """What is wrong with a number as people write it; "" when nothing is. `service`: short ones that reach a body, and
    several in one line, are good too."""
    parts = _BETWEEN.split(unicodedata.normalize("NFKC", text)) if service else [unicodedata.normalize("NFKC", text)]
    return next((problem for part in parts if (problem := _problem(part.strip(), service=service))), "")


def could_be_reached(text: str) -> bool:
    """Whether somebody might make something of it all the same: what tables bring is kept and pointed out."""
    written = unicodedata.normalize("NFKC", text).strip()
    return bool(_WRITTEN.fullmatch(written)) and 5 <= len(normalise("phone", written)) <= 15


def kept(text: str) -> str:
    """A person's number as it is stored: its digits, and what is dialled once it has answered: 02788936000转8012."""
    number, extension = split_extension(text)
    digits = normalise("phone", number)
    return f"{digits}转{extension}" if digits and extension else digits


def dialled(text: str) -> str:
    """What a phone is to dial: the first number of what is written for people, without marks, its extension after a
    pause; "" when there is none."""
    for part in _BETWEEN.split(unicodedata.normalize("NFKC", text)):
        number, extension = split_extension(part)
        if found := _DIALLED.search(number):
            digits = re.sub(r"[^+0-9]", "", found[0])
            return f"{digits},{extension}" if extension else digits
    return ""


def textable(text: str) -> str:
    """The first mobile number of what is written for people, its digits alone: where a short message can go; "" when
    there is none."""
    for part in _BETWEEN.split(unicodedata.normalize("NFKC", text)):
        if _MOBILE.fullmatch(digits := normalise("phone", split_extension(part)[0])):
            return digits
    return ""


def _problem(written: str, *, service: bool) -> str:
    without = split_extension(written)[0]
    if _is_number(written, service=service) or _is_number(without, service=service):
        return ""
    digits = normalise("phone", without)
    if _WRITTEN.fullmatch(without) and _BEGINS_MOBILE.match(digits):
        return f"手机号码是 11 位，这里是 {len(digits)} 位，请核对"
    return NOT_A_PHONE


def _is_number(written: str, *, service: bool) -> bool:
    if not _WRITTEN.fullmatch(written):
        return False
    digits = normalise("phone", written)
    plain = re.sub(r"\D", "", written)
    if (written.startswith("+") or plain.startswith("00")) and not plain.removeprefix("00").startswith("86"):
        return bool(_ABROAD.fullmatch(plain.removeprefix("00")))
    shapes = (_MOBILE, _LANDLINE, _CENTRALLY_PAID, *((_SERVICE,) if service else ()))
    if len(digits) < len(plain) and not _MOBILE.fullmatch(digits):  # +86 27 …: the 0 is left out behind the country
        digits = "0" + digits.removeprefix("0")
    return any(shape.fullmatch(digits) for shape in shapes)
