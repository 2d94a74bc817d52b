"""A call-out and its responses from the call to the ratings, and every way aside."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from huying.callouts.models import CallingRule
from huying.callouts.queries import callouts_for, responses_for
from huying.callouts.responses import RESPONSES
from huying.kernel import outbox
from huying.kernel.errors import Refusal
from huying.kernel.generation import bump
from huying.matters.engine import move_one
from huying.matters.models import Clock, Delivery, LedgerLine, Matter
from huying.matters.sweep import sweep
from tests.factories import callouts
from tests.factories import cases as made
from tests.factories.callouts import advance, call, do, response_of, responses, take
from tests.factories.district import District

pytestmark = pytest.mark.django_db


def state(matter: Matter) -> str:
    return Matter.objects.get(pk=matter.pk).state


def test_each_unit_that_is_called_answers_for_itself(district: District) -> None:
    callout = call(district, "URBAN", "HOUSING")
    assert callout.state == "issued"
    urban, housing = responses(callout)
    assert (urban.state, housing.state) == ("waiting", "waiting")
    street = district.organisations["street"].pk
    assert callout.co_handlers == [urban.lead_id, housing.lead_id, street]

    advance(district, urban, "accepted")
    assert state(callout) == "issued", "the other unit is still at it"
    advance(district, housing, "accepted", "handler2")
    assert state(callout) == "rating"

    advance(district, Matter.objects.get(pk=urban.pk), "rated")
    assert state(callout) == "rating"
    advance(district, Matter.objects.get(pk=housing.pk), "rated", "handler2")
    assert state(callout) == "filed"


def test_a_step_of_a_response_costs_a_handful_of_statements(district: District) -> None:
    callout = call(district, "URBAN", "HOUSING")
    urban, housing = responses(callout)
    do(district, urban, "respond", "handler")  # directory and limits are read
    by = district.actor("handler2")
    with CaptureQueriesContext(connection) as asked:
        moved = move_one(RESPONSES, "respond", housing.pk, by=by, data={})
        assert moved.response.responded_at == moved.moved_at
        assert moved.response.callout.matter.number == callout.number
    assert len(asked) <= 7, [query["sql"][:80] for query in asked]


def test_an_emergency_goes_out_at_once_and_a_hard_issue_is_analysed_and_approved(district: District) -> None:
    assert call(district).state == "issued"
    hard = call(district, purpose="hard", title="三方都说不归自己管的围墙")
    assert hard.state == "analysing"
    assert not responses(hard)
    hard = take(district, hard, "analyse", "dispatcher", {"purpose": "hard", "units": ["URBAN", "HOUSING"]})
    assert hard.state == "approving"
    assert hard.holder == district.organisations["street"], "the community has no chief, its street has one"
    hard = take(district, hard, "approve", "street_chief")
    assert hard.state == "issued"
    assert len(responses(hard)) == 2


def test_a_call_that_repeats_another_is_looked_at_first(district: District) -> None:
    call(district)
    again = call(district, title=callouts.TITLE + "了")
    assert again.state == "analysing"
    again = take(district, again, "send_back", "dispatcher", {"reason": "同一件事已经呼叫过。"})
    assert (again.state, again.holder) == ("drafted", district.organisations["community0"])


def test_nobody_approves_what_they_drafted(district: District) -> None:
    CallingRule.objects.filter(purpose="joint").update(automatic=True, approval=True)
    bump("calling_rules")
    mine = call(district, "HOUSING", by="handler", purpose="joint")
    assert mine.state == "approving"
    mine = take(district, mine, "approve", "chief")
    assert mine.state == "issued"


def test_a_unit_that_declines_is_released_and_another_called_instead(district: District) -> None:
    callout = call(district)
    urban = response_of(callout, "URBAN")
    why = {"cause": "other_unit", "reason": "塌陷的是小区内部道路。", "suggested": "HOUSING"}
    urban = do(district, urban, "decline", "handler", why)
    assert urban.state == "declined"
    ruling = {"verdict": "released", "reason": "小区内部道路由房管局督促物业。", "instead": "HOUSING"}
    urban = do(district, urban, "rule", "dispatcher", ruling)
    assert urban.state == "released"
    assert response_of(callout, "HOUSING").state == "waiting"
    assert state(callout) == "issued"
    assert not Clock.objects.filter(matter=urban.pk, stopped_at=None).exists()


def test_a_unit_that_is_bound_has_no_second_refusal(district: District) -> None:
    urban = response_of(call(district), "URBAN")
    due = Clock.objects.get(matter=urban.pk, kind="respond").due_at
    urban = do(district, urban, "decline", "handler", {"cause": "not_ours", "reason": "不是城管的路。"})
    urban = do(district, urban, "rule", "dispatcher", {"verdict": "bound", "reason": "市政道路由城管负责。"})
    assert urban.state == "waiting"
    assert Clock.objects.get(matter=urban.pk, kind="respond").due_at == due, "declining buys no time"
    with pytest.raises(Refusal, match="已经裁定"):
        do(district, urban, "decline", "handler", {"cause": "not_ours", "reason": "还是不来。"})


def test_who_has_not_come_in_time_lifts_the_call_one_level_at_a_time(district: District) -> None:
    callout = call(district, "URBAN", "HOUSING")
    for minutes, raised in ((31, "street"), (62, "district"), (240, "district")):
        sweep(timezone.now() + timedelta(minutes=minutes))
        callout = Matter.objects.select_related("callout").get(pk=callout.pk)
        assert callout.callout.raised == raised
    assert LedgerLine.objects.filter(matter=callout.pk, step="raise_by_clock").count() == 2
    assert state(responses(callout)[0]) == "waiting"


def test_raised_by_hand_to_the_top_and_no_further(district: District) -> None:
    callout = call(district)
    take(district, callout, "raise_level", "community_clerk", {"reason": "半小时没有人来。"})
    callout = take(district, callout, "raise_level", "supervisor", {"reason": "围观的人越来越多。"})
    with pytest.raises(Refusal, match="已经提到区级"):
        take(district, callout, "raise_level", "supervisor", {"reason": "再提一级。"})


def test_the_streets_chief_sees_a_communitys_call_through(district: District) -> None:
    callout = call(district)
    take(district, callout, "add_units", "community_clerk", {"units": ["HOUSING"], "wanted": "请核对产权。"})
    chief = district.actor("street_chief")
    assert callouts_for(chief).filter(pk=callout.pk).exists()
    assert responses_for(chief).filter(response__callout=callout.pk).count() == 2
    urban = do(district, response_of(callout, "URBAN"), "press", "street_chief", {"note": "请马上到场。"})
    assert urban.response.presses == 1 or response_of(callout, "URBAN").response.presses == 1
    take(district, callout, "raise_level", "street_chief", {"reason": "围观的人越来越多。"})
    advance(district, urban, "accepted")
    with pytest.raises(Refusal):
        do(district, urban, "rate", "street_clerk", callouts.RATING)
    here = call(district, "HOUSING", by="handler", title="联合检查工地扬尘")
    assert callouts_for(chief).filter(pk=here.pk).exists(), "whoever heads a street sees what is on its ground"
    elsewhere = call(district, "HOUSING", by="handler", title="联合检查码头仓库", lon=None, lat=None)
    assert not callouts_for(chief).filter(pk=elsewhere.pk).exists(), "a department's call elsewhere is not the street's"


def told(title: str) -> set[str]:
    found = Delivery.objects.filter(message__title=title, user__isnull=False)
    return set(found.values_list("user__username", flat=True))


def test_whoever_is_told_of_a_raise_can_open_it(district: District) -> None:
    callout = call(district, "URBAN", "HOUSING")
    do(district, response_of(callout, "HOUSING"), "decline", "handler2", {"cause": "not_ours", "reason": "市政道路。"})
    released = {"verdict": "released", "reason": "确是市政道路。"}
    do(district, response_of(callout, "HOUSING"), "rule", "dispatcher", released)
    sweep(timezone.now() + timedelta(minutes=31))
    outbox.drain()
    assert "street.chief" in told("呼叫到时提级")
    assert told("呼叫已发出") == {"street.chief"}, "a community without a chief has that of its street"
    assert told("呼叫已提级") == {"handler"}, "whom the raise asks to come, nobody else"


def test_more_units_are_called_while_it_runs(district: District) -> None:
    callout = call(district)
    callout = take(district, callout, "add_units", "community_clerk", {"units": ["WATER"], "wanted": "请关水阀。"})
    assert [one.lead.code for one in responses(callout) if one.lead] == ["URBAN", "WATER"]
    with pytest.raises(Refusal, match="已经呼叫过"):
        take(district, callout, "add_units", "community_clerk", {"units": ["WATER"], "wanted": "请关水阀。"})


def test_withdrawn_ends_what_still_runs(district: District) -> None:
    callout = call(district, "URBAN", "HOUSING")
    done = advance(district, response_of(callout, "URBAN"), "rated")
    callout = take(district, callout, "withdraw", "community_clerk", {"reason": "已经自行处理。"})
    assert callout.state == "withdrawn"
    assert (state(done), state(response_of(callout, "HOUSING"))) == ("rated", "cancelled")


def test_what_was_accepted_counts_though_the_call_is_withdrawn(district: District) -> None:
    callout = call(district, "URBAN", "HOUSING")
    done = advance(district, response_of(callout, "URBAN"), "accepted")
    take(district, callout, "withdraw", "community_clerk", {"reason": "余下的已经自行处理。"})
    assert (state(done), state(response_of(callout, "HOUSING"))) == ("accepted", "cancelled")
    done = do(district, done, "rate", "community_clerk", callouts.RATING)
    done = do(district, done, "rate_caller", "handler", callouts.CALLER_RATING)
    assert (state(done), state(callout)) == ("rated", "withdrawn")


def test_turned_into_a_docket_with_the_cases_that_caused_it(district: District) -> None:
    case = made.receive(district, district.actor("community_clerk"))
    callout = call(district, numbers=[case.number])
    why = {"title": "水岸星城道路反复塌陷", "reason": "半年塌了三次，要几个单位一起查原因。"}
    callout = take(district, callout, "turn_into_docket", "dispatcher", why)
    assert callout.state == "docketed"
    docket = Matter.objects.get(kind="docket")
    linked = set(docket.docket.links.values_list("matter__number", flat=True))
    assert linked == {callout.number, case.number}
    assert state(responses(callout)[0]) == "cancelled"


def test_who_does_not_rate_in_time_is_not_waited_for(district: District) -> None:
    callout = call(district)
    accepted = advance(district, responses(callout)[0], "accepted")
    do(district, accepted, "rate", "community_clerk", callouts.RATING)
    sweep(timezone.now() + timedelta(days=30))
    assert (state(accepted), state(callout)) == ("rated", "filed")
    last = LedgerLine.objects.filter(matter=accepted.pk).order_by("-seq")[0]
    assert last.step == "end_rating"
    facts = json.loads(last.facts)
    assert (facts["rated"], facts["caller_rated"]) == (True, False)


def test_a_community_calls_only_its_own_street(district: District) -> None:
    with pytest.raises(Refusal, match="不能呼叫"):
        call(district, "COMMUNITY0", by="street_clerk", purpose="hard")
    assert call(district, "STREET").state == "issued"
    with pytest.raises(Refusal, match="不能发起呼叫"):
        call(district, by="dispatcher")
