"""What a case is called when its sender gave it no title."""

from __future__ import annotations

import pytest

from huying.cases.steps.headlines import headline


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("小区门口路灯坏了三天。晚上很黑。", "小区门口路灯坏了三天"),
        ("您好，我们是武汉沙湖湾建筑装饰有限公司，办施工许可卡住了，希望协调。", "办施工许可卡住了，希望协调"),
        ("尊敬的领导：\n您好！我是水岸星城三期的业主。楼上装修漏水没人管。", "楼上装修漏水没人管"),
        ("你好，反映一下，门口垃圾三天没有人收", "门口垃圾三天没有人收"),
        ("胡书记您好！我叫王小明，徐东大街的井盖丢了", "徐东大街的井盖丢了"),
        ("您好，我们是武汉沙湖湾建筑装饰有限公司。", "我们是武汉沙湖湾建筑装饰有限公司"),  # nothing else was said
        ("您好", "您好"),
        ("我是被拖欠工资的，三个月没有发了", "我是被拖欠工资的，三个月没有发了"),  # not who, but what
        ("市政府门前的路坏了，请修一下。", "市政府门前的路坏了，请修一下"),
        ("", ""),
    ],
)
def test_the_title_begins_where_something_is_said(text: str, title: str) -> None:
    assert headline(text) == title


def test_a_long_sentence_is_cut() -> None:
    assert headline("路" * 50) == "路" * 39 + "…"
