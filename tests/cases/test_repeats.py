"""The same person about the same thing: found while typing, tied to what was there before, counted, told."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from huying.cases.flow import CASES
from huying.cases.models import CaseLink
from huying.cases.queues import QUEUES, in_queue
from huying.cases.repeats import count_repeats
from huying.kernel import outbox
from huying.kernel.errors import Conflict, Forbidden
from huying.matters.engine import move_one, open_one
from huying.matters.models import Clock, LedgerLine, Matter, Message
from huying.people.actors import visitor
from tests.cases.desk import at_desk, statements, text_of
from tests.factories.cases import TEXT, advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

AGAIN = {"text": "徐东大街水岸星城小区门口路灯还是坏的，晚上很黑，还没有人来修。"}
CALL = {"channel": "phone", "reporter.phone": "13971112222", "reporter.name": "王秀英", "urgency": "normal"}


def facts(matter: Matter, step: str) -> dict[str, object]:
    found = json.loads(LedgerLine.objects.filter(matter=matter, step=step).latest("seq").facts)
    assert isinstance(found, dict)
    return found


def typed(district: District) -> dict[str, object]:
    lon, lat = district.point(0)
    return {**CALL, **AGAIN, "lon": lon, "lat": lat}


def test_a_repeat_of_an_open_case_goes_along_with_it_and_both_are_counted(district: District) -> None:
    first = advance(district, receive(district), "handling")
    second = receive(district, **AGAIN, repeats=first.number)
    assert (second.state, second.repeat_count) == ("joined", 2)
    assert facts(second, "receive")["repeat_of"] == first.number
    assert facts(second, "receive")["count"] == 2
    third = receive(district, **AGAIN, repeats=second.number)  # names the second, and is tied to the first
    assert third.repeat_count == 3
    assert set(CaseLink.objects.repeats().values_list("case", "main")) == {
        (second.pk, first.pk),
        (third.pk, first.pk),
    }
    outbox.drain()
    assert count_repeats() == 1
    assert count_repeats() == 0
    first.refresh_from_db()
    assert (first.repeat_count, first.state) == (3, "handling")
    outbox.drain()
    told = Message.objects.get(matter=first, key="case.repeated", deliveries__user=district.users["handler"])
    assert "又来反映" in told.body
    assert Message.objects.filter(key="case.repeated", deliveries__user=district.users["chief"]).exists()  # the third


def test_of_a_closed_one_it_is_a_case_of_its_own(district: District) -> None:
    first = advance(district, receive(district), "closed")
    second = receive(district, **AGAIN, repeats=first.number)
    assert (second.state, second.category, second.repeat_count) == ("received", "02.02.01", 2)
    assert set(Clock.objects.filter(matter=second, stopped_at=None).values_list("kind", flat=True)) == {"triage"}
    count_repeats()
    third = receive(district, **AGAIN, repeats=second.number)
    assert third.repeat_count == 3
    first.refresh_from_db()
    assert first.state == "closed"
    client = at_desk(district, "call_taker")
    assert "第 2 次反映" in text_of(client.get(f"/desk/cases/{second.number}/"))
    page = text_of(client.get(f"/desk/cases/{second.number}/repeats/"))
    assert "门口三盏路灯已更换" in page
    assert "按重办处理" in page


def test_answered_twice_and_nothing_new_it_is_answered_by_reference(district: District) -> None:
    first = advance(district, receive(district), "closed")
    second = receive(district, **AGAIN, repeats=first.number)
    advance(district, second, "closed")
    third = receive(district, **AGAIN, repeats=second.number)
    client = at_desk(district, "call_taker")
    page = text_of(client.get(f"/desk/cases/{third.number}/repeats/"))
    assert "已经答复过 2 次" in page
    page = text_of(client.get(f"/desk/cases/{third.number}/steps/answer/"))
    assert f"引用 {second.number} 的答复" in page
    assert "门口三盏路灯已更换" in page


def test_what_was_said_again_goes_to_the_case_under_way_without_a_new_one(district: District) -> None:
    first = advance(district, receive(district), "handling")
    client = at_desk(district, "call_taker")
    for _ in range(2):  # pressed twice it is said once
        answer = client.post("/desk/cases/new/", {**typed(district), "adds": first.number, "once": "x" * 20})
        assert answer["Location"] == f"/desk/cases/{first.number}/"
    assert Matter.objects.count() == 1
    first.refresh_from_db()
    assert (first.repeat_count, first.state) == (2, "handling")
    assert "还没有人来修" in text_of(client.get(f"/desk/cases/{first.number}/"))


def test_closed_lately_it_is_done_over_from_the_form(district: District) -> None:
    first = advance(district, receive(district), "closed")
    client = at_desk(district, "call_taker")
    beside = text_of(client.post("/desk/cases/new/alike/", typed(district)))
    assert "这次是第 2 次反映" in beside
    assert f'name="reworks" value="{first.number}"' in beside
    assert f'name="repeats" value="{first.number}"' in beside
    answer = client.post("/desk/cases/new/", {**typed(district), "reworks": first.number})
    assert answer["Location"] == f"/desk/cases/{first.number}/"
    first.refresh_from_db()
    assert (first.state, first.rework_count) == ("handling", 1)


def test_somebody_elses_is_joined_and_no_repeat(district: District) -> None:
    first = advance(district, receive(district), "handling")
    client = at_desk(district, "call_taker")
    other = {**typed(district), "reporter.phone": "13600002222", "reporter.name": "李大勇"}
    beside = text_of(client.post("/desk/cases/new/alike/", other))
    assert f'name="joins" value="{first.number}"' in beside
    assert 'name="repeats"' not in beside
    beside = text_of(client.post("/desk/cases/new/alike/", typed(district)))
    assert f'name="adds" value="{first.number}"' in beside
    answer = client.post("/desk/cases/new/", {**typed(district), "repeats": first.number}, follow=True)
    assert f"已并入 {first.number}" in text_of(answer)


def test_found_later_it_is_marked_then(district: District) -> None:
    first = advance(district, receive(district), "closed")
    lon, lat = district.point(0)
    web = open_one(
        CASES,
        "receive",
        by=visitor("s"),
        data={
            "channel": "portal",
            **AGAIN,
            "lon": lon,
            "lat": lat,
            "reporter": {"name": "王秀英", "phone": "13971112222"},
        },
    )
    client = at_desk(district, "call_taker")
    beside = text_of(client.get(f"/desk/cases/{web.number}/alike/"))
    assert f'name="earlier" value="{first.number}"' in beside
    by = district.actor("call_taker")
    marked = move_one(CASES, "mark_repeat", web.pk, by=by, data={"earlier": first.number})
    assert (marked.state, marked.repeat_count, marked.aspects) == ("received", 2, ["repeat"])
    with pytest.raises(Conflict, match="已经记为"):
        move_one(CASES, "mark_repeat", web.pk, by=by, data={"earlier": first.number})
    other = receive(district, text=TEXT)
    with pytest.raises(Conflict, match="自己"):
        move_one(CASES, "mark_repeat", other.pk, by=by, data={"earlier": other.number})
    with pytest.raises(Forbidden):
        open_one(CASES, "receive", by=visitor("s"), data={"channel": "portal", **AGAIN, "repeats": first.number})


def test_what_is_raised_again_and_again_stands_in_a_list_of_its_own(district: District) -> None:
    first = advance(district, receive(district), "handling")
    for _ in range(2):
        receive(district, **AGAIN, repeats=first.number)
    count_repeats()
    rows = in_queue(QUEUES["repeated"], district.actor("supervisor"), timezone.now())
    assert first.pk in rows.values_list("pk", flat=True)
    client = at_desk(district, "supervisor")
    page = text_of(client.get("/desk/cases/repeated/"))
    assert "第 3 次反映" in page
    assert first.number in text_of(client.get("/desk/cases/?aspect=repeat&order=repeated"))
    found = statements(client, f"/desk/cases/{first.number}/")
    for f in found:
        print("SQL", f[:60], "...", f[f.find("FROM") :][:150])
    assert len(found) <= 12
    assert count_repeats(timezone.now() + timedelta(hours=1)) == 0
