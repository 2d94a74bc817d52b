"""A clock whose kind declares marks has its unit prompted once at each of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from huying.cases.flow import CASES
from huying.kernel import outbox
from huying.kernel.calendar import SHANGHAI, current_calendar
from huying.kernel.generation import bump
from huying.matters import clocks
from huying.matters.engine import move_one
from huying.matters.flow import ClockKind
from huying.matters.models import Clock, Delivery, Matter
from huying.matters.sweep import sweep
from huying.people.models import Organisation
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

DUTY = "13800138000"


@pytest.fixture(autouse=True)
def marks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CASES.clock, "handle", replace(CASES.clock["handle"], prompts=(0.5, 1.0)))


@pytest.fixture
def matter(district: District) -> Matter:
    """Dispatched on a Monday at 9:40, five working days: half has passed on Thursday."""
    Organisation.objects.filter(code="URBAN").update(duty_phone=f"027-88936000、{DUTY}")
    bump("organisations")
    monday = datetime(2026, 11, 16, 9, 10, tzinfo=SHANGHAI)
    matter = advance(district, receive(district, at=monday), "handling", start=monday)
    outbox.drain()
    Delivery.objects.all().delete()
    return matter


def handle(matter: Matter) -> Clock:
    return Clock.objects.get(matter=matter, kind="handle")


def prompts() -> list[tuple[str, str, str]]:
    """Title, way, to whom; in order."""
    rows = Delivery.objects.filter(message__key__startswith="prompt").order_by("message_id", "channel")
    return [
        (row.message.title, row.channel, row.user.username if row.user else str(row.organisation))
        for row in rows.select_related("message", "user", "organisation")
    ]


def test_at_half_the_limit_and_at_its_end_the_unit_and_its_duty_phone_are_prompted(matter: Matter) -> None:
    clock = handle(matter)
    unit = str(clock.organisation)
    thursday = datetime(2026, 11, 19, 9, 0, tzinfo=SHANGHAI)
    sweep(thursday)
    assert prompts() == []
    sweep(thursday + timedelta(hours=8))
    first = [("到点提醒：办理已过一半", "console", unit), ("到点提醒：办理已过一半", "in_app", "handler")]
    assert prompts() == first
    sweep(thursday + timedelta(hours=9))
    assert prompts() == first
    sweep(clock.due_at)
    assert prompts() == [
        *first,
        ("到点提醒：办理已到时限", "console", unit),
    ]  # the red card tells the people themselves
    assert Delivery.objects.filter(message__key="warning.red", user__username="handler").count() == 1
    sweep(clock.due_at + timedelta(days=30))
    assert len(prompts()) == 3


def test_after_a_long_standstill_only_the_last_mark_is_told(matter: Matter) -> None:
    sweep(handle(matter).due_at + timedelta(minutes=5))
    assert {title for title, _, _ in prompts()} == {"到点提醒：办理已到时限"}


def test_who_has_done_it_is_not_prompted(district: District, matter: Matter) -> None:
    advance(district, matter, "resolved", start=datetime(2026, 11, 17, 9, 30, tzinfo=SHANGHAI))
    sweep(handle(matter).due_at + timedelta(days=2))
    assert prompts() == []


def test_a_pause_moves_the_mark(district: District, matter: Matter) -> None:
    calendar = current_calendar()
    before = clocks._next_prompt(handle(matter), CASES.clock["handle"], clocks.hours_of(matter.holder_id), calendar)
    asked = datetime(2026, 11, 17, 10, 0, tzinfo=SHANGHAI)
    data = {"question": "请问是几号门？"}
    move_one(CASES, "return_to_reporter", matter.pk, by=district.actor("handler"), data=data, at=asked)
    sweep(asked + timedelta(days=2))
    assert prompts() == []
    answered, by = asked + timedelta(days=2), district.actor("call_taker")
    move_one(CASES, "add_information", matter.pk, by=by, data={"text": "是三号门。"}, at=answered)
    clock = handle(matter)
    after = clocks._next_prompt(clock, CASES.clock["handle"], clocks.hours_of(matter.holder_id), calendar)
    assert before is not None and after is not None
    assert after > before + timedelta(days=1)
    sweep(after)
    assert len(prompts()) == 2


@pytest.mark.parametrize("prompts", [(0.0, 1.0), (1.0, 0.5), (0.5, 1.5)])
def test_a_flow_that_declares_no_sense_does_not_start(prompts: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="rising shares"):
        ClockKind("x", "某时限", prompts=prompts)
