"""Several voices about one thing: tied together at intake or later, answered together, set free again."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from huying.cases.flow import CASES
from huying.cases.joined import close_joined, sort_along
from huying.cases.models import CaseLink
from huying.kernel import outbox
from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.matters.engine import move_one, open_one
from huying.matters.models import Clock, LedgerLine, Matter, Message, Words
from huying.people.actors import Actor, visitor
from tests.cases.desk import at_desk, many, settled, text_of
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

SECOND = {"text": "水岸星城三号门路灯全黑了", "reporter": {"name": "李大勇", "phone": "13600002222"}}


def join(district: District, matter: Matter, main: Matter, by: Actor | None = None) -> Matter:
    return move_one(CASES, "join", matter.pk, by=by or district.actor("call_taker"), data={"main": main.number})


def later(minutes: int = 30) -> int:
    """What the worker does when the closing can no longer be taken back."""
    return close_joined(timezone.now() + timedelta(minutes=minutes))


def running(matter: Matter) -> list[str]:
    return list(Clock.objects.filter(matter=matter, stopped_at=None).values_list("kind", flat=True))


def test_a_voice_is_tied_to_the_main_case_as_it_comes_in(district: District) -> None:
    main = advance(district, receive(district), "dispatched")
    second = receive(district, **SECOND, joins=main.number)
    assert second.state == "joined"
    assert second.number != main.number
    assert second.next_due_at is None
    assert running(second) == []
    link = CaseLink.objects.get(case=second.pk)
    assert (link.main_id, link.ended_at, link.by_id) == (main.pk, None, district.users["call_taker"].pk)
    outbox.drain()
    assert Message.objects.filter(matter=second).values_list("key", flat=True).get() == "case.received_joined"


def test_it_counts_in_the_category_of_the_main_case(district: District) -> None:
    main = advance(district, receive(district), "dispatched")
    arrived = receive(district, **SECOND, joins=main.number)
    loose = receive(district, text="三号门路灯又灭了", kind="complaint")
    joined = join(district, loose, main)
    assert (arrived.subkind, arrived.category) == ("help", "02.02.01")
    assert (joined.subkind, joined.category) == ("complaint", "02.02.01")
    facts = json.loads(LedgerLine.objects.get(matter=joined, step="join").facts)
    assert (facts["kind"], facts["category"]) == ("complaint", "02.02.01")


def test_it_follows_when_the_main_case_is_triaged_later(district: District) -> None:
    main = receive(district, text="徐东大街九号路灯不亮")
    second = receive(district, **SECOND, joins=main.number)
    assert second.category == ""
    assert sort_along(timezone.now() + timedelta(hours=1)) == 0
    advance(district, main, "triaged")
    assert sort_along(timezone.now()) == 0  # it can still be taken back
    assert sort_along(timezone.now() + timedelta(hours=1)) == 1
    assert sort_along(timezone.now() + timedelta(hours=1)) == 0
    second.refresh_from_db()
    assert (second.state, second.subkind, second.category) == ("joined", "help", "02.02.01")
    facts = json.loads(LedgerLine.objects.get(matter=second, step="sort_along").facts)
    assert (facts["category"], facts["main"]) == ("02.02.01", main.number)


def test_it_is_joined_later_and_its_clocks_stop(district: District) -> None:
    main, second = receive(district), receive(district, **SECOND)
    assert running(second) == ["triage"]
    assert join(district, second, main).state == "joined"
    assert running(second) == []
    assert LedgerLine.objects.filter(matter=second, step="join").get().facts.count(main.number) == 1


def test_set_free_again_it_is_sorted_anew(district: District) -> None:
    main, second = receive(district), receive(district, **SECOND)
    join(district, second, main)
    freed = move_one(
        CASES, "unjoin", second.pk, by=district.actor("dispatcher"), data={"reason": "不是同一盏灯，另行办理"}
    )
    assert freed.state == "received"
    assert running(freed) == ["triage"]
    link = CaseLink.objects.get()
    assert link.ended_at is not None
    assert not link.answered
    advance(district, main, "closed")
    assert later() == 0
    assert join(district, freed, receive(district)).state == "joined"  # and tied to another


@pytest.mark.parametrize("way", ["callback", "answer", "close_without_callback"])
def test_whichever_way_the_main_case_is_closed_the_joined_ones_get_its_answer(district: District, way: str) -> None:
    main = receive(district, wants_reply=way != "close_without_callback")
    second = receive(district, **SECOND, joins=main.number)
    reply = "您好，门口三盏路灯已更换，请您再看看。"
    if way == "answer":
        reply = "路灯今晚八点前恢复，请拨打 13912345678 查询。"
        data = {"reply": reply, "basis": "值班电话核实", "kind": "help", "category": "02.02.01"}
        move_one(CASES, "answer", main.pk, by=district.actor("call_taker"), data=data)
    elif way == "callback":
        advance(district, main, "closed")
    else:
        advance(district, main, "resolved")
        data = {"reason": "no_reply_wanted"}
        move_one(CASES, "close_without_callback", main.pk, by=district.actor("dispatcher"), data=data)
    outbox.drain()
    assert later(0) == 0  # the closing may still be taken back
    assert later() == 1
    closed = Matter.objects.get(pk=second.pk)
    assert closed.state == "closed"
    assert closed.category == "02.02.01"
    told = Words.objects.get(matter=second, field="public_reply").text
    assert told.startswith(reply[:12])
    assert "13912345678" not in told  # a number in an answer was meant for one reporter
    outbox.drain()
    assert Message.objects.filter(matter=second, key="case.closed_joined").exists()
    assert CaseLink.objects.get(case=second.pk).answered
    assert later() == 0


def test_who_is_not_helped_asks_again_and_the_unit_of_the_main_case_has_it(district: District) -> None:
    main = receive(district)
    second = receive(district, **SECOND, joins=main.number)
    advance(district, main, "closed")
    later()
    asking = visitor("s", matter_id=second.pk)
    again = move_one(CASES, "rework", second.pk, by=asking, data={"reason": "我家门口的灯还是不亮"})
    assert again.state == "handling"
    assert again.holder_id == district.organisations["urban"].pk
    assert Matter.objects.get(pk=main.pk).state == "closed"


def test_done_over_the_main_case_leaves_answered_ones_alone(district: District) -> None:
    main = receive(district)
    second = receive(district, **SECOND, joins=main.number)
    advance(district, main, "closed")
    later()
    move_one(CASES, "rework", main.pk, by=district.actor("call_taker"), data={"reason": "灯又坏了，还没有修好"})
    assert later() == 0
    assert Matter.objects.get(pk=second.pk).state == "closed"


def test_a_hundred_voices_are_answered_set_wise(district: District) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for n in (2, 100):
        main = receive(district)
        many(district, n, **SECOND, joins=main.number)
        advance(district, main, "closed")
        settled()
        later(0)
        with CaptureQueriesContext(connection) as asked:
            assert later() == n
        counts.append(len(asked))
    assert counts[1] <= counts[0] + 3  # many rows go by COPY
    assert not CaseLink.objects.waiting().exists()


def test_what_cannot_be_joined_says_why(district: District) -> None:
    main, second = receive(district), receive(district, **SECOND)
    closed, resolved = advance(district, receive(district), "closed"), advance(district, receive(district), "resolved")
    with pytest.raises(Conflict, match="这一件自己"):
        join(district, second, second)
    with pytest.raises(Conflict, match="已经结案"):
        join(district, second, closed)
    with pytest.raises(Conflict, match="正在回访"):
        join(district, second, resolved)
    with pytest.raises(Invalid) as refused:
        move_one(CASES, "join", second.pk, by=district.actor("call_taker"), data={"main": "WC20260101000000"})
    assert "main" in refused.value.fields
    join(district, second, main)
    with pytest.raises(Conflict, match="已有 1 件并入"):
        join(district, main, receive(district))
    assert Matter.objects.get(pk=main.pk).state == "received"


def test_joining_one_that_is_joined_leads_to_its_main(district: District) -> None:
    main, second, third = receive(district), receive(district, **SECOND), receive(district, **SECOND)
    join(district, second, main)
    join(district, third, second)
    assert CaseLink.objects.get(case=third.pk).main_id == main.pk


def test_who_may_not_join_or_may_not_see_the_main_case_is_refused(district: District) -> None:
    main = receive(district)
    for who in (district.actor("resident"), visitor("s"), district.actor("grid_worker")):
        with pytest.raises(Forbidden):
            open_one(CASES, "receive", by=who, data={"channel": "portal", "text": "路灯不亮", "joins": main.number})
    lon, lat = district.point(2)  # another community
    elsewhere = receive(district, lon=lon, lat=lat)
    with pytest.raises(Invalid):
        receive(district, district.actor("community_clerk"), **SECOND, joins=elsewhere.number)
    assert receive(district, district.actor("community_clerk"), **SECOND, joins=main.number).state == "joined"
    assert Matter.objects.count() == 3


def test_both_pages_tell_of_each_other_as_far_as_one_may_see(district: District) -> None:
    main = advance(district, receive(district), "handling")
    second = receive(district, **SECOND, joins=main.number)
    centre = at_desk(district, "call_taker")
    page = text_of(centre.get(f"/desk/cases/{main.number}/"))
    assert "1 件诉求并入了这一件" in page
    assert second.number in page
    page = text_of(centre.get(f"/desk/cases/{second.number}/"))
    assert "随它一起办" in page
    assert main.number in page
    assert "改为单独办理" in page
    unit = text_of(at_desk(district, "handler").get(f"/desk/cases/{main.number}/"))
    assert "1 件诉求并入了这一件" in unit
    assert second.number not in unit
    assert "其中 1 件由区中心保管" in unit


def test_beside_a_case_that_is_to_be_sorted_stands_what_it_could_be_joined_to(district: District) -> None:
    main, second = receive(district), receive(district, **SECOND)
    client = at_desk(district, "dispatcher")
    assert f"/desk/cases/{second.number}/alike/" in text_of(client.get(f"/desk/cases/{second.number}/"))
    beside = text_of(client.get(f"/desk/cases/{second.number}/alike/"))
    assert f'value="{main.number}"' in beside
    answer = client.post(f"/desk/cases/{second.number}/steps/join/", {"main": main.number, "version": second.version})
    assert answer.status_code == 302
    assert Matter.objects.get(pk=second.pk).state == "joined"
    assert "alike" not in text_of(client.get(f"/desk/cases/{main.number}/steps/triage/"))
