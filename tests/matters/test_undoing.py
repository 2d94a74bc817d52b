"""Taking a step back: state, clocks, particulars and messages stand again as they stood before."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huying.cases.flow import CASES
from huying.cases.inputs import Recall
from huying.cases.models import Case, Resolution
from huying.kernel import outbox
from huying.kernel.calendar import current_calendar
from huying.kernel.errors import Conflict, Forbidden, Refusal
from huying.matters import clocks, delivery
from huying.matters.engine import Move, move, move_one
from huying.matters.flow import Change, Flow, Outcome, State, Step, Undone
from huying.matters.ledger import verify
from huying.matters.models import Clock, Delivery, LedgerLine, Matter
from huying.people.actors import Actor
from tests.factories.cases import MAIN_WAY, advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

STANDING = (
    "kind",
    "due_at",
    "provisional",
    "paused_at",
    "pauses",
    "stopped_at",
    "stopped_seq",
    "met",
    "warning",
    "next_alert_at",
)
COLUMNS = (
    "state",
    "holder_id",
    "holder_user_id",
    "first_holder_id",
    "lead_id",
    "co_handlers",
    "returns_to",
    "title",
    "subkind",
    "category",
    "urgency",
    "street_id",
    "community_id",
    "grid_id",
    "next_due_at",
    "next_due_provisional",
    "warning",
    "closed_at",
)
PARTICULARS = ("located_by", "triaged_by", "tags", "upper_due_at", "officer")


def standing(matter: Matter) -> dict[str, object]:
    """All that a step taken back must leave as it was: everything but the ledger and what only tells of it."""
    return {
        "matter": Matter.objects.values(*COLUMNS).get(pk=matter.pk),
        "case": Case.objects.values(*PARTICULARS).get(pk=matter.pk),
        "clocks": list(Clock.objects.filter(matter=matter, stopped_at=None).order_by("kind").values(*STANDING)),
    }


def data_of(step: str) -> dict[str, object]:
    found = {key: data for key, _, data in MAIN_WAY}[step]
    return dict(found)


SLIPS = (
    (
        "received",
        "triage",
        "recall_triage",
        "call_taker",
        {**data_of("triage"), "title": "换一个标题", "tags": ["路灯"]},
    ),
    ("received", "return_to_reporter", "recall_question", "call_taker", {"question": "请问是哪一栋？"}),
    ("triaged", "dispatch", "recall_dispatch", "dispatcher", {"lead": "URBAN", "co_handlers": ["HOUSING"]}),
    ("dispatched", "acknowledge", "recall_acknowledge", "handler", {"officer": "李工"}),
    ("handling", "return_to_reporter", "recall_question", "handler", {"question": "请问是哪一栋？"}),
)


@pytest.mark.parametrize(("state", "step", "reverse", "who", "data"), SLIPS)
def test_a_slip_leaves_everything_as_it_was(
    district: District, state: str, step: str, reverse: str, who: str, data: dict[str, object]
) -> None:
    matter = advance(district, receive(district), state)
    before = standing(matter)
    actor = district.actor(who)
    matter = move_one(CASES, step, matter.pk, by=actor, data=data)
    assert matter.state != state
    assert CASES.step[reverse] in CASES.available(Matter.objects.get(pk=matter.pk), actor)
    move_one(CASES, reverse, matter.pk, by=actor, data={})
    assert standing(matter) == before
    taken, back = LedgerLine.objects.filter(matter=matter).order_by("-seq")[:2][::-1]
    assert json.loads(back.facts)["undoes"] == taken.seq
    assert verify().holds
    # and the way goes on from there
    advance(district, Matter.objects.get(pk=matter.pk), "closed")


def test_what_was_started_ends_without_a_verdict(district: District) -> None:
    matter = advance(district, receive(district), "triaged")
    dispatcher = district.actor("dispatcher")
    move_one(CASES, "dispatch", matter.pk, by=dispatcher, data={"lead": "URBAN"})
    move_one(CASES, "recall_dispatch", matter.pk, by=dispatcher, data={})
    ended = Clock.objects.filter(matter=matter, kind__in=("acknowledge", "handle"))
    assert {(clock.met, clock.stopped_at is None) for clock in ended} == {(None, False)}


def test_only_whoever_took_the_step_takes_it_back_and_only_at_once(district: District) -> None:
    matter = advance(district, receive(district), "triaged")
    mine, other = district.actor("dispatcher"), district.actor("dispatcher2")
    moved = move_one(CASES, "dispatch", matter.pk, by=mine, data={"lead": "URBAN"})
    recall = CASES.step["recall_dispatch"]
    assert recall not in CASES.available(moved, other)
    with pytest.raises(Forbidden, match="只有办理这一步的本人"):
        move_one(CASES, "recall_dispatch", matter.pk, by=other, data={})
    later = timezone.now() + timedelta(seconds=61)
    [late] = move(CASES, "recall_dispatch", [Move(matter.pk, mine, {})], now=later)
    with pytest.raises(Conflict, match="已超过 60 秒"):
        late.unwrap()
    move_one(CASES, "acknowledge", matter.pk, by=district.actor("handler"), data={"officer": "李工"})
    with pytest.raises(Conflict, match="已经过时"):
        move_one(CASES, "recall_dispatch", matter.pk, by=mine, data={})


def test_what_another_line_has_followed_is_not_taken_back(district: District) -> None:
    """The state is the same again, but it is not that step any more that led there."""
    matter = advance(district, receive(district), "dispatched")
    handler, dispatcher = district.actor("handler"), district.actor("dispatcher")
    move_one(CASES, "acknowledge", matter.pk, by=handler, data={"officer": "李工"})
    move_one(CASES, "recall_acknowledge", matter.pk, by=handler, data={})
    with pytest.raises(Conflict, match="之后又有了新的办理"):
        move_one(CASES, "recall_dispatch", matter.pk, by=dispatcher, data={})


def test_a_proposal_is_withdrawn_until_the_chief_has_decided(district: District) -> None:
    matter = advance(district, receive(district), "awaiting_approval")
    before = Clock.objects.get(matter=matter, kind="handle")
    later = timezone.now() + timedelta(minutes=3)  # no slip any more
    handler = district.actor("handler")
    [result] = move(CASES, "withdraw_proposal", [Move(matter.pk, handler, {"reason": "照片传错了"})], now=later)
    assert result.unwrap().state == "handling"
    resolution = Resolution.objects.get(case_id=matter.pk)
    assert resolution.withdrawn_by_id == handler.user_id
    after = Clock.objects.get(matter=matter, kind="handle")
    assert (after.due_at, after.stopped_at) == (before.due_at, None)
    with pytest.raises(Refusal):
        move_one(CASES, "approve", matter.pk, by=district.actor("chief"), data={})
    matter = advance(district, Matter.objects.get(pk=matter.pk), "awaiting_approval")
    moved = move_one(CASES, "approve", matter.pk, by=district.actor("chief"), data={})
    with pytest.raises(Refusal):
        move_one(CASES, "withdraw_proposal", moved.pk, by=handler, data={})


def test_messages_wait_as_long_as_the_step_may_be_taken_back(district: District) -> None:
    matter = advance(district, receive(district), "dispatched")
    outbox.drain()
    delivery.deliver(timezone.now() + timedelta(minutes=5))
    handler = district.actor("handler")
    move_one(CASES, "acknowledge", matter.pk, by=handler, data={"officer": "李工"})
    outbox.drain()
    row = Delivery.objects.get(message__matter=matter, message__key="case.acknowledged", channel="console")
    delivery.deliver(timezone.now() + timedelta(seconds=50))
    row.refresh_from_db()
    assert row.status == "pending"
    delivery.deliver(timezone.now() + timedelta(seconds=61))
    row.refresh_from_db()
    assert row.status == "sent"


def test_messages_of_a_step_taken_back_never_go_and_are_marked_in_the_inbox(district: District) -> None:
    matter = advance(district, receive(district), "triaged")
    outbox.drain()
    dispatcher = district.actor("dispatcher")
    move_one(CASES, "dispatch", matter.pk, by=dispatcher, data={"lead": "URBAN"})
    outbox.drain()
    told = Delivery.objects.get(user=district.users["handler"], message__key="case.dispatched")
    assert told.read_at is None
    move_one(CASES, "recall_dispatch", matter.pk, by=dispatcher, data={})
    outbox.drain()
    told.refresh_from_db()
    assert told.status == "cancelled"
    assert told.read_at is not None  # nothing to be counted
    question = move_one(
        CASES, "return_to_reporter", matter.pk, by=district.actor("call_taker"), data={"question": "哪一栋？"}
    )
    outbox.drain()
    move_one(CASES, "recall_question", question.pk, by=district.actor("call_taker"), data={})
    delivery.deliver(timezone.now() + timedelta(days=1))
    row = Delivery.objects.get(message__matter=matter, message__key="case.question", channel="console")
    assert row.status == "cancelled"


def test_a_step_taken_back_before_its_messages_were_written_sends_none(district: District) -> None:
    matter = advance(district, receive(district), "triaged")
    outbox.drain()
    dispatcher = district.actor("dispatcher")
    move_one(CASES, "dispatch", matter.pk, by=dispatcher, data={"lead": "URBAN"})
    move_one(CASES, "recall_dispatch", matter.pk, by=dispatcher, data={})
    outbox.drain()
    assert not Delivery.objects.filter(message__matter=matter, message__key="case.dispatched").exists()


NOTHING = Recall()
FLOW = Flow(
    kind="case",
    label="试验",
    states=(State("a", "甲", "甲", "new"), State("b", "乙", "乙", "busy")),
    clocks=(CASES.clock["handle"],),
    steps=(
        Step("stop", "停", "cases.triage", ("a",), (Outcome("b", stops=("handle",)),), Recall, reverse="back"),
        Step("back", "撤", "cases.triage", ("b",), (Outcome("a", restores=True),), Recall),
    ),
)


def change(step: str, matter: Matter, actor: Actor, at: datetime, seq: int) -> Change:
    found = FLOW.step[step]
    return Change(FLOW, found, matter, actor, at, at, NOTHING, found.outcomes[0], seq=seq)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    hour=st.integers(0, 23),
    day=st.integers(0, 6),
    asked_after=st.integers(1, 3000),
    answered_after=st.integers(1, 8000),
    stopped_after=st.integers(0, 3000),
    undone_after=st.integers(0, 60),
    paused_when_stopped=st.booleans(),
)
def test_a_clock_that_was_stopped_by_mistake_runs_on_exactly_as_before(
    district: District,
    hour: int,
    day: int,
    asked_after: int,
    answered_after: int,
    stopped_after: int,
    undone_after: int,
    paused_when_stopped: bool,
) -> None:
    """Whatever pauses lie behind it, and also when it was paused as it was stopped."""
    calendar = current_calendar()
    start = timezone.now().replace(hour=hour, minute=7, second=0, microsecond=0) - timedelta(days=30 + day)
    matter = advance(district, receive(district, at=start), "dispatched", start=start)
    clock = Clock.objects.get(matter=matter, kind="handle")
    asked = clock.started_at + timedelta(minutes=asked_after)
    answered = asked + timedelta(minutes=answered_after)
    stopped_at = answered + timedelta(minutes=stopped_after)
    clocks.advance(clock, asked, calendar)
    clock.paused_at = asked
    if paused_when_stopped:
        clock.next_alert_at, clock.excused = (
            None,
            clocks.PAUSED,
        )  # the state it waits in, of which a bare change has none
    else:
        clocks._resume(clock, CASES, answered, calendar)
        clocks.advance(clock, stopped_at, calendar)
    before = {field.attname: getattr(clock, field.attname) for field in Clock._meta.concrete_fields}

    actor = district.actor("dispatcher")
    stop = change("stop", matter, actor, stopped_at, matter.version + 1)
    stop.clocks = [clock]
    assert clocks.plan([stop]).rewritten == [clock]
    assert clock.stopped_at == stopped_at
    back = change("back", matter, actor, stopped_at + timedelta(seconds=undone_after), stop.seq + 1)
    back.undone = Undone(stop.seq, "stop", actor.user_id, stopped_at, json.loads(json.dumps(stop.facts)))
    back.stopped = [clock]
    assert clocks.plan([back]).restored == [clock]
    assert {name: getattr(clock, name) for name in before} == before


def test_a_reverse_must_restore() -> None:
    with pytest.raises(ValueError, match="is no step that restores"):
        Flow(
            kind="x",
            label="试验",
            states=FLOW.states,
            clocks=(),
            steps=(
                Step("go", "去", "cases.triage", ("a",), (Outcome("b"),), Recall, reverse="back"),
                Step("back", "回", "cases.triage", ("b",), (Outcome("a"),), Recall),
            ),
        )
