"""Cases that units have in hand already are found to be one: merged, taken back, set free again, answered each."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import timedelta

import pytest
from django.db.models import Q
from django.utils import timezone

from huying.cases.flow import CASES
from huying.cases.joined import close_joined
from huying.cases.merging import bring_along, tighten, untie
from huying.cases.models import Case, CaseLink, Resolution
from huying.cases.steps import joining
from huying.kernel import outbox
from huying.kernel.errors import Conflict, Forbidden, Refusal
from huying.matters.engine import Move, move, move_one
from huying.matters.models import Clock, Delivery, LedgerLine, Matter, Message
from huying.people.actors import visitor
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

SECOND = {"text": "水岸星城三号门路灯全黑了", "reporter": {"name": "李大勇", "phone": "13600002222"}}
LATER = timedelta(minutes=30)  # nothing can be taken back any more


def merge(district: District, matter: Matter, main: Matter, who: str = "dispatcher") -> Matter:
    return move_one(CASES, "merge", matter.pk, by=district.actor(who), data={"main": main.number})


def free(district: District, matter: Matter, who: str = "dispatcher") -> Matter:
    return move_one(CASES, "unjoin", matter.pk, by=district.actor(who), data={"reason": "不是同一盏灯"})


def dispatched_to(district: District, unit: str) -> Matter:
    matter = advance(district, receive(district, **SECOND), "triaged")
    return move_one(CASES, "dispatch", matter.pk, by=district.actor("dispatcher"), data={"lead": unit})


def facts(matter: Matter, step: str) -> dict[str, object]:
    found = json.loads(LedgerLine.objects.filter(matter=matter, step=step).latest("seq").facts)
    assert isinstance(found, dict)
    return found


def running(matter: Matter) -> set[str]:
    return set(Clock.objects.filter(matter=matter, stopped_at=None).values_list("kind", flat=True))


@pytest.mark.parametrize("state", ["received", "dispatched", "acknowledged", "handling", "awaiting_approval"])
def test_whatever_is_under_way_can_be_merged_and_its_clocks_end_without_verdict(district: District, state: str) -> None:
    main = advance(district, receive(district), "handling")
    second = merge(district, advance(district, receive(district, **SECOND), state), main)
    assert (second.state, second.lead_id, second.next_due_at) == ("joined", None, None)
    assert second.holder_id == district.organisations["centre"].pk
    assert running(second) == set()
    ended = Clock.objects.filter(matter=second, stopped_seq=second.version)
    assert ended
    assert set(ended.values_list("met", flat=True)) == {None}
    assert CaseLink.objects.get(case=second.pk).kind == "merged"


def test_reporter_and_the_unit_that_loses_it_are_told(district: District) -> None:
    main = advance(district, receive(district), "handling")
    second = dispatched_to(district, "HOUSING")
    outbox.drain()
    merge(district, second, main)
    outbox.drain()
    keys = set(Message.objects.filter(matter=second).values_list("key", flat=True))
    assert {"case.merged", "case.merged_away"} <= keys
    told = Delivery.objects.filter(message__matter=second, message__key="case.merged_away")
    assert set(told.values_list("user__username", flat=True)) == {
        district.users[who].username for who in ("handler2", "chief2")
    }
    body = Message.objects.get(matter=second, key="case.merged_away").body
    assert "贵单位不用再办" in body


def test_it_is_answered_with_the_main_case_and_counts_as_a_voice_only(district: District) -> None:
    main = advance(district, receive(district), "handling")
    second = merge(district, dispatched_to(district, "WATER"), main)
    assert facts(second, "merge")["excluded"] == "merged"
    advance(district, main, "closed")
    assert close_joined(timezone.now() + LATER) == 1
    second.refresh_from_db()
    assert second.state == "closed"
    assert facts(second, "close_joined")["excluded"] == "merged"
    assert facts(second, "close_joined")["handler"] == "URBAN"
    again = move_one(
        CASES, "rework", second.pk, by=visitor("s", matter_id=second.pk), data={"reason": "我家门口的灯还是不亮"}
    )
    assert (again.state, again.holder_id) == ("handling", district.organisations["urban"].pk)


@pytest.mark.parametrize("state", ["received", "triaged", "dispatched", "handling", "waiting", "awaiting_approval"])
def test_a_slip_is_taken_back_whole(district: District, state: str) -> None:
    main = advance(district, receive(district), "handling")
    second = advance(district, receive(district, **SECOND), "handling" if state == "waiting" else state)
    if state == "waiting":
        second = move_one(
            CASES,
            "return_to_reporter",
            second.pk,
            by=district.actor("handler"),
            data={"question": "请问在几号门？"},
        )
    clocks = running(second)
    before = Matter.objects.values("state", "holder", "lead", "holder_user", "returns_to", "next_due_at")
    stood = before.get(pk=second.pk)
    merge(district, second, main)
    outbox.drain()
    with pytest.raises(Forbidden):
        move_one(CASES, "recall_merge", second.pk, by=district.actor("dispatcher2"), data={})
    back = move_one(CASES, "recall_merge", second.pk, by=district.actor("dispatcher"), data={})
    assert before.get(pk=second.pk) == stood
    assert running(back) == clocks
    assert "merged" not in back.aspects
    assert not CaseLink.objects.standing().exists()
    unsent = Delivery.objects.filter(message__matter=second, message__key__in=["case.merged", "case.merged_away"])
    assert set(unsent.values_list("status", flat=True)) <= {Delivery.Status.CANCELLED}
    if state == "waiting":
        again = move_one(
            CASES, "add_information", second.pk, by=district.actor("call_taker"), data={"text": "在三号门。"}
        )
        assert again.state == "handling"


def test_set_free_it_goes_back_to_the_unit_it_was_taken_from(district: District) -> None:
    main = advance(district, receive(district), "handling")
    second = advance(district, receive(district, **SECOND), "awaiting_approval")
    merge(district, second, main)
    with pytest.raises(Forbidden, match="由派单员"):
        free(district, second, "call_taker")
    freed = free(district, second)
    assert (freed.state, freed.holder_id) == ("dispatched", district.organisations["urban"].pk)
    assert running(freed) == {"acknowledge", "handle"}
    assert "handle" in facts(freed, "unjoin")["spent"]  # type: ignore[operator]
    assert Resolution.objects.get(case=freed.pk).withdrawn_at is not None
    assert advance(district, freed, "closed").state == "closed"
    assert close_joined(timezone.now() + LATER) == 0


def test_what_never_had_a_unit_is_dispatched(district: District) -> None:
    main = advance(district, receive(district), "handling")
    for state, back in (("received", "received"), ("triaged", "triaged")):
        second = merge(district, advance(district, receive(district, **SECOND), state), main)
        assert free(district, second).state == back


def test_what_went_along_with_it_comes_along_and_goes_back_with_it(district: District) -> None:
    main, other = advance(district, receive(district), "handling"), advance(district, receive(district), "dispatched")
    third = receive(district, **SECOND, joins=other.number)
    merge(district, other, main)
    assert bring_along(timezone.now()) == 0  # the merging may still be taken back
    assert bring_along(timezone.now() + LATER) == 1
    link = CaseLink.objects.waiting().get(case=third.pk)
    assert (link.main_id, link.through_id) == (main.pk, other.pk)
    assert bring_along(timezone.now() + LATER) == 0
    free(district, other)
    assert bring_along(timezone.now() + 2 * LATER) == 1
    link = CaseLink.objects.waiting().get(case=third.pk)
    assert (link.main_id, link.through_id) == (other.pk, None)
    merge(district, other, main)
    bring_along(timezone.now() + 3 * LATER)
    advance(district, main, "closed")
    assert close_joined(timezone.now() + 4 * LATER) == 2
    assert not Matter.objects.filter(state="joined").exists()


def test_two_joined_to_each_other_in_the_same_moment_are_untied(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = receive(district), receive(district, **SECOND)
    by = district.actor("dispatcher")
    both = [Move(one.pk, by, {"main": other.number}), Move(other.pk, by, {"main": one.number})]
    assert [r.refusal.code for r in move(CASES, "merge", both) if r.refusal] == ["both_joined", "both_joined"]
    move_one(CASES, "join", one.pk, by=by, data={"main": other.number})
    monkeypatch.setattr(joining, "_against", lambda change, main, field: None)  # as the other transaction saw it
    found = Matter.objects.get(pk=one.pk)
    monkeypatch.setattr(joining, "find_mains", lambda wanted, field: wanted[0][0].extra.update({"main": found}))
    merge(district, other, one)
    monkeypatch.undo()
    assert untie(timezone.now()) == 1
    assert untie(timezone.now()) == 0
    assert sorted(Matter.objects.values_list("state", flat=True)) == ["joined", "received"]


def test_the_stricter_deadline_of_the_upper_level_is_taken_over(district: District) -> None:
    main = advance(district, receive(district), "handling")
    due = timezone.now() + timedelta(hours=26)
    second = receive(district, **SECOND, upper_due_at=due.isoformat())
    merge(district, second, main)
    assert tighten(timezone.now()) == 0
    assert tighten(timezone.now() + LATER) == 1
    assert tighten(timezone.now() + LATER) == 0
    clock = Clock.objects.get(matter=main, kind="handle", stopped_at=None)
    assert (clock.due_at, clock.ceiling_at) == (due, due)
    main.refresh_from_db()
    assert main.next_due_at == due
    assert Case.objects.get(pk=main.pk).upper_due_at == due


def test_without_an_answer_nobody_is_closed(district: District) -> None:
    """Whichever way the main case ended."""
    from huying.matters.models import Words

    main = advance(district, receive(district), "handling")
    second = merge(district, dispatched_to(district, "WATER"), main)
    advance(district, main, "closed")
    Words.objects.filter(matter=main, field="public_reply").update(field="other")
    close_joined(timezone.now() + LATER)
    second.refresh_from_db()
    assert (second.state, second.holder_id) == ("dispatched", district.organisations["water"].pk)


def test_who_may_not_merge_and_what_cannot_be_merged(district: District) -> None:
    main = advance(district, receive(district), "handling")
    second = advance(district, receive(district, **SECOND), "dispatched")
    for who in ("call_taker", "handler", "chief"):
        with pytest.raises(Forbidden):
            merge(district, second, main, who)
    with pytest.raises(Conflict, match="正在回访"):
        merge(district, second, advance(district, receive(district), "resolved"))
    with pytest.raises(Conflict, match="自己"):
        merge(district, second, second)
    with pytest.raises(Conflict):
        merge(district, advance(district, receive(district), "resolved"), main)


def test_over_any_order_of_merging_and_closing_each_is_answered_once_for_each_closing(district: District) -> None:
    """Nobody waits for a case that is not there, and nobody is told twice."""
    chance = random.Random(20261122)
    cases = [advance(district, receive(district), "dispatched") for _ in range(5)]
    cases += [receive(district, **SECOND, joins=chance.choice(cases).number) for _ in range(4)]
    clock = timezone.now()
    by = district.actor("dispatcher")
    for _ in range(60):
        clock += LATER
        one, other = chance.sample(cases, 2)
        try:
            match chance.randrange(7):
                case 0 | 1 | 2:
                    move(CASES, "merge", [Move(one.pk, by, {"main": other.number})])
                case 3:
                    move(CASES, "unjoin", [Move(one.pk, by, {"reason": "另一盏灯"})])
                case 4:
                    move(CASES, "recall_merge", [Move(one.pk, by, {})])
                case 5:
                    one.refresh_from_db()
                    if one.state != "joined":
                        advance(district, one, "closed")
                case _:
                    move(CASES, "rework", [Move(one.pk, district.actor("call_taker"), {"reason": "灯又坏了一次"})])
        except Refusal:
            pass
        for look in (untie, bring_along, tighten, close_joined):
            if chance.random() < 0.7:
                look(clock)
        joined = set(Matter.objects.filter(state="joined").values_list("pk", flat=True))
        assert joined == set(CaseLink.objects.waiting().values_list("case", flat=True))
    for _ in range(4):
        clock += LATER
        for look in (untie, bring_along, close_joined):
            look(clock)
    lost = CaseLink.objects.waiting().filter(~Q(main__matter__closed_at=None) | Q(main__matter__state="joined"))
    assert not lost.exists()
    for case in Matter.objects.filter(state="joined"):
        assert CaseLink.objects.waiting().filter(case=case.pk).count() == 1
    for case in cases:
        steps = list(
            LedgerLine.objects.filter(matter=case).order_by("seq").values_list("step", "from_state", "to_state")
        )
        closings = [step for step, before, after in steps if before != after == "closed"]
        answered = CaseLink.objects.filter(case=case.pk, answered=True).count()
        assert Counter(closings)["close_joined"] == answered
