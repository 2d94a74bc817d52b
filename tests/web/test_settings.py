"""系统设置: every page opens, what is changed is written down, and what cannot be meant is refused beside its field."""

from __future__ import annotations

import datetime as dt
import json

import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from huying.cases.flow import CASES
from huying.kernel import parameters
from huying.kernel.calendar import current_calendar
from huying.kernel.changes import differences
from huying.kernel.models import CalendarOverride, ConfigChange
from huying.kernel.registry import settings_pages
from huying.matters.engine import Move, move
from huying.matters.models import Limit
from huying.matters.tasks import settle_clocks
from huying.people import table_imports
from huying.people.keys import live_keys
from huying.people.models import ApiKey, Post, TableImport
from huying.people.tasks import check_table, take_in_table
from huying.places.models import Boundary, Place, PlaceAlias
from tests.cases.desk import at_desk, settled, statements, text_of
from tests.factories.cases import advance, receive
from tests.factories.district import SIZE, SOUTH, WEST, District
from tests.ui.house import HouseClient

pytestmark = pytest.mark.django_db

IMPORT = "/desk/settings/places/import/"


@pytest.fixture
def admin(district: District, settings: object) -> HouseClient:
    settings.SECOND_FACTOR_ROLES = []  # type: ignore[attr-defined]  # its own tests ask for it
    return at_desk(district, "administrator")


@pytest.mark.parametrize("key", settings_pages.keys())
def test_every_page_of_settings_opens_within_its_queries(admin: HouseClient, key: str) -> None:
    asked = statements(admin, reverse(settings_pages[key].url_name))
    assert len(asked) <= 12, asked


def test_single_things_open_within_their_queries(admin: HouseClient, district: District) -> None:
    limit = Limit.objects.first()
    assert limit is not None
    post = Post.objects.get(user=district.users["grid_worker"])
    urls = [
        f"/desk/settings/organisations/{district.organisations['urban'].pk}/",
        f"/desk/settings/organisations/{district.organisations['urban'].pk}/edit/",
        f"/desk/settings/organisations/{district.organisations['urban'].pk}/dissolve/",
        f"/desk/settings/places/{district.places['grid0'].code}/",
        f"/desk/settings/places/{district.places['community0'].code}/",
        f"/desk/settings/limits/{limit.pk}/",
        "/desk/settings/limits/new/",
        "/desk/settings/limits/try/?subkind=help",
        "/desk/settings/regimes/start/",
        "/desk/settings/categories/01.01/",
        "/desk/settings/channels/phone/",
        "/desk/settings/templates/case.received/",
        "/desk/settings/keys/new/",
        f"/desk/accounts/{district.users['handler'].pk}/",
        f"/desk/accounts/posts/{post.pk}/",
        f"/desk/accounts/posts/new/?organisation={district.organisations['community0'].pk}",
    ]
    dear = {url: len(asked) for url in urls if len(asked := statements(admin, url)) > 12}
    assert dear == {}


def test_the_home_of_settings_names_every_page_and_the_last_changes(admin: HouseClient, district: District) -> None:
    admin.post("/desk/settings/parameters/", figures() | {"cases.rework_days": "20"})
    page = text_of(admin.get("/desk/settings/"))
    for shown in settings_pages:
        assert reverse(shown.url_name) in page
    assert "结案后可要求重办的天数" in page
    supervisor = text_of(at_desk(district, "supervisor").get("/desk/settings/"))
    assert "查看个人信息记录" in supervisor
    assert "时限" not in supervisor


def figures() -> dict[str, str]:
    return {known.key: str(known.value) for known in parameters.declared()}


def test_a_parameter_counts_at_once_and_its_change_is_written_down(admin: HouseClient, district: District) -> None:
    page = admin.post("/desk/settings/parameters/", figures() | {"cases.rework_days": "20"}, follow=True)
    assert "1 项参数" in text_of(page)
    settled()
    known = parameters.parameter("cases.rework_days")
    assert known is not None
    assert known.value == 20
    change = ConfigChange.objects.get()
    assert change.who == "系统管理员甲（administrator）"
    assert differences(change) == [("结案后可要求重办的天数", "15 天", "20 天")]
    refused = admin.post("/desk/settings/parameters/", figures() | {"cases.rework_days": "366"})
    assert refused.status_code == 422
    assert "不能大于 365" in text_of(refused)
    listed = text_of(admin.get("/desk/settings/changes/?what=参数&q=administrator"))
    assert "<del>15 天</del>" in listed
    assert "没有符合条件的修改记录" in text_of(admin.get("/desk/settings/changes/?q=别人"))


def test_the_log_of_configuration_cannot_be_changed(admin: HouseClient) -> None:
    admin.post("/desk/settings/parameters/", figures() | {"cases.rework_days": "20"})
    with pytest.raises(IntegrityError, match="只能追加"), transaction.atomic():
        ConfigChange.objects.update(who="谁也不是")
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="只能追加"), transaction.atomic():
        cursor.execute("DELETE FROM kernel_config_change")


# ---- calendar ---------------------------------------------------------------------------------------------------


def test_a_day_of_the_district_is_counted_until_it_is_taken_back(admin: HouseClient) -> None:
    day = dt.date(2026, 11, 24)  # a Tuesday
    admin.post("/desk/settings/calendar/", {"date": "2026-11-24", "working": "0", "note": "防汛停工"})
    settled()
    assert not current_calendar().is_workday(day)
    page = text_of(admin.get("/desk/settings/calendar/?year=2026"))
    assert "本区调整为休息：防汛停工" in page
    again = admin.post("/desk/settings/calendar/", {"date": "2026-11-24", "working": "1", "note": ""})
    assert again.status_code == 422
    one = CalendarOverride.objects.get()
    assert "撤销" in text_of(admin.get(f"/desk/settings/calendar/{one.pk}/remove/"))
    admin.post(f"/desk/settings/calendar/{one.pk}/remove/")
    settled()
    assert current_calendar().is_workday(day)
    assert ConfigChange.objects.filter(what="日历").count() == 2


def test_how_many_due_times_a_day_of_the_district_moves_is_written_down(admin: HouseClient, district: District) -> None:
    now = dt.datetime(2026, 12, 30, 2, tzinfo=dt.UTC)  # the holidays of the next year are not announced
    matter = advance(district, receive(district), "triaged")
    move(CASES, "dispatch", [Move(matter.pk, district.actor("dispatcher"), {"lead": "URBAN"}, now)], now=now)
    admin.post("/desk/settings/calendar/", {"date": "2027-01-05", "working": "0", "note": "防汛停工"})
    settled()
    (job,) = ProcrastinateJob.objects.filter(task_name="matters.settle")
    settle_clocks(**job.args)
    told = dict(ConfigChange.objects.get(key="因 2027-01-05 休息").after)
    assert told["改变的时限"] == "1 个"
    assert told["涉及的件"] == "1 件"
    assert "重算暂定的到期时间" in text_of(admin.get("/desk/settings/changes/"))


def test_what_the_country_says_anyway_is_no_adjustment(admin: HouseClient) -> None:
    page = admin.post("/desk/settings/calendar/", {"date": "2026-11-24", "working": "1", "note": ""})
    assert page.status_code == 422
    assert "本来就上班" in text_of(page)


def test_a_year_not_announced_says_that_it_is_provisional(admin: HouseClient) -> None:
    assert "暂定" in text_of(admin.get("/desk/settings/calendar/?year=2031"))
    assert admin.get("/desk/settings/calendar/?year=9999").status_code == 422


# ---- keys -------------------------------------------------------------------------------------------------------


def test_a_key_is_told_once_and_ends_at_once(admin: HouseClient) -> None:
    data = {"name": "市民热线平台", "scopes": ["cases.receive"], "per_minute": "60"}
    page = text_of(admin.post("/desk/settings/keys/new/", data))
    key = ApiKey.objects.get()
    assert f"hy_{key.prefix}_" in page
    assert f"hy_{key.prefix}_" not in text_of(admin.get("/desk/settings/keys/"))
    assert "hy_" not in json.dumps([change.after for change in ConfigChange.objects.all()])
    admin.post(f"/desk/settings/keys/{key.prefix}/revoke/")
    settled()
    assert key.prefix not in live_keys()
    assert admin.post(f"/desk/settings/keys/{key.prefix}/revoke/").status_code == 409
    assert admin.post("/desk/settings/keys/new/", data | {"scopes": []}).status_code == 422


# ---- places -----------------------------------------------------------------------------------------------------


def test_a_place_shows_its_map_its_words_and_its_past(admin: HouseClient, district: District) -> None:
    community = district.places["community0"]
    page = text_of(admin.get(f"/desk/settings/places/{community.code}/"))
    assert "第1网格" in page
    outline = admin.get(f"/desk/settings/places/{district.places['grid0'].code}/outlines.geojson").json()
    assert len(outline["features"]) == 1
    admin.post(f"/desk/settings/places/{community.code}/", {"words": "水岸花园", "kind": "estate"})
    alias = PlaceAlias.objects.get(words="水岸花园")
    assert "水岸花园" in text_of(admin.get(f"/desk/settings/places/{community.code}/"))
    assert community.name in text_of(admin.get("/desk/settings/places/?q=水岸花园"))
    again = admin.post(f"/desk/settings/places/{community.code}/", {"words": "水岸花园", "kind": "estate"})
    assert again.status_code == 422
    admin.post(f"/desk/settings/places/aliases/{alias.pk}/remove/")
    assert not PlaceAlias.objects.filter(words="水岸花园").exists()
    admin.post(f"/desk/settings/places/{community.code}/edit/", {"name": "水岸新城社区", "population": "3000"})
    community.refresh_from_db()
    assert (community.name, community.population) == ("水岸新城社区", 3000)
    twin = admin.post(f"/desk/settings/places/{community.code}/edit/", {"name": "湖北大学社区"})
    assert twin.status_code == 422
    assert ConfigChange.objects.filter(what="区域").count() == 3


def got(client: HouseClient, url: str) -> bytes:
    """A file as it arrives."""
    answer = client.get(url)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def split(district: District) -> SimpleUploadedFile:
    """Grid 0 in two halves."""
    code = district.places["community0"].code
    halves = [
        ("003", "第3网格", shapely.box(WEST, SOUTH, WEST + SIZE / 2, SOUTH + SIZE)),
        ("004", "第4网格", shapely.box(WEST + SIZE / 2, SOUTH, WEST + SIZE, SOUTH + SIZE)),
    ]
    features = [
        {
            "type": "Feature",
            "properties": {"编码": code + number, "名称": name},
            "geometry": shapely.geometry.mapping(box),
        }
        for number, name, box in halves
    ]
    return SimpleUploadedFile("split.geojson", json.dumps({"type": "FeatureCollection", "features": features}).encode())


def test_a_grid_is_split_by_file_after_seeing_what_will_move(
    admin: HouseClient, district: District, settings: object, tmp_path: object
) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    old = district.places["grid0"]
    matter = receive(district)
    assert matter.grid_id == old.pk
    page = admin.post(IMPORT, {"file": split(district), "ended": old.code}, follow=True)
    shown = text_of(page)
    assert "检查结果（还没有写入）" in shown
    assert "导入这 2 行" in shown
    assert "<dt>挪动未结案的件（件）</dt><dd>1</dd>" in shown
    assert Place.objects.get(pk=old.pk).valid_to is None
    run = TableImport.objects.get()
    assert "不能成批撤回" in text_of(admin.get(f"{IMPORT}{run.pk}/start/"))
    done = text_of(admin.post(f"{IMPORT}{run.pk}/start/", follow=True))
    assert "导入结果" in done
    assert Place.objects.get(pk=old.pk).valid_to == timezone.localdate()
    matter.refresh_from_db()
    assert matter.grid_id != old.pk
    assert Boundary.objects.filter(place__code__endswith="003").exists()
    worker = Post.objects.get(user=district.users["grid_worker"])
    assert {grid.name for grid in worker.grids.all()} == {"第3网格", "第4网格"}
    told = dict(ConfigChange.objects.get(what="区域", key="导入 split.geojson").after)
    assert told["挪动未结案的件（件）"] == "1"
    assert told["停用的网格"] == old.code
    admin.post(f"{IMPORT}{run.pk}/start/")  # pressed again
    assert ConfigChange.objects.filter(what="区域").count() == 1


def test_a_file_that_leaves_a_hole_says_so_and_moves_nothing(
    admin: HouseClient, district: District, settings: object, tmp_path: object
) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    shown = text_of(admin.post(IMPORT, {"file": split(district), "ended": ""}, follow=True))
    assert "重叠" in shown
    assert "<dt>退回</dt><dd>2 行</dd>" in shown
    run = TableImport.objects.get()
    assert got(admin, f"{IMPORT}{run.pk}/errors/")[:2] == b"PK"
    assert "split.geojson" in text_of(admin.get(IMPORT))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.exe", b"x", "只能上传"),
        ("a.geojson", b"{]", "“a.geojson” 不是有效的 GeoJSON 文件"),
        ("a.csv", "编码,名称\n".encode(), "没有要导入的内容"),
        ("a.csv", "名称\n第1网格\n".encode(), "缺少这些列"),
    ],
)
def test_a_file_that_is_none_is_refused_beside_its_field(
    admin: HouseClient, settings: object, tmp_path: object, name: str, content: bytes, words: str
) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    answer = admin.post(IMPORT, {"file": SimpleUploadedFile(name, content), "ended": ""})
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert not TableImport.objects.exists()


def test_a_large_file_of_places_is_checked_and_taken_in_by_jobs(
    admin: HouseClient, district: District, settings: object, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    monkeypatch.setattr(table_imports, "AT_ONCE", 1)
    old = district.places["grid0"]
    page = text_of(admin.post(IMPORT, {"file": split(district), "ended": old.code}, follow=True))
    assert "正在检查，不会写入任何内容" in page
    run = TableImport.objects.get()
    assert admin.post(f"{IMPORT}{run.pk}/start/").status_code == 409
    (job,) = ProcrastinateJob.objects.filter(task_name="people.table_check")
    assert job.lock == "people.table.places"
    check_table(**job.args)
    assert "导入这 2 行" in text_of(admin.get(f"{IMPORT}{run.pk}/"))
    assert "正在导入" in text_of(admin.post(f"{IMPORT}{run.pk}/start/", follow=True))
    assert Place.objects.get(pk=old.pk).valid_to is None
    take_in_table(pk=run.pk)
    assert "导入结果" in text_of(admin.get(f"{IMPORT}{run.pk}/"))
    assert Place.objects.get(pk=old.pk).valid_to == timezone.localdate()
    take_in_table(pk=run.pk)  # its worker was killed before the job was marked
    assert ConfigChange.objects.filter(what="区域").count() == 1
    TableImport.objects.update(started_at=timezone.now() - dt.timedelta(days=8))
    assert table_imports.forget_old() == 1


def test_a_file_that_cannot_be_taken_in_says_why_and_writes_nothing(
    admin: HouseClient, district: District, settings: object, tmp_path: object
) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    old = district.places["grid0"]
    admin.post(IMPORT, {"file": split(district), "ended": old.code})
    run = TableImport.objects.get()
    Place.objects.filter(pk=old.pk).update(valid_to=timezone.localdate())  # somebody else was quicker
    page = text_of(admin.post(f"{IMPORT}{run.pk}/start/", follow=True))
    assert "不存在或已经停用" in page
    assert "重新上传" in page
    assert not ConfigChange.objects.filter(what="区域").exists()


@pytest.mark.parametrize("suffix", [".geojson", ".csv"])
def test_places_go_out_as_a_file(admin: HouseClient, suffix: str) -> None:
    assert "水岸星城社区" in got(admin, f"/desk/settings/places/import/?export={suffix}").decode()
    assert admin.get("/desk/settings/places/import/?export=.exe").status_code == 422
    assert got(admin, "/desk/settings/places/import/?template")[:2] == b"PK"
