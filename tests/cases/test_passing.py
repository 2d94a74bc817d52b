"""A case is passed down and up as it stands (转办), looked at on site, and given to another officer."""

from __future__ import annotations

import json
import random
from datetime import timedelta

import pytest
from django.utils import timezone

from huying.cases.flow import CASES
from huying.cases.models import Case, CasePassing
from huying.cases.options import checklist_items
from huying.cases.portal.story import plain_story
from huying.cases.queues import QUEUES, in_queue
from huying.kernel import outbox
from huying.kernel.errors import Conflict, Forbidden, Invalid, Refusal
from huying.kernel.generation import bump
from huying.matters.engine import move_one
from huying.matters.models import Clock, Delivery, LedgerLine, Matter
from huying.matters.succession import hand_over
from huying.matters.sweep import sweep
from huying.people.actors import Actor, actor_for
from huying.people.models import Organisation, Post, User
from tests.cases.desk import at_desk, statements, text_of
from tests.factories.cases import MAIN_WAY, advance, receive
from tests.factories.district import BORN, District

pytestmark = pytest.mark.django_db


def person(district: District, name: str, role: str, organisation: Organisation) -> Actor:
    user = User.objects.create(username=name, full_name="经办人乙")
    post = Post.objects.create(user=user, role=role, organisation=organisation, is_primary=True, valid_from=BORN)
    if role == "grid_worker":
        post.grids.add(district.places["grid1"])
    district.users[name], district.actors[name] = user, actor_for(user, post)
    return district.actors[name]


def take(district: District, matter: Matter, step: str, who: str, **data: object) -> Matter:
    return move_one(CASES, step, matter.pk, by=district.actor(who), data=data)


def given_to(district: District, unit: str, who: str, *, contacted: bool = True) -> Matter:
    """A case dispatched to this unit and acknowledged there."""
    matter = advance(district, receive(district), "triaged")
    matter = take(district, matter, "dispatch", "dispatcher", lead=unit)
    matter = take(district, matter, "acknowledge", who, officer="经办人")
    if contacted:
        data = {**MAIN_WAY[3][2], "at": matter.moved_at.isoformat()}
        matter = take(district, matter, "contact", who, **data)
    return matter


def of_street(district: District, *, contacted: bool = True) -> Matter:
    return given_to(district, "STREET", "street_clerk", contacted=contacted)


def passed_down(district: District, **more: object) -> Matter:
    return take(
        district, of_street(district), "pass_down", "street_clerk", to="COMMUNITY0", task="请到现场处理。", **more
    )


def running(matter: Matter) -> set[str]:
    return set(Clock.objects.filter(matter=matter, stopped_at=None).values_list("kind", flat=True))


def facts(matter: Matter, step: str) -> dict[str, object]:
    found = json.loads(LedgerLine.objects.filter(matter=matter, step=step).latest("seq").facts)
    assert isinstance(found, dict)
    return found


def offered(district: District, matter: Matter, who: str) -> set[str]:
    seen = Matter.objects.select_related("case").get(pk=matter.pk)
    return {step.key for step in CASES.available(seen, district.actor(who))}


def proposal() -> dict[str, object]:
    return {**MAIN_WAY[4][2], "checklist": [key for key, _, _, required in checklist_items() if required]}


def told(user: User) -> list[str]:
    return list(Delivery.objects.filter(user=user).order_by("pk").values_list("message__key", flat=True))


def test_a_street_passes_down_and_still_answers_for_it(district: District) -> None:
    matter = of_street(district)
    due = Clock.objects.get(matter=matter, kind="handle").due_at
    matter = take(district, matter, "pass_down", "street_clerk", to="COMMUNITY0", task="请到现场处理。")
    street, community = district.organisations["street"], district.organisations["community0"]
    assert (matter.state, matter.holder_id, matter.lead_id) == ("passed", community.pk, street.pk)
    assert running(matter) == {"handle", "take_on"}
    said = facts(matter, "pass_down")
    assert (said["from"], said["to"], said["level"]) == ("STREET", "COMMUNITY0", "street>community")
    matter = take(district, matter, "take_on", "community_clerk", officer="小王")
    assert (matter.state, matter.first_holder_id) == ("handling", street.pk)
    assert Case.objects.get(pk=matter.pk).officer == "小王"
    with pytest.raises(Conflict, match="由主办单位"):
        take(district, matter, "propose", "community_clerk", **proposal())
    assert "propose" not in offered(district, matter, "community_clerk")
    matter = take(district, matter, "give_back", "community_clerk", result="路灯已修好，居民在场确认。")
    assert (matter.state, matter.holder_id, matter.holder_user_id) == (
        "handling",
        street.pk,
        district.users["street_clerk"].pk,
    )
    assert Clock.objects.get(matter=matter, kind="handle").due_at == due
    matter = take(district, matter, "propose", "street_clerk", **proposal())
    take(district, matter, "approve", "street_chief")
    assert facts(matter, "approve")["handler"] == "STREET"
    outbox.drain()
    assert "case.passed_on" in told(district.users["community_clerk"])
    assert "case.given_back" in told(district.users["street_clerk"])


def test_before_the_reporter_is_contacted_the_receiver_does_it(district: District) -> None:
    matter = of_street(district, contacted=False)
    matter = take(district, matter, "pass_down", "street_clerk", to="COMMUNITY0", task="请先联系居民。")
    matter = take(district, matter, "take_on", "community_clerk", officer="小王")
    assert (matter.state, running(matter)) == ("acknowledged", {"handle", "contact"})
    data = {**MAIN_WAY[3][2], "at": matter.moved_at.isoformat()}
    assert take(district, matter, "contact", "community_clerk", **data).state == "handling"


def test_answering_for_it_moves_along_only_when_said_and_taken(district: District) -> None:
    matter = passed_down(district, lead_too=True)
    street, community = district.organisations["street"], district.organisations["community0"]
    assert (matter.lead_id, matter.first_holder_id) == (street.pk, street.pk)
    matter = take(district, matter, "take_on", "community_clerk", officer="小王")
    assert (matter.lead_id, matter.first_holder_id, matter.holder_id) == (community.pk,) * 3
    assert CasePassing.objects.get(case=matter.pk).ending == "lead_moved"
    assert {"propose", "pass_up"} <= offered(district, matter, "community_clerk")
    assert "give_back" not in offered(district, matter, "community_clerk")


def test_a_community_passes_up_and_gets_it_back(district: District) -> None:
    matter = given_to(district, "COMMUNITY0", "community_clerk")
    matter = take(district, matter, "pass_up", "community_clerk", reason="需要动用街道应急资金。")
    street, community = district.organisations["street"], district.organisations["community0"]
    assert (matter.state, matter.holder_id, matter.lead_id) == ("passed", street.pk, community.pk)
    matter = take(district, matter, "take_on", "street_clerk", officer="老李")
    matter = take(district, matter, "give_back", "street_clerk", result="资金已经批下来，可以施工。")
    assert (matter.state, matter.holder_id) == ("handling", community.pk)
    assert "propose" in offered(district, matter, "community_clerk")


def test_what_should_not_have_come_goes_back_at_once_and_the_upper_takes_back(district: District) -> None:
    matter = passed_down(district)
    matter = take(district, matter, "give_back", "community_clerk", result="这条路归街道城管中队管。")
    assert (matter.state, running(matter)) == ("handling", {"handle"})
    matter = take(district, matter, "pass_down", "street_clerk", to="COMMUNITY0", task="请先安抚居民。")
    matter = take(district, matter, "take_back", "street_clerk", reason="街道自己去办。")
    assert (matter.state, matter.holder_id) == ("handling", district.organisations["street"].pk)
    assert [row.ending for row in CasePassing.objects.filter(case=matter.pk).order_by("seq")] == [
        "given_back",
        "taken_back",
    ]
    outbox.drain()
    assert "case.taken_back" in told(district.users["community_clerk"])


def test_refusals_say_why(district: District) -> None:
    empty = Organisation.objects.create(
        code="EMPTY",
        name="空着的社区居委会",
        kind="community",
        valid_from=BORN,
        sort_key="empty",
        place=district.places["community1"],
        parent=district.organisations["street"],
    )
    bump("organisations")
    matter = of_street(district)
    for to, words in (("URBAN", "下面的社区"), ("NONE", "没有这个社区"), (empty.code, "没有人接")):
        with pytest.raises(Invalid) as refused:
            take(district, matter, "pass_down", "street_clerk", to=to, task="请到现场处理。")
        assert words in refused.value.fields["to"][0]
    taken = take(district, passed_down(district), "take_on", "community_clerk", officer="小王")
    with pytest.raises(Conflict, match="街道转来的"):
        take(district, taken, "pass_up", "community_clerk", reason="街道转来的，办不了。")
    department = advance(district, receive(district), "handling")
    assert not {"pass_down", "pass_up", "send_to_grid"} & offered(district, department, "handler")
    with pytest.raises(Forbidden):
        take(district, department, "pass_down", "handler", to="COMMUNITY0", task="请到现场处理。")
    with pytest.raises(Forbidden):
        take(district, passed_down(district), "take_on", "street_clerk", officer="老李")


def test_a_grid_worker_looks_on_site_and_reports_back(district: District) -> None:
    matter = given_to(district, "COMMUNITY0", "community_clerk")
    matter = take(
        district, matter, "send_to_grid", "community_clerk", grid=district.places["grid0"].code, task="看看灯亮不亮。"
    )
    community = district.organisations["community0"]
    assert (matter.state, matter.holder_id, matter.holder_user_id) == (
        "checking",
        community.pk,
        district.users["grid_worker"].pk,
    )
    assert running(matter) == {"handle", "site_check"}
    assert matter in in_queue(QUEUES["checking"], district.actor("grid_worker"), timezone.now())
    person(district, "next_worker", "grid_worker", community)
    with pytest.raises(Refusal):
        take(district, matter, "report_check", "next_worker", true=True, found="看过了，灯不亮。")
    with pytest.raises(Forbidden):
        take(district, matter, "report_check", "community_clerk", true=True, found="看过了，灯不亮。")
    client = at_desk(district, "grid_worker")
    url = f"/desk/cases/{matter.number}/"
    assert "报回核查情况" in text_of(client.get(url))
    form = client.get(f"{url}steps/report_check/")
    assert "填上我现在的位置" in text_of(form)
    lon, lat = district.point(0)
    typed = {"true": "true", "found": "三盏灯不亮，灯杆完好。", "lon": str(lon), "lat": str(lat)}
    answer = client.post(f"{url}steps/report_check/", typed, follow=True)
    assert "核查情况已报回社区" in text_of(answer)
    matter.refresh_from_db()
    assert (matter.state, matter.holder_user_id) == ("handling", district.users["community_clerk"].pk)
    row = CasePassing.objects.get(case=matter.pk)
    assert (row.ending, row.lon, row.lat) == ("reported", lon, lat)
    outbox.drain()
    assert "case.check_wanted" in told(district.users["grid_worker"])
    assert "case.check_reported" in told(district.users["community_clerk"])


def test_where_nobody_can_be_sent(district: District) -> None:
    matter = given_to(district, "COMMUNITY0", "community_clerk")
    for place, words in (("grid1", "事发地不在这里"), ("grid2", "不在水岸星城社区")):
        with pytest.raises(Invalid) as refused:
            take(
                district,
                matter,
                "send_to_grid",
                "community_clerk",
                grid=district.places[place].code,
                task="看看灯亮不亮。",
            )
        assert words in refused.value.fields["grid"][0]
    Post.objects.filter(role="grid_worker").update(valid_to=timezone.localdate())
    with pytest.raises(Invalid, match="还没有网格员"):
        take(
            district,
            matter,
            "send_to_grid",
            "community_clerk",
            grid=district.places["grid0"].code,
            task="看看灯亮不亮。",
        )


def test_a_check_is_called_off_and_the_street_may_take_back_meanwhile(district: District) -> None:
    grid = district.places["grid0"].code
    matter = take(district, passed_down(district), "take_on", "community_clerk", officer="小王")
    matter = take(district, matter, "send_to_grid", "community_clerk", grid=grid, task="看看灯亮不亮。")
    matter = take(district, matter, "call_off_check", "community_clerk", reason="居民说亮了。")
    assert (matter.state, running(matter)) == ("handling", {"handle"})
    matter = take(district, matter, "send_to_grid", "community_clerk", grid=grid, task="再去看看。")
    matter = take(district, matter, "take_back", "street_clerk", reason="街道自己去办。")
    assert (matter.state, running(matter)) == ("handling", {"handle"})
    assert not CasePassing.objects.filter(case=matter.pk, ended_at=None).exists()


def test_another_officer_of_the_house(district: District) -> None:
    other = person(district, "colleague", "handler", district.organisations["urban"])
    matter = advance(district, receive(district), "handling")
    post = str(other.post_id)
    matter = take(district, matter, "reassign", "handler", post=post)
    assert matter.holder_user_id == other.user_id
    assert Case.objects.get(pk=matter.pk).officer == "经办人乙"
    with pytest.raises(Invalid, match="现在就由"):
        take(district, matter, "reassign", "colleague", post=post)
    for wrong in (str(district.actor("handler2").post_id), str(district.actor("chief").post_id), "999999"):
        with pytest.raises(Invalid, match="本单位在岗的经办人"):
            take(district, matter, "reassign", "handler", post=wrong)
    form = text_of(at_desk(district, "colleague").get(f"/desk/cases/{matter.number}/steps/reassign/"))
    assert "承办单位经办人甲" in form
    outbox.drain()
    assert "case.reassigned" in told(district.users["colleague"])


def test_a_dissolved_receiver_is_followed_by_its_heir(district: District) -> None:
    matter = take(district, passed_down(district), "take_on", "community_clerk", officer="小王")
    heir = Organisation.objects.create(
        code="HEIR",
        name="新社区居委会",
        kind="community",
        valid_from=BORN,
        sort_key="heir",
        place=district.places["community1"],
        parent=district.organisations["street"],
    )
    person(district, "heir", "community_clerk", heir)
    old = district.organisations["community0"]
    old.valid_to, old.successor = timezone.localdate(), heir
    old.save()
    bump("organisations")
    assert hand_over() == 1
    matter.refresh_from_db()
    assert matter.holder_id == heir.pk
    matter = take(district, matter, "give_back", "heir", result="交接后已经办好。")
    assert (matter.holder_id, CasePassing.objects.get(case=matter.pk).ending) == (matter.lead_id, "given_back")


def test_pages_tell_the_path(district: District) -> None:
    matter = take(district, passed_down(district), "take_on", "community_clerk", officer="小王")
    client = at_desk(district, "dispatcher")
    url = f"/desk/cases/{matter.number}/"
    page = text_of(client.get(url))
    assert "徐家棚街道办事处 → 水岸星城社区居委会" in page
    assert "正在办理" in page
    assert len(statements(client, url)) <= 12
    mine = at_desk(district, "community_clerk")
    assert "交回主办单位" in text_of(mine.get(url))
    form = text_of(at_desk(district, "street_clerk").get(f"/desk/cases/{of_street(district).number}/steps/pass_down/"))
    assert "水岸星城社区居委会" in form
    waiting = passed_down(district)
    assert waiting.number in text_of(mine.get("/desk/cases/passed/"))
    story = plain_story(waiting, district.actor("call_taker"))
    assert [stop.label for stop in story.way if stop.when == "now"] == ["正在办"]
    assert story.entries[0].what == "转给水岸星城社区居委会来办"


def test_however_it_is_passed_exactly_one_holds_it(district: District) -> None:
    """Random sequences of steps that people might press: one holder, one running clock of each kind, a lead that only
    moves when it was said, and at most one passing and one look on site that stand."""
    dice = random.Random(7)
    grid = district.places["grid0"].code
    data: dict[str, dict[str, object]] = {
        "pass_down": {"to": "COMMUNITY0", "task": "请到现场处理。"},
        "pass_up": {"reason": "本级办不了。"},
        "take_on": {"officer": "小王"},
        "give_back": {"result": "已经办好了。"},
        "take_back": {"reason": "自己去办。"},
        "send_to_grid": {"grid": grid, "task": "看看现场。"},
        "report_check": {"true": True, "found": "看到了现场。"},
        "call_off_check": {"reason": "不用看了。"},
    }
    people = ("street_clerk", "community_clerk", "grid_worker")
    street, community = district.organisations["street"].pk, district.organisations["community0"].pk
    seen: set[str] = set()
    for start in (of_street(district), given_to(district, "COMMUNITY0", "community_clerk")):
        matter = start
        for _ in range(60):
            who = dice.choice(people)
            fresh = Matter.objects.select_related("case").get(pk=matter.pk)
            keys = [s.key for s in CASES.available(fresh, district.actor(who)) if s.key in data]
            if not keys:
                continue
            key = dice.choice(keys)
            more = {"lead_too": True} if key in ("pass_down", "pass_up") and dice.random() < 0.3 else {}
            before = matter.lead_id
            matter = take(district, matter, key, who, **data[key], **more)
            seen.add(key)
            assert matter.holder_id in (street, community)
            assert matter.lead_id == before or key == "take_on"
            standing = CasePassing.objects.filter(case=matter.pk, ended_at=None)
            passed = standing.exclude(direction="grid")
            assert passed.count() == (matter.holder_id != matter.lead_id or matter.state == "passed")
            assert standing.filter(direction="grid").count() == (matter.state == "checking")
            kinds = {"passed": {"handle", "take_on"}, "checking": {"handle", "site_check"}}
            assert running(matter) == kinds.get(matter.state, {"handle"})
            who_can = [p for p in people if offered(district, matter, p) & {*data, "propose"}]
            assert who_can
    assert seen == data.keys()


def test_who_answers_for_it_hears_that_its_limit_is_near(district: District) -> None:
    matter = take(district, passed_down(district), "take_on", "community_clerk", officer="小王")
    due = Clock.objects.get(matter=matter, kind="handle", stopped_at=None).due_at
    sweep(due + timedelta(minutes=1))
    for name in ("community_clerk", "street_clerk"):
        assert "warning.red" in told(district.users[name]), name
