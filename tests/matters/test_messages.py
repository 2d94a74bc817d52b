"""Messages at each step, and sends that are retried, asked about, never repeated blindly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.utils import timezone

from huying.cases.flow import CASES
from huying.kernel import outbox
from huying.matters import channels, delivery
from huying.matters.channels import Envelope, Outcome, Verdict
from huying.matters.engine import move_one
from huying.matters.models import Clock, Delivery, Message
from huying.matters.sweep import sweep
from huying.matters.tasks import unsent_messages
from huying.people.models import Deputy, Post
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db


def inbox(district: District, name: str) -> list[str]:
    rows = Delivery.objects.filter(user=district.users[name]).order_by("pk")
    return [row.message.title for row in rows.select_related("message")]


def test_each_step_tells_whoever_is_next(district: District) -> None:
    matter = receive(district)
    for state, who, title in (
        ("dispatched", "handler", "新派单"),
        ("awaiting_approval", "chief", "待审批"),
        ("resolved", "handler", "新派单"),
    ):
        matter = advance(district, matter, state)
        outbox.drain()
        assert inbox(district, who)[-1] == title
    sent = Delivery.objects.filter(contact=matter.raised_by_id, channel="console").order_by("pk")
    assert [d.message.title for d in sent] == ["已受理", "已有单位接手", "已办好"]
    assert inbox(district, "handler2") == []


class Fake:
    """An SMS platform that answers as it is told."""

    key, name, batch, rings, asks = "console", "短信", 10, False, False

    def __init__(self) -> None:
        self.sent: list[int] = []
        self.asked: list[int] = []
        self.answer: Verdict | None = Verdict.SENT

    def send(self, envelopes: Sequence[Envelope]) -> Sequence[Outcome]:
        self.sent += [e.id for e in envelopes]
        if self.answer is None:
            raise TimeoutError
        return [Outcome(self.answer, f"x{e.id}") for e in envelopes]

    def ask(self, envelopes: Sequence[Envelope]) -> Sequence[Outcome]:
        self.asked += [e.id for e in envelopes]
        return [Outcome(Verdict.SENT) for _ in envelopes]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Fake:
    fake = Fake()
    monkeypatch.setattr(channels, "outward", lambda: (fake,))
    monkeypatch.setattr(delivery, "outward", lambda: (fake,))
    return fake


def waiting(district: District) -> Delivery:
    receive(district)
    outbox.drain()
    return Delivery.objects.get(channel="console")


def test_a_send_that_surely_failed_is_tried_again_later(district: District, fake: Fake) -> None:
    row = waiting(district)
    now = timezone.now() + timedelta(seconds=1)
    fake.answer = Verdict.RETRY
    delivery.deliver(now)
    delivery.deliver(now)
    assert fake.sent == [row.pk]
    fake.answer = Verdict.SENT
    delivery.deliver(now + timedelta(seconds=16))
    row.refresh_from_db()
    assert (row.status, row.attempts) == ("sent", 2)


def test_a_send_of_unknown_outcome_is_asked_about_and_not_repeated(district: District, fake: Fake) -> None:
    row = waiting(district)
    now = timezone.now() + timedelta(seconds=1)
    fake.answer = None
    delivery.deliver(now)
    row.refresh_from_db()
    assert row.status == "unknown"
    fake.answer = Verdict.SENT
    delivery.deliver(now + timedelta(hours=1))
    row.refresh_from_db()
    assert row.status == "sent"
    assert (fake.sent, fake.asked) == ([row.pk], [row.pk])


def test_a_sender_killed_in_the_middle_is_asked_about(district: District, fake: Fake) -> None:
    row = waiting(district)
    now = timezone.now() + timedelta(seconds=1)
    Delivery.objects.filter(pk=row.pk).update(status="sending", next_try_at=now)
    delivery.deliver(now + timedelta(minutes=1))
    assert (fake.sent, fake.asked) == ([], [])
    assert not delivery.is_waiting(now + timedelta(minutes=1))
    assert delivery.is_waiting(now + timedelta(minutes=11))
    delivery.deliver(now + timedelta(minutes=11))
    assert (fake.sent, fake.asked) == ([], [row.pk])


def clear(district: District) -> None:
    outbox.drain()
    Delivery.objects.all().delete()


def told(title: str) -> set[str | None]:
    outbox.drain()
    rows = Delivery.objects.filter(message__title=title, user__isnull=False)
    return set(rows.values_list("user__username", flat=True))


def leave(district: District, *names: str) -> None:
    Post.objects.filter(user__in=[district.users[name] for name in names]).update(valid_to=timezone.localdate())


def test_the_centre_is_told_of_what_comes_in_for_what_it_holds(district: District) -> None:
    matter = receive(district)
    by = district.actor("call_taker")
    move_one(CASES, "return_to_reporter", matter.pk, by=by, data={"question": "请问在哪条路？"})
    clear(district)
    move_one(CASES, "add_information", matter.pk, by=by, data={"text": "在徐东大街。"})
    assert told("诉求人已补充") == {"call.taker2", "dispatcher", "dispatcher2"}


def test_where_nobody_handles_the_chief_is_told_and_where_nobody_is_the_dispatchers(district: District) -> None:
    leave(district, "handler")
    advance(district, receive(district), "dispatched")
    assert told("新派单") == {"chief"}
    clear(district)
    leave(district, "chief")
    advance(district, receive(district), "dispatched")
    assert told("新派单") == {"dispatcher2"}  # whoever dispatched it knows


def test_without_a_chief_the_supervisors_hear_what_waits_for_approval(district: District) -> None:
    leave(district, "chief")
    advance(district, receive(district), "awaiting_approval")
    assert told("待审批") == {"supervisor"}


def test_a_deputy_is_told_as_well(district: District) -> None:
    today = timezone.localdate()
    Deputy.objects.create(
        post=district.users["handler"].posts.get(),
        user=district.users["handler2"],
        valid_from=today,
        valid_to=today + timedelta(days=3),
        appointed_by=district.users["chief"],
    )
    advance(district, receive(district), "dispatched")
    assert told("新派单") == {"handler", "handler2"}


def test_a_message_tells_no_number_of_a_phone(district: District) -> None:
    advance(district, receive(district, text="请联系13971112222，门口路灯坏了", confidential=True), "dispatched")
    outbox.drain()
    bodies = Message.objects.values_list("body", flat=True)
    assert bodies and not any("13971112222" in body for body in bodies)


def test_the_centre_hears_that_a_confidential_reporter_is_to_be_contacted(district: District) -> None:
    advance(district, receive(district), "acknowledged")
    assert told("保密件待联系") == set()
    advance(district, receive(district, confidential=True), "acknowledged")
    assert told("保密件待联系") == {"call.taker", "call.taker2"}


def test_doctor_lists_what_was_not_sent(district: District, fake: Fake) -> None:
    row = waiting(district)
    assert unsent_messages().ok
    fake.answer = Verdict.FAILED
    delivery.deliver(timezone.now() + timedelta(seconds=1))
    finding = unsent_messages()
    assert not finding.ok
    assert row.message.matter is not None
    assert row.message.matter.number in finding.message


def test_a_message_speaks_of_the_moment_of_its_step(district: District) -> None:
    matter = advance(district, receive(district, upper_due_at="2030-01-02T10:00:00+08:00"), "dispatched")
    due = Clock.objects.get(matter=matter, kind="acknowledge").due_at
    data = {"reason": "not_ours", "explanation": "应由区住房局办理。"}
    move_one(CASES, "hand_back", matter.pk, by=district.actor("handler"), data=data)
    outbox.drain()  # the worker was slower than two people
    told = Delivery.objects.filter(message__key="case.dispatched").select_related("message", "user").get()
    assert told.user is not None and told.user.username == "handler"
    assert "已派给区城市管理执法局" in told.message.body
    assert timezone.localtime(due).strftime("%-m月%-d日 %H:%M") in told.message.body


def test_while_the_chief_has_to_decide_the_chief_is_warned(district: District) -> None:
    matter = advance(district, receive(district), "awaiting_approval")
    outbox.drain()
    Delivery.objects.all().delete()
    clock = Clock.objects.get(matter=matter, kind="handle")
    assert clock.next_alert_at is not None
    sweep(clock.next_alert_at)
    told = Delivery.objects.filter(message__key="warning.yellow").values_list("user__username", flat=True)
    assert set(told) == {"chief"}
