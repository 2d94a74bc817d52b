"""Cases from tables: history and new ones, mended by an error sheet, resumed after a kill, never twice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from django.utils import timezone
from openpyxl import load_workbook

from huying.cases import importing
from huying.cases.importing import import_cases, mapping_named
from huying.cases.models import Case, ImportRun
from huying.kernel import outbox
from huying.kernel.errors import Conflict
from huying.kernel.tabular import write_csv, write_xlsx
from huying.matters.ledger import verify
from huying.matters.models import Channel, Clock, Delivery, Matter, Words
from tests.factories.district import District

pytestmark = pytest.mark.django_db

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"

REPLIED = [
    {
        "id": "2549",
        "user": "A00045581",
        "title": "路灯不亮",
        "time": "2019/4/25 9:32:09",
        "text": "三号门路灯坏了很久。",
        "reply": "您好，路灯已修好。",
        "replied": "2019/5/10 14:56:53",
    },
    {
        "id": "2550",
        "user": "A00045582",
        "title": "噪声",
        "time": "2019-04-25 21:15:00",
        "text": "楼下夜市太吵。",
        "reply": "已约谈经营者。",
        "replied": "2019/4/25",
    },
]


def jsonl(path: Path, rows: Sequence[object]) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def test_history_keeps_its_times_and_tells_nobody(district: District, tmp_path: Path) -> None:
    report = import_cases(jsonl(tmp_path / "r.jsonl", REPLIED), mapping_named("message_board_replies"))
    assert (report.accepted, report.rejected) == (2, 0)
    matter = Matter.objects.get(external_number="2549")
    assert matter.state == "closed"
    assert matter.closed_at is not None
    assert (matter.opened_at.year, matter.closed_at.day) == (2019, 10)
    assert (matter.category, matter.lead_id) == ("unclassified", district.organisations["centre"].pk)
    assert Words.objects.get(matter=matter, field="public_reply").text == "您好，路灯已修好。"
    assert Case.objects.get(matter=matter).imported
    late = Matter.objects.get(external_number="2550")  # answered on the same day, the time was not written down
    assert late.closed_at is not None
    assert late.closed_at >= late.opened_at
    assert not Clock.objects.exists()
    outbox.drain()
    assert not Delivery.objects.exists()
    assert Channel.objects.get(key="board_replied").name == "留言板（已答复）"
    assert verify().holds


def test_new_arrivals_take_the_real_way(district: District, tmp_path: Path) -> None:
    rows = [{k: v for k, v in row.items() if k not in ("reply", "replied")} for row in REPLIED]
    report = import_cases(jsonl(tmp_path / "n.jsonl", rows), mapping_named("message_board_appeals"))
    assert report.accepted == 2
    for matter in Matter.objects.all():
        assert matter.state == "received"
        assert [c.kind for c in Clock.objects.filter(matter=matter, stopped_at=None)] == ["triage"]
        assert Case.objects.get(matter=matter).happened_at is not None


def test_a_number_is_known_by_its_channel(district: District, tmp_path: Path) -> None:
    rows = [{k: v for k, v in row.items() if k not in ("reply", "replied")} for row in REPLIED]
    import_cases(jsonl(tmp_path / "r.jsonl", REPLIED), mapping_named("message_board_replies"))
    import_cases(jsonl(tmp_path / "n.jsonl", rows), mapping_named("message_board_appeals"))
    assert Matter.objects.count() == 4
    with pytest.raises(Conflict, match="已经导入过"):
        import_cases(tmp_path / "n.jsonl", mapping_named("message_board_appeals"))
    more = jsonl(tmp_path / "more.jsonl", [*rows, rows[0] | {"id": "9"}, rows[0] | {"id": "9"}])
    report = import_cases(more, mapping_named("message_board_appeals"))
    assert (report.accepted, report.skipped) == (1, 3)
    assert Matter.objects.count() == 5


@pytest.mark.parametrize("dry_run", [False, True])
def test_one_number_with_two_texts_in_one_file_is_told_and_not_skipped(
    district: District, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dry_run: bool
) -> None:
    monkeypatch.setattr(importing, "BATCH", 1)
    rows = [
        ["hotline", "H1", "小区停水"],
        ["hotline", "H1", "路灯不亮"],
        ["hotline", "H1", "小区停水"],
        ["phone", "H1", "噪音"],
    ]
    write_csv(tmp_path / "h.csv", ["渠道", "来件编号", "诉求内容"], rows)  # type: ignore[arg-type]
    report = import_cases(tmp_path / "h.csv", dry_run=dry_run)
    assert (report.accepted, report.skipped, report.rejected) == (2, 1, 1)
    assert str(report.faults[0]) == "第 3 行“来件编号”：与第 2 行的来件编号相同，内容却不同，请核对编号"


def test_a_repeat_is_told_after_an_interruption_too(
    district: District, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 1)
    rows = [["hotline", "H1", "小区停水"], ["hotline", "H2", "路灯不亮"], ["hotline", "H1", "井盖丢了"]]
    write_csv(tmp_path / "h.csv", ["渠道", "来件编号", "诉求内容"], rows)  # type: ignore[arg-type]

    def killed(part: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_cases(tmp_path / "h.csv", progress=killed)
    report = import_cases(tmp_path / "h.csv")
    assert (report.accepted, report.rejected) == (1, 1)
    assert report.faults[0].message.startswith("与第 2 行的来件编号相同")


def test_numbers_that_excel_rounded_are_sent_back_and_no_case_is_lost(district: District, tmp_path: Path) -> None:
    rows = [
        ["hotline", "2.02611E+11", "小区停水", ""],
        ["hotline", "2.02611E+11", "路灯不亮", ""],
        ["hotline", "H3", "噪音扰民", "1.38E+10"],
    ]
    write_csv(tmp_path / "h.csv", ["渠道", "来件编号", "诉求内容", "联系电话"], rows)  # type: ignore[arg-type]
    report = import_cases(tmp_path / "h.csv")
    assert (report.accepted, report.skipped, report.rejected) == (0, 0, 3)
    spoilt = [fault.column for fault in report.faults if "科学计数法" in fault.message]
    assert spoilt == ["来件编号", "来件编号", "联系电话"]


def test_keys_that_the_first_line_lacks_are_read(district: District, tmp_path: Path) -> None:
    rows = [
        {"渠道": "phone", "诉求内容": "小区停水"},
        {"渠道": "phone", "诉求内容": "路面塌了", "紧急程度": "特急", "随便": 1},
        {"渠道": "phone", "诉求内容": {"a": 1}},
    ]
    report = import_cases(jsonl(tmp_path / "n.jsonl", rows))
    assert (report.accepted, report.rejected) == (2, 1)
    assert sorted(Matter.objects.values_list("title", "urgency")) == [("小区停水", "normal"), ("路面塌了", "emergency")]
    assert report.unused_headers == ("随便",)
    assert report.faults[0].message == "应为文字，不能是对象或列表"


def test_a_dry_run_says_the_same_and_keeps_nothing(district: District, tmp_path: Path) -> None:
    rows = [*REPLIED, REPLIED[0] | {"id": "77", "time": "去年春天"}]
    path = jsonl(tmp_path / "r.jsonl", rows)
    report = import_cases(path, mapping_named("message_board_replies"), dry_run=True)
    assert (report.accepted, report.rejected) == (2, 1)
    assert not Matter.objects.exists()
    assert not ImportRun.objects.exists()
    assert not Channel.objects.filter(key="board_replied").exists()


def test_a_dry_run_remembers_numbers_from_one_batch_to_the_next(
    district: District, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 1)
    path = jsonl(tmp_path / "r.jsonl", [REPLIED[0], REPLIED[1], REPLIED[0]])
    report = import_cases(path, mapping_named("message_board_replies"), dry_run=True)
    assert (report.accepted, report.skipped) == (2, 1)


def test_long_texts_make_smaller_batches(district: District, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH_CHARACTERS", 5000)
    path = jsonl(tmp_path / "n.jsonl", [{"text": f"{n}号楼" + "漏水" * 1200} for n in range(7)])
    (tmp_path / "m.json").write_text('{"columns": {"text": "text"}, "constants": {"channel": "phone"}}')
    kept: list[int] = []
    import_cases(path, mapping_named(str(tmp_path / "m.json")), progress=lambda _: kept.append(Matter.objects.count()))
    assert kept == [3, 6, 7, 7]


def test_wrong_rows_come_back_in_a_sheet_that_can_be_mended(district: District, tmp_path: Path) -> None:
    headers = ["渠道", "来件编号", "诉求内容", "紧急程度", "联系电话", "经度", "纬度", "办结时间", "受理时间"]
    lon, lat = district.point(2)
    rows: list[list[object]] = [
        ["hotline", "H1", "小区停水了", "紧急", "13971112222", lon, lat, "", ""],
        ["hotline", "H2", "", "", "", "", "", "", ""],
        ["hotline", "H3", "路面塌了", "火急", "", "", "", "", ""],
        ["nosuch", "H4", "路面破损", "", "", "", "", "", ""],
        ["hotline", "H5", "有人占道", "", "不详", "", "", "", ""],
        ["hotline", "H6", "早就办完", "", "", "", "", "2025-01-02", "2025-02-02 10:00"],
        ["hotline", "H7", "=HYPERLINK(1)", "", "", 30.5, 114.3, "", ""],
    ]
    write_xlsx(tmp_path / "h.xlsx", headers, rows)  # type: ignore[arg-type]
    sheet = tmp_path / "errors.xlsx"
    report = import_cases(tmp_path / "h.xlsx", error_sheet=sheet)
    assert (report.accepted, report.rejected) == (1, 6)
    matter = Matter.objects.get()
    assert (matter.urgency, matter.grid_id) == ("urgent", district.places["grid2"].pk)
    book = load_workbook(sheet)
    found = {row[1]: row[-1] for row in book.active.iter_rows(min_row=2, values_only=True)}  # type: ignore[union-attr]
    assert "诉求内容" in found["H2"]
    assert "火急" in found["H3"]
    assert "没有“nosuch”这个渠道，可填：" in found["H4"]
    assert "电话" in found["H5"]
    assert "早于" in found["H6"]
    assert "H7" in found


def test_all_that_is_wrong_with_a_row_is_told_at_once(district: District, tmp_path: Path) -> None:
    headers = ["渠道", "诉求内容", "分类", "紧急程度", "受理时间", "承办单位", "联系电话", "发生时间"]
    rows: list[list[object]] = [
        ["火星热线", "路灯不亮", "火星生活", "火急", "2030-01-01 09:00", "火星局", "不详", "2031-01-01"],
    ]
    write_xlsx(tmp_path / "h.xlsx", headers, rows)  # type: ignore[arg-type]
    report = import_cases(tmp_path / "h.xlsx", dry_run=True)
    told = {fault.column: fault.message for fault in report.faults}
    assert told.keys() == set(headers) - {"诉求内容"}
    assert told["渠道"].startswith("没有“火星热线”这个渠道，可填：")
    assert "武汉市民热线" in told["渠道"]
    assert told["分类"].startswith("没有“火星生活”这个分类，可填：分类代码，或者完整名称，例如“")
    assert told["承办单位"].startswith("没有“火星局”这个单位")
    assert told["受理时间"] == "受理时间晚于现在，请核对这一行"
    assert told["联系电话"].startswith("请填写有效的电话号码")


def test_a_category_that_is_named_shortly_is_told_by_its_whole_name(district: District, tmp_path: Path) -> None:
    write_csv(tmp_path / "h.csv", ["渠道", "诉求内容", "分类"], [["电话", "路灯坏了", "路灯不亮"]])
    report = import_cases(tmp_path / "h.csv", dry_run=True)
    assert report.faults[0].message == "没有“路灯不亮”这个分类，可填：市政设施 / 路灯照明 / 路灯不亮"


@pytest.mark.parametrize("dry_run", [True, False])
def test_what_a_column_does_not_do_for_cases_that_go_on_is_said(
    district: District, tmp_path: Path, dry_run: bool
) -> None:
    lon, lat = district.point(2)
    unit = district.organisations["urban"].name
    opened = (timezone.localtime() - timedelta(days=9)).strftime("%Y-%m-%d 09:30")
    rows = [
        ["电话", "路灯不亮", opened, unit, "已经修好", str(lon), str(lat), "13971112222"],
        ["电话", "路面塌了", opened, unit, "", "116.39", "39.91", "1371234"],
        ["电话", "井盖丢了", "", "", "", "", "", "12345"],
    ]
    headers = ["渠道", "诉求内容", "受理时间", "承办单位", "答复", "经度", "纬度", "联系电话"]
    write_csv(tmp_path / "h.csv", headers, rows)
    report = import_cases(tmp_path / "h.csv", dry_run=dry_run)
    assert (report.accepted, report.rejected) == (3, 0)
    told = {str(remark) for remark in report.remarks.values()}
    assert told == {
        "第 2、3 行“承办单位”：没有办结的件不按表里的承办单位派单，导入后由派单审核员派",
        "第 2 行“答复”：没有填办结时间，这里的答复不会导入",
        "第 3 行“经度”：坐标不在本区，不按它判定社区和网格",
        "第 3 行“联系电话”：手机号码是 11 位，这里是 7 位，请核对；先照原样收下",
        "第 4 行“联系电话”：请填写有效的电话号码，例如 13800001234 或 027-88880000；先照原样收下",
        "第 2、3 行“受理时间”：研判时限从受理时间起算，导入时已经超时",
    }
    if not dry_run:
        matter = Matter.objects.get(title="路灯不亮")
        assert timezone.localtime(matter.opened_at).strftime("%Y-%m-%d %H:%M") == opened
        assert (matter.state, matter.lead_id) == ("received", None)
        assert verify().holds


def test_an_interrupted_import_goes_on_where_it_stopped(
    district: District, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"text": f"第{n}盏路灯不亮"} for n in range(10)]  # no external number: only the record knows
    path = jsonl(tmp_path / "n.jsonl", rows)
    (tmp_path / "m.json").write_text('{"columns": {"text": "text"}, "constants": {"channel": "phone"}}')
    mapping = mapping_named(str(tmp_path / "m.json"))
    monkeypatch.setattr(importing, "BATCH", 3)
    calls = 0

    def power_cut(done: float) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_cases(path, mapping, progress=power_cut)
    assert Matter.objects.count() == 6
    report = import_cases(path, mapping)
    assert report.accepted == 4
    texts = set(Words.objects.values_list("text", flat=True))
    assert texts == {f"第{n}盏路灯不亮" for n in range(10)}


@pytest.mark.skipif(not DATA.exists(), reason="没有 ../shared/data 中的真实材料")
def test_real_messages_and_replies(district: District) -> None:
    replies = import_cases(DATA / "replies" / "replies.jsonl", mapping_named("message_board_replies"))
    assert (replies.accepted, replies.rejected) == (2816, 0)
    appeals = import_cases(DATA / "appeals" / "unlabelled.jsonl", mapping_named("message_board_appeals"))
    assert (appeals.accepted, appeals.rejected) == (2801, 0)
    assert Matter.objects.filter(state="closed").count() == 2816
    assert Matter.objects.filter(state="received").count() == 2801
    assert verify().holds


@pytest.mark.django_db(transaction=True)
def test_one_process_at_a_time_reads_a_file(district: District, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "r.jsonl", REPLIED)
    mapping = mapping_named("message_board_replies")
    run = importing.run_of(path, mapping or importing.Mapping())
    key = int.from_bytes(bytes.fromhex(run.digest)[:8], signed=True)
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [key])
        with pytest.raises(Conflict, match="另一个进程正在导入"):
            import_cases(path, mapping)
        assert not Matter.objects.exists()
    assert import_cases(path, mapping).accepted == len(REPLIED)
