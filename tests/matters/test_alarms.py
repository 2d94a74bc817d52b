"""Danger signs: found at intake, told to one named person after the other, never silent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from huying.kernel import outbox
from huying.kernel.errors import Conflict, Forbidden
from huying.matters import alarms, signs
from huying.matters.models import Alarm, Delivery
from tests.factories.cases import receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db


def words_in(text: str) -> list[str]:
    return [sign.word for sign in signs.watch().scan(text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("楼上有人要跳楼，快来", ["跳楼"]),
        ("家里煤气泄漏，味道很大", ["煤气泄漏"]),
        ("有人说要跳樓", []),
        ("路灯坏了", []),
        ("这一带刚刚发生火灾", ["发生火灾"]),
        ("刚才是一起火灾，幸好不大", []),  # 起火 stands in it only as characters
        ("孩子不见了，请帮忙找找，快救命", ["孩子不见了", "快救命"]),
    ],
)
def test_danger_words_are_found(db: None, text: str, words: list[str]) -> None:
    assert words_in(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("幸好没有人自杀", []),
        ("他从没想过自杀", []),
        ("没有发生火灾", []),
        ("至今未再发生爆炸", []),
        ("经检查已排除煤气泄漏", []),
        ("已经排除了煤气泄漏", []),
        ("没有工资，我不想活了", ["不想活"]),
        ("不是投诉，楼道起火了", ["起火"]),
        ("再没解决我就自杀", ["自杀"]),
        ("没人管我要跳楼", ["跳楼"]),
        ("无法活下去想跳楼", ["跳楼"]),
        ("请尽快排除煤气泄漏", ["煤气泄漏"]),
        ("插座是不是漏电，一碰就麻", ["漏电"]),
        ("会不会自杀谁也不知道", ["自杀"]),
        ("不排除会发生群体性事件", ["群体性事件"]),
    ],
)
def test_only_what_is_denied_itself_is_left_out(db: None, text: str, words: list[str]) -> None:
    assert words_in(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("店里天天喊跳楼价，吵死了", []),
        ("晚上聚众打牌到两点", []),
        ("晚上有人聚众堵在售楼部门口", ["聚众"]),
        ("小区门口乱停车堵路", []),
        ("工人准备明天堵路讨工资", ["堵路"]),
        ("电梯隔三差五罢工", []),
        ("出租车从今天起罢工", ["罢工"]),
        ("这里是拥堵路段", []),
        ("热水器打不着火", []),
        ("每天看着火车开过", []),
        ("天天卖跳楼价，三楼真的有人要跳楼", ["跳楼"]),  # excused in the one place, not in the other
    ],
)
def test_a_word_beside_it_can_excuse_it(db: None, text: str, words: list[str]) -> None:
    assert words_in(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("请排查，防止火灾", []),
        ("楼道堆满杂物，一旦发生火灾后果不堪设想", []),
        ("万一起火，消防车进不来", []),
        ("如果货车自燃，发生爆炸怎么办", []),
        ("担心围墙坍塌", []),
        ("如果没人来就晚了，货车爆炸了", ["爆炸"]),
        ("老房子随时会倒塌，担心得很", ["倒塌"]),
        ("担心归担心，围墙已经倒塌", ["倒塌"]),
        ("电线浸在水里，随时会触电", ["触电"]),
        # An “if” of despair or of a crowd is the danger itself.
        ("如果再不解决，我就跳楼", ["跳楼"]),
        ("如得不到答复，我们将集体上访", ["集体上访"]),
        ("担心老人自杀", ["自杀"]),
    ],
)
def test_what_is_only_supposed_is_left_out_but_not_a_threat(db: None, text: str, words: list[str]) -> None:
    assert words_in(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2013年这家酒店起火，至今没有整改", []),
        ("去年护坡坍塌过一次", []),
        ("曾多次集体上访", []),
        ("今年护坡坍塌至今没人管", ["坍塌"]),
        ("2026年11月22日晚厂房起火", ["起火"]),
        ("她去年自杀过一次，现在又说不想活", ["自杀", "不想活"]),
    ],
)
def test_what_is_long_over_is_left_out_but_not_despair(db: None, text: str, words: list[str]) -> None:
    assert words_in(text) == words


def told() -> list[str]:
    names = Delivery.objects.filter(message__key="alarm").order_by("pk").values_list("user__username", flat=True)
    return [name or "" for name in names]


def test_an_alarm_goes_from_person_to_person_until_acknowledged(district: District) -> None:
    matter = receive(district, text="我家对面楼有人持刀追人，救命")
    outbox.drain()
    assert told() == ["supervisor"]
    now = timezone.now()
    assert alarms.next_people(now) == 0  # not before its time
    alarms.next_people(now + timedelta(minutes=6))
    assert told() == ["supervisor", "dispatcher"]
    for n in range(2, 5):
        alarms.next_people(now + timedelta(minutes=6 * n))
    assert set(told()) == {"supervisor", "dispatcher", "dispatcher2", "call.taker", "call.taker2"}
    alarms.next_people(now + timedelta(minutes=60))
    assert len(told()) == 6  # everybody was told: it starts over
    alarm = Alarm.objects.get(matter=matter)
    with pytest.raises(Forbidden):
        alarms.acknowledge(alarm.pk, by=district.actor("handler"), real=True, at=now)
    alarms.acknowledge(alarm.pk, by=district.actor("supervisor"), real=True, at=now)
    with pytest.raises(Conflict):
        alarms.acknowledge(alarm.pk, by=district.actor("dispatcher"), real=True, at=now)
    alarms.next_people(now + timedelta(days=1))
    assert len(told()) == 6
