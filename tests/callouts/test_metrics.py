"""Figures of call-outs: each equals a recount from the ledger's lines alone."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from huying.callouts.metrics.declared import GROUP, METRICS
from huying.callouts.metrics.sources import COUNTED_ENDS, OTHER_ENDS
from huying.callouts.responses import RESPONSES
from huying.kernel.metrics import Span, Tally, metric_rows, tallies
from huying.matters.models import Clock, LedgerLine, Matter
from huying.matters.sweep import sweep
from huying.people.directory import directory
from tests.cases.desk import at_desk
from tests.factories.callouts import advance, call, do, response_of, take
from tests.factories.district import District

pytestmark = pytest.mark.django_db


def played(district: District) -> None:
    """A little of everything that can become of a call."""
    done = call(district, "URBAN", "HOUSING")
    advance(district, response_of(done, "URBAN"), "rated")
    late = advance(district, response_of(done, "HOUSING"), "responded", "handler2")
    Clock.objects.filter(matter=late.pk, kind="respond").update(met=False)
    LedgerLine.objects.filter(matter=late.pk, step="respond")
    unhappy = response_of(call(district, title="三角路地下室渗水停电"), "URBAN")
    unhappy = advance(district, unhappy, "accepted")
    do(district, unhappy, "rate", "community_clerk", {"solved": "no", "satisfaction": 2})
    unrated = advance(district, response_of(call(district, title="和平大道路灯倾斜"), "URBAN"), "accepted")
    assert unrated.state == "accepted"
    wrong = call(district, title="中北路围墙开裂倾斜")
    released = do(district, response_of(wrong, "URBAN"), "decline", "handler", WHY)
    do(district, released, "rule", "dispatcher", {"verdict": "released", "reason": "不是城管的。", "instead": "WATER"})
    gone = call(district, title="友谊大道树木倒伏挡路")
    take(district, gone, "withdraw", "community_clerk", {"reason": "已经自行清理。"})
    call(district, title="小东门供水管爆裂漫水")
    lifted = call(district, title="东亭二路电动车进楼充电")
    take(district, lifted, "raise_level", "community_clerk", {"reason": "半小时没有人来。"})


WHY = {"cause": "not_ours", "reason": "不归城管管。"}


def everything(now: datetime) -> Span:
    return Span(now - timedelta(days=60), now + timedelta(days=60), tuple(directory().by_id))


def lines() -> dict[int, list[tuple[str, datetime, dict[str, Any]]]]:
    found: dict[int, list[tuple[str, datetime, dict[str, Any]]]] = {}
    for line in LedgerLine.objects.filter(matter__kind="callout_response").order_by("matter", "seq"):
        found.setdefault(line.matter_id, []).append((line.step, line.at, json.loads(line.facts)))
    return found


def recount(now: datetime) -> dict[str, tuple[int, int]]:
    """Numerator and denominator of each rate, from lines alone."""
    found: dict[str, Counter[bool]] = {metric.id: Counter() for metric in METRICS}
    for story in lines().values():
        steps = {step: (at, facts) for step, at, facts in story}
        gone = "cancel" in steps or ("rule" in steps and steps["rule"][1]["verdict"] == "released")
        started = story[0][2]["clocks"]["started"]
        for key, clock, step in (("callouts.responded", "respond", "respond"), ("callouts.closed", "feed_back", "")):
            due = datetime.fromisoformat(started[clock])
            if gone or (step not in steps and "feed_back" not in steps and due > now):
                continue
            in_time = step in steps and steps[step][0] <= due if step else "accept" in steps
            if step or "feed_back" in steps or due <= now:
                found[key][in_time] += 1
        if "feed_back" in steps and not gone:
            found["callouts.fed_back"][True] += 1
        if "rate" in steps:
            found["callouts.satisfied"][steps["rate"][1]["satisfaction"] >= 4] += 1
        if "cancel" not in steps:
            found["callouts.declined"]["decline" in steps] += 1
            found["callouts.released"][gone] += 1
            found["callouts.called"][True] += 1
    for story in callers().values():
        if "withdraw" not in story:
            found["callouts.issued"][True] += 1
            found["callouts.raised"]["raise_level" in story] += 1
    return {key: (counts[True], counts.total()) for key, counts in found.items()}


def callers() -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for line in LedgerLine.objects.filter(matter__kind="callout").order_by("matter", "seq"):
        found.setdefault(line.matter_id, []).append(line.step)
    return found


def test_every_metric_equals_a_recount_from_the_lines(district: District) -> None:
    played(district)
    Clock.objects.filter(met=False).update(met=True)  # all came at once; being late has a test of its own
    now = timezone.now()
    told = tallies(METRICS, {"now": everything(now)}, now)["now"][None]
    counted = {key: (tally.part, tally.whole) for key, tally in told.items()}
    assert counted == recount(now)
    assert told["callouts.responded"].excluded == {"released": 1, "cancelled": 1, "not_due": 3}
    assert told["callouts.satisfied"].excluded == {"unrated": 1}
    assert told["callouts.issued"].excluded == {"ended:withdraw": 1}


def test_who_has_not_come_in_time_counts_against_the_unit(district: District) -> None:
    callout = call(district)
    later = timezone.now() + timedelta(hours=2)
    sweep(later)
    told = tallies(METRICS, {"now": everything(later)}, later)["now"][None]
    assert _rate(told["callouts.responded"]) == (0, 1)
    assert _rate(told["callouts.raised"]) == (1, 1)
    rows = list(metric_rows(METRICS[0], everything(later), later))
    assert [row["matter_key"] for row in rows] == [response_of(callout, "URBAN").pk]


def _rate(tally: Tally) -> tuple[int, int]:
    return tally.part, tally.whole


def test_every_state_in_which_a_response_ends_counts_or_is_left_out_on_purpose() -> None:
    assert {*COUNTED_ENDS, *OTHER_ENDS} == {state.key for state in RESPONSES.states if state.final}


def test_units_stand_side_by_side_and_figures_open_to_their_rows(district: District) -> None:
    played(district)
    client = at_desk(district, "supervisor")
    table = client.get("/desk/evaluation/?of=callouts&kind=all").content.decode()
    assert "响应度" in table and "按时办结率" not in table
    rows = client.get("/desk/evaluation/callouts.satisfied/").content.decode()
    assert "计算在内" in rows
    number = Matter.objects.filter(kind="callout_response", response__satisfaction=2).values_list("number", flat=True)[
        0
    ]
    assert number in rows
    own = at_desk(district, "handler").get("/desk/units/URBAN/?of=callouts").content.decode()
    assert "办结率" in own and GROUP.label in own


def test_a_published_rate_is_checked_against_its_denominator(district: District) -> None:
    client = at_desk(district, "analyst")
    page = client.get("/desk/evaluation/published/").content.decode()
    assert "5,721 / 5,812 是 98.43%" in page
    impossible = client.get("/desk/evaluation/published/?rate=98.05&whole=5297").content.decode()
    assert "不可能" in impossible.split("自己核对一个")[1]
    possible = client.get("/desk/evaluation/published/?rate=95.41&whole=5812").content.decode()
    assert "5,545 / 5,812" in possible
    assert client.get("/desk/evaluation/published/?rate=98.445&whole=0").status_code == 422
