"""Organisations and staff from a sheet: what comes in, what is sent back, and twice is once."""

from __future__ import annotations

import csv
import datetime as dt
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from huying.kernel.errors import Invalid
from huying.people.enums import UserKind
from huying.people.importing import (
    export_organisations,
    export_staff,
    import_organisations,
    import_people,
    import_staff,
)
from huying.people.models import Contact, Organisation, Post, User
from tests.people.conftest import District, NewPost, NewUser

Sheet = Callable[..., Path]


@pytest.fixture
def sheet(tmp_path: Path) -> Sheet:
    def write(*rows: str, name: str = "rows.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join(rows), encoding="utf-8")
        return path

    return write


ORGANISATION_HEADERS = "单位编码,单位名称,简称,单位类型,上级单位编码,负责区域编码,工作时间,值班电话"


def test_a_tree_in_any_order(sheet: Sheet, district: District) -> None:
    path = sheet(
        ORGANISATION_HEADERS,
        "swj-pq,排水管理所,排管所,公用事业单位,swj,,8:30-12:00、14:00-17:00,027-88930001",
        "swj,区水务和湖泊局,区水务局,部门,centre,,,027-88930000",
        "xjp-hd,和平社区居委会,,社区,xjp,420106013001,,",
    )
    report = import_organisations(path)
    assert (report.accepted, report.rejected) == (3, 0)
    pump = Organisation.objects.get(code="swj-pq")
    assert pump.parent is not None
    assert pump.parent.name == "区水务和湖泊局"
    assert pump.working_hours == [["08:30", "12:00"], ["14:00", "17:00"]]
    assert pump.valid_from == timezone.localdate()
    assert pump.sort_key.startswith("pai2")
    again = import_organisations(path)
    assert (again.accepted, again.skipped) == (0, 3)


def test_rows_that_cannot_stand_are_sent_back_with_the_reason(sheet: Sheet, district: District, tmp_path: Path) -> None:
    path = sheet(
        ORGANISATION_HEADERS,
        "good,好单位,,部门,,,,",
        "good,又一个,,部门,,,,",
        "坏 码,名,,部门,,,,",
        "b1,,,部门,,,,",
        "b2,没有类型,,司令部,,,,",
        "b3,没有区域,,街道,,,,",
        "b4,没这个区域,,街道,,420106999,,",
        "b5,没有上级,,部门,nobody,,,",
        "b6,上级没通过,,部门,b5,,,",
        "r1,一圈,,部门,r2,,,",
        "r2,二圈,,部门,r1,,,",
        "b7,时间不对,,部门,,,25:00-26:00,",
        "b8,时间倒着,,部门,,,17:00-9:00,",
    )
    errors = tmp_path / "errors.xlsx"
    report = import_organisations(path, error_sheet=errors)
    assert report.accepted == 1
    assert report.rejected == 12
    reasons = {fault.row: fault.message for fault in report.faults}
    assert "第 2 行已经出现过" in reasons[3]
    assert "只用字母" in reasons[4]
    assert reasons[5] == "不能为空"
    assert "没有“司令部”这一项" in reasons[6]
    assert "写明负责的区域" in reasons[7]
    assert "没有编码为 420106999 的区域" in reasons[8]
    assert "没有编码为“nobody”的单位" in reasons[9]
    assert "没有编码为“b5”的单位，或那一行没有通过" in reasons[10]
    assert "绕成了一圈" in reasons[11]
    assert "绕成了一圈" in reasons[12]
    assert "25:00" in reasons[13]
    assert "要晚于开始" in reasons[14]
    assert load_workbook(errors).active.max_row == 13  # type: ignore[union-attr]
    assert not Organisation.objects.filter(code__in=["b1", "r1"]).exists()


def test_a_change_is_written_and_a_dry_run_is_not(sheet: Sheet, district: District) -> None:
    path = sheet("单位编码,单位名称,单位类型,撤销日期,承接单位编码", "water,区水务局,部门,2030-01-01,centre")
    assert import_organisations(path, dry_run=True).accepted == 1
    district.water.refresh_from_db()
    assert district.water.successor is None
    import_organisations(path)
    district.water.refresh_from_db()
    assert district.water.successor == district.centre
    assert district.water.valid_to == dt.date(2030, 1, 1)


def test_moving_a_parent_under_its_own_child_is_seen(sheet: Sheet, district: District) -> None:
    report = import_organisations(
        sheet("单位编码,单位名称,单位类型,上级单位编码,负责区域编码", "xjp,徐家棚街道办事处,街道,xjp-sa,420106013")
    )
    assert report.rejected == 1
    assert "绕成了一圈" in report.faults[0].message


STAFF_HEADERS = "用户名,姓名,角色,单位编码,负责网格,主岗"


def test_staff_with_posts_and_initial_passwords(sheet: Sheet, district: District, tmp_path: Path) -> None:
    path = sheet(
        STAFF_HEADERS,
        "zhangsan,张三,网格员,xjp-sa,420106013001001、420106013001002,",
        "LiSi,李四,承办单位经办人,区水务局,,",
        "lisi,李四,chief,water,,是",
    )
    passwords = tmp_path / "passwords.xlsx"
    report = import_people(path, password_sheet=passwords)
    assert (report.accepted, report.rejected) == (3, 0)
    worker = Post.objects.get(user__username="zhangsan")
    assert worker.is_primary
    assert worker.grids.count() == 2
    assert {(p.role, p.is_primary) for p in Post.objects.filter(user__username="lisi")} == {
        ("handler", False),
        ("chief", True),
    }
    assert stat.S_IMODE(passwords.stat().st_mode) == 0o600
    rows = list(load_workbook(passwords).active.values)  # type: ignore[union-attr]
    assert [row[:3] for row in rows[1:]] == [("zhangsan", "张三", "水岸社区居委会"), ("lisi", "李四", "区水务局")]
    user = User.objects.get(username="lisi")
    assert user.check_password(str(rows[2][3]))
    assert user.must_change_password

    again = import_people(path, password_sheet=tmp_path / "again.xlsx")
    assert (again.accepted, again.skipped) == (0, 3)
    assert not (tmp_path / "again.xlsx").exists()
    assert User.objects.get(username="lisi").check_password(str(rows[2][3])), "a second import resets nothing"


def test_changes_come_in_and_nobody_is_forgotten(
    sheet: Sheet, district: District, new_user: NewUser, new_post: NewPost, tmp_path: Path
) -> None:
    worker = new_user("zhangsan", "张三")
    post = new_post(worker, "grid_worker", district.committee)
    post.grids.set([district.grids[0]])
    other = new_post(new_user("qita", "其他"))
    path = sheet(STAFF_HEADERS, "zhangsan,张三丰,网格员,xjp-sa,420106013001002,")
    assert import_staff(path, password_sheet=tmp_path / "p.xlsx").accepted == 1
    worker.refresh_from_db()
    assert worker.full_name == "张三丰"
    assert list(post.grids.all()) == [district.grids[1]]
    other.refresh_from_db()
    assert other.valid_to is None


def test_a_new_primary_post_takes_over(
    sheet: Sheet, district: District, new_user: NewUser, new_post: NewPost, tmp_path: Path
) -> None:
    old = new_post(new_user("zhangsan", "张三"))
    path = sheet(STAFF_HEADERS, "zhangsan,张三,承办单位负责人,water,,是")
    import_staff(path, password_sheet=tmp_path / "p.xlsx")
    old.refresh_from_db()
    assert not old.is_primary
    assert Post.objects.get(role="chief").is_primary


def test_staff_rows_that_cannot_stand_are_sent_back(sheet: Sheet, district: District, new_user: NewUser) -> None:
    gone = new_user("gone", "走了")
    User.objects.filter(pk=gone.pk).update(is_active=False, deactivated_at=timezone.now(), deactivated_by=gone)
    contact = Contact.objects.create(_phone="13800000000")
    User.objects.create(username="jumin", kind=UserKind.RESIDENT, contact=contact)
    path = sheet(
        STAFF_HEADERS,
        "a,太短,承办单位经办人,water,,",
        "b02,,承办单位经办人,water,,",
        "b03,没有角色,部长,water,,",
        "b04,没有单位,承办单位经办人,nowhere,,",
        "b05,没有网格,网格员,xjp-sa,,",
        "b06,错的网格,网格员,xjp-sa,420106013001009,",
        "b07,多余网格,承办单位经办人,water,420106013001001,",
        "gone,走了,承办单位经办人,water,,",
        "jumin,居民,承办单位经办人,water,,",
        "b08,一样,承办单位经办人,water,,是",
        "b08,一样,承办单位经办人,water,,",
        "b08,不一样,承办单位负责人,water,,",
        "b08,一样,承办单位负责人,water,,是",
        "b09,居民角色,居民,water,,",
    )
    report = import_staff(path, dry_run=True)
    assert report.accepted == 1
    reasons = {fault.row: fault.message for fault in report.faults}
    assert "3 至 64 位" in reasons[2]
    assert reasons[3] == "不能为空"
    assert "没有“部长”这一项" in reasons[4]
    assert "没有“nowhere”这个单位" in reasons[5]
    assert "网格员要写明负责的网格" in reasons[6]
    assert "没有编码为 420106013001009 的网格" in reasons[7]
    assert "不分网格" in reasons[8]
    assert "已停用" in reasons[9]
    assert "已是居民账号" in reasons[10]
    assert "第 11 行是同一个岗位" in reasons[12]
    assert "第 11 行的姓名不一致" in reasons[13]
    assert "第 11 行已是此人的主岗" in reasons[14]
    assert "没有“居民”这一项" in reasons[15]
    assert not User.objects.filter(username="b08").exists(), "a dry run"


def test_no_password_is_lost(sheet: Sheet, district: District, tmp_path: Path) -> None:
    path = sheet(STAFF_HEADERS, "zhangsan,张三,承办单位经办人,water,,")
    with pytest.raises(Invalid, match="初始密码"):
        import_people(path)
    there = tmp_path / "there.xlsx"
    there.write_bytes(b"passwords of last week")
    with pytest.raises(Invalid, match="已经存在"):
        import_people(path, password_sheet=there)
    assert not User.objects.exists()
    assert there.read_bytes() == b"passwords of last week"


def test_what_is_exported_can_be_imported(
    district: District, handler: User, new_user: NewUser, new_post: NewPost, tmp_path: Path
) -> None:
    worker = new_post(new_user("zhangsan", "张三"), "grid_worker", district.committee)
    worker.grids.set(district.grids)
    district.water.working_hours = [["08:30", "12:00"]]
    district.water.chief = handler
    district.water.save()
    for name in ("o.xlsx", "o.csv"):
        assert export_organisations(tmp_path / name) == 4
        report = import_organisations(tmp_path / name)
        assert (report.accepted, report.skipped, report.rejected) == (0, 4, 0), report.faults
    for name in ("s.xlsx", "s.csv"):
        assert export_staff(tmp_path / name) == 2
        report = import_people(tmp_path / name, password_sheet=tmp_path / "p.xlsx")
        assert (report.accepted, report.skipped, report.rejected) == (0, 2, 0), report.faults
    with (tmp_path / "s.csv").open(encoding="utf-8-sig") as stream:
        assert "password" not in stream.read()
        stream.seek(0)
        assert next(csv.reader(stream))[0] == "用户名"
    with pytest.raises(Invalid):
        export_staff(tmp_path / "s.txt")
