"""Organisations, posts, deputies, accounts and the logs, as administrators keep them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from huying.kernel.models import ConfigChange
from huying.people.actors import usable_posts
from huying.people.contacts import Person, remember, reveal
from huying.people.directory import directory
from huying.people.models import Deputy, Organisation, Post, User
from tests.cases.desk import at_desk, settled, text_of
from tests.factories.cases import advance, receive
from tests.factories.district import District
from tests.ui.house import HouseClient
from tests.web.test_settings import got

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(district: District, settings: object, tmp_path: object) -> HouseClient:
    settings.SECOND_FACTOR_ROLES = []  # type: ignore[attr-defined]  # its own tests ask for it
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    return at_desk(district, "administrator")


# ---- organisations ----------------------------------------------------------------------------------------------

PARK = {
    "name": "区园林和林业局", "short_name": "区园林局", "code": "YLJ", "kind": "department", "parent": "", "place": "",
    "hours": "8:30-12:00、14:00-17:00", "duty_phone": "027-88936000", "valid_from": "2026-01-01",
}  # fmt: skip


def test_an_organisation_is_set_up_changed_and_known_at_once(admin: HouseClient) -> None:
    admin.post("/desk/settings/organisations/new/", PARK)
    settled()
    listed = directory().by_code["YLJ"]
    assert listed.hours.minutes == 390
    assert "区园林局" in text_of(admin.get("/desk/settings/organisations/?q=园林"))
    admin.post(f"/desk/settings/organisations/{listed.id}/edit/", PARK | {"name": "区园林局", "chief": ""})
    settled()
    assert directory().by_id[listed.id].name == "区园林局"
    assert [c.key for c in ConfigChange.objects.order_by("id")] == ["区园林和林业局", "区园林局"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"code": "URBAN"}, "已有使用这个编码的单位"),
        ({"code": "园林"}, "字母、数字"),
        ({"kind": "street"}, "负责的区域"),
        ({"hours": "17:00-9:00"}, "结束要晚于开始"),
        ({"name": ""}, "必填"),
        ({"duty_phone": "不是电话"}, "有效的电话号码"),
        ({"duty_phone": "1371234"}, "手机号码是 11 位"),
    ],
)
def test_a_refused_organisation_says_why(admin: HouseClient, changes: dict[str, str], words: str) -> None:
    page = admin.post("/desk/settings/organisations/new/", PARK | changes)
    assert page.status_code == 422
    assert words in text_of(page)


def test_the_tree_stays_a_tree(admin: HouseClient, district: District) -> None:
    street, below = district.organisations["street"], district.organisations["community0"]
    form = text_of(admin.get(f"/desk/settings/organisations/{street.pk}/edit/")).partition('name="parent"')[2]
    assert below.name not in form.partition("</select>")[0]
    data = {"name": street.name, "kind": "street", "place": district.places["street"].pk, "parent": below.pk}
    page = admin.post(f"/desk/settings/organisations/{street.pk}/edit/", data)
    assert page.status_code == 422
    assert "不能是本单位或其下级单位" in text_of(page)


def test_the_tree_shows_who_stands_under_whom(admin: HouseClient, district: District) -> None:
    page = text_of(admin.get("/desk/settings/organisations/tree/"))
    assert "1 个下级单位" in page
    assert page.index("徐家棚街道办事处") < page.index("水岸星城社区居委会")


def test_dissolving_says_what_will_move_and_to_whom(admin: HouseClient, district: District) -> None:
    advance(district, receive(district), "handling")
    urban, water = district.organisations["urban"], district.organisations["water"]
    url = f"/desk/settings/organisations/{urban.pk}/dissolve/"
    assert "未结案的件 1 件" in " ".join(text_of(admin.get(url)).split())
    early = admin.post(url, {"dissolve-on": "2019-01-01", "dissolve-successor": water.pk})
    assert early.status_code == 422
    admin.post(url, {"dissolve-on": f"{timezone.localdate()}", "dissolve-successor": water.pk})
    urban.refresh_from_db()
    assert (urban.valid_to, urban.successor_id) == (timezone.localdate(), water.pk)
    admin.post(f"/desk/settings/organisations/{urban.pk}/revive/")
    urban.refresh_from_db()
    assert (urban.valid_to, urban.successor_id) == (None, None)


# ---- accounts and posts -----------------------------------------------------------------------------------------


def test_a_new_colleague_gets_an_account_a_password_told_once_and_a_post(
    admin: HouseClient, district: District
) -> None:
    page = text_of(admin.post("/desk/accounts/new/", {"username": "Zhao.Min", "full_name": "赵敏"}))
    user = User.objects.get(username="zhao.min")
    password = page.split('class="secret">')[1].split("<")[0]
    assert user.check_password(password)
    assert user.must_change_password
    assert password not in str([c.after for c in ConfigChange.objects.all()])
    wanted = {
        "user": "赵敏", "organisation": district.organisations["community0"].pk, "role": "grid_worker",
        "since": f"{timezone.localdate()}",
    }  # fmt: skip
    refused = admin.post("/desk/accounts/posts/new/", wanted)
    assert refused.status_code == 422
    assert "第1网格" in text_of(refused)
    grids = [district.places["grid0"].pk]
    admin.post("/desk/accounts/posts/new/", wanted | {"grids": grids})
    post = Post.objects.get(user=user)
    assert post.is_primary
    admin.post(f"/desk/accounts/posts/{post.pk}/grids/", {"grids-grids": [*grids, district.places["grid1"].pk]})
    assert post.grids.count() == 2
    second = {"user": "zhao.min", "organisation": district.organisations["urban"].pk, "role": "handler"}
    admin.post("/desk/accounts/posts/new/", second | {"since": f"{timezone.localdate()}", "is_primary": "on"})
    stepped_back = ConfigChange.objects.filter(what="岗位", key__startswith="赵敏：水岸星城社区").order_by("id").last()
    assert stepped_back is not None
    assert (dict(stepped_back.before)["主岗"], dict(stepped_back.after)["主岗"]) == ("是", "否")
    admin.post(f"/desk/accounts/{user.pk}/rename/", {"full_name": "赵敏敏"})
    user.refresh_from_db()
    assert user.full_name == "赵敏敏"
    again = admin.post("/desk/accounts/new/", {"username": "zhao.min", "full_name": "赵敏"})
    assert again.status_code == 422
    assert "已被使用" in text_of(again)


def test_somebody_stands_in_and_the_holder_comes_back(admin: HouseClient, district: District) -> None:
    post = Post.objects.get(user=district.users["chief"])
    stand_in = district.users["handler"]
    today = timezone.localdate()
    wanted = {"deputy-user": stand_in.username, "deputy-since": f"{today}", "deputy-until": f"{today}"}
    admin.post(f"/desk/accounts/posts/{post.pk}/deputies/", wanted)
    assert post in usable_posts(stand_in)
    deputy = Deputy.objects.get()
    assert deputy.valid_to == today + dt.timedelta(days=1)
    assert admin.post(f"/desk/accounts/posts/{post.pk}/deputies/", wanted).status_code == 422
    admin.post(f"/desk/accounts/deputies/{deputy.pk}/end/")
    assert post not in usable_posts(stand_in)
    nobody = admin.post(f"/desk/accounts/posts/{post.pk}/deputies/", wanted | {"deputy-user": "查无此人"})
    assert "没有这位人员" in text_of(nobody)
    own = admin.post(f"/desk/accounts/posts/{post.pk}/deputies/", wanted | {"deputy-user": "chief"})
    assert "不能代理自己的岗位" in text_of(own)
    late = wanted | {"deputy-until": f"{today - dt.timedelta(days=1)}"}
    assert admin.post(f"/desk/accounts/posts/{post.pk}/deputies/", late).status_code == 422


def test_a_post_ends_and_may_be_taken_up_again(admin: HouseClient, district: District) -> None:
    post = Post.objects.get(user=district.users["handler"])
    assert "离任" in text_of(admin.get(f"/desk/accounts/posts/{post.pk}/end/"))
    admin.post(f"/desk/accounts/posts/{post.pk}/end/", {"end-on": f"{timezone.localdate()}"})
    assert usable_posts(district.users["handler"]) == []
    admin.post(f"/desk/accounts/posts/{post.pk}/resume/")
    assert usable_posts(district.users["handler"]) == [post]
    own = Post.objects.get(user=district.users["administrator"])
    assert admin.post(f"/desk/accounts/posts/{own.pk}/end/", {"end-on": f"{timezone.localdate()}"}).status_code == 409


def test_staff_come_in_by_file_with_passwords_told_once(admin: HouseClient) -> None:
    rows = "用户名,姓名,角色,单位编码\nlina,李娜,承办单位经办人,WATER\nbad name,某,承办单位经办人,WATER\n"
    checked = text_of(admin.post("/desk/accounts/import/", {"file": SimpleUploadedFile("s.csv", rows.encode())}))
    assert "还没有写入" in checked
    assert not User.objects.filter(username="lina").exists()
    ticket = checked.split('name="ticket" value="')[1].split('"')[0]
    done = text_of(admin.post("/desk/accounts/import/", {"ticket": ticket}))
    user = User.objects.get(username="lina")
    passwords = [part.split("<")[0] for part in done.split("<code>")[1:]]
    assert any(user.check_password(password) for password in passwords)
    assert "下载退回的行" in done


def test_organisations_come_in_by_file(admin: HouseClient) -> None:
    rows = "单位编码,单位名称,单位类型\nJTJ,区交通局,部门\n"
    upload = SimpleUploadedFile("o.csv", rows.encode())
    checked = text_of(admin.post("/desk/settings/organisations/import/", {"file": upload}))
    ticket = checked.split('name="ticket" value="')[1].split('"')[0]
    admin.post("/desk/settings/organisations/import/", {"ticket": ticket})
    assert Organisation.objects.filter(code="JTJ").exists()
    assert got(admin, "/desk/settings/organisations/import/?export=.xlsx")[:2] == b"PK"


# ---- logs -------------------------------------------------------------------------------------------------------


@pytest.fixture
def looked(district: District) -> None:
    contact = remember(Person(name="欧阳秀英", phone="13971112222"))
    assert contact is not None
    actor = district.actor("handler")
    reveal(contact, actor=actor, purpose="办前沟通：电话 13971112222", about="WC20261122000124")


def test_who_looked_at_whom_is_listed_masked(admin: HouseClient, district: District, looked: None) -> None:
    page = text_of(admin.get("/desk/settings/reveals/"))
    assert "承办单位经办人甲" in page
    assert "WC20261122000124" in page
    assert "秀英" not in page
    assert "13971112222" not in page
    unit = district.organisations["housing"].pk
    assert "没有符合条件" in text_of(admin.get(f"/desk/settings/reveals/?unit={unit}"))
    assert "没有符合条件" in text_of(admin.get("/desk/settings/reveals/?until=2020-01-01"))
    assert got(admin, "/desk/settings/reveals/export/")[:2] == b"PK"
    assert at_desk(district, "supervisor").get("/desk/settings/reveals/").status_code == 200
    assert at_desk(district, "handler").get("/desk/settings/reveals/").status_code == 403


def test_the_door_has_a_log(admin: HouseClient, client: HouseClient) -> None:
    client.post("/account/sign-in/", {"username": "handler", "password": "wrong"})
    assert "用户名或密码错误" in text_of(admin.get("/desk/settings/sign-ins/?outcome=wrong_password"))
    assert "没有符合条件" in text_of(admin.get("/desk/settings/sign-ins/?until=2020-01-01"))


def test_an_administrator_sees_no_matter(admin: HouseClient, district: District) -> None:
    matter = receive(district)
    assert admin.get(f"/desk/cases/{matter.number}/").status_code == 403
