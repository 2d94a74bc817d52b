from __future__ import annotations

import datetime as dt
import json
import zipfile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook, load_workbook

from huying.kernel.errors import Invalid, TooLarge
from huying.kernel.tabular import (
    Column,
    Limits,
    Mapping,
    Report,
    Row,
    load_mapping,
    open_rows,
    parse_moment,
    write_csv,
    write_template,
    write_xlsx,
)

COLUMNS = (
    Column(key="code", title="网格编码", also=("编码",), required=True, note="15 位数字", example="420106001001001"),
    Column(key="name", title="名称", required=True),
    Column(key="households", title="户数"),
    Column(key="since", title="启用日期"),
)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def csv_file(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "表.csv"
    path.write_bytes(text.encode(encoding))
    return path


def xlsx_file(tmp_path: Path, *rows: list[object]) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    path = tmp_path / "表.xlsx"
    book.save(path)
    return path


def row(**cells: object) -> Row:
    return Row(2, cells, titles={column.key: column.title for column in COLUMNS})  # type: ignore[arg-type]


def words(path: Path, key: str = "name", **kwargs: object) -> list[str]:
    with open_rows(path, COLUMNS, **kwargs) as source:  # type: ignore[arg-type]
        return [each.text(key) for each in source]


# Encodings, separators, headers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_chinese_csv_reads_the_same_in_every_usual_encoding(tmp_path: Path, encoding: str) -> None:
    path = csv_file(tmp_path, "网格编码,名称\r\n420106001001001,㙍第1网格\r\n", encoding)
    assert words(path) == ["㙍第1网格"]


def test_bytes_that_are_no_text_are_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes("网格编码,名称\n".encode() + b"\xff\xff\xff\x00\n")
    with pytest.raises(Invalid, match=r"编码认不出来.*CSV UTF-8"):
        open_rows(path, COLUMNS)


@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_separator_is_found(tmp_path: Path, mark: str) -> None:
    assert words(csv_file(tmp_path, f"编码{mark}名称\n1{mark}一\n")) == ["一"]


def test_header_is_found_below_a_printed_title_and_whatever_its_dress(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path, ["武昌区网格台账"], [], ["*编 码：", "名称（必填）"], ["1", "第1网格"])
    with open_rows(path, COLUMNS) as source:
        rows = list(source)
    assert [(each.number, each.text("name")) for each in rows] == [(4, "第1网格")]


def test_missing_and_doubled_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="缺少这些列：名称。现有的列是：编码、地址"):
        open_rows(csv_file(tmp_path, "编码,地址\n1,2\n"), COLUMNS)
    with pytest.raises(Invalid, match="“名称”出现了 2 次"):
        open_rows(csv_file(tmp_path, "编码,名称,名称\n1,2,3\n"), COLUMNS)


def test_columns_that_nobody_asked_for_are_listed(tmp_path: Path) -> None:
    with open_rows(csv_file(tmp_path, "编码,名称,备注\n1,2,3\n"), COLUMNS) as source:
        assert source.unused_headers == ["备注"]


def test_quoted_cells_keep_line_breaks_and_rows_are_counted_as_excel_counts_them(tmp_path: Path) -> None:
    path = csv_file(tmp_path, '编码,名称\n1,"上\n下"\n\n2,二\n')
    with open_rows(path, COLUMNS) as source:
        rows = list(source)
    assert [(each.number, each.text("name", lines=True)) for each in rows] == [(2, "上\n下"), (4, "二")]


def test_a_row_with_too_many_cells_is_reported_not_shifted(tmp_path: Path) -> None:
    with open_rows(csv_file(tmp_path, "编码,名称\n1,一,多\n2,二,\n"), COLUMNS) as source:
        first, second = source
    assert "多出 1 个单元格" in first.faults[0].message
    assert not second.faults


# Workbooks ---------------------------------------------------------------------------------------------------------


def test_formulas_are_refused_where_they_stand(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path, ["编码", "名称"], ["1", '=HYPERLINK("http://x","点我")'])
    with open_rows(path, COLUMNS) as source:
        (only,) = source
    assert str(only.faults[0]).startswith("第 2 行“名称”：这里是公式")


def test_excel_values_become_what_people_see(tmp_path: Path) -> None:
    path = xlsx_file(
        tmp_path,
        ["编码", "名称", "户数", "启用日期"],
        [420106001001001, 701.0, 250.0, dt.datetime(2026, 1, 5)],
        ["420106001001002", True, None, 46027],
    )
    with open_rows(path, COLUMNS) as source:
        first, second = source
    assert (first.digits("code", 15), first.text("name")) == ("420106001001001", "701")
    assert (first.integer("households"), first.day("since")) == (250, dt.date(2026, 1, 5))
    assert (second.text("name"), second.integer("households"), second.day("since")) == ("是", None, dt.date(2026, 1, 5))
    assert not first.faults
    assert not second.faults


def test_numbers_that_excel_has_already_spoilt_are_noticed(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path, ["编码", "名称"], [420106199001011234, "甲"])
    with open_rows(path, COLUMNS) as source:
        (only,) = source
    assert only.digits("code") == ""
    assert "超过 15 位" in only.faults[0].message
    spoilt = row(code="4.20106E+14")
    assert spoilt.digits("code", 15) == ""
    assert "科学计数法" in spoilt.faults[0].message


@pytest.mark.parametrize("spoilt", ["2.02611E+11", "4.20106e+14", "1E+11"])
def test_a_number_in_scientific_notation_has_lost_digits_and_is_refused(tmp_path: Path, spoilt: str) -> None:
    with open_rows(csv_file(tmp_path, f"编码,名称\n1,{spoilt}\n2,RX-E+11\n"), COLUMNS) as source:
        bad, good = source
    assert bad.code("name") == ""
    assert str(bad.faults[0]).startswith("第 2 行“名称”：被 Excel 存成了科学计数法")
    assert good.code("name") == "RX-E+11"
    assert not good.faults


def test_old_locked_broken_and_foreign_files_get_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 100)
    with pytest.raises(Invalid, match=r"旧版 Excel.*另存为 .xlsx"):
        open_rows(path, COLUMNS)
    path = tmp_path / "a.xlsx"
    path.write_bytes(xlsx_file(tmp_path, ["编码", "名称"]).read_bytes()[:500])
    with pytest.raises(Invalid, match="没有下载完整"):
        open_rows(path, COLUMNS)
    path.write_text("<html>登录超时</html>")
    with pytest.raises(Invalid, match="不是有效的 Excel"):
        open_rows(path, COLUMNS)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("照片.jpg", b"x")
    with pytest.raises(Invalid, match="压缩包"):
        open_rows(path, COLUMNS)
    (tmp_path / "a.csv").write_bytes(b"%PDF-1.7 ...")
    with pytest.raises(Invalid, match="不是表格"):
        open_rows(tmp_path / "a.csv", COLUMNS)
    (tmp_path / "a.csv").write_bytes(b"")
    with pytest.raises(Invalid, match="是空的"):
        open_rows(tmp_path / "a.csv", COLUMNS)
    with pytest.raises(Invalid, match="找不到文件"):
        open_rows(tmp_path / "没有.csv", COLUMNS)


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path, ["编码", "名称"])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/bomb.bin", b"\0" * (3 << 20))
    assert path.stat().st_size < 100_000
    with pytest.raises(TooLarge, match="解开后超过 2 MB"):
        open_rows(path, COLUMNS, limits=Limits(unpacked_megabytes=2))


def test_an_entity_bomb_in_a_workbook_is_refused(tmp_path: Path) -> None:
    source = xlsx_file(tmp_path, ["编码", "名称"], ["1", "一"])
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(bomb, "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == "xl/worksheets/sheet1.xml":
                data = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + data.replace(b"<v>", b"<v>&b;")
            new.writestr(entry.filename, data)
    with pytest.raises(Invalid, match="损坏"), open_rows(bomb, COLUMNS) as rows:
        list(rows)


def test_limits_on_size_rows_and_cells(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "编码,名称\n" + "1,一\n" * 5)
    with pytest.raises(TooLarge, match="超过 3 行"), open_rows(path, COLUMNS, limits=Limits(rows=3)) as source:
        list(source)
    with pytest.raises(TooLarge, match="最多 0 MB"):
        open_rows(csv_file(tmp_path, "编码,名称\n" + "1,一\n" * 300_000), COLUMNS, limits=Limits(megabytes=0))
    with open_rows(csv_file(tmp_path, f"编码,名称\n1,{'长' * 50}\n"), COLUMNS, limits=Limits(characters=20)) as source:
        (only,) = source
    assert "内容太长：50 个字" in only.faults[0].message


# JSON lines --------------------------------------------------------------------------------------------------------


def test_json_lines_with_a_broken_one_between(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"编码": "1", "名称": "一"}\n不是\n{"编码": "2", "名称": "二", "另": 1}\n[1]\n', encoding="utf-8")
    with open_rows(path, COLUMNS) as source:
        rows = list(source)
        assert source.progress == 1
    assert [each.text("name") for each in rows if not each.faults] == ["一", "二"]
    assert [str(each.faults[0]) for each in rows if each.faults] == [
        "第 2 行：这一行不是有效的 JSON",
        "第 4 行：这一行应为一个 JSON 对象",
    ]


def test_every_key_of_json_lines_is_a_column_wherever_it_first_stands(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"编码": "1"}\n{\n{"编码": "2", "名称": "二", "备注": "甲"}\n{"户数": 3}\n', encoding="utf-8")
    with open_rows(path, COLUMNS) as source, Report(source) as report:
        rows = [row for row in source if not row.faults]
    assert source.headers == ["编码", "名称", "备注", "户数"]
    assert [(row.text("code"), row.text("name"), row.integer("households")) for row in rows] == [
        ("1", "", None),
        ("2", "二", None),
        ("", "", 3),
    ]
    assert report.unused_headers == ("备注",)
    with pytest.raises(TooLarge, match="字段名超过 3 个"):
        open_rows(path, COLUMNS, limits=Limits(columns=3))


def test_objects_and_lists_in_json_lines_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"编码": ["1"], "名称": {"a": 1}, "启用日期": {}}\n', encoding="utf-8")
    errors = tmp_path / "退回.xlsx"
    with open_rows(path, COLUMNS) as source, Report(source, sheet=errors) as report:
        (row,) = source
        assert (row.text("code"), row.text("name"), row.day("since")) == ("", "", None)
        report.reject(row)
    assert [str(fault) for fault in row.faults] == [
        f"第 1 行“{title}”：应为文字，不能是对象或列表" for title in ("编码", "名称", "启用日期")
    ]
    sheet = load_workbook(errors).active
    assert sheet is not None
    assert [cell.value for cell in sheet[2]][:3] == ['["1"]', '{"a": 1}', "{}"]  # as it was, not as Python shows it


def test_a_json_document_is_not_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{\n "rows": []\n}')
    with pytest.raises(Invalid, match="每行一个对象"):
        open_rows(path, COLUMNS)
    path.write_text('[{"编码": "1"}]')
    with pytest.raises(Invalid, match="每行一个对象"):
        open_rows(path, COLUMNS)


# Mapping -----------------------------------------------------------------------------------------------------------


def test_a_mapping_names_foreign_columns_constants_and_words(tmp_path: Path) -> None:
    mapping_file = tmp_path / "对照.json"
    mapping_file.write_text(
        json.dumps(
            {
                "columns": {"code": "gid", "name": "gname"},
                "constants": {"since": "2026-01-01"},
                "values": {"name": {"A": "第1网格"}},
            }
        )
    )
    path = csv_file(tmp_path, "gid,gname\n7,A\n8,B\n")
    with open_rows(path, COLUMNS, load_mapping(mapping_file)) as source:
        rows = list(source)
    assert [(r.text("code"), r.text("name"), r.day("since")) for r in rows] == [
        ("7", "第1网格", dt.date(2026, 1, 1)),
        ("8", "B", dt.date(2026, 1, 1)),
    ]


def test_a_wrong_mapping_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    for text, words_in_message in [
        ("{", "不是有效的 JSON：第 1 行第 2 个字符处"),
        ('{"columns": {\n  "a": "b",\n}}', "第 3 行第 1 个字符处|第 2 行第 11 个字符处"),
        ("[" * 100_000, "嵌套太深"),
        ("[]", "最外层应为对象"),
        ('{"colums": {}}', "不认识“colums”"),
        ('{"columns": {"a": 1}}', "columns 应为"),
        ('{"values": {"a": "b"}}', "values 应为"),
        ('{"header_row": "2"}', "header_row 应为"),
    ]:
        path.write_text(text)
        with pytest.raises(Invalid, match=words_in_message):
            load_mapping(path)
    path.write_bytes("{}，".encode("gb18030"))
    with pytest.raises(Invalid, match="不是 UTF-8 编码"):
        load_mapping(path)
    with pytest.raises(Invalid, match="无法读取"):
        load_mapping(tmp_path)
    with pytest.raises(Invalid, match="找不到对照文件"):
        load_mapping(tmp_path / "none.json")
    table = csv_file(tmp_path, "编码,名称\n1,一\n")
    with pytest.raises(Invalid, match="“phone”不能导入"):
        open_rows(table, COLUMNS, Mapping(columns={"phone": "电话"}))
    with pytest.raises(Invalid, match="对照文件要的列“大名”不在文件里"):
        open_rows(table, COLUMNS, Mapping(columns={"name": "大名"}))
    with pytest.raises(Invalid, match="没有工作表“二”"):
        open_rows(xlsx_file(tmp_path, ["编码", "名称"]), COLUMNS, Mapping(sheet="二"))


def test_an_interrupted_import_goes_on_after_a_row(tmp_path: Path) -> None:
    with open_rows(csv_file(tmp_path, "编码,名称\n1,一\n2,二\n3,三\n"), COLUMNS) as source:
        assert [each.text("name") for each in source.rows(after=3)] == ["三"]


# Typed values ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["2026-01-05 09:03", "2026/1/5 9:03:00", "2026年1月5日 9时03分", "2026.1.5 09:03", "2026-01-05T09:03:00+08:00",
     "2026-01-05T01:03:00Z", "2026-01-05T09:03:00.120"],
)  # fmt: skip
def test_moments_as_people_and_systems_write_them(text: str) -> None:
    assert parse_moment(text) == dt.datetime(2026, 1, 5, 9, 3, tzinfo=SHANGHAI)


@pytest.mark.parametrize("text", ["2026-13-01", "明天", "5/1/2026", "2026-01-05 25:00", "2026-02-30", "2026-1-5 下午"])
def test_what_is_no_date_is_refused(text: str) -> None:
    bad = row(since=text)
    assert bad.moment("since") is None
    assert "不是日期" in bad.faults[0].message


def test_days_without_time() -> None:
    for text in ("20260105", "2026年1月5日", "2026/1/5", dt.date(2026, 1, 5)):
        assert row(since=text).day("since") == dt.date(2026, 1, 5)


def test_all_faults_of_a_row_are_collected() -> None:
    bad = row(code="42010600100100x", name="", households="-3", since="")
    bad.digits("code", 15, required=True)
    bad.text("name", required=True)
    bad.integer("households", least=0)
    bad.day("since", required=True)
    assert [str(fault) for fault in bad.faults] == [
        "第 2 行“网格编码”：只能由数字组成",
        "第 2 行“名称”：不能为空",
        "第 2 行“户数”：不能小于 0",
        "第 2 行“启用日期”：不能为空",
    ]


def test_numbers_choices_and_yes() -> None:
    cells = row(households="1,250", name="是", code="街道")
    assert cells.integer("households") == 1250
    assert cells.yes("name")
    assert cells.choice("code", {"街道": "street", "社区": "community"}) == "street"
    bad = row(households="2.5", name="也许", code="镇", since=float("nan"))
    assert bad.integer("households") is None
    assert not bad.yes("name")
    assert bad.choice("code", {"街道": "street"}) is None
    assert bad.number_of("since") is None
    assert [fault.message for fault in bad.faults] == [
        "应为整数", "请填“是”或“否”", "没有“镇”这一项，可填：街道", "应为数字",
    ]  # fmt: skip


def test_null_bytes_are_refused() -> None:
    bad = row(name="a\0b")
    assert bad.text("name") == ""
    assert "空字符" in bad.faults[0].message


# Out ---------------------------------------------------------------------------------------------------------------

DANGEROUS = ["=1+1", "+8613800138000", "-1", "@SUM(A1)", "\t=1", "正常"]


def test_nothing_written_is_ever_a_formula_and_it_reads_back_as_it_was(tmp_path: Path) -> None:
    rows = [[str(i), text] for i, text in enumerate(DANGEROUS)]
    workbook, table = tmp_path / "o.xlsx", tmp_path / "o.csv"
    assert write_xlsx(workbook, ["编码", "名称"], rows) == write_csv(table, ["编码", "名称"], rows) == 6
    sheet = load_workbook(workbook).active
    assert sheet is not None
    assert {cell.data_type for line in sheet.iter_rows(min_row=2) for cell in line} == {"s"}
    assert all(not line.split(",")[1].startswith(("=", "+", "-", "@")) for line in table.read_text().splitlines()[1:])
    for path in (workbook, table):
        assert words(path) == [text.strip() for text in DANGEROUS]


def test_times_are_written_local_and_to_the_second(tmp_path: Path) -> None:
    moment = dt.datetime(2026, 11, 22, 14, 34, 5, 878721, tzinfo=dt.UTC)
    row = ["1", moment, moment.replace(tzinfo=None), moment.time()]
    workbook, table = tmp_path / "o.xlsx", tmp_path / "o.csv"
    write_xlsx(workbook, ["编码", "甲", "乙", "丙"], [row])
    write_csv(table, ["编码", "甲", "乙", "丙"], [row])
    assert table.read_text(encoding="utf-8-sig").splitlines()[1] == (
        "1,2026-11-22 22:34:05,2026-11-22 14:34:05,14:34:05"
    )
    sheet = load_workbook(workbook).active
    assert sheet is not None
    assert [cell.value for cell in sheet[2]][1:] == [
        dt.datetime(2026, 11, 22, 22, 34, 5),
        dt.datetime(2026, 11, 22, 14, 34, 5),
        dt.time(14, 34, 5),
    ]


def test_rejected_rows_come_back_in_a_sheet_that_can_be_mended_and_imported(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "编码,名称,备注\n1,一,甲\n2,,=cmd()\n")
    errors = tmp_path / "退回.xlsx"
    with open_rows(path, COLUMNS) as source, Report(source, sheet=errors) as report:
        for each in source:
            each.text("name", required=True)
            if each.faults:
                report.reject(each)
            else:
                report.accept()
    assert report.summary() == "共 2 行：导入 1 行，退回 1 行。"
    assert report.error_sheet == errors
    sheet = load_workbook(errors).active
    assert sheet is not None
    assert [[cell.value for cell in line] for line in sheet.iter_rows()] == [
        ["编码", "名称", "备注", "原行号", "退回原因"],
        ["2", None, "'=cmd()", 3, "名称：不能为空"],
    ]
    sheet["B2"] = "二"
    sheet.parent.save(errors)  # type: ignore[union-attr]
    assert words(errors) == ["二"]
    with open_rows(errors, COLUMNS) as source, Report(source, sheet=tmp_path / "再退回.xlsx") as again:
        for each in source:
            each.fault("", "还是不对")
            again.reject(each)
    sheet = load_workbook(tmp_path / "再退回.xlsx").active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]].count("退回原因") == 1


def test_no_rejected_rows_no_sheet(tmp_path: Path) -> None:
    errors = tmp_path / "退回.xlsx"
    with open_rows(csv_file(tmp_path, "编码,名称\n1,一\n"), COLUMNS) as source, Report(source, sheet=errors) as report:
        report.accept()
    assert report.error_sheet is None
    assert not errors.exists()


def test_the_template_can_be_imported_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "模板.xlsx"
    write_template(path, COLUMNS)
    assert words(path, "code") == ["420106001001001"]
    assert load_workbook(path).sheetnames == ["导入模板", "填写说明"]
