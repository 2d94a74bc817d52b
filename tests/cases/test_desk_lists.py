"""Work lists: who sees which, how they are narrowed and searched, what they cost."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from huying.cases.flow import CASES
from huying.matters.engine import move_one
from huying.matters.models import Matter
from tests.cases.desk import at_desk, dispatched, many, statements, text_of, written
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

SEEING = (
    "call_taker",
    "dispatcher",
    "supervisor",
    "leader",
    "analyst",
    "handler",
    "chief",
    "street_clerk",
    "community_clerk",
    "grid_worker",
)
BLIND = ("handler2", "chief2", "assistance", "third_party")


@pytest.mark.parametrize("name", SEEING)
def test_a_list_shows_what_the_role_may_see(district: District, name: str) -> None:
    matter = advance(district, receive(district), "handling")
    page = text_of(at_desk(district, name).get("/desk/cases/"))
    assert matter.number in page
    assert "13971112222" not in page
    assert "王秀英" not in page


@pytest.mark.parametrize("name", BLIND)
def test_a_list_hides_what_the_role_may_not_see(district: District, name: str) -> None:
    matter = advance(district, receive(district), "handling")
    client = at_desk(district, name)
    assert matter.number not in text_of(client.get("/desk/cases/"))
    assert matter.number not in text_of(client.get("/desk/cases/", {"q": "路灯"}))
    assert matter.number not in text_of(client.get("/desk/cases/", {"q": "13971112222"}))
    # Guessing the number is no way around it: it sounds as if there were no such case.
    assert client.get("/desk/cases/", {"q": matter.number}).status_code == 200


@pytest.mark.parametrize("name", ["administrator", "resident", "enterprise"])
def test_who_has_no_work_list_is_refused(district: District, name: str) -> None:
    assert at_desk(district, name).get("/desk/cases/").status_code == 403


def test_a_visitor_is_led_to_sign_in(district: District) -> None:
    from tests.ui.house import HouseClient

    answer = HouseClient().get("/desk/cases/")
    assert answer.status_code == 302
    assert "sign-in" in answer["Location"]


@pytest.mark.parametrize("name", ["call_taker", "handler", "street_clerk", "analyst"])
def test_a_page_costs_the_same_with_one_row_and_with_two_hundred(district: District, name: str) -> None:
    client = at_desk(district, name)
    advance(district, receive(district), "dispatched")
    few = statements(client, "/desk/cases/open/")
    dispatched(district, many(district, 200, confidential=True, urgency="urgent")[::3])
    lots = statements(client, "/desk/cases/open/")
    assert len(few) == len(lots)
    assert len(lots) <= 12
    assert len(statements(client, "/desk/cases/?q=路灯&due=yellow&urgency=urgent")) <= 12


def test_reading_a_list_writes_nothing_but_the_session(district: District) -> None:
    many(district, 3)
    client = at_desk(district, "call_taker")
    assert written(statements(client, "/desk/cases/")) <= {"people_session"}


def test_tabs_count_and_lead_to_what_they_count(district: District) -> None:
    many(district, 3)
    advance(district, receive(district), "triaged")
    client = at_desk(district, "dispatcher")
    page = text_of(client.get("/desk/cases/received/"))
    assert '<a href="/desk/cases/received/" aria-current="page">待研判<span class="count">3</span></a>' in page
    assert '<a href="/desk/cases/triaged/">待派单<span class="count">1</span></a>' in page
    assert page.count('data-tone="blue">待研判</span>') == 3  # one row each


def test_a_units_queues_hold_only_what_is_in_its_own_hands(district: District) -> None:
    mine = advance(district, receive(district), "dispatched")
    theirs = advance(district, receive(district), "triaged")
    together = {"lead": "HOUSING", "co_handlers": ["URBAN"]}
    move_one(CASES, "dispatch", theirs.pk, by=district.actor("dispatcher"), data=together)
    client = at_desk(district, "handler")
    waiting = text_of(client.get("/desk/cases/dispatched/"))
    assert mine.number in waiting
    assert theirs.number not in waiting
    joint = text_of(client.get("/desk/cases/joint/"))
    assert theirs.number in joint
    assert mine.number not in joint


def test_pages_follow_one_another_without_gap_or_repetition(district: District) -> None:
    numbers = {matter.number for matter in many(district, 120)}
    client = at_desk(district, "call_taker")
    seen: list[str] = []
    url = "/desk/cases/received/?urgency=normal"
    for _ in range(3):
        answer = client.get(url)
        seen += [row.number for row in answer.context["rows"]]
        if answer.context["page"].next is None:
            break
        query = parse_qs(urlsplit(url).query)
        url = f"/desk/cases/received/?urgency={query['urgency'][0]}&cursor={answer.context['page'].next}"
    assert len(seen) == 120
    assert set(seen) == numbers


def test_a_cursor_that_was_made_up_is_refused_in_words(district: District) -> None:
    answer = at_desk(district, "call_taker").get("/desk/cases/", {"cursor": "x"})
    assert answer.status_code == 422
    assert "从第一页重新打开" in text_of(answer)


def test_the_most_pressing_stands_first_unless_the_newest_is_wanted(district: District) -> None:
    start = timezone.now() - timedelta(days=3)
    old = receive(district, at=start)
    new = receive(district)
    client = at_desk(district, "call_taker")
    pressing = [row.number for row in client.get("/desk/cases/received/").context["rows"]]
    assert pressing == [old.number, new.number]
    newest = [row.number for row in client.get("/desk/cases/received/?order=newest").context["rows"]]
    assert newest == [new.number, old.number]


def test_filters_narrow_and_stay_in_the_address(district: District) -> None:
    here = receive(district)
    lon, lat = district.point(2)
    there = receive(district, lon=lon, lat=lat, urgency="emergency", channel="visit", category="02.02.01")
    client = at_desk(district, "call_taker")

    def found(query: str) -> set[str]:
        return {row.number for row in client.get(f"/desk/cases/?{query}").context["rows"]}

    assert found("urgency=emergency") == {there.number}
    assert found("channel=phone") == {here.number}
    assert found("category=02") == {there.number}
    assert found("category=02.02.01") == {there.number}
    assert found("place=420106003") == {here.number, there.number}
    assert found("place=420106003002") == {there.number}
    assert found("state=received&urgency=normal") == {here.number}
    assert found("handler=URBAN") == set()
    page = text_of(client.get("/desk/cases/?urgency=emergency&channel=visit"))
    assert "紧急程度：特急" in page
    assert 'name="drop" value="urgency"' in page  # the chip that takes it away


def test_cases_of_a_season_or_a_theme_are_found_by_their_tag(district: District) -> None:
    flood, plain = receive(district, tags=["防汛", "专题：排水"]), receive(district, tags=["防汛演练"])
    page = at_desk(district, "dispatcher").get("/desk/cases/", {"tag": "防汛"})
    shown = text_of(page)
    assert flood.number in shown
    assert plain.number not in shown
    assert "标签" in shown


def test_late_yellow_and_paused(district: District) -> None:
    late = receive(district, at=timezone.now() - timedelta(days=5))
    fresh = receive(district)
    paused = receive(district)
    move_one(CASES, "return_to_reporter", paused.pk, by=district.actor("call_taker"), data={"question": "哪一栋？"})
    client = at_desk(district, "supervisor")

    def found(query: str) -> set[str]:
        return {row.number for row in client.get(f"/desk/cases/?{query}").context["rows"]}

    assert found("due=late") == {late.number}
    assert found("due=paused") == {paused.number}
    Matter.objects.filter(pk=fresh.pk).update(warning=1)
    assert found("due=yellow") == {fresh.number}
    page = text_of(client.get("/desk/cases/?due=paused"))
    assert "已暂停" in page
    assert "红牌 超 " in text_of(client.get("/desk/cases/late/"))


def test_a_filter_nobody_offers_does_not_filter_and_is_named(district: District) -> None:
    matter = receive(district)
    answer = at_desk(district, "call_taker").get("/desk/cases/?urgency=whatever")
    assert [row.number for row in answer.context["rows"]] == [matter.number]
    assert "field-error" in text_of(answer)


def test_search_by_words_number_and_phone(district: District) -> None:
    lamp = receive(district)
    noise = receive(district, text="楼上装修太吵，影响孩子休息。", reporter={"name": "李强", "phone": "13800138000"})
    client = at_desk(district, "call_taker")

    def found(words: str) -> set[str]:
        return {row.number for row in client.get("/desk/cases/", {"q": words}).context["rows"]}

    assert found("路灯") == {lamp.number}
    assert found("装修 孩子") == {noise.number}
    assert found("138 0013 8000") == {noise.number}
    assert found("+86 13971112222") == {lamp.number}
    assert found("星城 装修") == set()
    assert found("路灯\x00") == {lamp.number}
    assert found("%_\\' -- 1=1") == set()
    assert found(lamp.number[:-3]) == {lamp.number, noise.number}
    answer = client.get("/desk/cases/", {"q": f" {noise.number.lower()} "})
    assert answer.status_code == 302
    assert answer["Location"] == f"/desk/cases/{noise.number}/"


def test_search_by_the_channels_own_number(district: District) -> None:
    hotline = receive(district, channel="hotline", external_number="HX-8812")
    city = receive(district, channel="city_board", external_number="帖子 8812")
    client = at_desk(district, "dispatcher")
    for words, matter in (("HX-8812", hotline), ("帖子 8812", city)):
        answer = client.get("/desk/cases/", {"q": words})
        assert [row.number for row in answer.context["rows"]] == [matter.number]


def test_search_tries_out_no_phone_for_who_may_not_see_it(district: District) -> None:
    receive(district, text="请回电话13971112222，小区门口路灯不亮。")
    for name in ("leader", "analyst", "grid_worker"):
        client = at_desk(district, name)
        for digits in ("13971112222", "1397111", "139711122"):
            answer = client.get("/desk/cases/", {"q": digits})
            assert answer.context["rows"] == []
            assert "不看个人信息" in text_of(answer)
        assert client.get("/desk/cases/", {"q": "路灯"}).context["rows"] != []


def test_a_units_phone_search_does_not_find_a_confidential_reporter(district: District) -> None:
    matter = receive(district, confidential=True, text="请回电话13971112222，小区门口路灯不亮。")
    open_one = receive(district)
    for one in (matter, open_one):
        advance(district, one, "dispatched")
    unit = at_desk(district, "handler").get("/desk/cases/", {"q": "13971112222"}).context["rows"]
    assert [row.number for row in unit] == [open_one.number]
    centre = at_desk(district, "call_taker").get("/desk/cases/", {"q": "13971112222"}).context["rows"]
    assert {row.number for row in centre} == {matter.number, open_one.number}


def test_de_identified_roles_read_titles_without_numbers(district: District) -> None:
    receive(district, text="13971112222请回电话，小区门口路灯不亮。")
    plain = text_of(at_desk(district, "call_taker").get("/desk/cases/"))
    masked = text_of(at_desk(district, "analyst").get("/desk/cases/"))
    assert "13971112222" in plain
    assert "13971112222" not in masked
    assert "139****2222" in masked


def test_an_empty_list_says_what_will_stand_there(district: District) -> None:
    client = at_desk(district, "handler")
    assert "新派来的件会自动出现在这里" in text_of(client.get("/desk/cases/dispatched/"))
    assert "去掉几个条件" in text_of(client.get("/desk/cases/?urgency=urgent"))
