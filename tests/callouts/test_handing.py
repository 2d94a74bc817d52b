"""Call-outs handed over to relief and safety, and what they hand over to be called for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.utils import timezone

from huying.callouts import options
from huying.kernel import handover
from huying.kernel.handover import Handover, Receiver, Target, receivers
from huying.matters.models import Matter
from tests.callouts.test_way import state
from tests.cases.desk import at_desk, text_of
from tests.factories.callouts import advance, call, responses, take
from tests.factories.cases import receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db


@pytest.fixture
def relief() -> Iterator[list[Handover]]:
    """A room that takes things over, as relief will."""
    taken: list[Handover] = []

    def take_over(handed: Handover) -> str:
        taken.append(handed)
        return "JZ20261123000001"

    receivers.declare(
        Receiver(
            key="stub-relief",
            label="综合救助",
            targets=lambda: [Target("duty", "综合救助值班")],
            names=lambda: {"duty": "综合救助值班"},
            take=take_over,
        )
    )
    yield taken
    receivers._items.pop("stub-relief")


def test_a_call_out_is_handed_over_to_relief(district: District, relief: list[Handover]) -> None:
    callout = call(district)
    why = {"target": "stub-relief.duty", "reason": "独居老人需要长期救助。"}
    callout = take(district, callout, "hand_over", "dispatcher", why)
    assert callout.state == "handed_over"
    assert [one.matter_id for one in relief] == [callout.pk]
    assert state(responses(callout)[0]) == "cancelled"
    assert "综合救助值班" in text_of(at_desk(district, "dispatcher").get(f"/desk/callouts/{callout.number}/"))


def test_what_is_handed_to_call_outs_is_analysed_and_goes_its_way(district: District) -> None:
    hazard = receive(district, title="商户电线私拉乱接，电话13971112222")
    with transaction.atomic():
        number = handover.hand_over(Handover(hazard.pk, "callouts.safety", timezone.now()))
    callout = Matter.objects.select_related("callout").get(number=number)
    assert (callout.state, callout.subkind, callout.holder) == ("analysing", "safety", district.organisations["centre"])
    assert callout.lead == district.organisations["street"], "the street on whose ground it is calls"
    assert "13971112222" not in callout.title
    html = text_of(at_desk(district, "dispatcher").get(f"/desk/callouts/{number}/"))
    assert hazard.number in html
    callout = take(district, callout, "analyse", "dispatcher", {"purpose": "emergency", "units": ["URBAN"]})
    assert callout.state == "issued"
    advance(district, responses(callout)[0], "fed_back")


def test_call_outs_are_offered_only_to_whoever_names_them() -> None:
    assert not [key for key, _ in options.receivers() if key.startswith("callouts.")]
    assert ("callouts.safety", "民呼我应（安全监管）") in handover.choices("callouts")
