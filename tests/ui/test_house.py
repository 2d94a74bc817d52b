"""The house checks find what they are there to find."""

from __future__ import annotations

import pytest

from tests.ui.house import HouseError, check_fragment, check_page

PAGE = (
    '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>登录 · 呼应</title></head>'
    "<body><main id='main'><h1>登录</h1>{}</main></body></html>"
)


def test_a_good_page_passes() -> None:
    check_page(PAGE.format('<label for="name">姓名</label><input id="name"><p>编号 WC20261122000123，5 MB</p>'))


@pytest.mark.parametrize(
    ("part", "fault"),
    [
        ("<p><div>套错了</div></p>", "not valid HTML"),
        ('<input name="q">', "has no label"),
        ('<i id="a">甲</i><i id="a">乙</i>', "stands 2 times"),
        ('<p style="color: red">甲</p>', "inline code or style"),
        ('<p onclick="go()">甲</p>', "inline code or style"),
        ('<p hx-on:click="go()">甲</p>', "inline code or style"),
        ("<script>go()</script>", "inline <script>"),
        ('<script src="https://cdn.example/x.js"></script>', "loaded from outside"),
        ("<button>保存</button>", "without type"),
        ('<button type="button"></button>', "without words"),
        ('<img src="/a.png">', "without alt"),
        ("<p>Submit</p>", "English word"),
        ('<input aria-label="搜索" placeholder="Search">', "English word"),
        ('<a href="javascript:go()">去</a>', "code in href"),
        ('<form method="post"><p>甲</p></form>', "CSRF"),
        ('<label for="nothing">甲</label>', "points to nothing"),
        ("<table><tbody><tr><td>甲</td></tr></tbody></table>", "without header cells"),
        ("<h1>再来一个</h1>", "2 <h1>"),
    ],
)
def test_a_fault_is_found(part: str, fault: str) -> None:
    with pytest.raises(HouseError, match=fault):
        check_page(PAGE.format(part))


def test_a_page_needs_language_title_and_main() -> None:
    with pytest.raises(HouseError) as caught:
        check_page("<!doctype html><html><head><title>呼应</title></head><body><p>甲</p></body></html>")

    for fault in ("lang=zh-CN", "no <title>", "0 <main>", "0 <h1>"):
        assert fault in str(caught.value)


def test_what_is_shown_as_it_is_may_be_in_any_language() -> None:
    check_fragment("<p><code>dispatcher01</code> <span data-verbatim>Chrome on Windows</span></p>")
    check_fragment("<p>Chrome 浏览器</p>", allow=frozenset({"Chrome"}))
