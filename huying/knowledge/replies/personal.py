"""Personal data of others in a reply: numbers by which somebody is found, and who lives behind which door."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from huying.kernel.privacy import find_personal
from huying.kernel.privacy.lookup import normalise
from huying.kernel.privacy.masking import NARROW

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦"
    "贾夏付方邹熊白孟秦邱侯江尹薛闫雷龙史陶贺毛段郝顾龚邵万覃武钱戴严莫孔向汤"
)
_CALLED = "先生|女士|小姐|大爷|阿姨|师傅|某某|某"
_NAME = (
    rf"(?:[{_SURNAMES}][\u3400-\u9fff]{{0,2}}?(?:{_CALLED})|[{_SURNAMES}][\u3400-\u9fff]{{1,2}}?(?=[（(，,、住家户系]))"
)
_ONE = r"(?:\d{1,4}|[一二三四五六七八九十]{1,3})"
_BUILDING = rf"{_ONE}\s*(?:栋|幢|号楼|座)\s*(?:{_ONE}\s*(?:单元|楼|层)\s*)?|{_ONE}\s*单元\s*"
_ROOM = rf"(?:(?:{_BUILDING})\d{{3,4}}\s*(?:室|号|户|房)?|\d{{1,3}}-\d{{1,2}}-\d{{3,4}})(?!\d)"
_WHO_WHERE = re.compile(
    rf"(?P<name>{_NAME})[^。；\n]{{0,18}}?(?P<room>{_ROOM})|(?P<room2>{_ROOM})[^。；\n\d]{{0,10}}?(?P<name2>{_NAME})"
)
_HOME = re.compile(r"(?:家中|家里|家庭|住宅|本人|个人|其)[^。；\n]{0,6}$")  # before a landline, which else is a body's
_MOBILE = re.compile(r"^(?:\+?86|0086)?\D?1[3-9]")


@dataclass(frozen=True, slots=True)
class Told:
    """`what` of somebody else stands at `reply[start:end]`."""

    what: str
    start: int
    end: int


def told_of_others(reply: str, message: str, own: Collection[str] = (), public: Collection[str] = ()) -> Iterator[Told]:
    """What the message says itself, or is known to be its writer's `own`, is not of others; `public`: numbers that a
    body has published."""
    known = {digits for number in (*own, *public) if (digits := _digits(number))}
    said = message.translate(NARROW)
    for found in find_personal(reply):
        if _digits(found.value) in known or found.value.translate(NARROW) in said:
            continue
        if found.kind == "identity":
            yield Told("证件号码", found.start, found.end)
        elif _MOBILE.match(found.value.translate(NARROW)):
            yield Told("手机号码", found.start, found.end)
        elif _HOME.search(reply[max(0, found.start - 12) : found.start]):
            yield Told("固定电话", found.start, found.end)
    for match in _WHO_WHERE.finditer(reply.translate(NARROW)):
        name, room = match["name"] or match["name2"], match["room"] or match["room2"]
        if name in said or _close(room) in _close(said) or any(name.startswith(one[:1]) for one in own if one[:1]):
            continue
        yield Told("姓名和门牌", match.start(), match.end())


def _digits(number: str) -> str:
    return normalise("phone", number) or number


def _close(text: str) -> str:
    return re.sub(r"\s+", "", text)
