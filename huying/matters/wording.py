"""The words of messages: those of the code, unless the district has written its own.

Only placeholders that a message can fill are let in, so that no message fails on its way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter
from typing import NamedTuple

from huying.kernel import parameters
from huying.kernel.errors import Invalid
from huying.kernel.generation import cached

# Of every message about a matter, as whoever writes one calls them.
PLACEHOLDERS: dict[str, str] = {
    "number": "编号",
    "title": "件的标题",
    "holder": "承办单位",
    "state": "状态",
    "due": "到期时间",
}
# Messages that no step sends: when, and to whom. Higher rooms add theirs.
OTHERS: dict[str, tuple[str, str]] = {
    "alarm": ("发现险情词", "接线员、派单审核员、督导员"),
    "warning.yellow": ("亮黄牌", "承办单位"),
    "warning.red": ("亮红牌", "承办单位及负责人"),
    "warning.chief": ("超时一个工作日", "承办单位负责人"),
    "warning.district": ("超时五个工作日", "督导员"),
    "break_glass": ("应急查看个人信息", "督导员"),
    "regime.begun": ("启动应急状态", "各单位值班人员和负责人"),
    "regime.again": ("应急状态还没有确认", "没有确认的单位"),
    "regime.ended": ("应急状态结束", "通知过的单位"),
}
# Of single messages: what whoever writes one calls it, and what it may look like.
OWN: dict[str, str] = {
    "words": "险情词",
    "groups": "险情类别",
    "clock": "时限名称",
    "who": "查看人",
    "purpose": "查看原因",
}
SAMPLES: dict[str, str] = {
    "words": "漏电",
    "groups": "触电",
    "clock": "办理",
    "who": "系统管理员李伟",
    "purpose": "人身安全紧急：诉求人称要轻生，平台电话打不通",
}


def own_placeholder(name: str, words: str, sample: str) -> None:
    """Of the messages of a higher room."""
    OWN[name], SAMPLES[name] = words, sample


@dataclass(frozen=True, slots=True)
class Template:
    """Words with `{number}`, `{title}`, `{holder}`, `{state}`, `{due}` in them, and `{p[…]}` for the figure of
    that key. Title and body are Chinese. `urgent`: it waits for no morning and for no quota; `must`: nobody of the
    staff can switch it off on his phone."""

    title: str
    body: str
    urgent: bool = False
    must: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """What is said, and on which outward channels it is not."""

    title: str
    body: str
    muted: frozenset[str] = frozenset()
    urgent: bool = False


class OwnWording(NamedTuple):
    title: str
    body: str
    muted: frozenset[str]
    urgent: bool | None  # None: as the code says


@cached("message_templates")
def own_words() -> Mapping[str, OwnWording]:
    """The district's own, by key. After a change: `bump("message_templates")`."""
    from huying.matters.models import MessageTemplate

    return {
        row.key: OwnWording(row.title, row.body, frozenset(row.muted), row.urgent)
        for row in MessageTemplate.objects.all()
    }


def wording(key: str, usual: Template) -> Wording:
    """What is said under this key now."""
    own = own_words().get(key)
    if own is None:
        return Wording(usual.title, usual.body, urgent=usual.urgent)
    return Wording(own.title, own.body, own.muted, usual.urgent if own.urgent is None else own.urgent)


@lru_cache(maxsize=1024)
def named_in(text: str) -> tuple[str, ...]:
    """The placeholders of a text, each once, in order."""
    return tuple(dict.fromkeys(name for _, name, _, _ in Formatter().parse(text) if name))


def variable(name: str) -> str:
    """What a placeholder is called where only letters, digits and underscores are: `p[cases.x]` → `p_cases_x`."""
    return re.sub(r"\W+", "_", name).strip("_")


def filled(text: str, values: Mapping[str, object]) -> dict[str, str]:
    """What fills a text, by variable."""
    return {variable(name): f"{{{name}}}".format(**values) for name in named_in(text)}


ONE_PART, EACH_PART = 70, 67  # characters of a short message, and of each part of a longer one


def parts(text: str) -> int:
    """How many short messages a text is, as operators count and charge: an emoji is two characters."""
    length = len(text.encode("utf-16-le")) // 2
    return 1 if length <= ONE_PART else -(-length // EACH_PART)


def placeholders(usual: Template) -> dict[str, str]:
    """What may stand in the words of one message: as it is stored → as people write it, `{number}` → `{编号}`."""
    used = {name for text in (usual.title, usual.body) for _, name, _, _ in Formatter().parse(text) if name}
    named = PLACEHOLDERS | {name: words for name, words in OWN.items() if name in used}
    figures = {f"p[{one.key}]": one.label for one in parameters.declared() if not one.choices}
    return {f"{{{name}}}": f"{{{words}}}" for name, words in (named | figures).items()}


def spoken(text: str, usual: Template) -> str:
    """Stored words as people read and write them."""
    for code, words in placeholders(usual).items():
        text = text.replace(code, words)
    return text


def coded(text: str, usual: Template) -> str:
    """The other way, for storing."""
    for code, words in placeholders(usual).items():
        text = text.replace(words, code)
    return text


def check(text: str, usual: Template) -> None:
    """Refuse stored words that could not be filled in.

    Raises:
        Invalid
    """
    allowed = placeholders(usual)
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        raise Invalid("花括号没有成对，请检查；要写花括号本身，请改用别的括号。") from None
    for literal, name, form, conversion in parts:
        if "{" in literal or "}" in literal:
            raise Invalid("文字里不能有花括号本身，请改用别的括号。")
        if name is not None and (f"{{{name}}}" not in allowed or form or conversion):
            raise Invalid(f"有花括号里的内容不认识，可以用的有：{'、'.join(allowed.values())}。")


def sample(usual: Template) -> dict[str, object]:
    """Values as a message might have them, for a preview."""
    return {
        "number": "WC20261122000124",
        "title": "小区门口路灯不亮",
        "holder": "区城管局",
        "state": "办理中",
        "due": "11月27日 17:30",
        **SAMPLES,
        "p": {one.key: one.value for one in parameters.declared()},
    }
