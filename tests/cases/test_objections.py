"""A unit objects to a dispatch, its chief agrees, somebody who did not dispatch it rules."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from huying.cases.flow import CASES
from huying.cases.models import Case, Objection
from huying.cases.portal.story import plain_story
from huying.cases.queues import QUEUES, in_queue
from huying.kernel import outbox
from huying.kernel.calendar import SHANGHAI
from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.kernel.files import accept
from huying.matters.attachments import uploader
from huying.matters.engine import Move, move, move_one
from huying.matters.models import Attachment, Clock, Delivery, LedgerLine, Limit, Matter
from huying.matters.succession import hand_over
from huying.people.actions import dissolve
from huying.people.actors import Actor, visitor
from huying.people.models import Post, User
from huying.people.roles import ROLES
from tests.cases.desk import at_desk, statements, text_of
from tests.factories.cases import MAIN_WAY, advance, receive
from tests.factories.district import BORN, PASSWORD, District

pytestmark = pytest.mark.django_db

OBJECT = {
    "cause": "not_ours",
    "explanation": "小区内部道路由住房部门管理。",
    "basis": "《武汉市城市管理条例》职责分工",
    "suggested": ["HOUSING"],
}
UPHELD = {"upheld": True, "reason": "小区内部设施不属城管职责。"}
STAYS = {"upheld": False, "reason": "路灯在市政道路上，属城管养护范围。"}


def colleague(district: District, name: str, role: str, organisation: str) -> Actor:
    """A second person of a role, who has not touched the case."""
    user = User(username=name, full_name=f"{ROLES[role].name}乙")
    user.set_password(PASSWORD)
    user.save()
    body = district.organisations[organisation]
    post = Post.objects.create(user=user, role=role, organisation=body, is_primary=True, valid_from=BORN)
    district.users[name] = user
    like = {"centre": "dispatcher", "urban": "handler"}.get(organisation, "handler")
    own = district.actor(role if role in district.actors else like)
    actor = replace(own, user_id=user.pk, post_id=post.pk, organisation_id=body.pk)
    district.actors[name] = actor
    return actor


@pytest.fixture
def reviewer(district: District) -> Actor:
    return colleague(district, "reviewer", "dispatcher", "centre")


def act(district: District, matter: Matter, key: str, who: str, **data: object) -> Matter:
    return move_one(CASES, key, matter.pk, by=district.actor(who), data=data)


def objected(district: District, state: str = "dispatched") -> Matter:
    """Asked for by the handler, endorsed by the chief: it lies with the centre."""
    matter = advance(district, receive(district), state)
    act(district, matter, "object", "handler", **OBJECT)
    return act(district, matter, "endorse_objection", "chief")


def facts(matter: Matter, key: str) -> dict[str, object]:
    found = json.loads(LedgerLine.objects.filter(matter=matter, step=key).latest("seq").facts)
    assert isinstance(found, dict)
    return found


def running(matter: Matter) -> dict[str, bool]:
    """Kind of each clock that has not ended, and whether it waits."""
    rows = Clock.objects.filter(matter=matter, stopped_at=None).values_list("kind", "paused_at")
    return {kind: paused is not None for kind, paused in rows}


def test_upheld_it_is_dispatched_anew_and_the_suggestion_is_shown(district: District, reviewer: Actor) -> None:
    matter = advance(district, receive(district), "dispatched")
    urban, centre = district.organisations["urban"], district.organisations["centre"]
    matter = act(district, matter, "object", "handler", **OBJECT)
    assert (matter.state, matter.holder_id) == ("objecting", urban.pk)
    assert running(matter) == {"acknowledge": False, "handle": False}  # until the chief has agreed nothing waits
    matter = act(district, matter, "endorse_objection", "chief", note="同意")
    assert (matter.state, matter.holder_id, matter.lead_id) == ("objected", centre.pk, urban.pk)
    assert running(matter) == {"acknowledge": True, "handle": True, "ruling": False}
    matter = move_one(CASES, "rule", matter.pk, by=reviewer, data=UPHELD)
    assert (matter.state, matter.holder_id, matter.lead_id, matter.returns_to) == ("triaged", centre.pk, None, "")
    assert running(matter) == {"dispatch": False}
    said = facts(matter, "rule")
    wanted = {
        "unit": "URBAN",
        "handler": "URBAN",
        "cause": "not_ours",
        "upheld": True,
        "dispatched_by": district.users["dispatcher"].pk,
        "category": "02.02.01",
        "round": 1,
    }
    assert {name: said[name] for name in wanted} == wanted
    assert said["clocks"]["stopped"]["ruling"]["met"] is True  # type: ignore[index]
    assert Objection.objects.get(case=matter.pk).verdict == "upheld"
    page = text_of(at_desk(district, "dispatcher").get(f"/desk/cases/{matter.number}/steps/dispatch/"))
    assert "区住房保障和房屋管理局" in page[: page.index('<form class="card"')]
    outbox.drain()
    assert Delivery.objects.filter(message__key="case.objection_upheld", user=district.users["handler"]).exists()


@pytest.mark.parametrize("state", ["dispatched", "acknowledged", "handling"])
def test_rejected_it_goes_on_where_it_was_and_the_time_is_given_back(
    district: District, reviewer: Actor, state: str
) -> None:
    start = datetime(2026, 11, 16, 9, 0, tzinfo=SHANGHAI)
    matter = advance(district, receive(district, at=start), state, start=start + timedelta(minutes=1))
    before = Matter.objects.values("state", "holder_id", "holder_user_id", "first_holder_id").get(pk=matter.pk)
    due = Clock.objects.get(matter=matter, kind="handle").due_at
    at = matter.moved_at + timedelta(minutes=10)

    def take(key: str, by: Actor, data: dict[str, object], at: datetime) -> Matter:
        return move(CASES, key, [Move(matter.pk, by, data, at, recorded_at=at)], now=at)[0].unwrap()

    take("object", district.actor("handler"), OBJECT, at)
    take("endorse_objection", district.actor("chief"), {}, at)
    matter = take("rule", reviewer, STAYS, at + timedelta(days=1))
    assert Matter.objects.values("state", "holder_id", "holder_user_id", "first_holder_id").get(pk=matter.pk) == before
    assert Clock.objects.get(matter=matter, kind="handle").due_at > due
    assert "paused_at" and not any(running(matter).values())
    assert matter.returns_to == ""
    with pytest.raises(Conflict, match="裁定"):  # once is enough
        move_one(CASES, "object", matter.pk, by=district.actor("handler"), data=OBJECT)
    outbox.drain()
    assert Delivery.objects.filter(message__key="case.objection_rejected", user=district.users["handler"]).exists()
    assert "不属城管" not in text_of(at_desk(district, "handler").get(f"/desk/cases/{matter.number}/"))
    assert "属城管养护范围" in text_of(at_desk(district, "handler").get(f"/desk/cases/{matter.number}/"))


def test_who_dispatched_it_or_asked_for_it_does_not_rule(district: District, reviewer: Actor) -> None:
    matter = objected(district)
    with pytest.raises(Forbidden, match="派单的人"):
        act(district, matter, "rule", "dispatcher", **UPHELD)
    shown = CASES.available(Matter.objects.get(pk=matter.pk), district.actor("dispatcher"))
    assert "rule" not in {step.key for step in shown}
    assert "rule" in {step.key for step in CASES.available(Matter.objects.get(pk=matter.pk), reviewer)}
    refused = at_desk(district, "dispatcher").get(f"/desk/cases/{matter.number}/steps/rule/")
    assert refused.status_code == 409
    assert "派单的人、提出和审核申诉的人不能裁定" in text_of(refused)


def test_nobody_endorses_the_own_objection(district: District) -> None:
    both = replace(district.actor("handler"), role=district.actor("chief").role)
    matter = advance(district, receive(district), "dispatched")
    act(district, matter, "object", "handler", **OBJECT)
    with pytest.raises(Forbidden, match="自己提出"):
        move_one(CASES, "endorse_objection", matter.pk, by=both, data={})


def test_within_one_working_day_of_the_dispatch(district: District) -> None:
    start = datetime(2026, 11, 16, 9, 0, tzinfo=SHANGHAI)
    matter = advance(district, receive(district, at=start), "dispatched", start=start)
    given = Clock.objects.get(matter=matter, kind="handle").started_at

    def objecting(at: datetime) -> Matter:
        handler = district.actor("handler")
        return move(CASES, "object", [Move(matter.pk, handler, OBJECT, at, recorded_at=at)], now=at)[0].unwrap()

    with pytest.raises(Conflict, match="11月17日 17:30 已经截止"):
        objecting(given + timedelta(days=2))
    assert objecting(datetime(2026, 11, 17, 17, 0, tzinfo=SHANGHAI)).state == "objecting"


def test_how_long_one_may_object_is_the_districts_own_limit(district: District) -> None:
    from huying.kernel.generation import bump

    start = datetime(2026, 11, 16, 9, 0, tzinfo=SHANGHAI)
    matter = advance(district, receive(district, at=start), "dispatched", start=start)
    Limit.objects.filter(clock="objection").update(amount=3)
    bump("limits")
    at = start + timedelta(days=2)
    handler = district.actor("handler")
    moved = move(CASES, "object", [Move(matter.pk, handler, OBJECT, at, recorded_at=at)], now=at)[0].unwrap()
    assert moved.state == "objecting"


def test_too_late_the_page_says_when_it_ended(district: District) -> None:
    matter = advance(district, receive(district), "dispatched")
    Clock.objects.filter(matter=matter, kind="handle").update(started_at=timezone.now() - timedelta(days=9))
    client = at_desk(district, "handler")
    assert "派单申诉" not in text_of(client.get(f"/desk/cases/{matter.number}/"))
    refused = client.get(f"/desk/cases/{matter.number}/steps/object/")
    assert refused.status_code == 409
    assert "已经截止" in text_of(refused)


def test_what_is_done_over_is_not_objected_to(district: District) -> None:
    matter = advance(district, receive(district), "closed")
    matter = act(district, matter, "rework", "call_taker", reason="还是不亮")
    with pytest.raises(Conflict, match="重办"):
        act(district, matter, "object", "handler", **OBJECT)


def test_the_chief_may_not_agree(district: District) -> None:
    matter = advance(district, receive(district), "acknowledged")
    act(district, matter, "object", "handler", **OBJECT)
    matter = act(district, matter, "decline_objection", "chief", reason="这就是我们的路段，请接着办。")
    assert (matter.state, matter.returns_to) == ("acknowledged", "")
    assert matter.holder_user_id == district.users["handler"].pk
    matter = act(district, matter, "object", "handler", **OBJECT)  # with better reasons
    assert matter.state == "objecting"
    assert Objection.objects.filter(case=matter.pk, ended_at=None).count() == 1


@pytest.mark.parametrize("stage", ["objecting", "objected"])
def test_the_unit_thinks_better_of_it(district: District, stage: str) -> None:
    matter = advance(district, receive(district), "acknowledged")
    matter = act(district, matter, "object", "handler", **OBJECT)
    if stage == "objected":
        matter = act(district, matter, "endorse_objection", "chief")
    with pytest.raises(Forbidden):
        move_one(CASES, "withdraw_objection", matter.pk, by=district.actor("street_clerk"), data={})
    page = text_of(at_desk(district, "handler").get(f"/desk/cases/{matter.number}/"))
    assert "撤回申诉" in page
    matter = act(district, matter, "withdraw_objection", "handler")
    assert (matter.state, matter.holder_id) == ("acknowledged", district.organisations["urban"].pk)
    assert running(matter) == {"contact": False, "handle": False}
    assert Clock.objects.filter(matter=matter, kind="ruling", met__isnull=False).count() == 0


def test_refused_input_says_what_is_wrong_beside_its_field(district: District) -> None:
    matter = advance(district, receive(district), "dispatched")
    for suggested in ("NOBODY", "URBAN"):
        with pytest.raises(Invalid) as refused:
            act(district, matter, "object", "handler", **{**OBJECT, "suggested": [suggested]})
        assert "suggested" in refused.value.fields
    with pytest.raises(Invalid) as refused:
        act(district, matter, "object", "handler", cause="not_ours", explanation="不归我们管")
    assert "basis" in refused.value.fields
    assert not Objection.objects.exists()


def test_whose_turn_it_is_and_where_it_lies(district: District, reviewer: Actor) -> None:
    matter = advance(district, receive(district), "dispatched")
    act(district, matter, "object", "handler", **OBJECT)
    now = timezone.now()
    assert in_queue(QUEUES["objecting"], district.actor("chief"), now).get().pk == matter.pk
    chief = at_desk(district, "chief")
    assert "区城市管理执法局" in text_of(chief.get(f"/desk/cases/{matter.number}/"))
    assert "申诉待审核" in text_of(chief.get("/desk/cases/objecting/"))
    assert "请审核申诉" in text_of(chief.get(f"/desk/cases/{matter.number}/steps/endorse_objection/"))
    act(district, matter, "endorse_objection", "chief")
    assert not in_queue(QUEUES["objecting"], district.actor("chief"), now).exists()
    assert in_queue(QUEUES["objected"], reviewer, now).get().pk == matter.pk
    desk = at_desk(district, "reviewer")
    page = text_of(desk.get(f"/desk/cases/{matter.number}/"))
    assert "服务中心，申诉待裁定" in page
    assert "首接负责" not in page  # the centre has it, and nobody had taken it
    asked = text_of(desk.get(f"/desk/cases/{matter.number}/steps/rule/"))
    assert asked.index("请裁定这件申诉") < asked.index("职责分工") < asked.index("裁定理由")
    answer = desk.post(
        f"/desk/cases/{matter.number}/steps/rule/",
        {"version": Matter.objects.get(pk=matter.pk).version, "upheld": "true", "reason": "确实不归城管"},
        follow=True,
    )
    assert "申诉成立，转重新派单" in text_of(answer)


def test_who_had_taken_it_answers_until_another_takes_it(district: District, reviewer: Actor) -> None:
    matter = objected(district, "acknowledged")
    urban, housing = district.organisations["urban"], district.organisations["housing"]
    matter = move_one(CASES, "rule", matter.pk, by=reviewer, data=UPHELD)
    assert matter.first_holder_id == urban.pk
    assert "首接负责：区城市管理执法局" in text_of(at_desk(district, "reviewer").get(f"/desk/cases/{matter.number}/"))
    matter = move_one(CASES, "dispatch", matter.pk, by=reviewer, data={"lead": "HOUSING"})
    assert (matter.holder_id, matter.first_holder_id) == (housing.pk, urban.pk)
    taker = colleague(district, "housing", "handler", "housing")
    matter = move_one(CASES, "acknowledge", matter.pk, by=taker, data={"officer": "王工"})
    assert matter.first_holder_id == housing.pk


def test_evidence_comes_along_and_stays_inside(district: District) -> None:
    by = district.actor("handler")
    file = accept(SimpleUploadedFile("职责分工.txt", "第三条".encode()), uploader=uploader(by))
    matter = advance(district, receive(district), "dispatched")
    matter = act(district, matter, "object", "handler", **OBJECT, attachments=[str(file.pk)])
    assert not Attachment.objects.get(matter=matter).public
    story = plain_story(matter, visitor("", matter_id=matter.pk))
    assert story.state == "正在确认由哪个单位来办"
    assert not any("职责分工" in entry.text for entry in story.entries)


def test_a_batch_is_objected_to_and_ruled_on_set_wise(district: District, reviewer: Actor) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    connection.run_on_commit.clear()  # as after the commit that made the second dispatcher: organisations are known
    counts = []
    for n in (1, 6):
        matters = [advance(district, receive(district), "dispatched") for _ in range(n)]
        with CaptureQueriesContext(connection) as asked:
            for key, by, data in (
                ("object", district.actor("handler"), OBJECT),
                ("endorse_objection", district.actor("chief"), {}),
                ("rule", reviewer, UPHELD),
            ):
                for result in move(CASES, key, [Move(m.pk, by, data) for m in matters]):
                    result.unwrap()
        counts.append(len(asked))
    assert counts[1] <= counts[0] + 2


def test_a_page_with_an_objection_costs_no_more_than_twelve(district: District, reviewer: Actor) -> None:
    matter = objected(district)
    for who in ("reviewer", "handler", "chief", "supervisor"):
        client = at_desk(district, who)
        assert len(statements(client, f"/desk/cases/{matter.number}/")) <= 12
    assert len(statements(at_desk(district, "handler"), f"/desk/cases/{matter.number}/")) <= 12


def test_a_dissolved_unit_objects_no_more(district: District) -> None:
    from huying.kernel.generation import bump
    from huying.matters.succession import hand_over

    matter = advance(district, receive(district), "dispatched")
    act(district, matter, "object", "handler", **OBJECT)
    urban = district.organisations["urban"]
    urban.valid_to = timezone.localdate()
    urban.save()
    bump("organisations")
    assert hand_over() == 1
    matter = Matter.objects.get(pk=matter.pk)
    assert (matter.state, matter.returns_to) == ("triaged", "")
    assert Objection.objects.get(case=matter.pk).verdict == "dropped"


def test_objected_cases_keep_their_round(district: District, reviewer: Actor) -> None:
    matter = objected(district)
    move_one(CASES, "rule", matter.pk, by=reviewer, data=UPHELD)
    assert Case.objects.get(pk=matter.pk).round == 1
    assert dict(MAIN_WAY[1][2]) == {"lead": "URBAN"}


def test_whoever_takes_over_decides_on_the_objection(district: District) -> None:
    matter = advance(district, receive(district), "acknowledged")
    matter = act(district, matter, "object", "handler", **OBJECT)
    urban, housing = district.organisations["urban"], district.organisations["housing"]
    dissolve(urban, on=timezone.localdate(), successor=housing)
    assert hand_over() == 1
    matter.refresh_from_db()
    assert (matter.state, matter.lead_id, matter.first_holder_id) == ("objecting", housing.pk, housing.pk)
    assert Objection.objects.get(case=matter.pk).unit_id == housing.pk
    chief = colleague(district, "housing_chief", "chief", "housing")
    matter = move_one(CASES, "decline_objection", matter.pk, by=chief, data={"reason": "由我们接着办。"})
    assert (matter.state, matter.holder_id, matter.holder_user_id) == ("acknowledged", housing.pk, None)
