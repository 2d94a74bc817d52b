"""Danger signs: found at intake, told to one named person after the other, never silent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from huying.kernel import outbox
from huying.kernel.errors import Conflict, Forbidden
from huying.matters import alarms
from huying.matters.models import Alarm, Delivery
from tests.factories.cases import receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("楼上有人要跳楼，快来", ["跳楼"]),
        ("家里煤气泄漏，味道很大", ["煤气泄漏"]),
        ("店里天天喊跳楼价，吵死了", []),
        ("幸好没有人自杀", []),
        ("请排查，防止火灾", []),
        ("没有工资，我不想活了", ["不想活"]),
        ("不是投诉，楼道起火了", ["起火"]),
        ("有人说要跳樓", []),
        ("再没解决我就自杀", ["自杀"]),
        ("没人管我要跳楼", ["跳楼"]),
        ("无法活下去想跳楼", ["跳楼"]),
        ("请尽快排除煤气泄漏", ["煤气泄漏"]),
        ("经检查已排除煤气泄漏", []),
        ("没有发生火灾", []),
        ("路灯坏了", []),
    ],
)
def test_danger_words_are_found_unless_negated(db: None, text: str, words: list[str]) -> None:
    assert [sign.word for sign in alarms.watch().scan(text)] == words


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
