"""What becomes of open matters when the body that holds them is dissolved."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from huying.cases.flow import CASES
from huying.kernel import outbox
from huying.matters.engine import move_one
from huying.matters.ledger import verify
from huying.matters.models import Clock, Delivery, LedgerLine, Matter
from huying.matters.succession import hand_over
from huying.people.actions import dissolve
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

OPEN = ["dispatched", "acknowledged", "handling", "awaiting_approval"]


@pytest.mark.parametrize("state", OPEN)
def test_whoever_takes_over_goes_on_where_it_stood(district: District, state: str) -> None:
    matter = advance(district, receive(district), state)
    due = Clock.objects.get(matter=matter, kind="handle", stopped_at=None).due_at
    dissolve(district.organisations["urban"], on=timezone.localdate(), successor=district.organisations["water"])
    assert hand_over() == 1
    matter.refresh_from_db()
    water = district.organisations["water"]
    assert (matter.state, matter.holder_id, matter.lead_id) == (state, water.pk, water.pk)
    assert Clock.objects.get(matter=matter, kind="handle", stopped_at=None).due_at == due
    assert hand_over() == 0
    line = LedgerLine.objects.get(matter=matter, step="succeed")
    assert json.loads(line.facts)["dissolved"] == "URBAN"
    assert json.loads(line.facts)["heir"] == "WATER"
    assert verify().holds


@pytest.mark.parametrize("state", OPEN)
def test_with_nobody_to_take_over_it_is_dispatched_anew(district: District, state: str) -> None:
    matter = advance(district, receive(district), state)
    dissolve(district.organisations["urban"], on=timezone.localdate())
    outbox.drain()
    Delivery.objects.all().delete()
    hand_over()
    matter.refresh_from_db()
    assert (matter.state, matter.holder_id, matter.lead_id) == ("triaged", district.organisations["centre"].pk, None)
    assert [clock.kind for clock in Clock.objects.filter(matter=matter, stopped_at=None)] == ["dispatch"]
    outbox.drain()
    assert Delivery.objects.filter(message__key="case.holder_dissolved", user__username="dispatcher").exists()
    move_one(CASES, "dispatch", matter.pk, by=district.actor("dispatcher"), data={"lead": "WATER"})


def test_one_that_waits_for_its_reporter_is_handed_over_as_well(district: District) -> None:
    matter = advance(district, receive(district), "handling")
    move_one(CASES, "return_to_reporter", matter.pk, by=district.actor("handler"), data={"question": "请问是哪一盏？"})
    dissolve(district.organisations["urban"], on=timezone.localdate(), successor=district.organisations["water"])
    hand_over()
    matter = move_one(CASES, "add_information", matter.pk, by=district.actor("call_taker"), data={"text": "三号门。"})
    assert (matter.state, matter.holder_id) == ("handling", district.organisations["water"].pk)


def test_who_only_helps_is_replaced_and_the_lead_stays(district: District) -> None:
    matter = advance(district, receive(district), "triaged")
    data = {"lead": "WATER", "co_handlers": ["URBAN"]}
    matter = move_one(CASES, "dispatch", matter.pk, by=district.actor("dispatcher"), data=data)
    dissolve(district.organisations["urban"], on=timezone.localdate())
    hand_over()
    matter = Matter.objects.get(pk=matter.pk)
    assert (matter.state, matter.holder_id) == ("dispatched", district.organisations["water"].pk)
    assert matter.co_handlers == []


def test_before_its_last_day_nothing_moves(district: District) -> None:
    advance(district, receive(district), "dispatched")
    dissolve(district.organisations["urban"], on=timezone.localdate() + timedelta(days=1))
    assert hand_over() == 0
