"""Alarms: seen by those who answer them, acknowledged once, and honest about the false ones."""

from __future__ import annotations

import pytest

from huying.matters.alarms import acknowledge
from huying.matters.models import Alarm
from tests.cases.desk import at_desk, statements, text_of, written
from tests.factories.cases import receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

GAS = "楼道里有煤气味，担心煤气泄漏，请马上来看。"


@pytest.mark.parametrize("name", ["call_taker", "dispatcher", "supervisor"])
def test_who_answers_alarms_finds_them(district: District, name: str) -> None:
    matter = receive(district, text=GAS)
    receive(district)
    client = at_desk(district, name)
    page = text_of(client.get("/desk/alarms/"))
    assert matter.number in page
    assert "煤气泄漏" in page
    assert page.count('value="yes"') == 1
    assert "险情" in text_of(client.get(f"/desk/cases/{matter.number}/"))
    assert "有险情等待确认" in text_of(client.get("/desk/"))
    assert 'id="count-alarms" hx-swap-oob="true">1</span>' in text_of(client.get("/ui/counts/"))


@pytest.mark.parametrize("name", ["handler", "chief", "leader", "analyst", "administrator", "grid_worker", "resident"])
def test_others_do_not(district: District, name: str) -> None:
    receive(district, text=GAS)
    alarm = Alarm.objects.get()
    client = at_desk(district, name)
    assert client.get("/desk/alarms/").status_code == 403
    assert client.post(f"/desk/alarms/{alarm.pk}/", {"real": "no"}).status_code == 403
    alarm.refresh_from_db()
    assert alarm.acknowledged_at is None


def test_acknowledging_says_whether_it_was_real(district: District) -> None:
    matter = receive(district, text=GAS)
    alarm = Alarm.objects.get()
    client = at_desk(district, "supervisor")
    assert client.get(f"/desk/alarms/{alarm.pk}/").status_code == 405
    assert client.post(f"/desk/alarms/{alarm.pk}/", {}).status_code == 422
    answer = client.post(f"/desk/alarms/{alarm.pk}/", {"real": "no"}, follow=True)
    page = text_of(answer)
    assert f"{matter.number} 的险情提示已确认：误报" in page
    assert "误报较多的词语" in page
    assert "督导员甲" in page
    alarm.refresh_from_db()
    assert (alarm.real, alarm.acknowledged_by) == (False, district.users["supervisor"])


def test_two_people_at_once(district: District) -> None:
    from django.utils import timezone

    receive(district, text=GAS)
    alarm = Alarm.objects.get()
    acknowledge(alarm.pk, by=district.actor("dispatcher"), real=True, at=timezone.now())
    answer = at_desk(district, "supervisor").post(f"/desk/alarms/{alarm.pk}/", {"real": "no"})
    assert answer.status_code == 409
    assert "已经有人确认" in text_of(answer)
    alarm.refresh_from_db()
    assert alarm.real is True


def test_an_alarm_that_does_not_exist(district: District) -> None:
    assert at_desk(district, "supervisor").post("/desk/alarms/999/", {"real": "no"}).status_code == 404


def test_many_cost_what_one_does(district: District) -> None:
    client = at_desk(district, "supervisor")
    receive(district, text=GAS)
    few = statements(client, "/desk/alarms/")
    for _ in range(15):
        receive(district, text=GAS)
    lots = statements(client, "/desk/alarms/")
    assert len(few) == len(lots) <= 10
    assert written(lots) <= {"people_session"}
