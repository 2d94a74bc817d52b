"""Whoever was asked to do something for a case hears of it when nothing is wanted of them any more."""

from __future__ import annotations

import pytest

from huying.cases.flow import CASES
from huying.cases.models import CasePart
from huying.cases.queues import QUEUES, in_queue
from huying.kernel import outbox
from huying.matters.engine import move_one
from huying.matters.models import Clock, Delivery, Matter
from tests.cases.test_disputed import BACK, disputed
from tests.cases.test_objections import colleague
from tests.cases.test_parts import helped, proposal, shared, take
from tests.cases.test_passing import of_street
from tests.factories.cases import advance, receive
from tests.factories.district import District

__all__ = ["helped"]
pytestmark = pytest.mark.django_db

SAID = {"means": "phone", "reason": "诉求人来电说不用办了。"}


def heard(district: District, name: str) -> list[str]:
    outbox.drain()
    rows = Delivery.objects.filter(user=district.users[name], channel="in_app")
    return list(rows.order_by("pk").values_list("message__key", flat=True))


def looked_at(district: District) -> Matter:
    """A case of the street that a community has in hand, and a grid worker is on the way to."""
    matter = take(district, of_street(district), "pass_down", "street_clerk", to="COMMUNITY0", task="请到现场处理。")
    matter = take(district, matter, "take_on", "community_clerk", officer="小周")
    grid = district.places["grid0"].code
    return take(district, matter, "send_to_grid", "community_clerk", grid=grid, task="请看路灯亮不亮。")


def test_a_result_that_did_not_wait_ends_the_parts(helped: District) -> None:
    matter = shared(helped, "WATER", "HOUSING")
    take(helped, matter, "propose", "handler", **proposal(), without_parts="与管道无关，已现场查明。")
    matter = take(helped, matter, "approve", "chief")
    assert heard(helped, "water")[-1] == "case.part_overtaken"
    assert set(CasePart.objects.values_list("state", flat=True)) == {"ended"}
    assert not in_queue(QUEUES["joint"], helped.actor("water"), matter.moved_at).exists()


def test_a_part_that_was_accepted_is_not_ended_once_more(helped: District) -> None:
    matter = shared(helped, "WATER")
    take(helped, matter, "take_part", "water", officer="陈工")
    take(helped, matter, "report_part", "water", opinion="管道完好。")
    take(helped, matter, "accept_part", "handler", unit="WATER")
    take(helped, matter, "propose", "handler", **proposal())
    take(helped, matter, "approve", "chief")
    assert heard(helped, "water")[-1] == "case.part_accepted"
    assert CasePart.objects.get().state == "accepted"


def test_who_helps_hears_that_it_was_taken_back_by_the_reporter(helped: District) -> None:
    matter = shared(helped, "WATER")
    take(helped, matter, "withdraw", "call_taker", **SAID)
    assert heard(helped, "water")[-1] == "case.withdrawn_unit"
    assert heard(helped, "handler")[-1] == "case.withdrawn_unit"
    assert CasePart.objects.get().state == "ended"


def test_who_helps_hears_that_it_was_handed_back(helped: District) -> None:
    matter = advance(helped, receive(helped), "triaged")
    take(helped, matter, "dispatch", "dispatcher", lead="URBAN", co_handlers=["WATER"])
    take(helped, matter, "hand_back", "handler", **BACK)
    assert heard(helped, "water")[-1] == "case.part_dropped"


def test_whoever_has_it_in_hand_and_whoever_is_on_the_way_hear_that_it_was_taken_back(district: District) -> None:
    matter = take(district, looked_at(district), "withdraw", "call_taker", **SAID)
    assert heard(district, "community_clerk")[-1] == "case.withdrawn_unit"
    assert heard(district, "street_clerk")[-1] == "case.withdrawn_unit"
    assert heard(district, "grid_worker")[-1] == "case.check_off"
    assert matter.state == "closed"


@pytest.mark.parametrize(("who", "step"), [("community_clerk", "call_off_check"), ("street_clerk", "take_back")])
def test_a_grid_worker_does_not_go_for_nothing(district: District, who: str, step: str) -> None:
    take(district, looked_at(district), step, who, reason="已经有人看过了。")
    assert heard(district, "grid_worker")[-1] == "case.check_off"


def test_a_grid_worker_hears_that_the_case_was_merged(district: District) -> None:
    main = advance(district, receive(district), "dispatched")
    take(district, looked_at(district), "merge", "dispatcher", main=main.number)
    assert heard(district, "grid_worker")[-1] == "case.check_off"


def test_whoever_is_to_help_by_a_ruling_has_a_part_with_a_limit(helped: District) -> None:
    colleague(helped, "reviewer", "dispatcher", "centre")
    matter = disputed(helped, colleague(helped, "housing", "handler", "housing"))
    data = {
        "lead": "HOUSING",
        "co_handlers": ["WATER"],
        "co_task": "请查明管道。",
        "reason": "小区未移交市政，由房管部门牵头。",
    }
    matter = move_one(CASES, "assign_by_ruling", matter.pk, by=helped.actor("reviewer"), data=data)
    assert Clock.objects.filter(matter=matter, kind="part", stopped_at=None).count() == 1
    take(helped, matter, "take_part", "water", officer="陈工")
    assert CasePart.objects.get(current=True).state == "working"
