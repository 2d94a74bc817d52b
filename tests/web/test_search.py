"""Search of everything: each finds what may be seen, grouped, and a number leads straight to its case."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.cases.desk import at_desk, many, statements, text_of, written
from tests.factories.articles import CARD, draft, publish
from tests.factories.cases import advance, receive
from tests.factories.district import District
from tests.ui.house import HouseClient

pytestmark = pytest.mark.django_db


def groups(client: HouseClient, words: str) -> dict[str, list[str]]:
    answer = client.get("/desk/search/", {"q": words})
    assert answer.status_code == 200
    found = {group.label: [hit.label for hit in group.hits] for group in answer.context["groups"]}
    cases = answer.context["cases"]
    return found | ({"诉求件": [row.number for row in cases.rows]} if cases and cases.rows else {})


def test_the_box_promises_no_cases_to_whoever_sees_none(district: District) -> None:
    assert 'placeholder="搜索单位、账号、设置"' in text_of(at_desk(district, "administrator").get("/desk/"))
    assert 'placeholder="搜索编号、电话或内容"' in text_of(at_desk(district, "dispatcher").get("/desk/"))


def test_no_box_asks_for_phones_from_whoever_may_look_up_none(district: District) -> None:
    for who in ("leader", "third_party"):
        client = at_desk(district, who)
        assert 'placeholder="搜索编号或内容"' in text_of(client.get("/desk/"))
        assert "编号、电话或内容" not in text_of(client.get("/desk/cases/"))


def test_the_third_party_is_told_what_waits_for_a_judgement(district: District) -> None:
    page = text_of(at_desk(district, "third_party").get("/desk/"))
    assert "等您评价的件" in page


def test_the_box_of_every_page_leads_to_the_search(district: District) -> None:
    for name in ("call_taker", "handler", "administrator"):
        assert 'action="/desk/search/"' in text_of(at_desk(district, name).get("/desk/"))


def test_a_number_leads_straight_to_its_case(district: District) -> None:
    matter = advance(district, receive(district), "dispatched")
    answer = at_desk(district, "handler").get("/desk/search/", {"q": f" {matter.number.lower()} "})
    assert (answer.status_code, answer["Location"]) == (302, f"/desk/cases/{matter.number}/")
    unknown = at_desk(district, "handler2").get("/desk/search/", {"q": matter.number})
    assert unknown.status_code == 200
    assert "没有找到" in text_of(unknown)


def test_the_end_of_a_number_is_enough(district: District) -> None:
    matter = receive(district)
    for name in ("call_taker", "leader"):
        client = at_desk(district, name)
        for digits in (4, 6):
            assert groups(client, matter.number[-digits:])["诉求件"] == [matter.number]
    assert "诉求件" not in groups(at_desk(district, "handler"), matter.number[-4:])


def test_a_phrase_that_nobody_said_so_finds_what_comes_near(district: District) -> None:
    near = receive(district, text="3号楼的电梯坏了，打了电话没人来修，故障一直在。")
    receive(district, text="小区门口路灯不亮。")
    client = at_desk(district, "call_taker")
    answer = client.get("/desk/cases/", {"q": "电梯故障没人修"})
    assert [line.number for line in answer.context["lines"]] == [near.number]
    assert "没有一字不差的" in text_of(answer)
    assert groups(client, "电梯故障没人修")["诉求件"] == [near.number]
    assert "没有一字不差的" not in text_of(client.get("/desk/cases/", {"q": "电梯"}))


def test_the_name_of_a_place_leads_to_what_happened_there(district: District) -> None:
    matter = receive(district, text="路灯不亮。")
    page = at_desk(district, "call_taker").get("/desk/cases/", {"q": "水岸星城社区 路灯"})
    ((label, url),) = page.context["places_meant"]
    assert "水岸星城社区" in label
    found = at_desk(district, "call_taker").get(url)
    assert [line.number for line in found.context["lines"]] == [matter.number]


def test_words_phones_units_and_places_are_found_together(district: District) -> None:
    matter = receive(district)
    client = at_desk(district, "call_taker")
    assert groups(client, "路灯")["诉求件"] == [matter.number]
    assert groups(client, "138 0000 9999") == {}
    assert groups(client, "13971112222")["诉求件"] == [matter.number]
    assert groups(client, "城市管理")["单位"] == ["区城市管理执法局"]
    assert groups(client, "水岸 社区")["区域"] == ["水岸星城社区"]
    assert "消息" not in groups(client, "账号").get("页面和设置", [])


def test_each_finds_only_what_may_be_opened(district: District) -> None:
    receive(district, text="请回电话13971112222，小区门口路灯不亮。")
    unit = at_desk(district, "handler")
    assert "诉求件" not in groups(unit, "路灯")
    assert "单位" not in groups(unit, "房屋管理")
    assert groups(unit, "城市管理")["单位"] == ["区城市管理执法局"]
    administrator = at_desk(district, "administrator")
    found = groups(administrator, "账号")
    assert "诉求件" not in found
    assert "账号" in found["页面和设置"]
    assert "不看个人信息" in text_of(at_desk(district, "leader").get("/desk/search/", {"q": "13971112222"}))


def test_every_place_found_leads_to_a_page(district: District) -> None:
    client = at_desk(district, "dispatcher")
    for group in client.get("/desk/search/", {"q": "网格"}).context["groups"]:
        for hit in group.hits:
            assert client.get(hit.url).status_code == 200, hit.label


def test_nothing_typed_says_what_to_type(district: District) -> None:
    client = at_desk(district, "call_taker")
    for words in ("", "   ", "\x00"):
        assert "要找什么" in text_of(client.get("/desk/search/", {"q": words}))


def test_staff_find_articles_that_stand(district: District) -> None:
    publish(district)
    draft(district, replace(CARD, question="老年优待证丢了怎么补办？"))
    found = groups(at_desk(district, "call_taker"), "老年优待证")
    assert found["知识"] == [CARD.question]
    page = text_of(at_desk(district, "handler").get("/desk/search/", {"q": "敬老卡"}))
    assert CARD.question in page and "区城市管理执法局：" in page


def test_a_search_costs_the_same_with_one_hit_and_with_many(district: District) -> None:
    client = at_desk(district, "call_taker")
    many(district, 1)
    publish(district, replace(CARD, question="路灯坏了找谁？"))
    few = statements(client, "/desk/search/?q=路灯")
    many(district, 100)
    lots = statements(client, "/desk/search/?q=路灯")
    assert len(lots) <= 12
    assert len(lots) - len(few) <= 1  # whether there are more than the page shows is asked only then
    assert written(lots) <= {"people_session"}
