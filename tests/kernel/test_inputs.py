"""What people and programs send, judged in Chinese: text that shows nothing, moments, numbers, choices."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated

import pytest
from pydantic import AwareDatetime, Field, ValidationError

from huying.kernel.errors import Invalid
from huying.kernel.inputs import BlankIsNone, Countable, Input, LongText, OneLine, Past, explain, parse


class Mood(StrEnum):
    GOOD = "good"
    FAIR = "fair"
    BAD = "bad"


class Sample(Input):
    line: Annotated[str, OneLine(20, 1)] = "x"
    text: Annotated[str, LongText(20, 1)] = "x"
    note: Annotated[str, OneLine(20)] = ""
    at: Annotated[AwareDatetime | None, Countable, Past, BlankIsNone] = None
    lon: Annotated[float | None, BlankIsNone] = Field(None, ge=-180, le=180, allow_inf_nan=False)
    mood: Mood = Mood.GOOD


def refused(**given: object) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as refusal:
        parse(Sample, given)
    return refusal.value.fields


def refused_json(text: str) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as refusal:
        Sample.model_validate_json(text, strict=True)
    return explain(refusal.value)


@pytest.mark.parametrize(
    "nothing", ["\u200b", "\u200c\u200d", "\u200e \u200f", "\u2060\ufeff", "\u3164", "\u2800 \u034f", "\ufe0f"]
)
def test_text_that_shows_nothing_is_no_text(nothing: str) -> None:
    assert refused(line=nothing) == {"line": ["请填写这一项"]}
    assert refused(text=f"{nothing}\n{nothing}") == {"text": ["请填写这一项"]}
    assert parse(Sample, {"note": nothing}).note == ""


def test_characters_without_width_are_taken_out_of_words_and_joiners_stay() -> None:
    assert parse(Sample, {"line": "武\u200b昌\u2060区\ufeff"}).line == "武昌区"
    family = "👨\u200d👩\u200d👧"
    assert parse(Sample, {"line": family, "text": "☎️ 我家"}) == Sample(line=family, text="☎️ 我家")


@pytest.mark.parametrize("seconds", ["1700000000", " 1700000000 ", "-1", "1.7e9", "20261122"])
def test_a_moment_is_no_number_of_seconds(seconds: str) -> None:
    assert "时间格式不对" in refused(at=seconds)["at"][0]
    assert "时间格式不对" in refused_json(f'{{"at": "{seconds}"}}')["at"][0]


def test_moments_as_the_document_promises_them_are_read_from_json_and_from_forms() -> None:
    moment = dt.datetime(2026, 1, 5, 1, 30, tzinfo=dt.UTC)
    assert Sample.model_validate_json('{"at": "2026-01-05T09:30:00+08:00"}', strict=True).at == moment
    assert parse(Sample, {"at": "2026-01-05T09:30+08:00"}).at == moment
    assert parse(Sample, {"at": moment}).at == moment
    assert parse(Sample, {"at": ""}).at is None
    assert "带时区" in refused_json('{"at": "2026-01-05T09:30:00"}')["at"][0]
    assert refused_json('{"at": 1700000000}').keys() == refused_json('{"at": true}').keys() == {"at"}


def test_what_has_happened_is_not_ahead_of_now() -> None:
    assert refused(at="2049-01-01T00:00:00+08:00") == {"at": ["不能晚于现在"]}
    slightly = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=4)  # clocks differ
    assert parse(Sample, {"at": slightly}).at == slightly


def test_numbers_and_choices_are_explained_in_plain_chinese() -> None:
    assert refused_json('{"lon": NaN}') == refused(lon=float("inf")) == {"lon": ["请填写数字"]}
    assert refused(lon=500) == {"lon": ["不能大于 180"]}
    assert refused(mood="?") == {"mood": ["请从可选项中选择：good、fair、bad"]}
