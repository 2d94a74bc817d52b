"""Which cases may be about the same thing: near in place, in time and in words."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huying.cases.similar import Likeness, Similar, _pairs, _spoken, distance, similar
from huying.matters.models import Matter
from huying.people.contacts import Person, remember
from tests.cases.desk import many, settled
from tests.factories.cases import advance, receive
from tests.factories.district import SIZE, District

pytestmark = pytest.mark.django_db

LAMP = "小区三号门的路灯坏了三天，晚上看不见路，老人出门不方便。"
LAMP_AGAIN = "三号门路灯不亮，晚上一片漆黑，请来修一修。"
NOISE = "夜间工地施工噪音很大，凌晨两点还在打桩，吵得孩子睡不着。"
STREET_METRE = 1 / 111_320  # degrees of latitude


def looking(district: District, text: str, *, grid: int = 0, north: float = 0, **more: object) -> list[Similar]:
    lon, lat = district.point(grid)
    wanted = Likeness.of(text, lon=lon, lat=lat + north * STREET_METRE, **more)  # type: ignore[arg-type]
    return similar(wanted, district.actor("call_taker"))


def found(likes: list[Similar]) -> list[str]:
    return [like.matter.number for like in likes]


def test_the_same_thing_in_other_words_is_found_with_its_reasons(district: District) -> None:
    lamp, noise = receive(district, text=LAMP), receive(district, text=NOISE)
    likes = looking(district, LAMP_AGAIN, north=60)
    assert found(likes) == [lamp.number]
    assert noise.number not in found(likes)
    assert likes[0].reasons[:2] == ("100 米内", "今天")
    assert "路灯" in likes[0].reasons[2]
    assert found(looking(district, NOISE)) == [noise.number]


def test_while_it_is_being_typed_a_few_words_are_enough(district: District) -> None:
    lamp = receive(district, text=LAMP)
    assert found(looking(district, "路灯坏了")) == [lamp.number]
    assert looking(district, "噪音扰民") == []
    assert looking(district, "") == []


def test_far_away_is_something_else(district: District) -> None:
    receive(district, text=LAMP)
    assert looking(district, LAMP, grid=3) == []
    assert looking(district, LAMP, north=2000) == []


def test_across_the_street_is_near_though_it_is_another_community(district: District) -> None:
    lon, lat = district.point(0)
    border = lat + SIZE / 2
    lamp = receive(district, text=LAMP, lon=lon, lat=border - 50 * STREET_METRE)
    likes = similar(Likeness.of(LAMP_AGAIN, lon=lon, lat=border + 50 * STREET_METRE), district.actor("call_taker"))
    assert found(likes) == [lamp.number]


def test_by_the_words_of_the_address_alone(district: District) -> None:
    here = receive(district, text=LAMP, lon=None, lat=None, address="徐家棚街道水岸星城社区三号门")
    receive(district, text=LAMP, lon=None, lat=None, address="徐家棚街道湖北大学社区")
    wanted = Likeness.of(LAMP_AGAIN, address="水岸星城社区")
    likes = similar(wanted, district.actor("call_taker"))
    assert found(likes) == [here.number]
    assert "同一社区" in likes[0].reasons


def test_without_any_place_only_much_the_same_words_count(district: District) -> None:
    lamp = receive(district, text=LAMP, lon=None, lat=None)
    receive(district, text="路灯招标公告什么时候发布", lon=None, lat=None)
    assert found(similar(Likeness.of(LAMP), district.actor("call_taker"))) == [lamp.number]


def test_what_was_long_ago_or_closed_long_ago_is_left_out(district: District) -> None:
    def opened(days: int) -> datetime:
        return timezone.now() - timedelta(days=days)

    receive(district, text=LAMP, at=opened(400))
    old = advance(district, receive(district, text=LAMP, at=opened(40)), "closed", start=opened(39))
    assert old.closed_at is not None
    assert looking(district, LAMP) == []
    fresh = advance(district, receive(district, text=LAMP, at=opened(6)), "closed", start=opened(5))
    waiting = receive(district, text=LAMP, at=opened(30))
    likes = looking(district, LAMP)
    assert found(likes) == [fresh.number, waiting.number]
    assert "6 天前" in likes[0].reasons


def test_the_same_person_is_a_reason_where_one_may_know(district: District) -> None:
    person = remember(Person(name="王秀英", phone="13971112222"))
    lamp = receive(district, text=LAMP)
    likes = looking(district, "又坏了，还是那盏路灯", people=[person])
    assert found(likes) == [lamp.number]
    assert likes[0].reasons[0] == "同一诉求人"
    hidden = receive(district, text=NOISE, confidential=True)
    lon, lat = district.point(0)
    wanted = Likeness.of("孩子睡不着怎么办", lon=lon, lat=lat, people=[person])
    for like in similar(wanted, district.actor("community_clerk")):
        assert like.matter.number != hidden.number or "同一诉求人" not in like.reasons


def test_nobody_finds_what_is_not_theirs_to_see(district: District) -> None:
    lamp = receive(district, text=LAMP)
    lon, lat = district.point(0)
    wanted = Likeness.of(LAMP, lon=lon, lat=lat)
    assert found(similar(wanted, district.actor("community_clerk"))) == [lamp.number]
    assert similar(wanted, district.actor("handler")) == []
    assert similar(wanted, district.actor("administrator")) == []


def test_numbers_of_people_are_no_common_words(district: District) -> None:
    receive(district, text=f"{NOISE}联系 13900005555")
    assert looking(district, "请拨打 13900005555") == []


def test_one_that_is_joined_stands_for_its_main(district: District) -> None:
    main = receive(district, text="单元门口的照明坏了")
    second = receive(district, text=LAMP, joins=main.number)
    [like] = looking(district, LAMP)
    assert (like.matter.number, like.through) == (main.number, second.number)


def test_itself_is_not_like_it(district: District) -> None:
    lamp, again = receive(district, text=LAMP), receive(district, text=LAMP_AGAIN)
    one = Matter.objects.select_related("case").get(pk=again.pk)
    assert found(similar(Likeness.to(one, LAMP_AGAIN), district.actor("call_taker"))) == [lamp.number]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(metres=st.floats(0, 3000), angle=st.sampled_from([(1.0, 0.0), (0.0, 1.0), (-0.7, 0.7)]))
def test_as_far_as_it_is_said_to_be(metres: float, angle: tuple[float, float]) -> None:
    from math import cos, radians

    lon, lat = 114.31, 30.55
    there = lon + angle[0] * metres * STREET_METRE / cos(radians(lat)), lat + angle[1] * metres * STREET_METRE
    straight = metres * (angle[0] ** 2 + angle[1] ** 2) ** 0.5
    assert distance(lon, lat, *there) == pytest.approx(straight, rel=0.01, abs=0.5)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(max_size=200))
def test_whatever_is_typed_is_answered(district: District, text: str) -> None:
    for like in looking(district, text):
        assert 0 < like.score <= 1


def test_five_hundred_cases_cost_as_many_statements_as_one(district: District) -> None:
    receive(district, text=LAMP)
    settled()
    looking(district, LAMP)
    with CaptureQueriesContext(connection) as few:
        looking(district, LAMP)
    many(district, 500, text=LAMP)
    settled()
    looking(district, LAMP)
    with CaptureQueriesContext(connection) as lots:
        assert len(looking(district, LAMP)) == 6
    assert len(few) == len(lots) <= 3


@pytest.mark.parametrize(
    ("mine", "theirs", "both"),
    [
        ("3栋2单元顶楼漏水，墙都湿了", "我家住单元顶楼，下雨就漏水", ["顶楼", "漏水"]),
        ("5单元顶楼漏水", "2单元顶楼渗水", ["顶楼"]),
        ("晚上12点广场舞噪音很大", "凌晨1点广场舞音响，噪音扰民", ["广场舞", "噪音"]),
        ("A3区丽发新城旁的搅拌厂冒烟", "A2区丽发新城附近搅拌厂半夜开工", ["丽发新城", "搅拌厂"]),
        ("路灯不亮了", "水管爆了", []),
    ],
)
def test_what_both_say_is_told_in_whole_words(mine: str, theirs: str, both: list[str]) -> None:
    shared = {pair for pair in _pairs(mine) & _pairs(theirs) if pair != "单元"}  # a usual pair tells nothing by itself
    assert _spoken(mine, theirs, shared) == both


def test_a_long_stretch_that_both_say_is_cut_with_a_sign() -> None:
    said = "小区配套幼儿园治理工作迟迟没有完成"
    (word,) = _spoken(f"请问{said}？", f"反映{said}。", set(_pairs(said)))
    assert word == "小区配套幼儿园治理工作迟迟没…"
