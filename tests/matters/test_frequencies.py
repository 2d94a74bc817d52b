"""Common words are found by walking down the list, rare ones by the index of words; both find the same."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huying.cases import searching
from huying.matters import frequencies
from huying.matters.frequencies import Frequencies, share_of
from tests.cases.desk import at_desk
from tests.factories.cases import receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db


def known(monkeypatch: pytest.MonkeyPatch, texts: float, **of: float) -> None:
    found = Frequencies(texts, min(of.values()), of)
    monkeypatch.setattr(frequencies, "frequencies", lambda: found)
    monkeypatch.setattr(searching, "frequencies", lambda: found)


def test_only_what_is_common_enough_is_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch, 2_000_000, 路灯=0.3, 不亮=0.004)
    assert share_of("路灯") == 0.3
    assert share_of("路") == 0.3  # a single character is a beginning
    assert share_of("不亮") == 0  # 8,000 of them are named sooner than 12,500 are walked past
    assert share_of("路灯 不亮") == 0
    assert share_of("孔雀") == 0
    known(monkeypatch, 0, 路灯=0.3)
    assert share_of("路灯") == 0


def test_both_ways_find_the_same(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [receive(district, text=f"{n}号楼旁边的路灯不亮。").number for n in range(3)]
    receive(district, text="楼道里堆满了杂物。")
    client = at_desk(district, "call_taker")

    def found(words: str) -> tuple[list[str], str]:
        answer = client.get("/desk/cases/", {"q": words})
        return sorted(line.number for line in answer.context["lines"]), answer.context["summary"]

    by_index = found("路灯不亮")
    known(monkeypatch, 3.0, 路灯=1.0, 灯不=1.0, 不亮=1.0)
    monkeypatch.setattr(searching, "share_of", lambda typed, rare=True: 0.75)
    assert found("路灯不亮") == by_index == (sorted(wanted), "3 件")


def test_the_database_itself_says_how_common_words_are(district: District) -> None:
    for n in range(12):
        receive(district, text=f"{n}号楼旁边的路灯不亮。")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE matters_words")
    read = frequencies._Read()()
    assert read.texts == 12
    assert read.share("'路灯'") == 1.0
    assert read.share("'路':*") == 1.0
    assert read.share("'孔雀'") == 0.0


def test_turning_the_page_does_not_look_again(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(12):
        receive(district, text=f"{n}号楼旁边的路灯不亮。")
    known(monkeypatch, 12.0, 路灯=1.0, 灯不=1.0, 不亮=1.0)
    monkeypatch.setattr(frequencies, "PAGE", 5)
    with CaptureQueriesContext(connection) as first:
        assert share_of("路灯不亮") == 1.0
    with CaptureQueriesContext(connection) as again:
        assert share_of("路灯不亮") == 1.0
    assert (len(first), len(again)) == (1, 0)
