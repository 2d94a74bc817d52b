"""平急转换: a regime is begun and ended with a reason, every unit confirms, whoever has not is told again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from huying.kernel.generation import bump
from huying.kernel.models import ConfigChange
from huying.matters import regimes
from huying.matters.channels import IN_APP
from huying.matters.models import Message, Regime, RegimeNotice, RegimeRhythm
from huying.matters.preferences import keep
from huying.matters.rhythms import ALARM, CONFIRM, every
from huying.people.directory import directory
from huying.people.models import Organisation
from tests.cases.desk import at_desk, text_of
from tests.factories.district import District

pytestmark = pytest.mark.django_db

START, NAME = "/desk/settings/regimes/start/", "防汛应急响应"
REASON = "市气象台发布暴雨橙色预警。"


def start(district: District, by: str = "leader") -> Regime:
    at_desk(district, by).post(START, {"known": "", "name": NAME, "reason": REASON, "until": ""})
    return Regime.objects.get()


def test_begun_with_a_reason_and_told_to_every_unit(district: District) -> None:
    client = at_desk(district, "leader")
    refused = client.post(START, {"known": "", "name": NAME, "reason": "", "until": ""})
    assert refused.status_code == 422
    regime = start(district)
    assert (regime.started_by, regime.reason) == (district.users["leader"], REASON)
    assert RegimeNotice.objects.filter(regime=regime).count() == len(directory().handlers()) > 3
    told = set(Message.objects.get(key="regime.begun").deliveries.values_list("user__username", flat=True))
    assert {"handler", "chief", "street.clerk", "community.clerk"} <= told
    change = ConfigChange.objects.latest("pk")
    assert (change.what, change.key) == ("应急状态", NAME)
    assert ["为什么启动", REASON] in change.after


@pytest.mark.parametrize("name", ["handler", "dispatcher", "street_clerk"])
def test_only_who_may_switches(district: District, name: str) -> None:
    assert at_desk(district, name).get(START).status_code == 403


def test_a_unit_confirms_once_and_is_left_alone(district: District) -> None:
    regime = start(district)
    client = at_desk(district, "handler")
    url = f"/desk/regimes/{regime.pk}/"
    assert "确认收到" in text_of(client.get(url))
    client.post(f"{url}confirm/")
    assert "贵单位已确认收到" in text_of(client.get(url))
    assert client.post(f"{url}confirm/").status_code == 409
    assert at_desk(district, "call_taker").post(f"{url}confirm/").status_code == 403, "the centre was not told"
    page = text_of(at_desk(district, "leader").get(url))
    assert "没有确认的单位" in page
    (standing,) = regimes.standing(timezone.now())
    assert standing.told - standing.unconfirmed == 1
    regimes.remind(timezone.now() + timedelta(hours=1))
    again = set(Message.objects.get(key="regime.again").deliveries.values_list("user__username", flat=True))
    assert "handler" not in again
    assert "street.clerk" in again


def test_reminded_until_it_is_over(district: District) -> None:
    regime, now = start(district), timezone.now()
    n = len(directory().handlers())
    assert regimes.remind(now) == 0
    assert regimes.remind(now + timedelta(minutes=16)) == n
    assert regimes.remind(now + timedelta(minutes=17)) == 0
    assert regimes.remind(now + timedelta(minutes=33)) == n
    url = f"/desk/settings/regimes/{regime.pk}/end/"
    client = at_desk(district, "supervisor")
    assert client.post(url, {f"end-{regime.pk}-reason": ""}).status_code == 422
    client.post(url, {f"end-{regime.pk}-reason": "预警解除。"})
    regime.refresh_from_db()
    assert (regime.ended_by, regime.ended_for) == (district.users["supervisor"], "预警解除。")
    assert Message.objects.filter(key="regime.ended").exists()
    assert regimes.remind(now + timedelta(hours=3)) == 0
    assert regimes.standing(timezone.now() + timedelta(seconds=1)) == []


def test_a_regime_that_ends_by_itself_reminds_nobody(district: District) -> None:
    regime, now = start(district), timezone.now()
    Regime.objects.filter(pk=regime.pk).update(until=now + timedelta(minutes=5))
    assert regimes.remind(now + timedelta(minutes=20)) == 0
    assert not RegimeNotice.objects.exclude(next_at=None).exists()


def test_whoever_was_told_learns_that_the_planned_end_has_come(district: District) -> None:
    regime, now = start(district), timezone.now()
    Regime.objects.filter(pk=regime.pk).update(until=now + timedelta(minutes=5))
    assert regimes.finish_planned(now) == 0
    assert regimes.finish_planned(now + timedelta(minutes=6)) == 1
    assert regimes.finish_planned(now + timedelta(minutes=7)) == 0, "it is told once"
    ended = Message.objects.get(key="regime.ended")
    assert regimes.PLANNED in ended.body
    assert "handler" in set(ended.deliveries.values_list("user__username", flat=True))
    change = ConfigChange.objects.latest("pk")
    assert (change.who, change.key) == ("系统", NAME)
    assert regimes.PLANNED in text_of(at_desk(district, "leader").get(f"/desk/regimes/{regime.pk}/"))


def test_reaches_phones_whatever_anybody_has_switched_off(district: District) -> None:
    Organisation.objects.filter(code="URBAN").update(duty_phone="027-88936000、13900000001")
    bump("organisations")
    keep(district.users["handler"], phone="13900000002", wanted=[])
    start(district)
    begun = Message.objects.get(key="regime.begun")
    assert begun.urgent
    assert begun.words == {"regime": NAME, "reason": REASON}
    away = begun.deliveries.exclude(channel=IN_APP).values_list("user__username", "organisation__code", "status")
    assert {("handler", None, "pending"), (None, "URBAN", "pending")} <= set(away)


def test_changes_how_often_things_are_done(district: District) -> None:
    now = timezone.now()
    assert every(ALARM, now) == timedelta(minutes=5)
    RegimeRhythm.objects.create(regime=NAME, rhythm=ALARM.key, minutes=2)
    RegimeRhythm.objects.create(regime=NAME, rhythm=CONFIRM.key, minutes=3)
    bump("limits")
    assert every(ALARM, now) == timedelta(minutes=5), "it does not hold yet"
    start(district)
    bump("limits")
    now = timezone.now()
    assert every(ALARM, now) == timedelta(minutes=2)
    assert RegimeNotice.objects.filter(next_at__lte=now + timedelta(minutes=3)).count() == len(directory().handlers())


def test_an_administrator_sets_the_rhythms(district: District) -> None:
    Regime.objects.create(key=NAME, name=NAME, since=timezone.now() - timedelta(days=9), until=timezone.now())
    client = at_desk(district, "administrator")
    new = "/desk/settings/regimes/rhythms/new/"
    client.post(new, {"regime": NAME, "rhythm": ALARM.key, "minutes": "2"})
    assert client.post(new, {"regime": NAME, "rhythm": ALARM.key, "minutes": "3"}).status_code == 422
    assert "2 分钟" in text_of(client.get("/desk/settings/regimes/"))
    client.post(f"/desk/settings/regimes/rhythms/{RegimeRhythm.objects.get().pk}/remove/")
    assert not RegimeRhythm.objects.exists()
    assert ConfigChange.objects.filter(what="应急频次").count() == 2


def test_the_board_says_so(district: District) -> None:
    start(district)
    page = text_of(at_desk(district, "supervisor").get("/board/"))
    assert REASON in page
    assert "个单位还没有确认" in page
