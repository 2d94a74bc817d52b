"""The reporter takes a case back: by the own page or by telephone; whoever went along with it goes on."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from huying.cases.flow import CASES
from huying.cases.joined import close_joined, go_on
from huying.cases.models import CaseLink, Objection, Resolution
from huying.cases.portal.story import plain_story
from huying.kernel import outbox
from huying.kernel.errors import Forbidden, Invalid
from huying.matters.engine import move_one
from huying.matters.ledger import verify
from huying.matters.models import Alarm, Clock, Delivery, LedgerLine, Matter, Message
from huying.people.actors import Actor, visitor
from tests.cases.desk import HouseClient, at_desk, settled, text_of
from tests.cases.test_joining import SECOND
from tests.cases.test_objections import OBJECT, act, running
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

SAID = {"means": "phone", "reason": "来电说灯已经亮了，不用办了。"}


def own(matter: Matter) -> Actor:
    return visitor("", matter_id=matter.pk)


def take_back(matter: Matter, **data: object) -> Matter:
    return move_one(CASES, "withdraw", matter.pk, by=own(matter), data=data)


def facts(matter: Matter) -> dict[str, object]:
    found = json.loads(LedgerLine.objects.filter(matter=matter, step="withdraw").latest("seq").facts)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    "state", ["received", "triaged", "dispatched", "acknowledged", "handling", "awaiting_approval", "resolved"]
)
def test_from_any_state_the_clocks_stop_without_a_verdict(district: District, state: str) -> None:
    matter = take_back(advance(district, receive(district), state))
    assert (matter.state, matter.aspects) == ("closed", ["withdrawn"])
    assert running(matter) == {}
    ended = Clock.objects.filter(matter=matter, stopped_seq=matter.version)
    assert set(ended.values_list("met", flat=True)) == {None}
    assert facts(matter)["excluded"] == "withdrawn"
    assert facts(matter)["overdue"] == []
    assert verify().holds


def test_the_unit_is_told_and_so_is_the_reporter(district: District) -> None:
    matter = advance(district, receive(district), "handling")
    outbox.drain()
    act(district, matter, "withdraw", "call_taker", **SAID)
    outbox.drain()
    assert Delivery.objects.filter(message__key="case.withdrawn_unit", user=district.users["handler"]).exists()
    assert Message.objects.filter(matter=matter, key="case.withdrawn").exists()


def test_what_was_late_is_told_all_the_same(district: District) -> None:
    matter = advance(district, receive(district), "handling")
    Clock.objects.filter(matter=matter, kind="handle").update(due_at=timezone.now() - timedelta(days=1))
    assert facts(take_back(matter))["overdue"] == ["handle"]


def test_the_centre_says_how_it_was_told(district: District) -> None:
    matter = receive(district)
    with pytest.raises(Invalid) as refused:
        act(district, matter, "withdraw", "call_taker")
    assert refused.value.fields.keys() == {"means", "reason"}
    matter = act(district, matter, "withdraw", "call_taker", **SAID)
    assert (facts(matter)["means"], facts(matter)["by_reporter"]) == ("phone", False)
    with pytest.raises(Forbidden):
        act(district, advance(district, receive(district), "dispatched"), "withdraw", "handler", **SAID)


def test_nobody_takes_back_what_only_its_reporter_can(district: District) -> None:
    from tests.factories.api import program

    nameless = receive(district, reporter=None, anonymous=True)
    with pytest.raises(Forbidden, match="查询码"):
        act(district, nameless, "withdraw", "call_taker", **SAID)
    assert take_back(nameless).state == "closed"
    confidential = receive(district, confidential=True)
    settled()
    answer = program().post(f"/cases/{confidential.number}/steps/withdraw", SAID)
    assert answer.status_code == 403
    assert act(district, confidential, "withdraw", "call_taker", **SAID).state == "closed"


def test_on_the_own_page_without_script_and_back_again(district: District, client: HouseClient) -> None:
    matter = advance(district, receive(district, by=district.actor("resident")), "handling")
    settled()
    client.force_login(district.users["resident"])
    page = text_of(client.get(f"/follow/{matter.number}/"))
    assert "不用办了" in page
    asked = text_of(client.get(f"/follow/{matter.number}/withdraw/"))
    assert "规定的天数内" in asked
    assert "诉求人怎么说的" not in asked
    done = text_of(client.post(f"/follow/{matter.number}/withdraw/", {"reason": ""}, follow=True))
    assert "按您的要求，不再办理了" in done
    assert "请接着办" in done
    again = text_of(client.get(f"/follow/{matter.number}/rework/"))
    assert "请重新办理" in again
    client.post(f"/follow/{matter.number}/rework/", {"reason": "昨天又不亮了"})
    matter = Matter.objects.get(pk=matter.pk)
    assert (matter.state, matter.aspects, matter.rework_count, matter.lead_id) == ("received", [], 0, None)
    assert advance(district, matter, "closed").state == "closed"


def test_after_fifteen_days_it_is_too_late_to_come_back(district: District) -> None:
    matter = take_back(receive(district))
    Matter.objects.filter(pk=matter.pk).update(closed_at=timezone.now() - timedelta(days=16))
    story = plain_story(Matter.objects.get(pk=matter.pk), own(matter))
    assert "rework" not in story.step_keys
    assert "超过 15 天" in story.afterwards


def test_a_result_that_awaited_approval_ends_with_it(district: District) -> None:
    matter = advance(district, receive(district), "awaiting_approval")
    take_back(matter)
    assert Resolution.objects.get(case=matter.pk).withdrawn_at is not None
    again = move_one(CASES, "rework", matter.pk, by=own(matter), data={"reason": "还是不亮"})
    assert advance(district, again, "closed").state == "closed"


def test_an_objection_ends_with_it(district: District) -> None:
    matter = advance(district, receive(district), "dispatched")
    act(district, matter, "object", "handler", **OBJECT)
    act(district, matter, "endorse_objection", "chief")
    matter = take_back(matter)
    assert (matter.state, matter.returns_to) == ("closed", "")
    assert Objection.objects.get(case=matter.pk).verdict == "dropped"


def test_an_alarm_stays_until_somebody_has_seen_it(district: District) -> None:
    matter = receive(district, text="楼里有人说不想活了，请快来。")
    take_back(matter)
    assert Alarm.objects.get(matter=matter).acknowledged_at is None
    assert matter.number in text_of(at_desk(district, "supervisor").get("/desk/cases/alarm/"))


def test_who_went_along_with_it_goes_on(district: District) -> None:
    main = receive(district)
    first, second, third = (receive(district, **SECOND, joins=main.number) for _ in range(3))
    advance(district, main, "handling")
    take_back(main)
    now = timezone.now()
    assert close_joined(now + timedelta(hours=1)) == 0
    Matter.objects.filter(pk=main.pk).update(closed_at=now - timedelta(hours=1))
    assert go_on(now) == 3
    assert go_on(now) == 0
    first = Matter.objects.get(pk=first.pk)
    assert (first.state, running(first)) == ("received", {"triage": False})
    for other in (second, third):
        assert Matter.objects.get(pk=other.pk).state == "joined"
        assert CaseLink.objects.waiting().get(case=other.pk).main_id == first.pk
    advance(district, first, "closed")
    assert close_joined(timezone.now() + timedelta(hours=1)) == 2
    assert Matter.objects.get(pk=second.pk).state == "closed"
    assert verify().holds


def test_one_that_goes_along_is_taken_back_alone(district: District) -> None:
    main = receive(district)
    second = receive(district, **SECOND, joins=main.number)
    assert take_back(second).state == "closed"
    assert not CaseLink.objects.waiting().exists()
    assert Matter.objects.get(pk=main.pk).state == "received"
    assert facts(second)["main"] == main.number


def test_what_followed_a_rejected_case_goes_on_too(district: District) -> None:
    main = receive(district)
    second = receive(district, **SECOND, joins=main.number)
    act(district, main, "propose_rejection", "call_taker", reason="police")
    assert go_on(timezone.now() + timedelta(hours=1)) == 1
    assert Matter.objects.get(pk=second.pk).state == "received"
