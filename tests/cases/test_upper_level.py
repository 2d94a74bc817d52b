"""The upper level beside ours: urging, its callback, its rework, its ruling, our answer; the stricter one governs."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.utils import timezone

from huying.cases.flow import CASES
from huying.cases.models import UpperAct
from huying.cases.portal.story import plain_story
from huying.kernel import outbox
from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.matters.engine import Move, move, move_one
from huying.matters.models import Clock, Delivery, LedgerLine, Matter
from huying.people.actors import visitor
from tests.cases.desk import at_desk, statements, text_of
from tests.cases.test_objections import OBJECT
from tests.cases.test_passing import given_to
from tests.factories.api import program, told
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

URGE = {"item": "CB-1", "words": "群众又打来电话，请尽快办。"}
UNHAPPY = {"item": "HF-1", "solved": False, "satisfied": 2, "note": "说灯还没有亮"}


def from_above(district: District, until: str, n: int = 1, **values: object) -> Matter:
    matter = receive(district, channel="hotline", external_number=f"RX-{n}", **values)
    return advance(district, matter, until)


def take(district: District, matter: Matter, step: str, data: dict[str, object], by: str = "dispatcher") -> Matter:
    return move_one(CASES, step, matter.pk, by=district.actor(by), data=data)


def running(matter: Matter) -> dict[str, Clock]:
    return {clock.kind: clock for clock in Clock.objects.filter(matter=matter, stopped_at=None)}


def facts_of_last(matter: Matter) -> dict[str, object]:
    found: dict[str, object] = json.loads(LedgerLine.objects.filter(matter=matter).order_by("-seq")[0].facts)
    return found


def test_an_urging_tells_the_holder_is_marked_and_comes_first(district: District) -> None:
    other = from_above(district, "handling", 2)
    matter = from_above(district, "handling")
    matter = take(district, matter, "urge_from_above", URGE)
    assert (matter.state, matter.aspects) == ("handling", ["upper", "upper_urged"])
    assert facts_of_last(matter) | {"item": "CB-1", "upper": "urged", "holder": "URBAN"} == facts_of_last(matter)
    outbox.drain()
    told_to = set(Delivery.objects.filter(message__key="case.urged_from_above").values_list("user", flat=True))
    assert told_to == {district.users["handler"].pk, district.users["chief"].pk}
    page = at_desk(district, "handler").get("/desk/cases/handling/?order=pressing")
    assert [row.number for row in page.context["rows"]] == [matter.number, other.number]
    assert "上级催办" in text_of(page)
    client = at_desk(district, "dispatcher")
    assert matter.number in text_of(client.get("/desk/cases/upper-urged/"))
    assert other.number not in text_of(client.get("/desk/cases/?aspect=upper_urged"))


def test_our_answer_ends_the_urging(district: District) -> None:
    matter = take(district, from_above(district, "handling"), "urge_from_above", URGE)
    assert "upper" in running(matter)
    client = at_desk(district, "dispatcher")
    page = text_of(client.get(f"/desk/cases/{matter.number}/"))
    assert "btn-primary" in page and f"/desk/cases/{matter.number}/steps/answer_above/" in page
    url = f"/desk/cases/{matter.number}/steps/answer_above/"
    client.post(url, {"version": matter.version, "text": "已联系诉求人，明天换灯。"})
    matter.refresh_from_db()
    assert matter.aspects == ["upper"]
    assert Clock.objects.get(matter=matter, kind="upper").met is True
    with pytest.raises(Forbidden):
        take(district, matter, "answer_above", {"text": "我们自己答复上级。"}, by="handler")


def test_an_item_arrives_once_and_a_second_urging_does_not_postpone_the_answer(district: District) -> None:
    machine = program()
    matter = from_above(district, "handling")
    path = f"/cases/{matter.number}/steps/urge_from_above"
    told(machine.post(path, URGE))
    due = running(matter)["upper"].due_at
    assert told(machine.post(path, URGE), 409)["code"] == "upper_item_known"
    soon = timezone.now() + dt.timedelta(minutes=30)
    told(machine.post(path, URGE | {"item": "CB-2", "answer_by": soon.isoformat()}))
    assert running(matter)["upper"].due_at == min(due, soon)
    assert UpperAct.objects.filter(case=matter.pk, kind="urged").count() == 2


def test_a_channel_of_its_own_writes_and_reads_the_answer(district: District) -> None:
    machine = program(channel="hotline")
    matter = from_above(district, "handling")
    told(machine.post(f"/cases/{matter.number}/steps/urge_from_above", URGE))
    take(district, matter, "answer_above", {"text": "已联系诉求人，明天换灯。"})
    history = told(machine.get(f"/cases/{matter.number}"))["history"]
    assert history[-1]["words"] == {"text": "已联系诉求人，明天换灯。"}
    elsewhere = receive(district, channel="mayor", external_number="SZ-1")
    assert machine.post(f"/cases/{elsewhere.number}/steps/urge_from_above", URGE).status_code == 404


@pytest.mark.parametrize("state", ["resolved", "closed"])
def test_unhappy_there_is_done_over_here(district: District, state: str) -> None:
    matter = from_above(district, state)
    Matter.objects.filter(pk=matter.pk, closed_at__isnull=False).update(
        closed_at=timezone.now() - dt.timedelta(days=90)  # no limit of ours binds the upper level
    )
    matter = take(district, matter, "callback_from_above", UNHAPPY)
    assert (matter.state, matter.rework_count, matter.closed_at) == ("handling", 1, None)
    assert set(running(matter)) == {"rework"}
    assert facts_of_last(matter)["redone"] is True
    page = text_of(at_desk(district, "dispatcher").get(f"/desk/cases/{matter.number}/"))
    assert "未解决，不满意" in page
    assert "按上级的重办" in page
    story = plain_story(matter, visitor(matter_id=matter.pk))
    assert story.entries[0].what == "上级回访您，您说没有办好，重新办理"


def test_both_callbacks_stand_side_by_side(district: District) -> None:
    matter = from_above(district, "closed")  # our reporter was very content
    matter = take(district, matter, "callback_from_above", {"item": "HF-2", "solved": True, "satisfied": 4})
    assert (matter.state, matter.rework_count) == ("closed", 0)
    page = text_of(at_desk(district, "dispatcher").get(f"/desk/cases/{matter.number}/"))
    assert "已解决，满意" in page and "已解决，非常满意" in page and "两边一致" in page


def test_a_rework_of_theirs_brings_its_deadline_and_the_stricter_governs(district: District) -> None:
    tight = timezone.now() + dt.timedelta(hours=3)
    order = {"item": "CZ-1", "reason": "请重新办理并报告。", "due_at": tight.isoformat()}
    matter = take(district, from_above(district, "closed"), "rework_from_above", order)
    assert (matter.state, "upper_rework" in matter.aspects) == ("handling", True)
    assert running(matter)["rework"].due_at == tight
    late = (timezone.now() + dt.timedelta(days=60)).isoformat()
    lax = take(
        district, from_above(district, "closed", 2), "rework_from_above", order | {"item": "CZ-2", "due_at": late}
    )
    assert running(lax)["rework"].due_at < timezone.now() + dt.timedelta(days=20)
    with pytest.raises(Invalid):
        take(
            district,
            from_above(district, "closed", 3),
            "rework_from_above",
            order | {"at": timezone.now().isoformat(), "due_at": (timezone.now() - dt.timedelta(days=1)).isoformat()},
        )


def test_while_it_is_being_done_their_deadline_tightens_ours(district: District) -> None:
    matter = from_above(district, "handling")
    tight = timezone.now() + dt.timedelta(hours=2)
    order = {"item": "CZ-1", "reason": "请重新办理。", "due_at": tight.isoformat()}
    matter = take(district, matter, "rework_from_above", order)
    assert (matter.state, matter.rework_count, matter.next_due_at) == ("handling", 0, tight)
    clock = running(matter)["handle"]
    assert (clock.due_at, clock.ceiling_at) == (tight, tight)
    page = text_of(at_desk(district, "handler").get(f"/desk/cases/{matter.number}/"))
    assert "办理按上级要求，须在" in page


def test_what_they_return_is_done_over_and_what_they_accept_is_done(district: District) -> None:
    matter = from_above(district, "closed")
    with pytest.raises(Invalid):
        take(district, matter, "ruling_from_above", {"item": "SH-1", "accepted": False})
    matter = take(district, matter, "ruling_from_above", {"item": "SH-1", "accepted": False, "reason": "没有照片"})
    assert (matter.state, "upper_rework" in matter.aspects) == ("handling", True)
    matter = advance(district, matter, "resolved")
    matter = take(district, matter, "answer_above", {"text": "已补拍照片，报请审核。", "final": True})
    matter = take(district, matter, "ruling_from_above", {"item": "SH-2", "accepted": True})
    assert matter.aspects == ["upper"]
    kinds = list(UpperAct.objects.filter(case=matter.pk).order_by("seq").values_list("kind", flat=True))
    assert kinds == ["returned", "answered", "accepted"]


def test_only_what_came_from_above_has_an_upper_level(district: District) -> None:
    ours = advance(district, receive(district), "handling")
    assert "登记上级催办" not in text_of(at_desk(district, "dispatcher").get(f"/desk/cases/{ours.number}/"))
    with pytest.raises(Conflict):
        take(district, ours, "urge_from_above", URGE)
    theirs = from_above(district, "handling")
    page = text_of(at_desk(district, "dispatcher").get(f"/desk/cases/{theirs.number}/"))
    assert "登记上级催办" in page and "RX-1" in page
    assert "登记上级催办" not in text_of(at_desk(district, "call_taker").get(f"/desk/cases/{theirs.number}/"))


def test_a_batch_of_callbacks(district: District) -> None:
    matters = [from_above(district, "closed", n) for n in range(1, 4)]
    moves = [Move(m.pk, district.actor("dispatcher"), UNHAPPY | {"item": f"HF-{m.pk}"}) for m in matters]
    assert [r.unwrap().state for r in move(CASES, "callback_from_above", moves)] == ["handling"] * 3


def test_a_page_with_the_panel_keeps_its_price(district: District) -> None:
    matter = take(district, from_above(district, "handling"), "urge_from_above", URGE)
    for name in ("dispatcher", "handler", "supervisor"):
        assert len(statements(at_desk(district, name), f"/desk/cases/{matter.number}/")) <= 12


@pytest.mark.parametrize("aside", ["received", "triaged", "objecting", "objected", "passed", "joined"])
def test_what_the_upper_level_wants_arrives_wherever_the_case_lies(district: District, aside: str) -> None:
    matter = from_above(
        district, {"received": "received", "triaged": "triaged", "joined": "triaged"}.get(aside, "dispatched")
    )
    if aside == "joined":
        main = advance(district, receive(district), "handling")
        matter = take(district, matter, "join", {"main": main.number}, by="call_taker")
    elif aside == "passed":
        matter = given_to(district, "STREET", "street_clerk")
        Matter.objects.filter(pk=matter.pk).update(channel="hotline", external_number="RX-7")
        down = {"to": "COMMUNITY0", "task": "请到现场处理。"}
        matter = take(district, matter, "pass_down", down, by="street_clerk")
    elif aside.startswith("object"):
        matter = take(district, matter, "object", OBJECT, by="handler")
        if aside == "objected":
            matter = take(district, matter, "endorse_objection", {}, by="chief")
    due = (timezone.now() + dt.timedelta(hours=20)).isoformat()
    matter = take(district, matter, "rework_from_above", {"item": "CB-9", "reason": "请抓紧办。", "due_at": due})
    assert (matter.state, "upper_rework" in matter.aspects) == (aside, True)
    assert UpperAct.objects.get(case=matter.pk).item == "CB-9"
