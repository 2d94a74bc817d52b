"""The grammar of what people say: wide enough, readable, and quiet where nothing is dangerous."""

from __future__ import annotations

import re
from collections import Counter
from random import Random

import pytest

from huying.cases import defaults
from huying.matters.signs import Watch, Word
from huying.simulator.district import bodies
from huying.simulator.phrases import phrases
from huying.simulator.scenes import Scene, Spot
from huying.simulator.situations import COMMUNITY, STREET, Situation, situations

SPOT = Spot(
    "420106003023001", "420106003023", "420106003", "水岸星城社区", "徐家棚街道",
    ("水岸星城",), ("徐东大街", "和平大道"), ("四美塘公园",),
)  # fmt: skip
VOICES = ("接线", "热线", "留言", "网上", "网格", "来访", "企业")


def everything_said(situation: Situation, seed: int) -> dict[str, str]:
    chance = Random(seed)
    scene = Scene(chance, situation, SPOT, VOICES[seed % len(VOICES)])
    said = {"title": scene.title(), "text": scene.text(), "address": scene.address()}
    scene["单位"] = "区城管执法局"
    done, reply = scene.outcome(again=seed % 3 == 2, true=seed % 5 != 4, solved=seed % 4 != 3)
    said |= {"done": done, "reply": reply}
    return said | {letter: scene.say(letter) for letter in situation.lines}


@pytest.fixture(scope="module")
def said() -> list[tuple[Situation, dict[str, str]]]:
    return [(situation, everything_said(situation, seed)) for situation in situations() for seed in range(6)]


def test_there_is_much_to_say_about_every_first_level_category() -> None:
    assert len(situations()) >= 120
    by_first = Counter(situation.category[:2] for situation in situations())
    first = {category.code for category in defaults.categories() if category.level == 1 and category.code[0].isdigit()}
    assert by_first.keys() == first
    assert min(by_first.values()) >= 5


def test_units_exist() -> None:
    known = {body.code for body in bodies() if body.handlers} | {STREET, COMMUNITY}
    wanted = {unit for s in situations() for unit in (*s.units, *s.co_handlers)}
    assert wanted <= known


def test_nothing_is_left_unsaid(said: list[tuple[Situation, dict[str, str]]]) -> None:
    for situation, texts in said:
        for name, text in texts.items():
            assert text, (situation.category, name)
            assert not re.search(r"[{}]", text), text


def test_texts_are_written_as_chinese_is(said: list[tuple[Situation, dict[str, str]]]) -> None:
    """Full-width punctuation, no doubled marks, no slot that does not fit its measure word."""
    wrong = re.compile(
        r"[\u4e00-\u9fff][,;?!]|[。，；]{2}|[，；]$|[二三四五六七八九]十余?十|两十|两百余百|附近附近|[旁门口]旁边|门门口"
    )
    for _, texts in said:
        for text in texts.values():
            assert not wrong.search(text), text
    for section, lines in phrases().items():
        for line in lines:
            assert not re.search(r"[\u4e00-\u9fff][,;?!]", line), (section, line)


def test_titles_fit_a_line(said: list[tuple[Situation, dict[str, str]]]) -> None:
    assert max(len(texts["title"]) for _, texts in said) <= 40


def test_only_marked_situations_raise_an_alarm(said: list[tuple[Situation, dict[str, str]]]) -> None:
    rows = defaults.rows("alarm_words.csv")
    watch = Watch(Word(row["group"], row["word"], row["unless"].split("|")) for row in rows)
    dangerous = {s.category for s in situations() if s.marks & {"急", "特急"}}
    raised = Counter(s.category for s, texts in said if watch.scan(f"{texts['title']}\n{texts['text']}"))
    assert set(raised) <= dangerous, set(raised) - dangerous
    assert len(raised) >= 3


def test_the_same_seed_says_the_same() -> None:
    situation = situations()[3]
    assert everything_said(situation, 5) == everything_said(situation, 5)
    assert everything_said(situation, 5) != everything_said(situation, 6)
