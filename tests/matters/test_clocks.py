"""Clocks of cases: what starts, pauses and stops them, and what the sweep does when they run out."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huying.cases.flow import CASES
from huying.kernel import outbox
from huying.kernel.calendar import SHANGHAI, current_calendar
from huying.kernel.errors import Conflict
from huying.kernel.generation import bump
from huying.matters import clocks
from huying.matters.engine import Move, move, move_one
from huying.matters.enums import Warning
from huying.matters.models import Clock, Delivery, LedgerLine, Limit, Matter, Regime
from huying.matters.sweep import recompute_provisional, sweep
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


MONDAY = at("2026-11-16T09:30")


def running(matter: Matter) -> dict[str, Clock]:
    return {c.kind: c for c in Clock.objects.filter(matter=matter, stopped_at=None)}


def test_each_step_starts_and_stops_its_clocks(district: District) -> None:
    matter = receive(district, at=MONDAY)
    assert running(matter)["triage"].due_at == at("2026-11-16T10:00")
    assert matter.next_due_at == at("2026-11-16T10:00")
    matter = advance(district, matter, "dispatched", start=at("2026-11-16T11:00"))
    clocks = running(matter)
    assert set(clocks) == {"acknowledge", "handle"}
    # dispatched at 12:00: two working hours are over at 16:00, five working days on the next Monday
    assert clocks["acknowledge"].due_at == at("2026-11-16T16:00")
    assert clocks["handle"].due_at == at("2026-11-23T17:30")
    triage = Clock.objects.get(matter=matter, kind="triage")
    assert triage.met is False  # triaged an hour late


def test_an_emergency_counts_by_the_clock_on_the_wall(district: District) -> None:
    saturday = at("2026-11-21T22:00")
    matter = receive(district, at=saturday, urgency="emergency")
    assert running(matter)["triage"].due_at == at("2026-11-21T22:15")


def test_a_case_of_the_last_days_of_the_year_is_due_provisionally(district: District) -> None:
    """The holidays of 2027 are not announced in the calendar yet."""
    matter = receive(district, at=at("2026-01-05T09:30"))
    matter = move_one(
        CASES,
        "triage",
        matter.pk,
        by=district.actor("call_taker"),
        data={"kind": "help", "category": "02.02.01"},
        at=at("2026-01-05T10:00"),
    )
    now = at("2026-12-30T10:00")
    [result] = move(
        CASES, "dispatch", [Move(matter.pk, district.actor("dispatcher"), {"lead": "URBAN"}, at=now)], now=now
    )
    matter = result.unwrap()
    handle = running(matter)["handle"]
    assert handle.due_at.year == 2027
    assert handle.provisional
    assert not running(matter)["acknowledge"].provisional


def test_provisional_times_settle_when_the_calendar_knows_better(district: District) -> None:
    from huying.kernel.models import CalendarOverride

    now = at("2026-12-30T10:00")
    matter = receive(district, at=at("2026-11-20T09:00"))
    matter = advance(district, matter, "triaged")
    [result] = move(CASES, "dispatch", [Move(matter.pk, district.actor("dispatcher"), {"lead": "URBAN"}, now)], now=now)
    before = running(result.unwrap())["handle"].due_at
    day = before.date()
    while day >= datetime(2027, 1, 1, tzinfo=SHANGHAI).date():  # the district rests on every day of the way
        CalendarOverride.objects.create(date=day, working=False)
        day -= timedelta(days=1)
    bump("calendar")
    assert recompute_provisional() == (1, 1)
    after = running(matter)["handle"]
    assert after.due_at > before
    assert Matter.objects.get(pk=matter.pk).next_due_at == min(c.due_at for c in running(matter).values())


def test_a_pause_does_not_keep_a_provisional_time_from_settling(district: District) -> None:
    from huying.kernel.models import CalendarOverride

    matter = advance(district, receive(district, at=MONDAY), "triaged", start=MONDAY)
    now = at("2026-12-30T10:00")
    by = district.actor("dispatcher")
    move(CASES, "dispatch", [Move(matter.pk, by, {"lead": "URBAN"}, now)], now=now)
    handler = district.actor("handler")
    for step, data in (
        ("acknowledge", {"officer": "李工"}),
        ("contact", {"exemption": "declined"}),
        ("return_to_reporter", {"question": "请问是几号门？"}),
    ):
        [result] = move(CASES, step, [Move(matter.pk, handler, data, now)], now=now)
        result.unwrap()
    later = now + timedelta(days=1)
    who = district.actor("call_taker")
    [result] = move(CASES, "add_information", [Move(matter.pk, who, {"text": "三号门。"}, later)], now=later)
    before = running(result.unwrap())["handle"]
    assert before.provisional
    for day in range(1, 20):  # the district rests on every day of the way
        CalendarOverride.objects.create(date=datetime(2027, 1, day).date(), working=False)
    bump("calendar")
    recompute_provisional()
    assert running(matter)["handle"].due_at > before.due_at


def test_a_question_pauses_the_clocks_and_an_answer_resumes_them(district: District) -> None:
    matter = advance(district, receive(district, at=MONDAY), "handling", start=MONDAY + timedelta(minutes=10))
    before = running(matter)["handle"].due_at
    asked = at("2026-11-17T10:00")
    matter = move_one(
        CASES,
        "return_to_reporter",
        matter.pk,
        by=district.actor("handler"),
        data={"question": "请问是几号门？"},
        at=asked,
    )
    clocks = running(matter)
    assert clocks["handle"].paused_at == asked
    assert clocks["waiting"].paused_at is None
    assert matter.next_due_at == clocks["waiting"].due_at
    matter = move_one(
        CASES,
        "add_information",
        matter.pk,
        by=district.actor("call_taker"),
        data={"text": "是三号门。"},
        at=at("2026-11-19T10:00"),
    )
    assert matter.state == "handling"
    clocks = running(matter)
    assert set(clocks) == {"handle"}
    assert clocks["handle"].due_at > before
    assert clocks["handle"].paused_at is None
    line = LedgerLine.objects.get(matter=matter, step="add_information")
    [(kind, due)] = json.loads(line.facts)["clocks"]["resumed"].items()
    assert (kind, datetime.fromisoformat(due)) == ("handle", clocks["handle"].due_at)


def test_without_an_answer_the_case_returns_by_itself(district: District) -> None:
    matter = advance(district, receive(district, at=MONDAY), "triaged", start=MONDAY + timedelta(minutes=10))
    matter = move_one(
        CASES,
        "return_to_reporter",
        matter.pk,
        by=district.actor("call_taker"),
        data={"question": "请问在哪条路？"},
        at=at("2026-11-16T10:30"),
    )
    due = running(matter)["waiting"].due_at
    sweep(due - timedelta(minutes=1))
    assert Matter.objects.get(pk=matter.pk).state == "waiting"
    sweep(due)
    matter = Matter.objects.get(pk=matter.pk)
    assert matter.state == "triaged"
    assert LedgerLine.objects.filter(matter=matter, step="no_answer", via="system").exists()


def test_the_sweep_warns_once_and_climbs_the_ladder(district: District) -> None:
    matter = advance(district, receive(district, at=MONDAY), "handling", start=MONDAY + timedelta(minutes=10))
    outbox.drain()
    Delivery.objects.all().delete()
    due = running(matter)["handle"].due_at

    def warned(now: datetime) -> tuple[int, set[str]]:
        sweep(now)
        fresh = Matter.objects.get(pk=matter.pk)
        told = set(Delivery.objects.values_list("user__username", flat=True))
        Delivery.objects.all().delete()
        return fresh.warning, told

    assert warned(due - timedelta(days=3)) == (Warning.NONE, set())
    assert warned(due - timedelta(minutes=5)) == (Warning.YELLOW, {"handler"})
    assert warned(due - timedelta(minutes=4)) == (Warning.YELLOW, set())
    assert warned(due) == (Warning.RED, {"handler", "chief"})
    assert warned(due + timedelta(days=2)) == (Warning.CHIEF, {"handler", "chief"})
    assert warned(due + timedelta(days=12)) == (Warning.DISTRICT, {"supervisor", "chief"})
    assert warned(due + timedelta(days=30)) == (Warning.DISTRICT, set())


def test_the_upper_levels_deadline_governs_where_it_is_stricter(district: District) -> None:
    upper = at("2026-11-18T12:00")
    matter = receive(district, at=MONDAY, upper_due_at=upper.isoformat())
    matter = advance(district, matter, "dispatched", start=MONDAY + timedelta(minutes=10))
    assert running(matter)["handle"].due_at == upper


def test_a_seasons_table_replaces_the_limit(district: District) -> None:
    Limit.objects.create(
        matter_kind="case",
        clock="handle",
        category="03",
        season_from=1101,
        season_to=301,
        amount=3,
        unit="working_days",
        priority=40,
    )
    bump("limits")
    matter = receive(district, at=MONDAY)
    matter = move_one(
        CASES,
        "triage",
        matter.pk,
        by=district.actor("call_taker"),
        data={"kind": "help", "category": "03.01.01"},
        at=MONDAY,
    )
    matter = move_one(CASES, "dispatch", matter.pk, by=district.actor("dispatcher"), data={"lead": "WATER"}, at=MONDAY)
    assert running(matter)["handle"].due_at == at("2026-11-19T17:30")


def test_one_without_a_limit_is_refused_and_the_others_go_on(district: District) -> None:
    matters = [receive(district, at=MONDAY), receive(district, at=MONDAY, channel="visit")]
    Limit.objects.filter(clock="dispatch").update(channel="visit")
    bump("limits")
    by = district.actor("call_taker")
    moves = [Move(m.pk, by, {"kind": "help", "category": "02.02.01"}) for m in matters]
    refused, moved = move(CASES, "triage", moves)
    assert refused.refusal is not None
    assert refused.refusal.code == "no_limit"
    assert moved.unwrap().state == "triaged"
    assert Matter.objects.get(pk=matters[0].pk).state == "received"
    assert set(running(matters[0])) == {"triage"}


def test_a_deadline_above_us_governs_the_round_after_as_well(district: District) -> None:
    matter = advance(district, receive(district, upper_due_at="2036-11-24T12:00:00+08:00"), "closed")
    upper = timezone.now() + timedelta(hours=2)
    matter.case.upper_due_at = upper
    matter.case.save(update_fields=["upper_due_at"])
    by = district.actor("call_taker")
    matter = move_one(CASES, "rework", matter.pk, by=by, data={"reason": "灯又坏了，请再来修。"})
    assert running(matter)["rework"].due_at <= upper


def test_a_deadline_that_has_passed_does_not_judge_the_round_after(district: District) -> None:
    matter = advance(district, receive(district), "closed")
    matter.case.upper_due_at = timezone.now() - timedelta(days=1)
    matter.case.save(update_fields=["upper_due_at"])
    by = district.actor("call_taker")
    matter = move_one(CASES, "rework", matter.pk, by=by, data={"reason": "灯又坏了，请再来修。"})
    assert running(matter)["rework"].due_at > timezone.now()


def test_while_a_regime_holds_its_limits_do(district: District) -> None:
    now = timezone.now()
    Limit.objects.create(
        matter_kind="case", clock="triage", regime="flood", amount=1, unit="calendar_hours", priority=90
    )
    flood = Regime.objects.create(key="flood", name="防汛应急响应", since=now - timedelta(days=1))
    bump("limits")
    assert running(receive(district))["triage"].unit == "calendar_hours"
    flood.until = now
    flood.save()
    bump("limits")
    assert running(receive(district))["triage"].unit == "working_minutes"


def test_what_is_no_longer_wanted_is_neither_in_time_nor_late(district: District) -> None:
    matter = advance(district, receive(district), "dispatched")
    data = {"reason": "not_ours", "explanation": "应由区住房局办理。"}
    move_one(CASES, "hand_back", matter.pk, by=district.actor("handler"), data=data)
    ended = Clock.objects.filter(matter=matter, kind__in=("acknowledge", "handle"))
    assert {clock.met for clock in ended} == {None}
    line = json.loads(LedgerLine.objects.get(matter=matter, step="hand_back").facts)
    assert line["clocks"]["stopped"]["handle"]["met"] is None
    assert Clock.objects.get(matter=matter, kind="triage").met is True


# --- lengthening a running limit -------------------------------------------------------------------------------------

FIRST = at("2026-03-02T00:00")  # the year's holidays lie behind and before it


def a_clock(district: District, start: datetime, amount: float, unit: str = "working_days") -> Clock:
    unit_id = district.organisations["urban"].pk
    clock = Clock.fresh(
        matter_id=1, kind="handle", started_seq=1, started_at=start, amount=amount, unit=unit, organisation_id=unit_id,
        lead_id=None, aside=False, minutes=None, ended_by="", excused="",
        due_at=start, ceiling_at=None, provisional=False, paused_at=None, pauses=[], stopped_at=None,
        stopped_seq=None, met=None, warning=Warning.NONE, yellow_at=None, red_at=None,
        prompted=0, next_alert_at=None,
    )  # fmt: skip
    clocks.settle(clock, CASES, current_calendar())
    clocks.schedule(clock, CASES, clocks.hours_of(unit_id), current_calendar())
    return clock


def pause(clock: Clock, begin: datetime, end: datetime) -> None:
    calendar = current_calendar()
    clocks.advance(clock, begin, calendar)
    clock.paused_at, clock.next_alert_at = begin, None
    clocks._resume(clock, CASES, end, calendar)


def values(clock: Clock) -> dict[str, object]:
    return {field.attname: getattr(clock, field.attname) for field in Clock._meta.concrete_fields}


MINUTES = st.integers(0, 60 * 24 * 30)
PROPERTY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@PROPERTY
@given(start=MINUTES, amount=st.integers(1, 20), days=st.integers(1, 10), asked=MINUTES, rest=MINUTES)
def test_an_extension_is_the_longer_limit_from_the_start(
    district: District, start: int, amount: int, days: int, asked: int, rest: int
) -> None:
    """Never earlier than before, equal to a limit of so many days more, wherever the pause lies."""
    began = FIRST + timedelta(minutes=start)
    begin = began + timedelta(minutes=asked)
    end, calendar = begin + timedelta(minutes=rest), current_calendar()
    now = end + timedelta(minutes=1)

    longer = a_clock(district, began, amount + days)
    pause(longer, begin, end)
    clocks.advance(longer, now, calendar)

    for unpaused_first in (True, False):
        extended = a_clock(district, began, amount)
        if unpaused_first:  # lengthened before it waits …
            before = extended.due_at
            clocks.extend(extended, days, CASES, began, calendar)
            assert extended.due_at >= before
            pause(extended, begin, end)
            clocks.advance(extended, now, calendar)
        else:  # … or after
            pause(extended, begin, end)
            clocks.advance(extended, now, calendar)
            before = extended.due_at
            assert clocks.extended_due(extended, days, calendar).at >= before
            clocks.extend(extended, days, CASES, now, calendar)
            assert extended.due_at >= before
        told, wanted = values(extended), values(longer)
        if (turned := wanted.pop("yellow_at")) is not None and turned <= begin:
            # It turned yellow before the pause, which nobody knew of then; now its moment is worked out from behind it.
            assert began <= told.pop("yellow_at") <= extended.due_at  # type: ignore[operator]
        else:
            assert told.pop("yellow_at") == turned
        assert told == wanted


@PROPERTY
@given(start=MINUTES, amount=st.integers(1, 20), days=st.integers(1, 10), asked=MINUTES, rest=MINUTES)
def test_an_extension_in_the_middle_of_a_pause_is_one_before_it(
    district: District, start: int, amount: int, days: int, asked: int, rest: int
) -> None:
    began = FIRST + timedelta(minutes=start)
    begin, calendar = began + timedelta(minutes=asked), current_calendar()
    middle, end = begin + timedelta(minutes=rest), begin + timedelta(minutes=2 * rest)

    early = a_clock(district, began, amount)
    clocks.extend(early, days, CASES, began, calendar)
    pause(early, begin, end)

    within = a_clock(district, began, amount)
    clocks.advance(within, begin, calendar)
    within.paused_at, within.next_alert_at = begin, None
    clocks.extend(within, days, CASES, middle, calendar)
    assert within.paused_at == begin and within.next_alert_at is None
    clocks._resume(within, CASES, end, calendar)
    assert values(within) == values(early)


@PROPERTY
@given(start=MINUTES, amount=st.integers(1, 20), days=st.integers(1, 10), later=MINUTES, ceiling=MINUTES)
def test_an_extension_taken_back_leaves_no_trace_and_stays_below_the_upper_level(
    district: District, start: int, amount: int, days: int, later: int, ceiling: int
) -> None:
    began = FIRST + timedelta(minutes=start)
    now, calendar = began + timedelta(minutes=later), current_calendar()
    clock = a_clock(district, began, amount)
    clock.ceiling_at = began + timedelta(minutes=ceiling)
    clocks.settle(clock, CASES, calendar)
    clocks.advance(clock, now, calendar)
    before = values(clock)
    clocks.extend(clock, days, CASES, now, calendar)
    assert before["due_at"] <= clock.due_at <= clock.ceiling_at  # type: ignore[operator]
    clocks.extend(clock, -days, CASES, now, calendar)
    assert values(clock) == before


def test_hours_on_the_wall_know_no_working_days(district: District) -> None:
    with pytest.raises(Conflict, match="按小时计时"):
        clocks.extend(a_clock(district, MONDAY, 24, "calendar_hours"), 1, CASES, MONDAY, current_calendar())


def test_what_waits_for_the_calendar_of_next_year_settles_with_its_extension(district: District) -> None:
    clock = a_clock(district, at("2026-12-28T10:00"), 2)
    clocks.extend(clock, 5, CASES, at("2026-12-28T11:00"), current_calendar())
    assert clock.provisional
    assert not clocks.settle(clock, CASES, current_calendar())  # it stands as it is counted anew
