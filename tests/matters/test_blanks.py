"""Blanks that a reply template leaves are found, and nothing that is none."""

from __future__ import annotations

import pytest

from huying.cases.defaults import rows
from huying.matters.blanks import blanks_in, in_words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("根据《　　　》第　条的规定，不能办理。", 2),
        ("已于　月　日派人到场，采取了以下措施：　　　。", 3),
        ("已于【填：几月几日】修好。", 1),
        ("由{单位}负责。", 1),
        ("金额____元，日期＿＿＿＿。", 2),
        ("到　　　办理", 1),
        ("联系电话：　　　\n谢谢。", 1),
    ],
)
def test_what_is_still_to_be_filled_in(text: str, found: int) -> None:
    assert len(blanks_in(text)) == found


@pytest.mark.parametrize(
    "text",
    [
        "　　您好！路灯已修好。\n　　感谢您的支持。\n　　　　　　　　　　区城管局　　2026年11月3日",
        "【温馨提示】联系人：李工　　电话：027-88880000",
        "您好，《湖北省物业服务条例》第 12 条规定……",
        "请打开 https://example.org/a__b/ 查看。",
        "于 11 月 3 日修好。",
    ],
)
def test_what_is_none(text: str) -> None:
    assert blanks_in(text) == []


def test_they_are_told_so_that_somebody_finds_them() -> None:
    words = in_words(blanks_in("您好，根据《　　》第　条的规定，请于【填：日期】前到　　　办理。"))
    assert words == "还有 4 处空白没有填：“《　　》”、“据《　　》第＿＿条”、“【填：日期】”等"


def test_all_blanks_of_our_own_templates_say_what_belongs_there() -> None:
    found = [blank for row in rows("reply_templates.csv") for blank in blanks_in(row["text"])]
    assert found
    assert all(blank.startswith(("【填：", "{编号}", "{标题}", "{单位}")) for blank in found)
