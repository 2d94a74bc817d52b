"""Search finds what people type, whatever width, case or length it has, and nothing typed is ever syntax."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.postgres.search import SearchVectorField
from django.db import connection
from django.db.models.functions import Cast
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from huying.kernel.models import CalendarOverride
from huying.kernel.search import (
    _PAIRED,
    MAX_CHARACTERS,
    MAX_TOKEN,
    Folded,
    Matches,
    bigrams,
    contains_all,
    exact_words,
    fold,
    index_text,
    query,
)

TEXT = "武昌区水果湖街道 3号楼漏水,工单WC20261122000123,联系电话 027-87812345。ＡＰＰ 无法登录!Café"


def found(text: str, typed: str) -> bool:
    """As the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::tsvector @@ %s::tsquery", [bigrams(text), query(typed)])
        (answer,) = cursor.fetchone()
    return bool(answer)


def as_the_module_says(text: str) -> set[str]:
    """Its definition, character by character."""
    words: list[str] = []
    for char in fold(text):
        paired = bool(re.match(f"[{_PAIRED}]", char))
        goes_on = words and words[-1] and (paired == bool(re.match(f"[{_PAIRED}]", words[-1][-1])))
        if not (paired or re.match(r"[^\W_]", char)):
            words.append("")
        elif goes_on:
            words[-1] += char
        else:
            words.append(char)
    lexemes: set[str] = set()
    for word in filter(None, words):
        if re.match(f"[{_PAIRED}]", word):
            lexemes |= {word[i : i + 2] for i in range(len(word))}
        else:
            lexemes.add(word[:MAX_TOKEN])
    return lexemes


@given(st.text(st.one_of(st.characters(), st.sampled_from("武昌区水漏，。_ a1Ａ")), max_size=30))
@example(TEXT)
@example("水水水水")
@example("\ud800区\x00区")
def test_lexemes_are_pairs_ends_and_tokens_each_once(text: str) -> None:
    lexemes = bigrams(text).split()
    assert set(lexemes) == as_the_module_says(text)
    assert len(lexemes) == len(set(lexemes))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "typed",
    [
        "武昌",
        "武昌区",
        "水果湖 漏水",
        "漏水 水果湖",
        "水",
        "湖",
        "楼",
        "区",  # last character of nothing, first of 区水
        "３号楼",
        "3号楼",
        "app",
        "App",
        "ＡＰＰ登录"[:3],
        "WC20261122000123",
        "wc20261122",
        "ｗｃ２０２６",
        "8781",
        "027",
        "café",
        "CAFÉ",
        "cafe\u0301",
        "武\u200b昌",
        "“武昌区”,漏水?",
    ],
)
def test_found(typed: str) -> None:
    assert found(TEXT, typed)


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["汉口", "武昌站", "果水", "C2026", "ap", "00123", "昌武", "武 汉", "道漏"])
def test_not_found(typed: str) -> None:
    assert not found(TEXT, typed)


@pytest.mark.django_db
def test_the_last_character_of_a_run_is_found_alone() -> None:
    assert found("停水", "水")
    assert found("停水了", "水")
    assert found("水", "水")
    assert not found("停电", "水")


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["", "   ", "!?,。", "\x00", "' | '", "😀", "\ud800"])
def test_without_a_word_nothing_is_found(typed: str) -> None:
    assert query(typed) == ""
    assert exact_words(typed) == ()
    assert not found(TEXT, typed)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "hostile",
    [
        "'; DROP TABLE kernel_generation; --",
        "武昌' | '汉口",
        "a & b | !c <-> d:*ABCD",
        "\\'武昌\\",
        "$$武昌$$",
        "%s %(x)s {0}",
        "武昌\x00区\x07\x1b[0m",
        "\ud800武昌\udfff",
        "((((((((((",
        "a:b'c\"d\\e",
    ],
)
def test_nothing_typed_is_syntax(hostile: str) -> None:
    found(hostile, hostile)
    assert set(query(hostile)) <= {*"' &:*", *(c for c in query(hostile) if c.isalnum())}


chinese = st.text(st.sampled_from("武昌区水果湖街道漏停电a1Ｂ２ ,。"), min_size=1, max_size=30)


@pytest.mark.django_db
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chinese, st.data())
def test_every_chinese_part_of_a_text_finds_it(text: str, data: Any) -> None:
    first = data.draw(st.integers(0, len(text) - 1))
    last = data.draw(st.integers(first, len(text) - 1))
    part = "".join(c for c in text[first : last + 1] if not c.isascii() or not c.isalnum())
    part = part.replace("Ｂ", " ").replace("２", " ")
    for word in part.split():
        if query(word) and word in text:
            assert found(text, word)


@pytest.mark.django_db
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200), st.text(max_size=50))
@example("ﷺ" * 50, "①½Ⅷ㎡")
@example("\U00020000\U00020001", "\U00020000")
@example("İı ﬁ ß", "ẞ")
def test_any_text_is_indexed_and_finds_itself(text: str, typed: str) -> None:
    found(text, typed)
    if query(text):
        assert found(text, text)
        assert contains_all(text, exact_words(text))


@pytest.mark.django_db
def test_the_largest_text_still_fits() -> None:
    rare = "".join(chr(0x20000 + i % 40000) + chr(0x20000 + (i * 7919) % 40000) for i in range(MAX_CHARACTERS))
    with connection.cursor() as cursor:
        cursor.execute("SELECT length(%s::tsvector)", [bigrams(rare)])
        assert cursor.fetchone()[0] > 50_000
    assert found("a" * 5000, "a" * 5000)
    assert len(query(rare)) < 2000


def test_fields_do_not_run_into_each_other() -> None:
    assert "水漏" not in index_text("停水", "漏电").split(" ")
    assert index_text("", "") == ""


def test_words_left_to_the_exact_check() -> None:
    assert exact_words("武昌 水 app 12345") == ()
    assert exact_words("武昌区 ３号楼,APP登录 武昌区") == ("武昌区", "3号楼", "app登录")
    assert contains_all("住在３号楼的武昌区居民", exact_words("武昌区 3号楼"))
    assert not contains_all("武昌的昌区", exact_words("武昌区"))


@pytest.mark.django_db
def test_in_a_queryset() -> None:
    texts = ["武昌区漏水", "武昌的昌区漏水", "汉口漏水"]
    CalendarOverride.objects.bulk_create(
        CalendarOverride(date=f"2026-01-0{i}", working=True, note=text) for i, text in enumerate(texts, 1)
    )
    CalendarOverride.objects.bulk_create(
        CalendarOverride(date=f"2026-02-0{i}", working=False, note=bigrams(text)) for i, text in enumerate(texts, 1)
    )
    indexed = CalendarOverride.objects.filter(working=False).alias(search=Cast("note", SearchVectorField()))
    assert indexed.filter(Matches("search", "武昌区")).count() == 2
    assert indexed.filter(Matches("search", "漏水")).count() == 3
    assert indexed.filter(Matches("search", "")).count() == 0

    exact = CalendarOverride.objects.filter(working=True).alias(folded=Folded("note"))
    for word in exact_words("武昌区"):
        exact = exact.filter(folded__contains=word)
    assert [row.note for row in exact] == ["武昌区漏水"]
