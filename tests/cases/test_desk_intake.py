"""A voice becomes a case at the desk."""

from __future__ import annotations

import re

import pytest

from huying.cases.models import Case
from huying.cases.steps.intake import follow_hash
from huying.kernel.models import StoredFile
from huying.matters.models import Attachment, Matter, Words
from huying.people.models import Contact
from tests.cases.desk import at_desk, many, outline_of, statements, text_of, written
from tests.cases.test_desk_steps import picture
from tests.factories.cases import TEXT, advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

NEW = "/desk/cases/new/"
CALL = {
    "channel": "phone",
    "text": TEXT,
    "reporter.phone": "139 7111 2222",
    "reporter.name": "王秀英",
    "wants_reply": "on",
}


@pytest.mark.parametrize("name", ["call_taker", "street_clerk", "community_clerk", "grid_worker"])
def test_who_receives_registers_and_is_told_number_and_code_once(district: District, name: str) -> None:
    client = at_desk(district, name)
    assert client.get(NEW).status_code == 200
    answer = client.post(NEW, CALL, follow=True)
    matter = Matter.objects.get()
    assert answer.redirect_chain == [(f"/desk/cases/{matter.number}/received/", 302)]
    page = text_of(answer)
    assert matter.number in page
    found = re.search(r"<span data-verbatim>([2-9A-Z]{8})</span>", page)
    assert found
    assert bytes(Case.objects.get(pk=matter.pk).follow_hash or b"") == follow_hash(found.group(1))
    assert page.count(found.group(1)) == 1  # not in the corner as well
    again = client.get(f"/desk/cases/{matter.number}/received/")
    assert found.group(1) not in text_of(again)


@pytest.mark.parametrize("name", ["dispatcher", "handler", "chief", "leader", "analyst", "administrator", "resident"])
def test_who_does_not_receive_finds_no_form(district: District, name: str) -> None:
    client = at_desk(district, name)
    assert client.get(NEW).status_code == 403
    assert client.post(NEW, CALL).status_code == 403
    assert client.post(f"{NEW}place/", {"address": "徐东大街"}).status_code == 403
    assert not Matter.objects.exists()


def test_few_fields_first_the_rest_folded(district: District) -> None:
    page = text_of(at_desk(district, "call_taker").get(NEW))
    assert 'data-keys="ts">投诉</option>' in page  # found by the initials of its sounds
    first, more = page.split('<details class="more">')
    names = re.findall(r'name="([\w.]+)"', first.partition('id="intake"')[2])
    of_motions = [name for name in names if name.startswith("motion.")]  # shown once that kind is chosen
    assert len(set(of_motions)) == 8
    assert first.count('data-only-if="kind=motion"') == len(of_motions)
    assert [name for name in dict.fromkeys(names) if name not in of_motions] == [
        "csrfmiddlewaretoken",
        "draft",
        "draft_seal",
        "once",
        "reporter.phone",
        "reporter.name",
        "text",
        "address",
        "kind",
        "category",
        "channel",
        "urgency",
        "attachments",
    ]
    for name in ("happened_at", "who", "cause", "effect", "external_number", "confidential", "reporter.identity"):
        assert f'name="{name}"' in more


def test_missing_and_wrong_things_are_told_beside_their_fields(district: District) -> None:
    client = at_desk(district, "call_taker")
    answer = client.post(NEW, {**CALL, "text": " ", "reporter.phone": "12", "lon": "999", "lat": ""})
    page = text_of(answer)
    assert answer.status_code == 422
    assert 'id="id_text_error"' in page
    assert 'id="id_reporter.phone_error"' in page
    assert 'id="id_lon_error"' in page
    assert 'value="12"' in page
    assert '<details class="more" open>' in page  # something in it was refused
    assert not Matter.objects.exists()
    assert not Contact.objects.exclude(users__isnull=False).exists()


def test_anonymous_with_a_name_is_refused_for_the_form_as_a_whole(district: District) -> None:
    answer = at_desk(district, "call_taker").post(NEW, {**CALL, "anonymous": "on"})
    assert answer.status_code == 422
    assert "匿名诉求不要填写诉求人信息" in text_of(answer)


def test_the_same_external_number_twice_is_a_conflict_at_the_form(district: District) -> None:
    client = at_desk(district, "call_taker")
    data = {**CALL, "channel": "hotline", "external_number": "HX-8812"}
    assert client.post(NEW, data).status_code == 302
    answer = client.post(NEW, data)
    assert answer.status_code == 409
    assert "已经收过" in text_of(answer)
    assert 'value="HX-8812"' in text_of(answer)
    assert Matter.objects.count() == 1


def test_everything_behind_more_is_kept(district: District) -> None:
    lon, lat = district.point(3)
    data = {
        **CALL,
        "kind": "complaint",
        "category": "02.02.01",
        "urgency": "urgent",
        "title": "路灯不亮",
        "happened_at": "2026-01-05T09:30",
        "tags": "营商环境、清爽度夏",
        "lon": str(lon),
        "lat": str(lat),
        "confidential": "on",
        "upper_due_at": "2026-12-31T17:30",
        "attachments": [picture()],
    }
    answer = at_desk(district, "call_taker").post(NEW, data)
    assert answer.status_code == 302, text_of(answer)
    matter = Matter.objects.select_related("case").get()
    assert (matter.title, matter.subkind, matter.urgency, matter.confidential) == (
        "路灯不亮",
        "complaint",
        "urgent",
        True,
    )
    assert matter.grid == district.places["grid3"]
    assert matter.case.tags == ["营商环境", "清爽度夏"]
    assert matter.case.happened_at is not None
    assert matter.case.happened_at.isoformat() == "2026-01-05T01:30:00+00:00"
    assert matter.case.wants_reply
    assert Attachment.objects.get(matter=matter).public


def test_not_wanting_a_reply_is_a_box_left_empty(district: District) -> None:
    data = {name: value for name, value in CALL.items() if name != "wants_reply"}
    at_desk(district, "call_taker").post(NEW, data)
    assert not Case.objects.get().wants_reply


def test_the_callers_history_by_phone(district: District) -> None:
    known = receive(district)
    client = at_desk(district, "call_taker")
    told = text_of(client.post(f"{NEW}caller/", {"reporter.phone": "+86 139-7111-2222"}))
    assert known.number in told
    assert "王**" in told
    assert "王秀英" not in told
    assert known.number not in text_of(client.post(f"{NEW}caller/", {"reporter.phone": "13800009999"}))
    assert text_of(client.post(f"{NEW}caller/", {"reporter.phone": "13"})).strip() == ""
    assert client.get(f"{NEW}caller/").status_code == 405  # a phone number stands in no address


def test_a_caller_is_known_only_from_cases_one_may_see(district: District) -> None:
    elsewhere = receive(district, lon=district.point(2)[0], lat=district.point(2)[1])
    confidential = receive(district, confidential=True)
    own = receive(district)
    clerk = at_desk(district, "community_clerk")
    told = text_of(clerk.post(f"{NEW}caller/", {"reporter.phone": "13971112222"}))
    assert own.number in told
    assert elsewhere.number not in told
    assert confidential.number not in told
    worker = at_desk(district, "grid_worker")  # sees no contacts
    assert text_of(worker.post(f"{NEW}caller/", {"reporter.phone": "13971112222"})).strip() == ""


def test_a_history_of_fifty_costs_as_much_as_one(district: District) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = at_desk(district, "call_taker")
    receive(district)
    counts = []
    for _ in range(2):
        client.post(f"{NEW}caller/", {"reporter.phone": "13971112222"})
        with CaptureQueriesContext(connection) as queries:
            client.post(f"{NEW}caller/", {"reporter.phone": "13971112222"})
        counts.append(len([q for q in queries if "kernel_generation" not in q["sql"]]))
        many(district, 50)
    assert counts[0] == counts[1] <= 12


def test_the_community_of_an_address(district: District) -> None:
    client = at_desk(district, "call_taker")
    assert "水岸星城社区" in text_of(client.post(f"{NEW}place/", {"address": "徐家棚街道水岸星城社区3栋"}))
    assert "还找不到社区" in text_of(client.post(f"{NEW}place/", {"address": "某某路"}))
    assert "也可以直接在地图上点选" in text_of(client.post(f"{NEW}place/", {"address": ""}))


def test_without_script_one_button_looks_and_saves_nothing(district: District) -> None:
    known = receive(district)
    client = at_desk(district, "call_taker")
    answer = client.post(NEW, {**CALL, "text": "", "address": "水岸星城社区", "look": "1", "attachments": [picture()]})
    page = text_of(answer)
    assert answer.status_code == 200
    assert known.number in page
    assert "按地址判定" in page
    assert 'value="139 7111 2222"' in page
    assert "field-error" not in page
    assert Matter.objects.count() == 1
    assert f'value="{StoredFile.objects.get().pk}" checked' in page  # the file need not be chosen again


def test_opening_the_form_costs_little_and_writes_nothing(district: District) -> None:
    client = at_desk(district, "call_taker")
    sql = statements(client, NEW)
    assert len(sql) <= 6
    assert written(sql) <= {"people_session"}


def test_like_cases_stand_beside_and_are_joined_in_one_press(district: District) -> None:
    main = receive(district, reporter={"name": "李大勇", "phone": "13600002222"})
    client = at_desk(district, "call_taker")
    lon, lat = district.point(0)
    typed = {**CALL, "text": "水岸星城门口路灯坏了三天，太黑", "lon": str(lon), "lat": str(lat)}
    beside = text_of(client.post(f"{NEW}alike/", typed))
    assert f'name="joins" value="{main.number}"' in beside
    assert "100 米内" in beside
    assert "附近没有相近的件" in text_of(client.post(f"{NEW}alike/", {**typed, "text": "咨询医保报销比例"}))
    assert "这里显示" in text_of(client.post(f"{NEW}alike/", {"text": "灯"}))
    assert client.get(f"{NEW}alike/").status_code == 405  # words of an appeal stand in no address
    answer = client.post(NEW, {**typed, "joins": main.number}, follow=True)
    page = text_of(answer)
    second = Matter.objects.exclude(pk=main.pk).get()
    assert second.state == "joined"
    assert second.number in page
    assert f"已并入 {main.number}" in page


def test_a_main_case_closed_meanwhile_is_told_and_nothing_is_registered(district: District) -> None:
    main = advance(district, receive(district), "closed")
    answer = at_desk(district, "call_taker").post(NEW, {**CALL, "joins": main.number})
    assert answer.status_code == 409
    assert "已经结案，不能并入" in text_of(answer)
    assert Matter.objects.count() == 1


def test_a_point_on_the_map_decides_the_grid(district: District) -> None:
    client = at_desk(district, "call_taker")
    lon, lat = district.point(1)
    told = text_of(client.post(f"{NEW}place/", {"address": "某某路", "lon": str(lon), "lat": str(lat)}))
    assert "水岸星城社区 第2网格" in told
    assert "按地图上的点" in told
    code = district.places["community0"].code
    assert f"areas.geojson?place={code}" in told
    names = [f["properties"]["name"] for f in client.get(f"{NEW}areas.geojson?place={code}").json()["features"]]
    assert names == ["第1网格", "第2网格"]
    assert "不在本区" in text_of(client.post(f"{NEW}place/", {"lon": "113.1", "lat": "30.1"}))
    assert "写反了" in text_of(client.post(f"{NEW}place/", {"lon": str(lat), "lat": str(lon)}))


def test_all_five_elements_are_kept(district: District) -> None:
    data = {**CALL, "who": "某公司", "cause": "线路老化", "effect": "有老人摔倒", "happened_at": "2026-01-05T09:30"}
    client = at_desk(district, "call_taker")
    client.post(NEW, data)
    matter = Matter.objects.get()
    words = dict(Words.objects.filter(matter=matter).values_list("field", "text"))
    assert (words["who"], words["cause"], words["effect"]) == ("某公司", "线路老化", "有老人摔倒")
    assert "有老人摔倒" in text_of(client.get(f"/desk/cases/{matter.number}/"))


def test_the_map_shows_streets_and_closer_communities_and_nobody_reads_of_coordinates(district: District) -> None:
    outline_of(district, "community0")
    client = at_desk(district, "call_taker")
    page = text_of(client.get(NEW))
    assert "WGS-84" not in page
    assert "is-set-by-map" in page
    assert 'data-areas-closer="/desk/cases/new/areas.geojson?level=community"' in page
    names = [f["properties"]["name"] for f in client.get(f"{NEW}areas.geojson?level=community").json()["features"]]
    assert "水岸星城社区" in names
