"""What cannot be solved now is put by: approved, looked at again, taken up again, counted apart."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from huying.cases.flow import CASES
from huying.cases.models import CaseRequest
from huying.cases.portal.story import plain_story
from huying.cases.queues import QUEUES, in_queue
from huying.kernel import outbox
from huying.kernel.errors import Forbidden, Invalid
from huying.kernel.generation import bump
from huying.matters.engine import Move, move
from huying.matters.models import Clock, Delivery, LedgerLine, Matter, Message
from huying.matters.succession import hand_over
from huying.matters.sweep import sweep
from huying.people.actors import visitor
from tests.cases.desk import at_desk, statements, text_of
from tests.factories.cases import advance, receive
from tests.factories.district import District
from tests.factories.requests import deferral, endorsed, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def deferred(district: District) -> Matter:
    matter = endorsed(district, advance(district, receive(district), "handling"), "ask_deferral", **deferral())
    return take(district, matter, "defer", "dispatcher")


def running(matter: Matter) -> dict[str, Clock]:
    return {clock.kind: clock for clock in Clock.objects.filter(matter=matter, stopped_at=None)}


def facts(matter: Matter, key: str) -> dict[str, object]:
    found = json.loads(LedgerLine.objects.filter(matter=matter, step=key).latest("seq").facts)
    assert isinstance(found, dict)
    return found


def fresh(matter: Matter) -> Matter:
    return Matter.objects.get(pk=matter.pk)


def test_a_deferred_case_stays_with_its_unit_and_its_limit_waits(district: District, deferred: Matter) -> None:
    assert (deferred.state, deferred.holder_id) == ("deferred", district.organisations["urban"].pk)
    clocks = running(deferred)
    assert clocks["handle"].paused_at is not None
    assert deferred.next_due_at == clocks["deferral_review"].due_at
    assert timezone.localdate(clocks["deferral"].due_at) == timezone.localdate() + timedelta(days=90)
    assert facts(deferred, "defer")["excluded"] == "deferred"
    assert "propose" not in {step.key for step in CASES.available(deferred, district.actor("handler"))}


def test_the_reporter_is_told_honestly(district: District, deferred: Matter) -> None:
    outbox.drain()
    told = Message.objects.get(matter=deferred, key="case.deferred").body
    assert "要先立项、落实资金" in told
    story = plain_story(deferred, visitor("", matter_id=deferred.pk))
    assert story.state == "眼下还办不了，我们记着，条件一到就接着办"
    assert story.entries[0].what == "眼下还办不了，先记着：要先立项、落实资金"
    assert any(promise.startswith("最迟 ") for promise in story.promises)


def test_it_is_looked_at_again_and_the_supervisor_is_reminded(district: District, deferred: Matter) -> None:
    due = running(deferred)["deferral_review"].due_at
    sweep(due - timedelta(minutes=1))
    assert "deferral_due" not in fresh(deferred).aspects
    sweep(due + timedelta(minutes=1))
    outbox.drain()
    reminded = Delivery.objects.filter(message__matter=deferred, message__key="case.deferral_review")
    assert {"supervisor", "handler", "chief"} <= set(reminded.values_list("user__username", flat=True))
    waiting = in_queue(QUEUES["deferral_due"], district.actor("supervisor"), timezone.now())
    assert [m.pk for m in waiting] == [deferred.pk]
    later = due + timedelta(hours=2)
    data = {"still": True, "finding": "项目已报批，还没有下达。", "review_days": 14}
    move(CASES, "review_deferral", [Move(deferred.pk, district.actor("supervisor"), data, later)], now=later)
    again = running(deferred)["deferral_review"]
    assert again.due_at == later + timedelta(days=14)
    assert fresh(deferred).aspects == []


def test_taken_up_again_what_remained_of_the_limit_runs_on(district: District, deferred: Matter) -> None:
    before = running(deferred)["handle"]
    later = timezone.now() + timedelta(days=20)
    data = {"reason": "资金已经下达，可以开工。"}
    [result] = move(CASES, "resume", [Move(deferred.pk, district.actor("handler"), data, later)], now=later)
    matter = result.unwrap()
    clocks = running(matter)
    assert (matter.state, set(clocks)) == ("handling", {"handle"})
    assert clocks["handle"].paused_at is None
    assert clocks["handle"].due_at > before.due_at
    told = facts(matter, "resume")["deferred"]
    assert (told["days"], told["ground"]) == (20, "df-funds")  # type: ignore[index]


def test_by_its_last_day_it_is_taken_up_by_itself(district: District, deferred: Matter) -> None:
    due = running(deferred)["deferral"].due_at
    sweep(due + timedelta(minutes=1))
    assert fresh(deferred).state == "handling"
    assert LedgerLine.objects.filter(matter=deferred, step="deferral_ends", via="system").exists()
    assert CaseRequest.objects.get(case=deferred.pk).over_at is not None


def test_figures_can_leave_out_what_was_deferred(district: District, deferred: Matter) -> None:
    now = timezone.now()

    def between(first: int, last: int) -> int:
        spans = (now + timedelta(days=first), now + timedelta(days=last))
        return CaseRequest.objects.all().deferred_between(*spans).count()

    assert (between(-10, -1), between(-1, 1), between(30, 60)) == (0, 1, 1)
    later = now + timedelta(days=20)
    move(
        CASES, "resume", [Move(deferred.pk, district.actor("handler"), {"reason": "条件已经具备。"}, later)], now=later
    )
    assert (between(-1, 1), between(30, 60)) == (1, 0)


def test_reviewed_and_not_needed_it_goes_on(district: District, deferred: Matter) -> None:
    data = {"still": False, "finding": "资金已经到位。"}
    with pytest.raises(Invalid):
        take(district, deferred, "review_deferral", "supervisor", **data | {"review_days": 5})
    assert take(district, deferred, "review_deferral", "supervisor", **data).state == "handling"


def test_it_ends_with_a_day_in_reach(district: District) -> None:
    matter = advance(district, receive(district), "handling")
    for days in (0, 181):
        until = (timezone.localdate() + timedelta(days=days)).isoformat()
        with pytest.raises(Invalid) as refused:
            take(district, matter, "ask_deferral", "handler", **deferral(until=until))
        assert "until" in refused.value.fields


def test_the_centre_decides_with_other_eyes(district: District) -> None:
    matter = endorsed(district, advance(district, receive(district), "handling"), "ask_deferral", **deferral())
    with pytest.raises(Forbidden):
        take(district, matter, "defer", "chief")
    later = (timezone.localdate() + timedelta(days=120)).isoformat()
    with pytest.raises(Invalid):
        take(district, matter, "defer", "dispatcher", until=later)
    sooner = timezone.localdate() + timedelta(days=30)
    matter = take(district, matter, "defer", "supervisor", until=sooner.isoformat(), review_days=7)
    clocks = running(matter)
    assert timezone.localdate(clocks["deferral"].due_at) == sooner
    assert timezone.localdate(clocks["deferral_review"].due_at) == timezone.localdate() + timedelta(days=7)


def test_a_deferred_case_of_a_dissolved_unit_goes_on_with_its_heir(district: District, deferred: Matter) -> None:
    urban = district.organisations["urban"]
    urban.valid_to, urban.successor = timezone.localdate(), district.organisations["housing"]
    urban.save()
    bump("organisations")
    assert hand_over() == 1
    matter = fresh(deferred)
    assert (matter.state, matter.holder_id) == ("deferred", district.organisations["housing"].pk)


def test_without_an_heir_it_is_dispatched_anew_and_the_deferral_is_over(district: District, deferred: Matter) -> None:
    urban = district.organisations["urban"]
    urban.valid_to = timezone.localdate()
    urban.save()
    bump("organisations")
    hand_over()
    matter = fresh(deferred)
    assert (matter.state, matter.returns_to, set(running(matter))) == ("triaged", "", {"dispatch"})
    assert CaseRequest.objects.get(case=deferred.pk).over_at is not None


def test_a_list_says_how_long_and_until_when(district: District, deferred: Matter) -> None:
    client = at_desk(district, "handler")
    page = text_of(client.get("/desk/cases/deferred/?order=pressing"))
    assert "今天挂账" in page and "需资金立项" in page
    assert len(statements(client, "/desk/cases/deferred/?order=pressing")) <= 12
    page = text_of(at_desk(district, "supervisor").get(f"/desk/cases/{deferred.number}/"))
    assert "复核挂账" in page and "恢复办理" in page


def test_by_the_form_of_the_desk(district: District) -> None:
    matter = advance(district, receive(district), "handling")
    client = at_desk(district, "handler")
    url = f"/desk/cases/{matter.number}/steps/ask-deferral/".replace("ask-deferral", "ask_deferral")
    assert 'type="date"' in text_of(client.get(url))
    until = (timezone.localdate() + timedelta(days=60)).isoformat()
    answer = client.post(url, deferral(until=until), follow=True)
    assert "挂账申请已提交" in text_of(answer)
    assert CaseRequest.objects.get(case=matter.pk).until is not None
