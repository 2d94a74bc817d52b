"""Several units say that a case is not theirs: it is ruled who has it, and there it ends. First responsible."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huying.cases.flow import CASES
from huying.cases.models import Objection
from huying.cases.queues import QUEUES, in_queue
from huying.kernel import outbox
from huying.kernel.errors import Conflict, Forbidden, Refusal
from huying.kernel.parameters import set_value
from huying.matters.engine import move_one
from huying.matters.ledger import verify
from huying.matters.models import Clock, Delivery, LedgerLine, Matter
from huying.people.actors import Actor
from tests.cases.desk import at_desk, statements, text_of
from tests.cases.test_objections import OBJECT, STAYS, UPHELD, act, colleague, running
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

BACK = {"reason": "not_ours", "explanation": "不属于本单位管辖范围", "suggested": ""}
RULING = {"lead": "HOUSING", "reason": "小区未移交市政，由房管部门牵头办理。"}


@pytest.fixture
def reviewer(district: District) -> Actor:
    return colleague(district, "reviewer", "dispatcher", "centre")


@pytest.fixture
def housing(district: District) -> Actor:
    return colleague(district, "housing", "handler", "housing")


def disputed(district: District, housing: Actor) -> Matter:
    """Two units, one after the other, have handed it back."""
    matter = advance(district, receive(district), "dispatched")
    act(district, matter, "hand_back", "handler", **BACK)
    act(district, matter, "dispatch", "dispatcher", lead="HOUSING")
    return move_one(CASES, "hand_back", matter.pk, by=housing, data=BACK)


def test_a_second_unit_denies_it_and_it_is_ruled_who_has_it(
    district: District, reviewer: Actor, housing: Actor
) -> None:
    matter = disputed(district, housing)
    assert matter.state == "triaged"
    assert "disputed" in matter.aspects
    assert running(matter) == {"ruling": False}
    outbox.drain()
    told = Delivery.objects.filter(message__key="case.disputed")
    assert told.filter(user=district.users["supervisor"]).exists()
    now = timezone.now()
    for who in ("dispatcher", "supervisor"):
        assert in_queue(QUEUES["disputed"], district.actor(who), now).get().pk == matter.pk
    with pytest.raises(Conflict, match="裁定定下承办单位"):
        move_one(CASES, "dispatch", matter.pk, by=reviewer, data={"lead": "CIVIL"})
    with pytest.raises(Forbidden, match="以前派过"):
        act(district, matter, "assign_by_ruling", "dispatcher", **RULING)
    matter = move_one(CASES, "assign_by_ruling", matter.pk, by=reviewer, data=RULING)
    assert (matter.state, matter.holder_id) == ("dispatched", district.organisations["housing"].pk)
    assert (matter.aspects, running(matter)) == (["objected", "ruled"], {"acknowledge": False, "handle": False})
    assert Clock.objects.get(matter=matter, kind="ruling").met is True
    facts = json.loads(LedgerLine.objects.get(matter=matter, step="assign_by_ruling").facts)
    assert (facts["units"], facts["lead"]) == (["URBAN", "HOUSING"], "HOUSING")
    for key, data in (("object", OBJECT | {"suggested": []}), ("hand_back", BACK)):
        with pytest.raises(Conflict, match="裁定定下"):
            move_one(CASES, key, matter.pk, by=housing, data=data)
        assert key not in {step.key for step in CASES.available(Matter.objects.get(pk=matter.pk), housing)}
    outbox.drain()
    assert Delivery.objects.filter(message__key="case.assigned_by_ruling", user=district.users["housing"]).exists()


def test_its_page_tells_what_each_unit_has_said(district: District, reviewer: Actor, housing: Actor) -> None:
    matter = disputed(district, housing)
    client = at_desk(district, "reviewer")
    page = text_of(client.get(f"/desk/cases/{matter.number}/"))
    assert "责任争议" in page
    assert page.count("退回派单：不属于本单位职责") == 2
    assert "区住房保障和房屋管理局" in page
    asked = text_of(client.get(f"/desk/cases/{matter.number}/steps/assign_by_ruling/"))
    assert "被指定的单位不能再申诉" in asked
    assert len(statements(client, f"/desk/cases/{matter.number}/")) <= 12
    assert "责任争议" in text_of(client.get("/desk/cases/disputed/"))
    done = client.post(
        f"/desk/cases/{matter.number}/steps/assign_by_ruling/", {"version": matter.version, **RULING}, follow=True
    )
    assert "已裁定由区住房保障和房屋管理局承办" in text_of(done)
    page = text_of(at_desk(district, "supervisor").get(f"/desk/cases/{matter.number}/"))
    assert "已裁定" in page
    assert "责任争议，待裁定" not in page


def test_an_objection_may_make_it_a_dispute_and_the_ruling_settles_both(
    district: District, reviewer: Actor, housing: Actor
) -> None:
    matter = advance(district, receive(district), "dispatched")
    act(district, matter, "hand_back", "handler", **BACK)
    act(district, matter, "dispatch", "dispatcher", lead="HOUSING")
    chief = colleague(district, "housing.chief", "chief", "housing")
    move_one(CASES, "object", matter.pk, by=housing, data=OBJECT | {"suggested": ["URBAN"]})
    matter = move_one(CASES, "endorse_objection", matter.pk, by=chief, data={})
    assert (matter.state, "disputed" in matter.aspects) == ("objected", True)
    with pytest.raises(Conflict, match="责任争议"):
        move_one(CASES, "rule", matter.pk, by=reviewer, data=UPHELD)
    stays = move_one(CASES, "assign_by_ruling", matter.pk, by=district.actor("supervisor"), data=RULING)
    assert (stays.state, stays.holder_id) == ("dispatched", district.organisations["housing"].pk)
    assert stays.returns_to == ""
    assert Objection.objects.get(case=matter.pk, way="objected").verdict == "rejected"


def test_from_how_many_times_on_is_the_districts_own_figure(district: District) -> None:
    set_value("cases.disputed_from", 3)
    matter = advance(district, receive(district), "dispatched")
    for n in range(3):
        matter = act(district, matter, "hand_back", "handler", **BACK)
        assert ("disputed" in matter.aspects) is (n == 2)
        if n < 2:
            act(district, matter, "dispatch", "dispatcher", lead="URBAN")


def test_what_the_centre_takes_back_nobody_has_denied(district: District) -> None:
    matter = advance(district, receive(district), "dispatched")
    for _ in range(3):
        matter = act(district, matter, "hand_back", "dispatcher", **BACK)
        assert matter.aspects == []
        matter = act(district, matter, "dispatch", "dispatcher", lead="URBAN")
    assert not Objection.objects.exists()


def test_many_are_handed_back_set_wise(district: District, housing: Actor) -> None:
    from huying.matters.engine import Move, move

    matters = [advance(district, receive(district), "dispatched") for _ in range(4)]
    handler = district.actor("handler")
    for result in move(CASES, "hand_back", [Move(m.pk, handler, BACK) for m in matters]):
        assert result.unwrap().aspects == ["objected"]
    assert Objection.objects.filter(verdict="returned").count() == 4


# --- exactly one holder, whatever happens ----------------------------------------------------------------------------

TRIES: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("dispatch", "dispatcher", {"lead": "URBAN"}),
    ("dispatch", "reviewer", {"lead": "HOUSING"}),
    ("acknowledge", "handler", {"officer": "李工"}),
    ("acknowledge", "housing", {"officer": "王工"}),
    ("recall_acknowledge", "handler", {}),
    ("recall_dispatch", "dispatcher", {}),
    ("hand_back", "handler", BACK),
    ("hand_back", "dispatcher", BACK),
    ("object", "handler", OBJECT),
    ("object", "housing", {**OBJECT, "suggested": ["URBAN"]}),
    ("endorse_objection", "chief", {}),
    ("endorse_objection", "housing_chief", {}),
    ("decline_objection", "chief", {"reason": "属本单位职责，接着办。"}),
    ("withdraw_objection", "handler", {}),
    ("withdraw_objection", "housing", {}),
    ("rule", "reviewer", UPHELD),
    ("rule", "dispatcher", UPHELD),
    ("rule", "reviewer", STAYS),
    ("assign_by_ruling", "supervisor", RULING),
    ("assign_by_ruling", "supervisor", {**RULING, "lead": "URBAN"}),
    ("return_to_reporter", "handler", {"question": "请问在哪里？"}),
    ("add_information", "call_taker", {"text": "在三号门。"}),
    ("propose_rejection", "call_taker", {"reason": "outside"}),
    ("decline_rejection", "dispatcher", {"reason": "应当受理，接着办。"}),
)
WITH_CENTRE = {"received", "triaged", "objected", "rejecting"}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(TRIES), min_size=4, max_size=30))
def test_there_is_always_one_holder_and_who_answers_is_right(
    district: District, tries: list[tuple[str, str, dict[str, object]]]
) -> None:
    for name, role, unit in (
        ("reviewer", "dispatcher", "centre"),
        ("housing", "handler", "housing"),
        ("housing_chief", "chief", "housing"),
    ):
        if name not in district.actors:
            colleague(district, name, role, unit)
    centre = district.organisations["centre"].pk
    matter = advance(district, receive(district), "triaged")
    took = [centre]
    for key, who, data in tries:
        try:
            matter = move_one(CASES, key, matter.pk, by=district.actor(who), data=data)
        except Refusal:
            continue
        if key == "acknowledge":
            took.append(matter.holder_id)
        if key == "recall_acknowledge":
            took.pop()
        matter = Matter.objects.get(pk=matter.pk)
        assert matter.first_holder_id == took[-1], key
        if matter.state in WITH_CENTRE:
            assert matter.holder_id == centre, key
        elif matter.state != "waiting":
            assert matter.holder_id == matter.lead_id, key
        open_ones = Objection.objects.filter(case=matter.pk, ended_at=None).count()
        assert open_ones == (1 if matter.state in ("objecting", "objected") else 0), key
        assert bool(matter.returns_to) == (matter.state in ("objecting", "objected", "waiting", "rejecting")), key
        assert (Clock.objects.filter(matter=matter, stopped_at=None, paused_at=None).exists()) is True, key
        if "disputed" in matter.aspects:
            assert matter.state in ("triaged", "objected", "rejecting", "received"), key
    assert verify().holds


def test_the_ruling_has_a_limit_and_its_clock_is_the_centres(district: District, housing: Actor) -> None:
    matter = disputed(district, housing)
    clock = Clock.objects.get(matter=matter, kind="ruling", stopped_at=None)
    assert clock.organisation_id == district.organisations["centre"].pk
    assert clock.due_at <= timezone.now() + timedelta(days=5)
