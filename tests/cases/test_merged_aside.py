"""Cases that are merged while something stands beside the main way: an objection, a passing, a look on site."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from huying.cases.flow import CASES
from huying.cases.joined import close_joined
from huying.cases.models import Objection
from huying.kernel.errors import Conflict
from huying.matters.models import Matter
from tests.cases.test_let_go import heard, looked_at
from tests.cases.test_objections import OBJECT
from tests.cases.test_parts import helped, shared, take
from tests.cases.test_passing import passed_down
from tests.cases.test_third_party import outside, unhappy_twice
from tests.factories.cases import MAIN_WAY, advance, receive
from tests.factories.district import District

__all__ = ["helped", "outside"]
pytestmark = pytest.mark.django_db


def objecting(district: District) -> Matter:
    return take(district, advance(district, receive(district), "dispatched"), "object", "handler", **OBJECT)


def objected(district: District) -> Matter:
    return take(district, objecting(district), "endorse_objection", "chief")


@pytest.mark.parametrize("make", [objecting, objected, passed_down, looked_at])
def test_it_cannot_be_taken_back_but_be_set_free(district: District, make: Callable[[District], Matter]) -> None:
    main = advance(district, receive(district), "handling")
    matter = make(district)
    lead = matter.lead_id
    matter = take(district, matter, "merge", "dispatcher", main=main.number)
    seen = Matter.objects.select_related("case").get(pk=matter.pk)
    offered = {step.key for step in CASES.available(seen, district.actor("dispatcher"))}
    assert "unjoin" in offered
    assert "recall_merge" not in offered
    with pytest.raises(Conflict, match="改为单独办理"):
        take(district, matter, "recall_merge", "dispatcher")
    matter = take(district, matter, "unjoin", "dispatcher", reason="不是同一件事。")
    assert (matter.state, matter.holder_id, matter.lead_id) == ("dispatched", lead, lead)


def test_nobody_rules_on_an_objection_to_what_was_merged(district: District) -> None:
    main = advance(district, receive(district), "handling")
    matter = take(district, objected(district), "merge", "dispatcher", main=main.number)
    assert Objection.objects.get().verdict == "dropped"
    take(district, matter, "unjoin", "dispatcher", reason="不是同一件事。")
    take(district, matter, "object", "handler", **OBJECT)
    assert Objection.objects.filter(ended_at=None).count() == 1


def test_a_dispute_is_over_once_it_goes_along_with_another(district: District) -> None:
    matter = advance(district, receive(district), "triaged")
    Matter.objects.filter(pk=matter.pk).update(aspects=["disputed"])
    main = advance(district, receive(district), "handling")
    assert take(district, matter, "join", "call_taker", main=main.number).aspects == []


def test_nothing_goes_along_with_what_was_done_already(outside: District) -> None:
    published = receive(outside, channel="city_board", external_number="CS-1")
    for main, words in (
        (advance(outside, receive(outside), "resolved"), "正在回访"),
        (advance(outside, published, "reply_review"), "正在审核答复"),
        (unhappy_twice(outside), "正在第三方评价"),
    ):
        matter = advance(outside, receive(outside), "triaged")
        with pytest.raises(Conflict, match=words):
            take(outside, matter, "join", "call_taker", main=main.number)


def test_done_over_it_is_no_merged_one_any_more(district: District) -> None:
    main = advance(district, receive(district), "handling")
    matter = advance(district, receive(district), "handling")
    take(district, matter, "merge", "dispatcher", main=main.number)
    take(district, advance(district, main, "resolved"), "callback", "call_taker", **MAIN_WAY[6][2])
    Matter.objects.filter(pk=main.pk).update(closed_at=timezone.now() - timedelta(hours=1))
    close_joined(timezone.now())
    matter.refresh_from_db()
    assert (matter.state, "merged" in matter.aspects) == ("closed", True)
    matter = take(district, matter, "rework", "call_taker", reason="还是没有解决。")
    assert (matter.state, "merged" in matter.aspects) == ("handling", False)


def test_who_helped_hears_that_it_is_handled_again(helped: District) -> None:
    main = advance(helped, receive(helped), "handling")
    matter = shared(helped, "WATER")
    take(helped, matter, "merge", "dispatcher", main=main.number)
    take(helped, matter, "unjoin", "dispatcher", reason="不是同一件事。")
    assert heard(helped, "water")[-2:] == ["case.merged_away", "case.dispatched_co"]
