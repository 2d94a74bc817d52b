"""A rule as a sentence that people read:

分类在“供水”及其下级，且说到“停水”或“水压”，不含“施工”，在徐家棚街道 → 供水服务部主办，徐家棚街道协办
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from huying.knowledge.rules import options
from huying.knowledge.rules.conditions import Conditions
from huying.places.tree import place_tree


def quoted(words: Iterable[str], between: str = "或") -> str:
    return between.join(f"“{word}”" for word in words)


def condition_words(asked: Conditions) -> str:
    """The conditions alone; "" where there are none."""
    names, tree = options.category_names(), place_tree()
    deep = [code for code in asked.categories if code.count(".") < 2]
    leaves = [code for code in asked.categories if code.count(".") >= 2]
    parts: list[str] = []
    sorts = [f"{quoted(_named(codes, names))}{below}" for codes, below in ((deep, "及其下级"), (leaves, "")) if codes]
    if sorts:
        parts.append(f"分类{'在' if deep else '是'}{'或'.join(sorts)}")
    said = []
    if asked.any_words:
        said.append(f"说到{quoted(asked.any_words)}")
    if asked.all_words:
        said.append(
            f"{'同时' if asked.any_words or len(asked.all_words) > 1 else ''}说到{quoted(asked.all_words, '和')}"
        )
    if said:
        parts.append(("且" if parts else "") + "，并".join(said))
    if asked.none_words:
        parts.append(f"不含{quoted(asked.none_words, '、')}")
    if asked.places:
        found = [one.name if (one := tree.family(code)) else code for code in asked.places]
        parts.append(f"在{'、'.join(found)}")
    for label, codes, known in (
        ("类型是", asked.kinds, dict(options.kinds())),
        ("紧急程度是", asked.urgencies, dict(options.urgencies())),
        ("渠道是", asked.channels, options.channel_names()),
    ):
        if codes:
            parts.append(f"{label}{quoted(_named(codes, known))}")
    return "，".join(parts)


def _named(codes: Sequence[str], names: Mapping[str, str]) -> list[str]:
    return [names.get(code, code) for code in codes]


def giving_words(lead: str, helpers: Sequence[str]) -> str:
    who = f"{options.unit_name(lead)}主办" if lead else "（还没有选主办单位）"
    return f"{who}，{'、'.join(options.unit_name(one) for one in helpers)}协办" if helpers else who


def exception_words(exceptions: Sequence[Conditions]) -> str:
    return "；".join(words for one in exceptions if (words := condition_words(one)))


def sentence(asked: Conditions, exceptions: Sequence[Conditions], lead: str, helpers: Sequence[str]) -> str:
    told = f"{condition_words(asked) or '（还没有写条件）'} → {giving_words(lead, helpers)}"
    unless = exception_words(exceptions)
    return f"{told}；例外：{unless}" if unless else told


PRECEDENCE = (
    "地点更具体的先：到社区的先于到街道的，到街道的先于不限地点的",
    "地点一样，分类更细的先：三级先于二级，二级先于一级，一级先于不限分类的",
    "分类一样，条件种类更多的先（说到的词、类型、紧急程度、渠道）",
    "还一样，优先级数字小的先",
    "都一样，编号在前的先，并列为冲突，请改条件或者优先级",
)
"""How it is settled which of several rules decides, in the words of pages and of the manual."""
