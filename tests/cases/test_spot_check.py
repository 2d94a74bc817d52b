"""Looking again at what was answered at once: what is drawn, who checks it, and what a wrong answer leads to."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from huying.cases.flow import CASES
from huying.cases.models import SpotCheck
from huying.cases.portal.story import plain_story
from huying.cases.steps import sorting
from huying.kernel import outbox
from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.matters.engine import move_one
from huying.matters.models import Delivery, LedgerLine, Matter
from huying.people.actors import visitor
from tests.cases.desk import at_desk, statements, text_of
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

ANSWER = {
    "reply": "工作日八点半到五点半，带身份证。",
    "basis": "区政务服务指南",
    "kind": "consult",
    "category": "02.02.01",
}
WRONG = {"right": False, "reason": "周六上午也可以办，没有告诉诉求人。"}


@pytest.fixture
def all_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorting, "SAMPLED", 1)


def answered(district: District, by: str = "call_taker") -> Matter:
    return move_one(CASES, "answer", receive(district).pk, by=district.actor(by), data=ANSWER)


def url(matter: Matter) -> str:
    return f"/desk/cases/{matter.number}/steps/spot_check/"


def test_the_supervisor_checks_what_was_drawn(district: District, all_drawn: None) -> None:
    right, wrong, other = (answered(district) for _ in range(3))
    advance(district, receive(district), "closed")  # handled by a unit: never drawn
    client = at_desk(district, "supervisor")
    listed = client.get("/desk/cases/spot-check/?order=newest")
    assert {row.number for row in listed.context["rows"]} == {right.number, wrong.number, other.number}
    home = text_of(client.get("/desk/"))
    assert "待抽查" in home
    page = text_of(client.get(f"/desk/cases/{right.number}/"))
    assert f'btn-primary" href="{url(right)}"' in page
    asked = text_of(client.get(url(right)))
    assert asked.index("请核对答复") < asked.index("工作日八点半到五点半") < asked.index("哪里不对")
    done = text_of(client.post(url(right), {"version": right.version, "right": "true"}, follow=True))
    assert "抽查结果已记下" in done
    client.post(url(wrong), {"version": wrong.version, "right": "false", "reason": WRONG["reason"]})
    rest = client.get("/desk/cases/spot-check/?order=newest").context["rows"]
    assert [row.number for row in rest] == [other.number]
    for key, numbers in (("spot-checked", {right.number, wrong.number}), ("found-wrong", {wrong.number})):
        assert {row.number for row in client.get(f"/desk/figures/{key}/").context["rows"]} == numbers
    line = LedgerLine.objects.get(matter=wrong, step="spot_check")
    assert (line.from_state, line.to_state) == ("closed", "closed")
    assert line.actor_id == district.users["supervisor"].pk
    assert json.loads(line.facts)["right"] is False
    assert WRONG["reason"] not in line.facts  # sealed, as all free text is
    assert WRONG["reason"] in text_of(client.get(f"/desk/cases/{wrong.number}/"))


def test_only_what_was_drawn_once_by_somebody_else(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorting, "is_sampled", lambda number: False)
    passed_over = answered(district)
    monkeypatch.setattr(sorting, "is_sampled", lambda number: True)
    matter = answered(district)
    supervisor = district.actor("supervisor")
    with pytest.raises(Conflict, match="没有抽到"):
        move_one(CASES, "spot_check", passed_over.pk, by=supervisor, data={"right": True})
    for name in ("call_taker", "dispatcher", "leader"):
        with pytest.raises(Forbidden):
            move_one(CASES, "spot_check", matter.pk, by=district.actor(name), data={"right": True})
    for data, field in (
        ({"right": False}, "reason"),
        ({"right": True, "redo": True}, "redo"),
        ({"right": True, "reason": "都好。"}, "reason"),
    ):
        with pytest.raises(Invalid) as refused:
            move_one(CASES, "spot_check", matter.pk, by=supervisor, data=data)
        assert set(refused.value.fields) == {field}
    move_one(CASES, "spot_check", matter.pk, by=supervisor, data={"right": True})
    with pytest.raises(Conflict, match="已经抽查过"):
        move_one(CASES, "spot_check", matter.pk, by=supervisor, data={"right": True})
    assert SpotCheck.objects.count() == 1


def test_nobody_checks_an_answer_of_their_own(district: District, all_drawn: None) -> None:
    """One person may hold both posts."""
    matter = answered(district)
    same = replace(district.actor("supervisor"), user_id=district.users["call_taker"].pk)
    assert "spot_check" not in {step.key for step in CASES.available(matter, same)}
    with pytest.raises(Forbidden, match="自己的答复"):
        move_one(CASES, "spot_check", matter.pk, by=same, data={"right": True})


def test_a_wrong_answer_is_done_over_and_drawn_again(district: District, all_drawn: None) -> None:
    matter = answered(district)
    client = at_desk(district, "supervisor")
    typed = {"version": matter.version, "right": "false", "reason": WRONG["reason"], "redo": "on"}
    done = text_of(client.post(url(matter), typed, follow=True))
    assert "转重新研判" in done
    matter.refresh_from_db()
    assert (matter.state, matter.closed_at, matter.rework_count) == ("received", None, 1)
    assert matter.holder_id == district.organisations["centre"].pk
    outbox.drain()
    assert Delivery.objects.filter(message__key="case.answer_redone").exists()
    assert client.get("/desk/cases/spot-check/?order=newest").context["rows"] == []
    again = move_one(CASES, "answer", matter.pk, by=district.actor("call_taker2"), data=ANSWER)
    rows = client.get("/desk/cases/spot-check/?order=newest").context["rows"]
    assert [row.number for row in rows] == [again.number]
    move_one(CASES, "spot_check", again.pk, by=district.actor("supervisor"), data={"right": True})
    assert list(SpotCheck.objects.order_by("seq").values_list("round", "right")) == [(1, False), (2, True)]


def test_the_reporter_reads_that_it_is_done_over_and_not_what_was_said_inside(
    district: District, all_drawn: None
) -> None:
    matter = answered(district)
    redone = move_one(CASES, "spot_check", matter.pk, by=district.actor("supervisor"), data=WRONG | {"redo": True})
    story = plain_story(redone, visitor(matter_id=matter.pk))
    told = [(entry.what, entry.text) for entry in story.entries]
    assert told[0] == ("我们核对了答复，重新办理", "")
    assert all(WRONG["reason"] not in text for _, text in told)


def test_the_list_costs_the_same_however_many(district: District, all_drawn: None) -> None:
    client = at_desk(district, "supervisor")
    answered(district)
    few = len(statements(client, "/desk/cases/spot-check/?order=newest"))
    for _ in range(5):
        answered(district)
    assert len(statements(client, "/desk/cases/spot-check/?order=newest")) == few
