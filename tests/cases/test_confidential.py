"""Whoever asked for confidence: who that is stays with the centre, also where the words of the appeal tell it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from huying.cases.flow import CASES
from huying.cases.queues import QUEUES, cases_for, in_queue
from huying.cases.searching import search
from huying.kernel import outbox
from huying.matters.engine import move_one
from huying.matters.models import Clock, Delivery, Matter
from huying.matters.sweep import sweep
from tests.cases.desk import at_desk, text_of
from tests.factories.cases import MAIN_WAY, advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

SAID = "我是刘保密，电话13911112222，楼下饭店油烟直排，请不要让他们知道是我说的。"
BY = {"name": "刘保密", "phone": "13911112222"}


def confidential(district: District) -> Matter:
    return advance(district, receive(district, text=SAID, reporter=BY, confidential=True), "dispatched")


def step(district: District, matter: Matter, key: str, who: str, **data: object) -> Matter:
    return move_one(CASES, key, matter.pk, by=district.actor(who), data=data)


@pytest.mark.parametrize("who", ["handler", "chief", "leader"])
def test_outside_the_centre_nobody_reads_who_it_is(district: District, who: str) -> None:
    matter = confidential(district)
    page = text_of(at_desk(district, who).get(f"/desk/cases/{matter.number}/"))
    assert "油烟直排" in page
    assert "刘保密" not in page
    assert [line for line in page.splitlines() if "2222" in line] == []


def test_until_the_centre_has_called_its_is_the_turn_and_its_clock_runs(district: District) -> None:
    matter = step(district, confidential(district), "acknowledge", "handler", officer="王师傅")
    outbox.drain()
    address = f"/desk/cases/{matter.number}/"
    unit = at_desk(district, "handler").get(address)
    page = text_of(unit)
    assert "等区中心联系诉求人（保密）" in page
    assert "联系之后才能提交办理结果" in page and "办理时限照常计时" in page
    assert "办前沟通（区中心）" in page
    assert "btn-primary" not in unit.content.decode().partition("step-buttons")[2].partition("</section>")[0]

    centre = at_desk(district, "call_taker").get(address).content.decode()
    assert f'class="btn btn-primary" href="{address}steps/contact/"' in centre

    clock = Clock.objects.get(matter=matter, kind="contact")
    assert clock.organisation_id == district.organisations["centre"].pk
    sweep(now=clock.due_at + timedelta(seconds=1))
    told = Delivery.objects.filter(message__key="warning.red", message__title__contains="办前沟通")
    assert "call.taker" in set(told.values_list("user__username", flat=True))
    assert "handler" not in set(told.values_list("user__username", flat=True))

    step(district, matter, "contact", "call_taker", **dict(MAIN_WAY[3][2]) | {"at": timezone.now().isoformat()})
    page = text_of(at_desk(district, "handler").get(address))
    assert "等区中心" not in page and "提交办理结果" in page


def test_the_title_and_the_messages_do_not_tell_it(district: District) -> None:
    matter = confidential(district)
    outbox.drain()
    assert "刘保密" not in matter.title
    bodies = Delivery.objects.filter(user__isnull=False).values_list("message__body", flat=True)
    assert bodies and not any("刘保密" in body or "13911112222" in body for body in bodies)


def test_words_find_it_for_the_centre_only(district: District) -> None:
    matter = confidential(district)
    for who, finds in (("call_taker", True), ("handler", False), ("leader", False)):
        actor = district.actor(who)
        found = search(in_queue(QUEUES[""], actor, timezone.now()), actor, "刘保密")
        assert found.filter(pk=matter.pk).exists() is finds, who
    assert cases_for(district.actor("handler")).filter(pk=matter.pk).exists()


def test_a_far_day_is_refused_beside_its_field(district: District) -> None:
    confidential(district)
    client = at_desk(district, "supervisor")
    for path in ("/desk/cases/open/?opened_to=9999-12-31", "/desk/cases/open/?closed_from=0001-01-01"):
        assert client.get(path).status_code == 200
    client.post("/desk/cases/open/", {"opened_to": "9999-12-31"})
    assert client.get("/desk/cases/open/", follow=True).status_code == 200
