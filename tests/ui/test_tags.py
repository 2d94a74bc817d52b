"""What the tags draw, as a reader notices it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils.html import strip_tags

from huying.kernel.errors import Conflict, Invalid
from huying.kernel.paging import Page
from huying.ui import assets
from huying.ui.components import Attachment, Confirmation, Crumb, Fact, TimelineEntry, chip
from huying.ui.forms import show_refusal
from tests.ui.house import check_fragment

AT = datetime(2026, 11, 22, 6, 5, tzinfo=UTC)


def draw(source: str, **context: Any) -> str:
    """The tags' answer, checked like every part of a page."""
    html = str(Template(source).render(Context(context)))
    check_fragment(html)
    return html


def words(html: str) -> str:
    return " ".join(strip_tags(html).split())


class Form(forms.Form):
    more = ("note",)
    title = forms.CharField(label="标题", max_length=10, help_text="一句话说清。")
    kind = forms.ChoiceField(label="类型", choices=[("a", "咨询"), ("b", "投诉")], widget=forms.RadioSelect)
    note = forms.CharField(label="备注", required=False)
    token = forms.CharField(widget=forms.HiddenInput, required=False)


# ---- state and time -------------------------------------------------------------------------------------------------
def test_a_state_is_a_word_not_only_a_colour() -> None:
    assert words(draw('{% state "办理中" "purple" %}')) == "办理中"


def test_an_unknown_tone_is_a_mistake_of_the_author() -> None:
    with pytest.raises(TemplateSyntaxError):
        draw('{% state "办理中" "pink" %}')


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ('{% remaining "剩 2 个工作日" "none" at %}', "剩 2 个工作日"),
        ('{% remaining "剩 3 小时" "yellow" at %}', "黄牌 剩 3 小时"),
        ('{% remaining "超 1 天" "red" at %}', "红牌 超 1 天"),
        ('{% remaining "剩 3 小时" "none" at True %}', "剩 3 小时（暂定）"),
        ('{% remaining "" paused=True %}', "已暂停"),
        ('{% remaining "" %}', ""),
    ],
)
def test_remaining_time_says_its_colour_in_words(source: str, shown: str) -> None:
    assert words(draw(source, at=AT)) == shown


def test_the_due_time_is_told_as_a_tip() -> None:
    assert 'title="到期：2026年11月22日 14:05"' in draw('{% remaining "剩 3 小时" "none" at %}', at=AT)


def test_times_are_for_people_and_machines() -> None:
    html = draw("{{ at|moment }}", at=AT)
    assert words(html) == "2026年11月22日 14:05"
    assert 'datetime="2026-11-22T14:05+08:00"' in html


# ---- forms ----------------------------------------------------------------------------------------------------------
def test_a_form_folds_what_is_rarely_needed() -> None:
    html = draw("{% form_fields form %}", form=Form())

    assert "<summary>更多（选填）</summary>" in html
    assert html.index("标题") < html.index("<details") < html.index("备注")
    assert "<details" in html
    assert "open>" not in html


def test_the_fold_stands_open_when_something_in_it_was_written() -> None:
    assert '<details class="more" open>' in draw("{% form_fields form %}", form=Form({"note": "晚上不便接电话"}))


def test_errors_stand_beside_the_field_and_input_is_kept() -> None:
    form = Form({"title": "一个远远超过十个字的很长很长的标题", "kind": ""})
    html = draw("{% error_summary form %}{% form_fields form %}", form=form)

    assert 'value="一个远远超过十个字的很长很长的标题"' in html
    assert 'aria-describedby="id_title_helptext id_title_error"' in html
    assert "有 2 处需要修改" in words(html)
    assert "请选择一项。" in words(html)
    assert 'href="#id_title"' in html


def test_a_required_field_says_so_in_words() -> None:
    assert "标题 * （必填）" in words(draw("{% field form.title %}", form=Form())).replace("*（", "* （").replace(
        "标题*", "标题 *"
    )


def test_the_domains_refusal_lands_beside_its_field() -> None:
    form = Form({"title": "路灯", "kind": "a"})
    show_refusal(form, Invalid("有内容需要修改。", fields={"title": ["请写明路段。"], "phone": ["请留电话。"]}))

    assert form.errors["title"] == ["请写明路段。"]
    assert form.non_field_errors() == ["请留电话。"]


def test_a_refusal_without_fields_stands_above_the_form() -> None:
    form = Form({"title": "路灯", "kind": "a"})
    show_refusal(form, Conflict("刚刚已由王芳派单，请刷新页面。"))

    assert "刚刚已由王芳派单" in words(draw("{% error_summary form %}", form=form))


def test_several_sentences_about_one_field_read_as_one() -> None:
    form = Form({"title": "路灯", "kind": "a"})
    form.add_error("title", ["不接受压缩包，请解压后分别上传。", "不接受程序文件。"])
    assert "不接受压缩包，请解压后分别上传；不接受程序文件。" in draw("{% error_summary form %}", form=form)


def test_a_question_works_with_and_without_script() -> None:
    confirmation = Confirmation(
        id="approve", label="批准", title="批准办结？", body="批准后转回访。", verb="批准", action="/cases/1/approve/",
        hidden={"version": "3"},
    )  # fmt: skip
    html = draw("{% confirm c %}", c=confirmation, csrf_token="x" * 64)

    assert 'href="/cases/1/approve/"' in html
    assert 'data-dialog="approve"' in html
    assert 'name="version" value="3"' in html
    assert "csrfmiddlewaretoken" in html


# ---- pieces of a page ----------------------------------------------------------------------------------------------
def test_pages_keep_the_filters_of_the_list() -> None:
    request = RequestFactory().get("/desk/", {"state": "handling", "cursor": "old"})
    page: Page[object] = Page([1], next="abc", previous=None)

    html = draw("{% pager page '超过 10,000 件' %}", page=page, request=request)

    assert "/desk/?state=handling&amp;cursor=abc" in html
    assert "下一页" in html
    assert "上一页" not in html
    assert "超过 10,000 件" in html


def test_a_single_page_has_no_pager() -> None:
    page: Page[object] = Page([], next=None, previous=None)
    assert draw("{% pager page %}", page=page, request=RequestFactory().get("/")).strip() == ""


def test_a_filter_is_taken_away_alone() -> None:
    request = RequestFactory().get("/desk/?state=a&state=b&street=1&cursor=x")

    assert chip(request, "state", "状态", "甲", of="a").remove_url == "/desk/?state=b&street=1"
    assert chip(request, "street", "街道", "中南路").remove_url == "/desk/?state=a&state=b"


def test_filters_in_force_can_be_cleared() -> None:
    request = RequestFactory().get("/desk/?street=1")
    html = draw("{% chips c '/desk/' %}", c=[chip(request, "street", "街道", "中南路街道")])

    assert "街道：中南路街道" in words(html)
    assert "全部清除" in words(html)


def test_the_way_here_ends_with_this_page() -> None:
    html = draw("{% breadcrumbs c %}", c=[Crumb("全部诉求件", "/desk/"), Crumb("WC20261122000123")])
    assert '<span aria-current="page">WC20261122000123</span>' in html


def test_what_people_write_is_shown_and_never_run() -> None:
    evil = "<script>alert(1)</script>路灯不亮"
    entry = TimelineEntry(what="受理", at=AT, who="王芳", text=evil, facts=[Fact("地点", evil)])
    html = str(Template("{% timeline e %}").render(Context({"e": [entry]})))

    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_empty_facts_are_left_out() -> None:
    assert words(draw("{% facts f %}", f=[Fact("备注", ""), Fact("来源", "热线"), Fact("次数", 0)])) == "来源热线 次数0"


def test_files_show_name_and_size() -> None:
    file = Attachment(name="停水通知.pdf", url="/files/1/", size=218_400, kind="PDF")
    assert words(draw("{% attachments f %}", f=[file])) == "PDF停水通知.pdf213 KB"


def test_an_empty_list_says_what_to_do_first() -> None:
    html = draw('{% empty "还没有来件" "可以先登记一件。" "/desk/new/" "登记来件" %}')
    assert words(html) == "还没有来件可以先登记一件。登记来件"


def test_searched_words_are_marked_and_the_rest_escaped() -> None:
    html = draw("{% highlight text terms %}", text="路灯<不亮，路灯坏了", terms=["路灯"])
    assert html == "<mark>路灯</mark>&lt;不亮，<mark>路灯</mark>坏了"


# ---- the build -------------------------------------------------------------------------------------------------------
def test_pages_come_without_a_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "DIST", tmp_path)
    assert draw('{% vite "staff" %}') == ""


def test_an_entry_brings_its_styles_and_what_its_script_imports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "DIST", tmp_path)
    (tmp_path / "manifest.json").write_text(
        '{"src/staff.ts": {"file": "assets/s.js", "imports": ["_shared.js"], "css": ["assets/s.css"]},'
        ' "_shared.js": {"file": "assets/shared.js", "css": ["assets/shared.css"]}}'
    )

    html = draw('{% vite "staff" %}')

    assert html.index("shared.css") < html.index("assets/s.css")
    assert '<link rel="modulepreload" href="/static/dist/assets/shared.js">' in html
    assert '<script type="module" src="/static/dist/assets/s.js"></script>' in html


def test_pages_go_on_naming_the_build_the_server_began_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "DIST", tmp_path)
    built = tmp_path / "manifest.json"
    built.write_text('{"src/staff.ts": {"file": "assets/before.js"}}')
    assert "before.js" in draw('{% vite "staff" %}')

    built.write_text('{"src/staff.ts": {"file": "assets/after.js"}}')

    assert "before.js" in draw('{% vite "staff" %}')


def test_an_entry_that_is_not_built_is_a_mistake_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "DIST", tmp_path)
    (tmp_path / "manifest.json").write_text("{}")

    with pytest.raises(KeyError):
        draw('{% vite "nothing" %}')


def test_a_long_timeline_is_folded_in_the_middle() -> None:
    entries = [TimelineEntry(what=f"第{n}步", at=AT) for n in range(16, 0, -1)]
    page = draw("{% timeline entries %}", entries=entries)
    assert "中间 8 步" in page
    assert page.index("第16步") < page.index("第11步") < page.index("<details") < page.index("第10步")
    assert page.index("第3步") < page.index("</details>") < page.index("第2步")
    assert "<details" not in draw("{% timeline entries %}", entries=entries[:10])
    assert "<details" not in draw("{% timeline entries False %}", entries=entries)


def test_of_a_long_text_the_rest_is_folded_after_a_sentence() -> None:
    text = "路灯坏了，请维修。" * 200
    page = draw("{% long_text text %}", text=text)
    beginning = page.partition("</p>")[0].partition(">")[2]
    assert beginning.endswith("。")
    assert 400 < len(beginning) <= 600
    assert f"看其余 {len(text) - len(beginning):,} 字" in page
    assert "<details" not in draw("{% long_text text %}", text="路灯坏了。" * 20)


def test_of_many_attachments_the_rest_is_folded_and_pictures_open_in_the_viewer() -> None:
    files = [Attachment(name=f"{n}.png", url="/x/", size=10, is_picture=True, note="内部") for n in range(12)]
    page = draw("{% attachments files %}", files=files)
    assert page.count("data-picture") == 12
    assert "其余 6 个附件" in page
    assert "内部" in page
    assert 'target="_blank"' in draw("{% attachments files %}", files=[Attachment(name="通知.pdf", url="/x/", size=1)])
