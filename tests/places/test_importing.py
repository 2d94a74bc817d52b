from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import shapely
from openpyxl import Workbook, load_workbook

from huying.kernel.errors import Invalid
from huying.kernel.generation import forget_all
from huying.kernel.geometry import Datum, convert_geometry
from huying.kernel.tabular import Mapping, Report
from huying.places import address
from huying.places.actions import write_aliases, write_places
from huying.places.enums import AliasKind
from huying.places.importing import export_places, import_places
from huying.places.locate import locate
from huying.places.models import Boundary, Place, PlaceAlias
from huying.places.rows import AliasRow, PlaceRow
from tests.places.conftest import BORN, COMMUNITY, centre, family, square

pytestmark = pytest.mark.django_db

HEADER = ["编码", "名称", "网格类型", "专属类别", "户数", "人口", "边界"]
ABOVE = [
    ["420106", "武昌区", "", "", "", "", ""],
    ["420106001", "积玉桥街道", "", "", "", "", ""],
    [COMMUNITY, "尚隆苑社区", "", "", "", "", ""],
]


def grid(n: int, area: shapely.Polygon | None, name: str = "", **more: str) -> list[str]:
    values = {"网格类型": "", "专属类别": "", "户数": "250", "人口": "600"} | more
    return [f"{COMMUNITY}{n:03d}", name or f"第{n}网格", *values.values(), area.wkt if area else ""]


def table(tmp_path: Path, *rows: list[str], header: list[str] = HEADER) -> Path:
    path = tmp_path / "区域.csv"
    with path.open("w", encoding="gb18030", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def words(report: Report) -> list[str]:
    return [str(fault) for fault in report.faults]


def test_a_table_becomes_places_with_boundaries(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        grid(2, square(1, 0), 网格类型="专属网格", 专属类别="学校"),  # children may stand before their parents
        grid(1, square(0, 0)),
        *ABOVE,
    )
    report = import_places(path)
    assert report.summary() == "共 5 行：导入 5 行。"
    school = Place.objects.get(code=f"{COMMUNITY}002")
    assert (school.kind, school.special_kind, school.households, school.population) == ("special", "school", 250, 600)
    found = locate(*centre(1, 0))
    assert found is not None
    assert found.grid_id == school.pk
    assert Boundary.objects.get(place=school).area_m2 == pytest.approx(10_640, rel=0.01)


def test_a_dry_run_reports_the_same_and_keeps_nothing(tmp_path: Path) -> None:
    path = table(tmp_path, *ABOVE, grid(1, square(0, 0)), grid(2, None, name=""), ["4201060019", "坏", *[""] * 5])
    dry = import_places(path, dry_run=True)
    assert Place.objects.count() == 0
    assert words(dry) == words(import_places(path)) == [
        "第 7 行“编码”：应为 6、9、12、15 位数字，现有 10 位"
    ]  # fmt: skip
    assert Place.objects.count() == 5


def test_every_kind_of_wrong_row_says_where_and_why(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        *ABOVE,
        grid(1, None),
        grid(1, None, name="又一个"),
        grid(3, None, name="第1网格"),
        ["420106002001001", "孤儿网格", *[""] * 5],
        grid(4, None, 网格类型="专属网格"),
        grid(5, None, 专属类别="学校", 网格类型="基础网格"),
        grid(6, None, 户数="二百"),
        grid(7, None, 人口="-1"),
        [*grid(8, None)[:-1], "POLYGON((30.55 114.30, 30.56 114.30, 30.56 114.31, 30.55 114.30))"],
        [*grid(9, None)[:-1], "POLYGON((114.3 30.5, 114.4 30.6, 114.4 30.5, 114.3 30.6, 114.3 30.5))"],
        [*grid(10, None)[:-1], "不是图形"],
        [*grid(11, None)[:-1], "POINT (114.3 30.5)"],
        ["420106001002", "四美社区", "基础网格", "", "", "", ""],
    )
    errors = tmp_path / "退回.xlsx"
    report = import_places(path, error_sheet=errors)
    assert words(report) == [
        f"第 6 行“编码”：编码 {COMMUNITY}001 在第 5 行已经出现过",
        f"第 7 行“名称”：与 {COMMUNITY}001 重名，同一上级下不能有两个“第1网格”",
        "第 8 行“编码”：所属社区 420106002001 不存在、已停用或本次没有通过",
        "第 9 行“专属类别”：专属网格要写明类别：学校、市场商圈、商务楼宇、医院、园区、机关企事业单位",
        "第 10 行“专属类别”：基础网格没有专属类别",
        "第 11 行“户数”：“二百”不是数字",
        "第 12 行“人口”：不能小于 0",
        *[str(f) for f in report.faults if f.row in (13, 14)],
        "第 15 行“边界”：不是有效的 WKT，例如 POLYGON ((114.30 30.55, 114.31 30.55, 114.31 30.56, 114.30 30.55))",
        *[str(f) for f in report.faults if f.row == 16],
        "第 17 行“网格类型”：只有网格才有网格类型",
    ]
    by_row = {fault.row: fault.message for fault in report.faults}
    assert "纬度, 经度" in by_row[13]
    assert "自相交" in by_row[14]
    assert "多边形" in by_row[16]
    assert (report.accepted, report.rejected) == (4, 12)
    sheet = load_workbook(errors).active
    assert sheet is not None
    assert sheet.max_row == 13


def test_overlapping_grids_are_refused_by_name_and_area(tmp_path: Path) -> None:
    report = import_places(
        table(tmp_path, *ABOVE, grid(1, square(0, 0, width=1.5)), grid(2, square(1, 0)), grid(3, square(2, 0)))
    )
    clash = "“第1网格”与“第2网格”重叠 5,319 平方米"
    assert words(report) == [
        f"第 4 行“边界”：同一社区的其他网格有误：{clash}，本社区的网格要一起改正",
        f"第 5 行“边界”：{clash}",
        f"第 6 行“边界”：{clash}",
        f"第 7 行“边界”：同一社区的其他网格有误：{clash}，本社区的网格要一起改正",
    ]
    assert not Boundary.objects.exists()


def test_a_hole_in_a_community_is_refused_with_its_place(tmp_path: Path) -> None:
    outline = [COMMUNITY, "尚隆苑社区", "", "", "", "", square(0, 0, width=3).wkt]
    report = import_places(table(tmp_path, *ABOVE[:2], outline, grid(1, square(0, 0)), grid(2, square(2, 0))))
    assert report.rejected == 3
    assert "尚隆苑社区有 10," in report.faults[0].message
    assert "不属于任何网格（在经度 114.301500、纬度 30.550500 附近）" in report.faults[0].message
    beyond = import_places(table(tmp_path, *ABOVE[:2], outline, grid(1, square(0, 0, width=4))))
    assert "“第1网格”超出尚隆苑社区的边界" in beyond.faults[-1].message


def test_new_grids_are_checked_against_those_that_are_there(four_grids: dict[str, int], tmp_path: Path) -> None:
    report = import_places(table(tmp_path, grid(5, square(1, 1))))
    assert report.accepted == 0
    assert (
        "“第4网格”与“第5网格”重叠" in report.faults[0].message or "“第5网格”与“第4网格”重叠" in report.faults[0].message
    )


def test_importing_again_updates_and_keeps_the_past(four_grids: dict[str, int], tmp_path: Path) -> None:
    path = table(
        tmp_path,
        grid(1, square(0, 0, width=1.5), name="滨江网格", 户数="300", 人口=""),
        grid(2, square(1.5, 0, width=0.5)),
    )
    report = import_places(path)
    assert report.accepted == 2, words(report)
    first = Place.objects.get(code=f"{COMMUNITY}001")
    assert (first.name, first.households, first.kind) == ("滨江网格", 300, "basic")
    assert [b.valid_to is None for b in first.boundaries.order_by("valid_from")] == [False, True]
    old, new = locate(114.3012, 30.5505, BORN), locate(114.3012, 30.5505)
    assert old is not None
    assert new is not None
    assert (old.grid_id, new.grid_id) == (four_grids[f"{COMMUNITY}002"], first.pk)
    import_places(path)
    assert first.boundaries.count() == 2


def test_ended_codes_do_not_come_back(four_grids: dict[str, int], tmp_path: Path) -> None:
    Place.objects.filter(code=f"{COMMUNITY}001").update(valid_to="2024-05-01")
    report = import_places(table(tmp_path, grid(1, None)))
    assert words(report) == ["第 2 行“编码”：这个编码（第1网格）已于 2024-05-01 停用，不能再用"]


def test_boundaries_in_another_datum_are_converted(tmp_path: Path) -> None:
    shifted = convert_geometry(square(0, 0), Datum.WGS84, Datum.GCJ02)
    assert isinstance(shifted, shapely.Polygon)
    path = table(tmp_path, *[[*row, ""] for row in ABOVE], [*grid(1, shifted), "GCJ-02"], header=[*HEADER, "坐标系"])
    assert import_places(path).accepted == 4
    stored = shapely.from_wkb(bytes(Boundary.objects.get().geometry))
    assert stored.symmetric_difference(square(0, 0)).area < 1e-12
    wrong = import_places(table(tmp_path, [*grid(1, shifted), "北京54"], header=[*HEADER, "坐标系"]))
    assert "不认识的坐标系" in wrong.faults[0].message


def test_geojson_with_foreign_property_names(tmp_path: Path) -> None:
    features = [{"type": "Feature", "properties": {"gid": row[0], "mc": row[1]}, "geometry": None} for row in ABOVE] + [
        {
            "type": "Feature",
            "properties": {"gid": f"{COMMUNITY}001", "mc": "第1网格", "hs": 12},
            "geometry": shapely.geometry.mapping(square(0, 0)),
        }
    ]
    path = tmp_path / "图.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    report = import_places(path, Mapping(columns={"code": "gid", "name": "mc", "households": "hs"}))
    assert report.accepted == 4, words(report)
    assert Place.objects.get(code=f"{COMMUNITY}001").households == 12
    path.write_text('{"type": "Feature"}')
    with pytest.raises(Invalid, match="FeatureCollection"):
        import_places(path)
    path.write_text("{")
    with pytest.raises(Invalid, match="不是有效的 GeoJSON"):
        import_places(path)


def test_estates_named_in_the_file_are_found_in_addresses(tmp_path: Path) -> None:
    rows = [[*row, ""] for row in ABOVE]
    rows[2][-1] = "金都花园、老棉纺厂宿舍；新河街"
    assert import_places(table(tmp_path, *rows, header=[*HEADER, "别名"])).accepted == 3
    forget_all()
    assert address.find("金都花园3栋").place_id == Place.objects.get(code=COMMUNITY).pk
    assert dict(PlaceAlias.objects.values_list("words", "kind")) == {
        "金都花园": "estate", "老棉纺厂宿舍": "estate", "新河街": "road",
    }  # fmt: skip
    rows[2][-1] = "长"
    assert "应为 2 到 40 个字" in import_places(table(tmp_path, *rows, header=[*HEADER, "别名"])).faults[0].message


def test_a_workbook_with_codes_as_numbers(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (HEADER[:2], [420106, "武昌区"], [420106001, "积玉桥街道"]):
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    assert import_places(tmp_path / "a.xlsx").accepted == 2


@pytest.mark.parametrize("suffix", ["xlsx", "csv", "geojson"])
def test_what_is_exported_can_be_imported_again(four_grids: dict[str, int], tmp_path: Path, suffix: str) -> None:
    write_aliases([AliasRow(code=COMMUNITY, words="金都花园", kind=AliasKind.ESTATE)])
    path = tmp_path / f"区域.{suffix}"
    assert export_places(path) == 7
    before = list(Place.objects.values_list("code", "name", "kind").order_by("code"))
    shapes = {b.place.code: bytes(b.geometry) for b in Boundary.objects.select_related("place")}
    PlaceAlias.objects.all().delete()
    Boundary.objects.all().delete()
    for length in (15, 12, 9, 6):
        Place.objects.filter(code__regex=f"^.{{{length}}}$").delete()
    report = import_places(path)
    assert (report.accepted, words(report)) == (7, [])
    assert list(Place.objects.values_list("code", "name", "kind").order_by("code")) == before
    assert {b.place.code: bytes(b.geometry) for b in Boundary.objects.select_related("place")} == shapes
    assert PlaceAlias.objects.get().words == "金都花园"


def test_export_says_what_it_cannot_hold(four_grids: dict[str, int], tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"只能导出为 .xlsx"):
        export_places(tmp_path / "a.pdf")
    round_one = shapely.Point(114.3, 30.55).buffer(0.0001, quad_segs=500)
    write_places([*family()[:3], PlaceRow(code=f"{COMMUNITY}009", name="圆", geometry=round_one)], day=BORN)
    with pytest.raises(Invalid, match=r"“圆”等 1 个区域的边界超过.*导出为 .csv"):
        export_places(tmp_path / "a.xlsx")
