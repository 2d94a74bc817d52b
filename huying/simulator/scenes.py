"""One case's words: the slots of its situation, filled once, so that title, text, question and reply agree."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random

from huying.simulator import names
from huying.simulator.phrases import choices
from huying.simulator.situations import NIGHT, Situation, situations


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something happens, with what a resident would call it. Ids and codes are those of the grid's family."""

    grid: str
    community: str
    street: str
    community_name: str
    street_name: str
    estates: tuple[str, ...]
    roads: tuple[str, ...]
    landmarks: tuple[str, ...]


VOICES = {"接线": "来电人", "热线": "市民", "来访": "来访人", "网格": "居民"}  # elsewhere people speak for themselves
_DIGITS = "零一二三四五六七八九十"
_COUNTS = "零一两三四五六七八九十"


@cache
def words(slot: str) -> tuple[str, ...]:
    """Alternatives of `data/slots.toml`."""
    raw = tomllib.loads(files("huying.simulator").joinpath("data/slots.toml").read_text(encoding="utf-8"))
    return tuple(raw[slot].split())


class Scene(dict[str, str]):
    """Slots filled when first asked for and then kept; use with `str.format_map`."""

    def __init__(self, chance: Random, situation: Situation, spot: Spot, voice: str) -> None:
        super().__init__()
        self.chance = chance
        self.situation = situation
        self.spot = spot
        self.variant = chance.randrange(max(len(lines) for lines in situation.lines.values()))
        self["我"] = VOICES.get(voice, "我")
        self.voice = voice

    def __missing__(self, slot: str) -> str:
        self[slot] = value = _SLOTS[slot](self)
        return value

    def say(self, letter: str) -> str:
        """A line of the situation, the same variant for all letters."""
        lines = self.situation.lines[letter]
        return lines[self.variant % len(lines)].format_map(self)

    def has(self, letter: str) -> bool:
        return letter in self.situation.lines

    def phrase(self, *sections: str) -> str:
        return self.chance.choice(choices(*sections)).format_map(self)

    # --- what is put together ---------------------------------------------------------------------------------------

    def title(self) -> str:
        self["题"] = title = self.say("题")
        return title

    def text(self) -> str:
        opening = self.phrase(f"开头 {self.voice}")
        body = self.say("诉")
        self["述"] = _heart(body)
        kind = self.situation.kind.label
        if self.has("求") and self.chance.random() < 0.7:
            ending = self.say("求")
        else:
            ending = self.phrase(f"结尾 {kind}") if self.chance.random() < 0.75 else ""
        return f"{opening}{body}{ending}"

    def address(self) -> str:
        chance = self.chance
        start = self.spot.street_name.removesuffix("道") if chance.random() < 0.5 else self.spot.street_name
        whole = f"武昌区{start}"
        if "户" in self or "小区" in self or chance.random() < 0.6:
            return f"{whole}{self.spot.community_name}{self['小区']}"
        return f"{whole}{self['路']}{self['号']}"

    def _found_and_done(self) -> tuple[str, str]:
        """What could have been answered at once is explained by the unit."""
        if not self.has("查"):
            return "已与诉求人核对具体情况。", self.say("答").removeprefix("您好，")
        return self.say("查"), self.say("办")

    def poor_reply(self) -> str:
        """One that a check should find: about another matter, or saying nothing."""
        if self.chance.random() < 0.5:
            return self.phrase("敷衍答复")
        others = [one for one in situations() if one.category[:2] != self.situation.category[:2] and "查" in one.lines]
        other = Scene(self.chance, self.chance.choice(others), self.spot, self.voice)
        other["单位"], other["日"] = self["单位"], self["日"]
        other.title(), other.text()
        return other.outcome()[1]

    def outcome(self, *, again: bool = False, true: bool = True, solved: bool = True) -> tuple[str, str]:
        """What was done, for the file, and what the reporter is told. `true`: whether it was as it had been said."""
        self["查"], self["办"] = self._found_and_done()
        kind = self.situation.kind.label
        if not true:
            self["查"], self["办"] = self.phrase("不属实 查"), self.phrase("不属实 办")
            reply = self.phrase("不属实答复")
        elif not solved:
            self["难点"], self["办先"] = self.phrase("难点"), self.phrase("办先")
            self["办"] = f"因涉及{self['难点']}，目前暂不能一次解决，已{self['办先']}"
            reply = self.phrase("未解决答复")
        else:
            reply = self.phrase("再答复") if again else self.phrase(f"答复 {kind}", "答复")
        return self["查"] + self["办"], reply

    def on(self, moment: dt.datetime) -> None:
        """From now on `{日}` is this day."""
        self["日"] = f"{moment.month}月{moment.day}日"


MOST_QUOTED = 48  # characters of what was said that a reply repeats


def _heart(body: str) -> str:
    """What a text begins with, up to where a clause ends, fit to stand between quotation marks."""
    body = body.replace("“", "‘").replace("”", "’")
    if len(body) <= MOST_QUOTED:
        return body.rstrip("。，；！？")
    ends = [n for n, mark in enumerate(body[:MOST_QUOTED]) if mark in "。，；！？"]
    return body[: ends[-1] if ends else MOST_QUOTED]


def _where(scene: Scene) -> str:
    """The place as the text has named it."""
    for slot in ("工地", "路口", "线路", "地铁", "公司"):
        if slot in scene:
            return scene[slot]
    if "小区" in scene:
        return f"{scene['小区']}{next((scene[slot] for slot in ('户', '栋') if slot in scene), '')}"
    if "路" in scene:
        return f"{scene['路']}{next((scene[slot] for slot in ('号', '点') if slot in scene), '')}"
    return next((scene[slot] for slot in ("河湖", "点", "街道", "社区") if slot in scene), "现场")


def _pick(slot: str) -> Callable[[Scene], str]:
    return lambda scene: scene.chance.choice(words(slot))


def _money(scene: Scene) -> str:
    chance = scene.chance
    amount = chance.choice((300, 500, 680, 800, 1280, 1600, 2000, 2680, 3000, 4800, 6500, 8000, 12000, 15600, 26000))
    return f"{amount + chance.choice((0, 0, 0, 20, 88))}元"


def _place(scene: Scene) -> str:
    chance = scene.chance
    if scene.spot.landmarks and chance.random() < 0.35:
        return f"{chance.choice(scene.spot.landmarks)}附近"
    return chance.choice(words("旁"))


def _crossing(scene: Scene) -> str:
    roads = scene.spot.roads
    if len(roads) < 2:
        return f"{roads[0]}路口"
    one, other = scene.chance.sample(roads, 2)
    return f"{one}与{other}路口"


_SLOTS: dict[str, Callable[[Scene], str]] = {
    "街道": lambda s: s.spot.street_name,
    "社区": lambda s: s.spot.community_name,
    "小区": lambda s: s.chance.choice(s.spot.estates),
    "栋": lambda s: f"{s.chance.randint(1, 18)}栋",
    "户": lambda s: f"{s['栋']}{s.chance.randint(1, 3)}单元",
    "路": lambda s: s.chance.choice(s.spot.roads),
    "号": lambda s: f"{s.chance.randint(1, 380)}号",
    "路口": _crossing,
    "点": _place,
    "店": _pick("店"),
    "商品": _pick("商品"),
    "公司": lambda s: names.company(s.chance),
    "工地": lambda s: f"{s['路']}{s.chance.choice(words('工程'))}",
    "地铁": lambda s: f"地铁{s.chance.choice(words('地铁站'))}站",
    "线路": lambda s: f"{s.chance.randint(501, 899)}路",
    "河湖": _pick("河湖"),
    "深": _pick("深"),
    "几天": _pick("几天"),
    "多久": _pick("多久"),
    "何时": _pick("何时"),
    "时段": lambda s: s.chance.choice(words("夜里" if s.situation.time == NIGHT else "时段")),
    "几户": _pick("几户"),
    "人数": _pick("人数"),
    "数": lambda s: _COUNTS[s.chance.randint(2, 9)],
    "多": lambda s: _DIGITS[s.chance.randint(2, 9)],
    "金额": _money,
    "月数": lambda s: f"{_DIGITS[s.chance.randint(2, 8)]}个月",
    "年数": lambda s: f"{_DIGITS[s.chance.randint(2, 6)]}年多",
    "同": _pick("同"),
    "老小": _pick("老小"),
    "我们": lambda s: "我们" if s["我"] == "我" else "大家",
    "我家": lambda s: f"{s['我']}家" if s["我"] == "我" else f"{s['我']}家里",
    "日": lambda s: "当日",
    "地": _where,
    "单位": lambda s: "承办单位",
    "应办": lambda s: "职能部门",
}
