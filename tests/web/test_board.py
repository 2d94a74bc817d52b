"""The command board: what stands on it, for whom, and what can be done from it."""

from __future__ import annotations

import json
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from huying.callouts.models import Response
from huying.kernel.errors import Missing
from huying.matters.models import LedgerLine, Matter
from huying.web.board.parts import NAMES, parts_of
from huying.web.board.seeing import View
from tests.cases.desk import at_desk, dispatched, many, statements, text_of, written
from tests.factories.callouts import TITLE, advance, call, response_of, responses, take
from tests.factories.cases import receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

WATCHING = ("leader", "supervisor", "dispatcher", "call_taker", "street_clerk", "street_chief", "chief")


@pytest.mark.parametrize("name", WATCHING)
def test_whoever_commands_sees_what_is_called_and_who_has_not_come(district: District, name: str) -> None:
    callout = call(district, "URBAN", "STREET")
    client = at_desk(district, name)
    answer = client.get("/board/")
    assert callout.number in text_of(answer)
    parts = answer.context["parts"]
    assert TITLE in parts["calls"]
    assert "区城市管理执法局" in parts["absent"]


@pytest.mark.parametrize("name", ["handler", "community_clerk", "grid_worker", "administrator", "analyst"])
def test_others_have_no_board(district: District, name: str) -> None:
    assert at_desk(district, name).get("/board/").status_code == 403


def test_costs_the_same_however_much_there_is(district: District) -> None:
    call(district)
    receive(district)
    client = at_desk(district, "supervisor")
    few = statements(client, "/board/")
    for n in range(12):
        call(district, "URBAN", "HOUSING", "WATER", title=f"第{n}处险情{'甲乙丙丁戊己庚辛壬癸子丑'[n] * 6}")
    dispatched(district, many(district, 60))
    much = statements(client, "/board/")
    assert len(few) == len(much) <= 12, "\n".join(much)
    assert written(much) <= {"django_session", "people_session"}


def test_who_has_not_come_is_told_with_what_is_left(district: District) -> None:
    callout = call(district, "URBAN", "HOUSING")
    view = View.of(district.actor("leader"), {})
    now = timezone.now()
    absent = parts_of(view, now)["absent"]
    assert "剩 29 分钟" in absent
    assert "data-due=" in absent, "an emergency counts by the clock on the wall"
    take_time = parts_of(view, now + timedelta(minutes=40))
    assert "超 10 分钟" in take_time["absent"]
    assert "data-late" in take_time["calls"]
    advance(district, response_of(callout, "URBAN"), "arrived")
    assert "区城市管理执法局" not in parts_of(view)["absent"]


def test_filters_stay_in_the_address(district: District) -> None:
    call(district, "URBAN")
    client = at_desk(district, "leader")
    street = district.places["street"].code
    page = text_of(client.get(f"/board/?street={street}&unit=URBAN"))
    assert TITLE in page
    assert f"street={street}&amp;unit=URBAN&amp;callout=" in page
    assert TITLE not in text_of(client.get("/board/?unit=HOUSING"))
    assert client.get("/board/?street=nowhere").status_code == 404


def test_a_reader_of_the_same_scope_gets_the_same_and_another_does_not(district: District) -> None:
    leader, taker = district.actor("leader"), district.actor("call_taker")
    assert View.of(leader, {}) != View.of(taker, {}), "a leader is told of no alarm"
    assert View.of(district.actor("call_taker2"), {}) == View.of(taker, {})
    street = View.of(district.actor("street_clerk"), {})
    assert street.place_id == district.places["street"].pk
    with pytest.raises(Missing):
        View.of(leader, {"unit": "NOBODY"})


def test_points_lie_where_the_call_is_or_in_the_middle_of_its_ground(district: District) -> None:
    call(district)
    call(district, title="没有写明地点的险情", lon=None, lat=None)
    parts = parts_of(View.of(district.actor("leader"), {}))
    assert set(parts) == set(NAMES)
    client = at_desk(district, "leader")
    drawn = unescape(client.get("/board/").context["parts"]["points"])
    points = json.loads(drawn.partition('data-points="')[2].partition('">')[0])
    assert {point["exact"] for point in points} == {True, False}
    assert client.get("/board/areas.json").json()["type"] == "FeatureCollection"


def test_titles_on_a_wall_name_nobody(district: District) -> None:
    call(district, title="请联系13971112222的王先生来开门")
    assert "13971112222" not in text_of(at_desk(district, "leader").get("/board/"))


def test_pressed_from_the_board(district: District) -> None:
    callout = call(district, "URBAN", "HOUSING")
    client = at_desk(district, "leader")
    opened = text_of(client.get(f"/board/?callout={callout.number}"))
    assert "催办全部 2 个单位" in opened
    url = f"/board/callouts/{callout.number}/press/"
    assert "马上收到催办" in text_of(client.get(url))
    answer = client.post(url)
    assert answer["Location"] == f"/board/?callout={callout.number}"
    assert "已催办区城市管理执法局、区住房保障和房屋管理局" in text_of(client.get(answer["Location"]))
    assert list(Response.objects.values_list("presses", flat=True)) == [1, 1]
    one = responses(callout)[0]
    panel = client.post(f"{url}?unit_response={one.number}", headers={"HX-Request": "true"})
    assert "board-opened" in text_of(panel)
    assert Response.objects.get(pk=one.pk).presses == 2


def test_raised_from_the_board_with_a_reason(district: District) -> None:
    callout = call(district)
    client = at_desk(district, "supervisor")
    url = f"/board/callouts/{callout.number}/raise/"
    assert client.post(url, {"raise-reason": ""}).status_code == 422
    client.post(url, {"raise-reason": "半小时没有人到场，请协调。"})
    assert Matter.objects.select_related("callout").get(pk=callout.pk).callout.raised == "street"
    assert LedgerLine.objects.filter(matter=callout.pk, step="raise_level").count() == 1
    client.post(url, {"raise-reason": "还是没有人到场，请协调。"})
    assert client.post(url, {"raise-reason": "再提一级，请协调。"}).status_code == 409


def test_who_only_looks_gets_no_button(district: District) -> None:
    callout = call(district)
    client = at_desk(district, "call_taker")
    page = text_of(client.get(f"/board/?callout={callout.number}"))
    assert "催办" not in page
    assert "提级到" not in page
    assert client.post(f"/board/callouts/{callout.number}/press/").status_code == 403
    assert client.get(f"/board/callouts/{callout.number}/", headers={"HX-Request": "true"}).status_code == 200


def test_a_call_elsewhere_cannot_be_opened(district: District) -> None:
    callout = call(district, "HOUSING")
    assert at_desk(district, "chief").get(f"/board/?callout={callout.number}").status_code == 404


def test_what_is_over_leaves_the_board(district: District) -> None:
    callout = call(district)
    take(district, callout, "withdraw", "community_clerk", {"reason": "已经自行处理。"})
    assert TITLE not in text_of(at_desk(district, "leader").get("/board/"))
