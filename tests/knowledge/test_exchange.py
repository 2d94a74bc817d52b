"""Articles in from a table and out into one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from huying.kernel.tabular import write_xlsx
from huying.knowledge.articles import exchange
from huying.knowledge.articles.exchange import COLUMNS, export, take_in
from huying.knowledge.models import Article, ArticleVersion
from tests.cases.desk import at_desk, settled, text_of
from tests.factories.articles import CARD, publish
from tests.factories.district import District

pytestmark = pytest.mark.django_db

HEADERS = [column.title for column in COLUMNS]


def row(**values: str) -> list[str]:
    usual = {"question": "停水找谁？", "answer": "拨供水服务热线。", "basis": "供水条例", "owner": "URBAN"}
    return [(usual | values).get(column.key, "") for column in COLUMNS]


def test_what_was_exported_comes_back_without_a_change(district: District, tmp_path: Path) -> None:
    publish(district)
    lines = "先看通知。\n再拨热线。"
    publish(district, replace(CARD, question="停水了找谁？", answer=lines, streets=[district.places["street"].pk]))
    settled()
    file = tmp_path / "知识.xlsx"
    assert export(file) == 2
    report = take_in(file, by=district.actor("dispatcher"), dry_run=False)
    assert (report.accepted, report.skipped, report.rejected) == (0, 2, 0)
    write_xlsx(file, HEADERS, [row(answer=f"请注意：\n{lines}")])
    take_in(file, by=district.actor("dispatcher"), dry_run=False)
    assert ArticleVersion.objects.get(state="submitted").answer == f"请注意：\n{lines}"


def test_good_rows_wait_for_approval_and_bad_ones_come_back_with_reasons(district: District, tmp_path: Path) -> None:
    number = publish(district).number
    settled()
    file = tmp_path / "导入.xlsx"
    rows = [
        row(),
        row(number=number, question=CARD.question, answer="年满 60 周岁的就可以办。", note="年龄放宽"),
        row(question="找谁？", owner="没有这个单位"),
        row(question="电话是多少？", answer="请打 13971112222。"),
        row(),
    ]
    write_xlsx(file, HEADERS, rows)
    by = district.actor("dispatcher")
    tried = take_in(file, by=by, dry_run=True)
    assert (tried.accepted, tried.rejected) == (2, 3)
    assert Article.objects.count() == 1
    report = take_in(file, by=by, dry_run=False)
    assert {fault.column for fault in report.faults} == {"归属单位", "答复", "问题"}
    waiting = ArticleVersion.objects.filter(state="submitted").order_by("article", "n")
    assert sorted(version.n for version in waiting) == [1, 2]


def test_the_page_checks_first_and_gives_back_what_it_refused(
    district: District, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    centre = at_desk(district, "dispatcher")
    file = tmp_path / "导入.xlsx"
    write_xlsx(file, HEADERS, [row(), row(question="找谁？", owner="没有这个单位")])
    page = text_of(
        centre.post("/desk/knowledge/articles/import/", {"file": SimpleUploadedFile("知识.xlsx", file.read_bytes())})
    )
    assert "没有“没有这个单位”这个单位" in page
    assert not Article.objects.exists()
    assert at_desk(district, "handler").get("/desk/knowledge/articles/import/").status_code == 403
    template = centre.get("/desk/knowledge/articles/import/?template")
    assert b"".join(template.streaming_content)  # type: ignore[attr-defined]
    broken = centre.post("/desk/knowledge/articles/import/", {"file": SimpleUploadedFile("知识.xlsx", b"no table")})
    assert "知识.xlsx 不是有效的 Excel 文件" in text_of(broken)
    empty = centre.post("/desk/knowledge/articles/import/", {"file": SimpleUploadedFile("空.csv", b"")})
    assert "这个文件是空的" in text_of(empty)
    monkeypatch.setattr(exchange, "MOST", 1)
    many = SimpleUploadedFile("知识.xlsx", file.read_bytes())
    assert centre.post("/desk/knowledge/articles/import/", {"file": many}).status_code == 422
