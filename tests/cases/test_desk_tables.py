"""Lists out as sheets and cases in from them, at the desk."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from huying.cases import exporting, tasks, uploads
from huying.cases.models import ExportRun, ImportRun
from huying.kernel import jobs
from huying.kernel.files import store
from huying.kernel.models import StoredFile
from huying.matters.models import Matter
from huying.people.models import Post
from tests.cases.desk import at_desk, many, text_of
from tests.factories.cases import receive
from tests.factories.district import District
from tests.ui.house import HouseClient

pytestmark = pytest.mark.django_db


def sheet_of(answer: HttpResponse) -> list[tuple[object, ...]]:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    book = load_workbook(io.BytesIO(content))
    return list(book.active.iter_rows(values_only=True))  # type: ignore[union-attr]


def workbook(*rows: tuple[object, ...]) -> SimpleUploadedFile:
    book = Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    stream = io.BytesIO()
    book.save(stream)
    return SimpleUploadedFile("来件.xlsx", stream.getvalue())


def upload(client: HouseClient, file: SimpleUploadedFile) -> HttpResponse:
    return client.post("/desk/cases/import/", {"file": file}, follow=True)


def test_a_list_goes_out_as_it_is_narrowed_masked_and_logged(district: District) -> None:
    receive(district, title="=HYPERLINK(13971112222)", text="请回电话13971112222。")
    receive(district, urgency="urgent", title="路面塌陷")
    client = at_desk(district, "supervisor")
    asked = {"queue": "open", "query": "urgency=normal", "columns": "state,text,place"}
    rows = sheet_of(client.post("/desk/cases/export/", asked))
    assert rows[0] == ("平台编号", "标题", "状态", "街道", "社区", "诉求内容")
    assert len(rows) == 2
    assert rows[1][1] == "'=HYPERLINK(139****2222)"
    assert "13971112222" not in str(rows)
    run = ExportRun.objects.get()
    assert (run.rows, run.by, run.what) == (1, district.users["supervisor"], "在办，紧急程度：一般")
    for name, seen in (("dispatcher", False), ("supervisor", True), ("administrator", True)):
        assert ("在办，紧急程度：一般" in text_of(at_desk(district, name).get("/desk/cases/exports/"))) is seen
    assert at_desk(district, "call_taker").post("/desk/cases/export/", asked).status_code == 403


def test_chosen_rows_go_out(district: District) -> None:
    first, second, _ = many(district, 3)
    client = at_desk(district, "analyst")
    boxes = [f"{matter.number}.{matter.version}" for matter in (first, second)]
    rows = sheet_of(client.post("/desk/cases/bulk/", {"act": "export", "case": boxes}))
    assert {row[0] for row in rows[1:]} == {first.number, second.number}
    assert ExportRun.objects.get().what == "全部诉求件，所选 2 件"


def test_a_long_list_is_written_by_a_job_and_kept_some_days(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "AT_ONCE", 2)
    monkeypatch.setattr(exporting, "BATCH", 2)
    many(district, 5)
    client = at_desk(district, "dispatcher")
    answer = client.post("/desk/cases/export/", {"queue": "", "query": "", "columns": ""})
    run = ExportRun.objects.get()
    page = f"/desk/cases/exports/{run.pk}/"
    assert answer["Location"] == page
    assert "正在生成" in text_of(client.get(page))
    tasks.write_export(pk=run.pk)
    assert "已导出 5 件" in text_of(client.get(page))
    assert len(sheet_of(client.get(f"{page}file/"))) == 6
    assert at_desk(district, "supervisor").get(f"{page}file/").status_code == 404  # only for whoever asked
    tasks.write_export(pk=run.pk)  # a job may run twice
    assert StoredFile.objects.count() == 1
    ExportRun.objects.update(finished_at=timezone.now() - timedelta(days=8))
    assert exporting.forget_old() == 1
    assert client.get(f"{page}file/").status_code == 404
    assert "文件没有保留" in text_of(client.get(page))


def test_the_log_does_not_tell_what_was_looked_for(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    receive(district, text="王秀英说三号门路灯不亮。")
    receive(district, text="五号楼漏水。")
    client = at_desk(district, "supervisor")
    asked = {"queue": "", "query": "urgency=normal&q=王秀英", "columns": "text"}
    assert len(sheet_of(client.post("/desk/cases/export/", asked))) == 2
    run = ExportRun.objects.get()
    assert (run.what, run.query) == ("全部诉求件，紧急程度：一般，按内容查找", {"urgency": "normal"})

    monkeypatch.setattr(exporting, "AT_ONCE", 0)
    client.post("/desk/cases/export/", asked)
    run = ExportRun.objects.latest("pk")
    assert "王秀英" in text_of(client.get(f"/desk/cases/exports/{run.pk}/"))  # while it is written, for whoever asked
    for name in ("administrator", "supervisor"):
        page = text_of(at_desk(district, name).get("/desk/cases/exports/"))
        assert "按内容查找" in page
        assert "王秀英" not in page
    tasks.write_export(pk=run.pk)
    tasks.write_export(pk=run.pk)  # run again, it does not take out everything
    run.refresh_from_db()
    assert (run.state, run.rows, run.query) == ("done", 1, {"urgency": "normal"})

    client.post("/desk/cases/export/", asked)
    run = ExportRun.objects.latest("pk")
    ExportRun.objects.filter(pk=run.pk).update(post=Post.objects.get(user=district.users["dispatcher"]))
    tasks.write_export(pk=run.pk)
    run.refresh_from_db()
    assert (run.state, run.query) == ("failed", {"urgency": "normal"})


def test_what_older_logs_tell_is_cleared(district: District) -> None:
    old = {"by": district.users["supervisor"], "what": "在办，查找：王秀英，三号门，紧急程度：一般"}
    query = {"q": "王秀英，三号门", "urgency": "normal"}
    over = ExportRun.objects.create(**old, query=query, state="done", finished_at=timezone.now())
    going = ExportRun.objects.create(**old, query=query)
    other = ExportRun.objects.create(by=old["by"], what="在办，紧急程度：一般", query={"urgency": "normal"})
    import_module("huying.cases.migrations.0007_words_of_exports").leave_out(apps, None)
    for run in (over, going, other):
        run.refresh_from_db()
    assert over.what == going.what == "在办，按内容查找"
    assert (over.query, going.query, other.what) == ({"urgency": "normal"}, query, "在办，紧急程度：一般")


def test_an_export_of_somebody_who_has_left_ends_in_words(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "AT_ONCE", 0)
    receive(district)
    client = at_desk(district, "dispatcher")
    client.post("/desk/cases/export/", {"queue": "", "query": "", "columns": ""})
    run = ExportRun.objects.get()
    run.post = Post.objects.get(user=district.users["supervisor"])
    run.save()
    tasks.write_export(pk=run.pk)
    run.refresh_from_db()
    assert (run.state, run.problem) == ("failed", "导出人的岗位已经变更，没有导出。")


def test_import_from_template_to_error_sheet(district: District) -> None:
    client = at_desk(district, "dispatcher")
    template = sheet_of(client.get("/desk/cases/import/template/"))
    assert "诉求内容" in template[0]
    assert "平台编号" not in template[0]
    head = ("渠道", "来件编号", "诉求内容", "紧急程度")
    good = ("武汉市民热线", "H-1", "三号门路灯不亮。", "紧急")
    bad = ("不存在的渠道", "H-2", "路面塌陷。", "火急")
    content = workbook(head, good, bad).read()
    page = upload(client, SimpleUploadedFile("来件.xlsx", content))
    assert "检查结果" in text_of(page)
    assert "火急" in text_of(page)
    assert not Matter.objects.exists()
    run = ImportRun.objects.get()
    assert "正式导入" in text_of(client.get(f"/desk/cases/import/{run.pk}/start/"))
    done = text_of(client.post(f"/desk/cases/import/{run.pk}/start/", follow=True))
    assert "导入结果" in done
    assert Matter.objects.get().urgency == "urgent"
    errors = sheet_of(client.get(f"/desk/cases/import/{run.pk}/errors/"))
    assert errors[1][1] == "H-2"
    assert "火急" in str(errors[1][-1])
    # pressed again, nothing comes twice
    client.post(f"/desk/cases/import/{run.pk}/start/")
    assert Matter.objects.count() == 1
    assert "导入结果" in text_of(upload(client, SimpleUploadedFile("又一次.xlsx", content)))
    assert (Matter.objects.count(), ImportRun.objects.count()) == (1, 1)
    assert at_desk(district, "call_taker").get("/desk/cases/import/").status_code == 403
    ImportRun.objects.update(started_at=timezone.now() - timedelta(days=8))
    assert uploads.forget_old() == 1
    assert not StoredFile.objects.exists()


def test_a_check_that_finds_nothing_to_take_in_says_so_in_the_list(district: District) -> None:
    client = at_desk(district, "dispatcher")
    upload(client, workbook(("渠道", "诉求内容"), ("火星热线", "三号门路灯不亮。")))
    listed = text_of(client.get("/desk/cases/import/"))
    assert "没有可导入的行" in listed
    assert "待导入" not in listed


def test_what_to_know_of_rows_that_are_taken_stands_on_the_page_of_the_check(district: District) -> None:
    client = at_desk(district, "dispatcher")
    unit = district.organisations["urban"].name
    page = text_of(upload(client, workbook(("渠道", "诉求内容", "承办单位"), ("电话", "五号楼漏水。", unit))))
    assert "请留意，这些行照样导入" in page
    assert "不按表里的承办单位派单" in page


def test_a_long_import_is_a_job(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "AT_ONCE", 1)
    client = at_desk(district, "dispatcher")
    page = upload(client, workbook(("渠道", "诉求内容"), *(("电话", f"{n} 号楼漏水。") for n in range(3))))
    run = ImportRun.objects.get()
    assert "正在检查" in text_of(page)
    tasks.check_import(pk=run.pk)
    assert "可以导入" in text_of(client.get(f"/desk/cases/import/{run.pk}/"))
    assert "正在导入" in text_of(client.post(f"/desk/cases/import/{run.pk}/start/", follow=True))
    pressed_again = client.post(f"/desk/cases/import/{run.pk}/start/")
    assert pressed_again["Location"] == f"/desk/cases/import/{run.pk}/"
    tasks.take_in(pk=run.pk)
    tasks.take_in(pk=run.pk)
    assert Matter.objects.count() == 3
    assert "已导入" in text_of(client.get(f"/desk/cases/import/{run.pk}/"))
    assert jobs.failed() == []


def test_only_once_more_reads_a_file_again_and_that_once(district: District) -> None:
    client = at_desk(district, "dispatcher")
    upload(client, workbook(("渠道", "诉求内容"), ("电话", "三号门路灯不亮。"), ("电话", "五号楼漏水。")))
    run = ImportRun.objects.get()
    start = f"/desk/cases/import/{run.pk}/start/"
    assert "正式导入" in text_of(client.get(start))
    for _ in range(2):  # two windows, or a button pressed twice
        assert client.post(start)["Location"] == f"/desk/cases/import/{run.pk}/"
    assert Matter.objects.count() == 2
    once_more = re.search(r'name="after" value="([^"]+)"', text_of(client.get(start)))
    assert once_more
    for _ in range(2):
        assert client.post(start, {"after": once_more.group(1)}).status_code == 302
    assert Matter.objects.count() == 4


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for n in range(4):
            archive.writestr(f"xl/worksheets/sheet{n}.xml", b"0" * (100 << 20))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "status", "words"),
    [
        ("空.xlsx", b"", 422, "空的"),
        ("照片.png", b"\x89PNG\r\n\x1a\n" + b"0" * 99, 422, "不是表格"),
        ("旧.xls", b"\xd0\xcf\x11\xe0" + b"0" * 99, 422, "旧版 Excel"),
        ("坏.xlsx", b"PK\x03\x04" + b"0" * 99, 422, "不是有效的 Excel"),
        ("缺列.csv", "标题,地址\n路灯,三号门\n".encode(), 422, "缺少这些列"),
        ("只有表头.csv", "渠道,诉求内容\n".encode(), 422, "只有表头"),
        ("压缩包.xlsx", bomb(), 413, "解开后超过"),
    ],
)
def test_a_file_that_is_none_is_refused_in_words(
    district: District, name: str, content: bytes, status: int, words: str
) -> None:
    answer = at_desk(district, "dispatcher").post("/desk/cases/import/", {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == status
    assert words in text_of(answer)
    assert not ImportRun.objects.exists()
    assert not StoredFile.objects.exists()


def test_what_went_out_comes_in_elsewhere_and_not_twice_here(district: District, tmp_path: Path) -> None:
    receive(district, title="路灯不亮", text="三号门路灯不亮。", urgency="urgent", category="02.02.01")
    receive(district, channel="hotline", external_number="HX-1", text="水管爆了。")
    client = at_desk(district, "dispatcher")
    everything = "state,holder,text,kind,category,urgency,channel,external,opened,closed"
    answer = client.post("/desk/cases/export/", {"queue": "", "query": "", "columns": everything})
    content = b"".join(answer.streaming_content)
    page = text_of(upload(client, SimpleUploadedFile("导出.xlsx", content)))
    assert "没有可以导入的行" in page
    book = load_workbook(io.BytesIO(content))
    for row in book.active.iter_rows(min_row=2):  # type: ignore[union-attr]
        row[0].value = "QS20260101000001"  # as if it came from another district
    book.save(tmp_path / "other.xlsx")
    upload(client, SimpleUploadedFile("外区.xlsx", (tmp_path / "other.xlsx").read_bytes()))
    run = ImportRun.objects.latest("pk")
    assert (run.report["accepted"], run.report["skipped"], run.report["rejected"]) == (1, 1, 0)
    client.post(f"/desk/cases/import/{run.pk}/start/")
    copied = Matter.objects.latest("pk")
    assert (copied.title, copied.urgency, copied.category) == ("路灯不亮", "urgent", "02.02.01")
    assert not list((store.path_of("0" * 64).parents[2] / "incoming").glob("*"))
