"""Whoever asked for confidence: who that is stays with the centre, also where the words of the appeal tell it."""

from __future__ import annotations

import pytest
from django.utils import timezone

from huying.cases.queues import QUEUES, cases_for, in_queue
from huying.cases.searching import search
from huying.kernel import outbox
from huying.matters.models import Delivery, Matter
from tests.cases.desk import at_desk, text_of
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

SAID = "我是刘保密，电话13911112222，楼下饭店油烟直排，请不要让他们知道是我说的。"
BY = {"name": "刘保密", "phone": "13911112222"}


def confidential(district: District) -> Matter:
    return advance(district, receive(district, text=SAID, reporter=BY, confidential=True), "dispatched")


@pytest.mark.parametrize("who", ["handler", "chief", "leader"])
def test_outside_the_centre_nobody_reads_who_it_is(district: District, who: str) -> None:
    matter = confidential(district)
    page = text_of(at_desk(district, who).get(f"/desk/cases/{matter.number}/"))
    assert "油烟直排" in page
    assert "刘保密" not in page
    assert [line for line in page.splitlines() if "2222" in line] == []


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
