"""Many cases at once: what fits, what is refused and why, and that nothing happens behind anybody's back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from huying.cases.flow import CASES
from huying.kernel import outbox
from huying.kernel.errors import Conflict
from huying.matters.engine import move_one
from huying.matters.models import Delivery, LedgerLine, Matter
from tests.cases.desk import at_desk, dispatched, many, text_of
from tests.factories.cases import MAIN_WAY, advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db


def press(client: Client, act: str, cases: list[str], **typed: object) -> HttpResponse:
    """Tick boxes, press the button, fill in what is asked and send it; the page one is led to."""
    asked = client.post("/desk/cases/bulk/", {"act": act, "case": cases})
    return client.post(asked["Location"], typed, follow=True)


def picked(*matters: Matter) -> list[str]:
    for matter in matters:
        matter.refresh_from_db()
    return [f"{matter.number}.{matter.version}" for matter in matters]


def test_dispatch_of_many_tells_each_one(district: District) -> None:
    first, second, late = (advance(district, receive(district), "triaged") for _ in range(3))
    raw = receive(district)
    chosen = picked(first, second, late, raw)
    client = at_desk(district, "dispatcher")
    at = client.post("/desk/cases/bulk/", {"act": "dispatch", "case": chosen, "back": "/desk/cases/triaged/"})[
        "Location"
    ]
    asked = text_of(client.get(at))
    assert "批量派单 3 件" in asked
    assert "现在是“待研判”，不能派单" in asked
    assert not LedgerLine.objects.filter(step="dispatch").exists()
    # somebody else is faster with one of them
    move_one(CASES, "dispatch", late.pk, by=district.actor("dispatcher"), data={"lead": "HOUSING"})
    answer = client.post(at, {"lead": "URBAN"}, follow=True)
    assert answer.redirect_chain == [(at, 302)]
    done = text_of(answer)
    assert "2 件已派单，2 件没有" in done
    assert "您勾选之后有人办过，现在是“待签收”，没有派单" in done
    assert f"{late.number}.{late.version + 1}" in done  # to be chosen again as it is now
    urban = district.organisations["urban"].pk
    states = dict(Matter.objects.values_list("number", "lead_id"))
    assert states[first.number] == states[second.number] == urban
    assert states[late.number] != urban
    # the same page sent twice does nothing twice, and what was told can be read again, with the way back
    again = text_of(client.post(at, {"lead": "HOUSING"}, follow=True))
    assert "2 件已派单，2 件没有" in again
    assert 'href="/desk/cases/triaged/">回到列表' in again
    assert LedgerLine.objects.filter(step="dispatch").count() == 3
    # by whoever did it, and nobody else
    assert at_desk(district, "dispatcher2").get(at).status_code == 404
    assert client.get("/desk/cases/bulk/")["Location"] == "/desk/cases/"


def test_what_was_dispatched_together_is_taken_back_one_by_one_or_all(district: District) -> None:
    first, second, third = (advance(district, receive(district), "triaged") for _ in range(3))
    client = at_desk(district, "dispatcher")
    page = text_of(press(client, "dispatch", picked(first, second, third), lead="URBAN"))
    assert "全部撤回" in page
    chosen = picked(first, second, third)
    assert all(f'name="only" value="{pick}"' in page for pick in chosen)
    typed = {"step": "dispatch", "case": chosen, "only": chosen[0]}
    one = client.post("/desk/cases/bulk/take-back/", typed, follow=True)
    page = text_of(one)
    assert "1 件已撤回派单" in page
    assert "回到“待派单”，没有发出的通知不再发送" in page
    assert "其余 2 件" in page
    assert f'name="only" value="{chosen[0]}"' not in page
    move_one(CASES, "acknowledge", second.pk, by=district.actor("handler"), data={"officer": "李工"})
    page = text_of(client.post("/desk/cases/bulk/take-back/", {"step": "dispatch", "case": chosen[1:]}, follow=True))
    assert "1 件已撤回派单，1 件没有" in page
    assert "全部撤回" not in page
    states = dict(Matter.objects.values_list("pk", "state"))
    assert [states[m.pk] for m in (first, second, third)] == ["triaged", "acknowledged", "triaged"]
    # what was taken back is dispatched anew in one press
    third.refresh_from_db()
    assert f'name="case" value="{third.number}.{third.version}"' in page
    assert "给这 1 件重新派单" in page


def test_what_others_dispatched_or_long_ago_stays(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    matter = advance(district, receive(district), "dispatched")
    typed = {"step": "dispatch", "case": picked(matter)}
    other = text_of(at_desk(district, "dispatcher2").post("/desk/cases/bulk/take-back/", typed, follow=True))
    assert "只有办理这一步的本人能撤回" in other
    assert at_desk(district, "supervisor").post("/desk/cases/bulk/take-back/", typed).status_code == 403
    client = at_desk(district, "dispatcher")
    assert client.post("/desk/cases/bulk/take-back/", typed | {"step": "remind"}).status_code == 404
    assert client.post("/desk/cases/bulk/take-back/", typed | {"case": []}).status_code == 404
    matter.refresh_from_db()
    assert matter.state == "dispatched"


def test_what_is_wrong_for_all_is_said_beside_the_field(district: District) -> None:
    matter = advance(district, receive(district), "triaged")
    client = at_desk(district, "dispatcher")
    for lead in ("", "NOSUCH"):
        answer = press(client, "dispatch", picked(matter), lead=lead)
        assert answer.status_code == 422
        assert "field-error" in text_of(answer)
    matter.refresh_from_db()
    assert matter.state == "triaged"


def test_who_may_not_is_refused_and_nothing_chosen_is_said(district: District) -> None:
    matter = advance(district, receive(district), "triaged")
    supervisor = at_desk(district, "supervisor")
    assert supervisor.post("/desk/cases/bulk/", {"act": "dispatch", "case": picked(matter)}).status_code == 403
    assert at_desk(district, "handler").post("/desk/cases/bulk/", {"act": "remind"}).status_code == 403
    back = supervisor.post("/desk/cases/bulk/", {"act": "remind", "back": "/desk/cases/late/"}, follow=True)
    assert back.redirect_chain == [("/desk/cases/late/", 302)]
    assert "还没有勾选" in text_of(back)
    many_boxes = [f"WC20260101{n:05}.1" for n in range(201)]
    assert supervisor.post("/desk/cases/bulk/", {"act": "remind", "case": many_boxes}).status_code == 422


def test_the_list_offers_what_the_post_may_do(district: District) -> None:
    advance(district, receive(district), "triaged")
    page = text_of(at_desk(district, "dispatcher").get("/desk/cases/"))
    assert 'data-acts="dispatch merge collect export"' in page
    assert "批量催办" in page
    assert "bulk-bar" not in text_of(at_desk(district, "handler").get("/desk/cases/"))
    taker = text_of(at_desk(district, "call_taker").get("/desk/cases/"))
    assert "批量催办" in taker
    assert "批量派单" not in taker


def test_a_reminder_tells_holder_and_chief_and_not_twice_an_hour(district: District) -> None:
    cases = many(district, 2)
    dispatched(district, cases)
    outbox.drain()
    Delivery.objects.all().delete()
    client = at_desk(district, "supervisor")
    assert "催办" in text_of(client.get(f"/desk/cases/{cases[0].number}/"))
    note = "请今天联系诉求人。"
    done = text_of(press(client, "remind", picked(*cases), note=note))
    assert "2 件已催办" in done
    outbox.drain()
    told = set(Delivery.objects.filter(message__key="case.reminded").values_list("user_id", flat=True))
    assert told == {district.users["handler"].pk, district.users["chief"].pk}
    again = text_of(press(client, "remind", picked(*cases), note=note))
    assert "以后可以再催" in again
    assert LedgerLine.objects.filter(step="remind").count() == 2
    # another post presses, and the same one an hour later
    move_one(CASES, "remind", cases[0].pk, by=district.actor("call_taker"), data={})
    with pytest.raises(Conflict, match="以后可以再催"):
        move_one(CASES, "remind", cases[0].pk, by=district.actor("call_taker"), data={})
    line = LedgerLine.objects.filter(step="remind").order_by("-pk")[0]
    assert (line.from_state, line.to_state) == ("dispatched", "dispatched")


def test_an_old_reminder_does_not_count(district: District) -> None:
    start = timezone.now() - timedelta(hours=6)
    matter = receive(district, at=start)
    for n, (step, who, data) in enumerate(MAIN_WAY[:2], start=1):
        move_one(CASES, step, matter.pk, by=district.actor(who), data=data, at=start + timedelta(minutes=n))
    for at in (start + timedelta(hours=1), None):
        move_one(CASES, "remind", matter.pk, by=district.actor("supervisor"), data={}, at=at)
    assert LedgerLine.objects.filter(step="remind").count() == 2
