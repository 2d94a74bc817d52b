"""Co-handlers have a part of their own (协办): what is asked, a clock, an answer, and a lead that judges it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from huying.cases.flow import CASES
from huying.cases.models import CasePart
from huying.cases.options import checklist_items
from huying.cases.queues import QUEUES, in_queue
from huying.kernel import outbox
from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.kernel.generation import bump
from huying.matters.engine import Move, move, move_one
from huying.matters.models import Clock, Delivery, LedgerLine, Matter
from huying.matters.succession import hand_over
from huying.matters.sweep import sweep
from huying.people.actors import Actor, actor_for
from huying.people.models import Post, User
from tests.cases.desk import at_desk, many, statements, text_of
from tests.factories.cases import MAIN_WAY, advance, receive
from tests.factories.district import BORN, District

pytestmark = pytest.mark.django_db

PROPOSAL = MAIN_WAY[4][2]


def person(district: District, name: str, role: str, organisation: str) -> Actor:
    """Somebody else at work, who can sign in too."""
    user = User.objects.create(username=name, full_name="协办经办人甲")
    post = Post.objects.create(
        user=user, role=role, organisation=district.organisations[organisation], is_primary=True, valid_from=BORN
    )
    district.users[name] = user
    district.actors[name] = actor_for(user, post)
    return district.actors[name]


@pytest.fixture
def helped(district: District) -> District:
    person(district, "water", "handler", "water")
    person(district, "water_chief", "chief", "water")
    return district


def shared(district: District, *units: str, **more: object) -> Matter:
    """A case of the city management that these units help with, being handled."""
    matter = advance(district, receive(district), "triaged")
    data = (
        {"lead": "URBAN", "co_handlers": list(units), "co_task": "请查明路面下管道是否漏水。"}
        if units
        else {"lead": "URBAN"}
    )
    return advance(district, take(district, matter, "dispatch", "dispatcher", **data | more), "handling")


def take(district: District, matter: Matter, step: str, who: str, **data: object) -> Matter:
    return move_one(CASES, step, matter.pk, by=district.actor(who), data=data)


def part(matter: Matter, unit: str) -> CasePart:
    return CasePart.objects.get(case=matter.pk, organisation__code=unit, current=True)


def clocks(matter: Matter, kind: str = "part") -> dict[str, Clock]:
    rows = Clock.objects.filter(matter=matter, kind=kind, stopped_at=None).select_related("organisation")
    return {clock.organisation.code: clock for clock in rows}


def offered(district: District, matter: Matter, who: str) -> list[str]:
    seen = Matter.objects.select_related("case").get(pk=matter.pk)
    return [step.key for step in CASES.available(seen, district.actor(who))]


def proposal() -> dict[str, object]:
    return {**PROPOSAL, "checklist": [key for key, _, _, required in checklist_items() if required]}


def facts(matter: Matter, step: str) -> dict[str, object]:
    found = json.loads(LedgerLine.objects.filter(matter=matter, step=step).latest("seq").facts)
    assert isinstance(found, dict)
    return found


def told(user: User) -> list[str]:
    return list(Delivery.objects.filter(user=user).order_by("pk").values_list("message__key", flat=True))


def test_each_co_handler_has_a_part_and_a_clock_of_its_own(helped: District) -> None:
    matter = shared(helped, "WATER", "HOUSING")
    running = clocks(matter)
    assert running.keys() == {"WATER", "HOUSING"}
    assert matter.holder_id == helped.organisations["urban"].pk
    handle = clocks(matter, "handle")["URBAN"]
    assert all(clock.due_at <= handle.due_at and clock.amount == 3 for clock in running.values())
    assert matter.next_due_at == min(
        c.due_at for c in Clock.objects.filter(matter=matter, stopped_at=None, aside=False)
    )
    take(helped, matter, "take_part", "water", officer="陈工")
    take(helped, matter, "report_part", "water", opinion="管道完好，没有漏水，可以放心施工。")
    assert clocks(matter).keys() == {"HOUSING"}
    assert (part(matter, "WATER").state, part(matter, "HOUSING").state) == ("reported", "asked")
    said = facts(matter, "report_part")
    assert (said["co_handler"], said["handler"], said["clocks"]["stopped"]["part:WATER"]["met"]) == (
        "WATER",
        "URBAN",
        True,
    )


def test_a_part_is_never_due_after_the_case(helped: District) -> None:
    matter = shared(helped)
    matter = take(helped, matter, "ask_parts", "handler", units=["WATER"], task="请查明管道位置。", days=30)
    assert clocks(matter)["WATER"].due_at == clocks(matter, "handle")["URBAN"].due_at
    assert matter.co_handlers == [helped.organisations["water"].pk]


def test_the_lead_accepts_or_returns_and_the_clock_begins_anew(helped: District) -> None:
    matter = shared(helped, "WATER")
    take(helped, matter, "take_part", "water", officer="陈工")
    take(helped, matter, "report_part", "water", opinion="已看过，没有问题。")
    first = Clock.objects.get(matter=matter, kind="part")
    take(helped, matter, "return_part", "handler", unit="WATER", reason="请附上检测记录。", days=1)
    assert part(matter, "WATER").state == "working"
    assert (clocks(matter)["WATER"].amount, clocks(matter)["WATER"].pk != first.pk) == (1, True)
    take(helped, matter, "report_part", "water", opinion="检测记录见附件，压力正常。")
    with pytest.raises(Invalid, match="没有可以采纳"):
        take(helped, matter, "accept_part", "handler", unit="HOUSING")
    take(helped, matter, "accept_part", "handler", unit="WATER")
    assert part(matter, "WATER").state == "accepted"
    assert clocks(matter) == {}
    take(helped, matter, "propose", "handler", **proposal())


def test_a_proposal_waits_for_open_parts_unless_the_lead_says_why(helped: District) -> None:
    matter = shared(helped, "WATER", "HOUSING")
    with pytest.raises(Invalid) as refused:
        take(helped, matter, "propose", "handler", **proposal())
    assert "区自来水公司" in refused.value.fields["without_parts"][0]
    matter = take(helped, matter, "propose", "handler", **proposal(), without_parts="与管道无关，已现场查明。")
    assert facts(matter, "propose")["without"] == ["WATER", "HOUSING"]
    matter = take(helped, matter, "approve", "chief")
    assert clocks(matter) == {}
    assert Clock.objects.filter(matter=matter, kind="part", met=None).count() == 2
    with pytest.raises(Conflict):
        take(helped, matter, "take_part", "water", officer="陈工")


def test_whoever_says_it_is_not_theirs_is_let_go_or_asked_still(helped: District) -> None:
    matter = shared(helped, "WATER")
    take(helped, matter, "decline_part", "water", reason="这一段是排水管，归水务局管。")
    outbox.drain()
    assert "case.part_declined" in told(helped.users["handler"])
    assert "case.part_declined" in told(helped.users["dispatcher"])
    take(helped, matter, "return_part", "dispatcher", unit="WATER", reason="管网图上是自来水管，仍请协办。")
    assert part(matter, "WATER").state == "asked"
    take(helped, matter, "decline_part", "water", reason="图纸已经更正，见附件说明。")
    matter = take(helped, matter, "drop_part", "handler", unit="WATER", reason="同意，改请水务局。")
    assert (matter.co_handlers, clocks(matter)) == ([], {})
    assert not Matter.objects.visible_to(helped.actor("water")).filter(pk=matter.pk).exists()
    outbox.drain()
    assert told(helped.users["water"])[-1] == "case.part_dropped"
    again = take(helped, matter, "ask_parts", "handler", units=["WATER"], task="请派人到场配合开挖。")
    assert part(again, "WATER").state == "asked"
    assert CasePart.objects.filter(case=matter.pk, organisation__code="WATER").count() == 2


def test_who_may_do_what(helped: District) -> None:
    matter = shared(helped, "WATER")
    assert offered(helped, matter, "water") == ["take_part", "decline_part"]
    assert {"ask_parts", "drop_part"} <= set(offered(helped, matter, "handler"))
    assert {"ask_parts", "drop_part"} <= set(offered(helped, matter, "dispatcher"))
    assert not {"ask_parts", "take_part"} & set(offered(helped, matter, "call_taker"))
    for who, step, data in (
        ("water", "ask_parts", {"units": ["HOUSING"], "task": "请一起看看。"}),
        ("handler", "take_part", {"officer": "李工"}),
        ("water_chief", "take_part", {"officer": "李工"}),
    ):
        with pytest.raises(Forbidden):
            take(helped, matter, step, who, **data)
    with pytest.raises(Conflict, match="待签收"):
        take(helped, matter, "report_part", "water", opinion="没有签收就答复。")
    for units, words in ((["URBAN"], "主办单位"), (["WATER"], "已在协办"), (["NONE"], "没有这个单位")):
        with pytest.raises(Invalid) as refused:
            take(helped, matter, "ask_parts", "handler", units=units, task="请一起看看。")
        assert words in refused.value.fields["units"][0]
    bare = advance(helped, receive(helped), "triaged")
    with pytest.raises(Invalid, match="没有选协办单位"):
        take(helped, bare, "dispatch", "dispatcher", lead="URBAN", co_task="请一起看看。")


def test_late_parts_warn_who_helps_and_not_who_leads(helped: District) -> None:
    matter = shared(helped, "WATER")
    Clock.objects.filter(matter=matter, aside=False).update(next_alert_at=None)
    before = told(helped.users["handler"])
    due = clocks(matter)["WATER"].due_at
    sweep(due + timedelta(minutes=1))
    assert told(helped.users["water"]) == told(helped.users["water_chief"]) == ["warning.red"]
    sweep(due + timedelta(days=20))
    assert told(helped.users["water_chief"])[-1] == "warning.district"
    assert told(helped.users["handler"]) == before
    matter.refresh_from_db()
    assert matter.warning == 0


def test_parts_wait_while_the_reporter_is_asked(helped: District) -> None:
    matter = shared(helped, "WATER")
    take(helped, matter, "return_to_reporter", "handler", question="请问在几号门？")
    assert clocks(matter)["WATER"].paused_at is not None
    take(helped, matter, "take_part", "water", officer="陈工")
    take(helped, matter, "add_information", "call_taker", text="在三号门。")
    assert clocks(matter)["WATER"].paused_at is None


def test_a_dispatch_that_is_taken_back_or_handed_back_ends_its_parts(helped: District) -> None:
    matter = advance(helped, receive(helped), "triaged")
    dispatch = {"lead": "URBAN", "co_handlers": ["WATER"]}
    take(helped, matter, "dispatch", "dispatcher", **dispatch)
    take(helped, matter, "recall_dispatch", "dispatcher")
    assert clocks(matter) == {}
    take(helped, matter, "dispatch", "dispatcher", **dispatch)
    take(helped, matter, "hand_back", "handler", reason="not_ours", explanation="应由区住房局办理。")
    assert clocks(matter) == {}
    assert Clock.objects.filter(matter=matter, kind="part").count() == 2
    matter = take(helped, matter, "dispatch", "dispatcher", lead="HOUSING", co_handlers=["WATER"])
    assert part(matter, "WATER").asked_seq == matter.version
    assert clocks(matter).keys() == {"WATER"}


def test_what_was_asked_before_a_rework_stands_no_more_against_it(helped: District) -> None:
    matter = shared(helped, "WATER")
    take(helped, matter, "propose", "handler", **proposal(), without_parts="与管道无关，已现场查明。")
    take(helped, matter, "approve", "chief")
    matter = take(helped, matter, "rework", "call_taker", reason="又漏水了。")
    assert "take_part" not in offered(helped, matter, "water")
    matter = take(helped, matter, "ask_parts", "handler", units=["WATER"], task="请查明漏点。")
    assert clocks(matter)["WATER"].due_at <= clocks(matter, "rework")["URBAN"].due_at


def test_the_heir_of_a_co_handler_goes_on_with_its_part(helped: District) -> None:
    matter = shared(helped, "WATER")
    water, civil = helped.organisations["water"], helped.organisations["civil"]
    water.valid_to, water.successor = timezone.localdate(), civil
    water.save()
    bump("organisations")
    assert hand_over() == 1
    assert clocks(matter).keys() == {"CIVIL"}
    take(helped, matter, "take_part", "assistance", officer="周工")


def test_many_cases_in_one_batch(helped: District) -> None:
    matters = many(helped, 3)
    by = helped.actor
    for step, who, data in (MAIN_WAY[0], ("dispatch", "dispatcher", {"lead": "URBAN", "co_handlers": ["WATER"]})):
        for result in move(CASES, step, [Move(m.pk, by(who), data) for m in matters]):
            result.unwrap()
    asked = move(CASES, "take_part", [Move(m.pk, by("water"), {"officer": "陈工"}) for m in matters])
    assert [r.refusal for r in asked] == [None] * 3
    assert CasePart.objects.filter(state="working").count() == 3


def test_the_list_of_the_co_handler(helped: District) -> None:
    matter = shared(helped, "WATER")
    queue = QUEUES["joint"]
    page = at_desk(helped, "water").get("/desk/cases/joint/")
    assert "协办：待签收" in text_of(page)
    assert "协办（区自来水公司）" in text_of(page)
    take(helped, matter, "take_part", "water", officer="陈工")
    take(helped, matter, "report_part", "water", opinion="没有问题，可以施工。")
    assert matter in in_queue(queue, helped.actor("water"), timezone.now())
    take(helped, matter, "accept_part", "handler", unit="WATER")
    assert matter not in in_queue(queue, helped.actor("water"), timezone.now())


def test_the_page_of_the_case_and_its_forms(helped: District) -> None:
    matter = shared(helped, "WATER", "HOUSING")
    client = at_desk(helped, "handler")
    url = f"/desk/cases/{matter.number}/"
    page = text_of(client.get(url))
    assert "请查明路面下管道是否漏水。" in page
    assert "协办：区自来水公司，待签收" in page
    assert len(statements(client, url)) <= 12
    form = client.get(f"{url}steps/drop_part/")
    assert "区住房保障和房屋管理局" in text_of(form)
    assert "区民政局" not in text_of(form)
    answer = client.post(
        f"{url}steps/ask_parts/", {"units": ["CIVIL"], "task": "请上门了解独居老人情况。"}, follow=True
    )
    assert "已请区民政局协办" in text_of(answer)
    mine = at_desk(helped, "water")
    page = text_of(mine.get(url))
    assert "签收协办" in page
    assert len(statements(mine, url)) <= 12
    answer = mine.post(f"{url}steps/take_part/", {"officer": "陈工"}, follow=True)
    assert "协办已签收" in text_of(answer)
    answer = mine.post(f"{url}steps/report_part/", {"opinion": "管道完好。"}, follow=True)
    assert "协办意见已交主办单位" in text_of(answer)
    assert "管道完好。" in text_of(client.get(url))
