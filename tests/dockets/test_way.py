"""A docket from its draft to its end, and everything that stands against a step."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from huying.dockets.flow import DOCKETS
from huying.dockets.models import Docket, DocketMatter, Invitation, Meeting
from huying.dockets.work import WORK
from huying.kernel import outbox
from huying.kernel.errors import Conflict, Forbidden, Invalid, Missing
from huying.matters import ledger
from huying.matters.models import Clock, Delivery, Matter
from huying.matters.succession import hand_over
from huying.people.models import Organisation
from tests.cases.desk import many, settled
from tests.factories.district import District
from tests.factories.dockets import (
    advance,
    decide,
    do,
    draft,
    fed_back,
    hold_meeting,
    in_progress,
    opening,
    plan_meeting,
    take,
)

pytestmark = pytest.mark.django_db


def clock(matter: Matter, kind: str) -> Clock:
    return Clock.objects.filter(matter=matter, kind=kind).latest("pk")


def told(user: str) -> list[str]:
    outbox.drain()
    return list(
        Delivery.objects.filter(user__username=user.replace("_", "."))
        .order_by("pk")
        .values_list("message__key", flat=True)
    )


def test_the_whole_way_with_a_meeting_and_work(district: District) -> None:
    cases = many(district, 3)
    docket = draft(district, *cases[:2])
    assert (docket.state, docket.number[:4], docket.holder.code) == ("drafted", "WCYT", "CENTRE")
    docket = take(district, docket, "open", "supervisor", opening(district))
    assert docket.holder_id == docket.lead_id == district.organisations["urban"].pk
    assert clock(docket, "solve").amount == 20
    assert clock(docket, "start").amount == 2
    docket = advance(district, docket, "in_progress")
    plan_meeting(district, docket)
    take(district, docket, "answer_invitation", "handler2", {"attending": True, "who": "房管局王科长"})
    docket = hold_meeting(district, docket)
    meeting = Meeting.objects.get()
    assert meeting.attended == [district.organisations["urban"].pk, district.organisations["housing"].pk]
    assert Docket.objects.get().meeting_id is None
    work = decide(district, docket, meeting=str(meeting.pk), days=3)
    assert (work.state, work.holder.code, work.decision.meeting_id) == ("assigned", "HOUSING", meeting.pk)
    assert clock(work, "feedback").amount == 3
    with pytest.raises(Conflict, match="还有 1 项任务"):
        take(district, docket, "propose_result", "handler", {"result": "已经全部解决，没有新的反映。"})
    work = fed_back(district, work)
    assert (work.state, work.holder.code) == ("fed_back", "URBAN")
    work = do(district, work, "accept", "handler")
    assert (work.state, work.is_open, work.holder.code) == ("accepted", False, "HOUSING")
    docket = advance(district, docket, "closed")
    assert not docket.is_open
    assert clock(docket, "solve").met is True
    assert {m.state for m in Matter.objects.filter(kind="case")} == {"received"}  # nothing happens to them by itself
    ledger.take_anchor(timezone.now())
    assert ledger.verify().holds


def test_the_lead_hears_who_will_not_come_and_not_who_will(district: District) -> None:
    docket = advance(district, draft(district), "in_progress")
    plan_meeting(district, docket)
    take(district, docket, "answer_invitation", "handler2", {"attending": True, "who": "王科长"})
    assert "docket.not_coming" not in told("handler")
    take(district, docket, "answer_invitation", "street_clerk", {"attending": False, "note": "当天有防汛值守。"})
    assert told("handler")[-1] == "docket.not_coming"
    said = Delivery.objects.filter(message__key="docket.not_coming").latest("pk").message
    assert "徐家棚街道办事处不能参加" in said.body


def test_every_state_can_be_reached_and_has_one_holder(district: District) -> None:
    reached = {state: advance(district, draft(district), state) for state in
               ("drafted", "open", "in_progress", "awaiting_acceptance", "closed")}  # fmt: skip
    reached["withdrawn"] = take(district, draft(district), "withdraw", "supervisor", {"reason": "已由市里统一解决。"})
    assert reached.keys() == DOCKETS.state.keys()
    assert {key: docket.holder.code for key, docket in reached.items()} == {
        "drafted": "CENTRE",
        "open": "URBAN",
        "in_progress": "URBAN",
        "awaiting_acceptance": "CENTRE",  # where the leader in charge sits
        "closed": "URBAN",
        "withdrawn": "CENTRE",
    }
    assert reached["awaiting_acceptance"].holder_user_id == district.users["leader"].pk
    assert not Clock.objects.filter(matter=reached["withdrawn"], stopped_at=None).exists()


def test_every_state_of_work_can_be_reached(district: District) -> None:
    docket = in_progress(district)
    work = decide(district, docket)
    fed = fed_back(district, decide(district, docket))
    accepted = do(district, fed_back(district, decide(district, docket)), "accept", "handler")
    given_up = do(district, decide(district, docket), "give_up", "handler", {"reason": "市里已经统一安排更换。"})
    found = {one.state: one.holder.code for one in (work, fed, accepted, given_up)}
    assert found == {"assigned": "HOUSING", "fed_back": "URBAN", "accepted": "HOUSING", "given_up": "HOUSING"}
    assert found.keys() == WORK.state.keys()


def test_work_sent_back_runs_anew_and_is_not_accepted_by_who_did_it(district: District) -> None:
    docket = in_progress(district)
    work = fed_back(district, decide(district, docket))
    work = do(district, work, "send_back", "handler", {"reason": "还有两段没有更换。", "days": 2})
    assert (work.state, clock(work, "feedback").amount, clock(work, "review").met) == ("assigned", 2, True)
    own = decide(district, docket, "URBAN")
    do(district, own, "feed_back", "handler", {"done": "本单位负责的一段已经更换。"})
    with pytest.raises(Forbidden, match="自己反馈"):
        do(district, own, "accept", "handler")
    assert do(district, own, "accept", "chief").state == "accepted"


def test_matters_come_and_go_and_every_change_is_a_line(district: District) -> None:
    first, second, third = many(district, 3)
    docket = in_progress(district, first)
    take(district, docket, "add_matters", "supervisor", {"numbers": [second.number.lower(), third.number]})
    assert docket.lead is not None
    with pytest.raises(Invalid, match="已经在这个议题里"):
        take(district, docket, "add_matters", "supervisor", {"numbers": [second.number]})
    docket = take(
        district, docket, "remove_matters", "supervisor", {"numbers": [first.number], "reason": "不是同一个问题。"}
    )
    standing = DocketMatter.objects.standing().filter(docket=docket.pk)
    assert set(standing.values_list("matter_id", flat=True)) == {second.pk, third.pk}
    take(district, docket, "add_matters", "supervisor", {"numbers": [first.number]})  # and back again
    assert docket.version == 5
    with pytest.raises(Invalid, match="不能放进议题"):
        take(district, docket, "add_matters", "supervisor", {"numbers": [docket.number]})


def test_nobody_puts_in_what_they_may_not_see(district: District) -> None:
    (case,) = many(district, 1)
    docket = in_progress(district)
    with pytest.raises(Invalid, match="无权查看"):
        take(district, docket, "add_matters", "handler", {"numbers": [case.number]})
    assert not DocketMatter.objects.exists()


def test_who_may_open_and_who_may_not(district: District) -> None:
    docket = draft(district, by="street_clerk")
    assert docket.holder.code == "STREET"
    with pytest.raises(Forbidden):
        take(district, docket, "open", "street_clerk", opening(district))
    with pytest.raises(Invalid, match="包案领导"):
        take(district, docket, "open", "supervisor", opening(district) | {"leader": ""})
    with pytest.raises(Invalid, match="没有这个单位"):
        take(district, docket, "open", "supervisor", opening(district) | {"members": ["NOBODY"]})
    take(district, docket, "open", "supervisor", opening(district))
    with pytest.raises(Forbidden):  # once it is opened, only those who open may withdraw it
        take(district, docket, "withdraw", "street_clerk", {"reason": "不想办了，算了。"})


def test_only_the_leader_in_charge_accepts(district: District) -> None:
    docket = advance(district, draft(district), "awaiting_acceptance")
    with pytest.raises(Forbidden, match="包案领导"):
        take(district, docket, "accept", "supervisor")
    sent_back = take(district, docket, "send_back", "leader", {"reason": "还有新的反映，请继续。"})
    assert (sent_back.state, sent_back.holder.code) == ("in_progress", "URBAN")


def test_without_a_leader_the_centre_accepts_what_others_proposed(district: District) -> None:
    docket = draft(district, kind="joint")
    take(district, docket, "open", "supervisor", opening(district) | {"leader": ""})
    take(district, docket, "take_up", "supervisor", {"officer": "徐明辉"})
    proposed = take(district, docket, "propose_result", "supervisor", {"result": "已经全部解决，没有新的反映。"})
    assert proposed.holder.code == "CENTRE"
    with pytest.raises(Forbidden, match="自己提请"):
        take(district, docket, "accept", "supervisor")
    assert take(district, docket, "accept", "leader").state == "closed"


def test_meetings_are_answered_by_those_invited(district: District) -> None:
    docket = in_progress(district)
    with pytest.raises(Invalid, match="不是牵头或成员单位"):
        plan_meeting(district, docket, invited=["WATER"])
    with pytest.raises(Invalid, match="以后"):
        plan_meeting(district, docket, at=(timezone.now() - timedelta(hours=1)).isoformat())
    plan_meeting(district, docket, invited=["HOUSING"])
    with pytest.raises(Conflict, match="已有一次会议"):
        plan_meeting(district, docket)
    assert "docket.invited" in told("handler2")
    assert "docket.invited" not in told("street_clerk")
    with pytest.raises(Invalid, match="谁来参加"):
        take(district, docket, "answer_invitation", "handler2", {"attending": True})
    with pytest.raises(Conflict, match="不在这次会议"):
        take(district, docket, "answer_invitation", "street_clerk", {"attending": False, "note": "没空"})
    take(district, docket, "answer_invitation", "handler2", {"attending": False, "note": "当天有防汛任务"})
    answered = Invitation.objects.get()
    assert (answered.attending, answered.organisation.code) == (False, "HOUSING")
    with pytest.raises(Conflict):
        take(district, docket, "answer_invitation", "handler2", {"attending": True, "who": "王科长"})
    with pytest.raises(Conflict, match="会议待开"):
        take(district, docket, "propose_result", "handler", {"result": "已经全部解决，没有新的反映。"})
    take(district, docket, "cancel_meeting", "handler", {"reason": "改为下周再开。"})
    plan_meeting(district, docket)
    assert Meeting.objects.count() == 2


def test_strangers_find_nothing(district: District) -> None:
    docket = in_progress(district)
    with pytest.raises(Missing):
        take(district, docket, "answer_invitation", "assistance", {"attending": True, "who": "黄科长"})
    work = decide(district, docket)
    with pytest.raises(Missing):
        do(district, work, "report", "assistance", {"text": "我们也来看看。"})
    with pytest.raises(Forbidden):
        do(district, work, "give_up", "handler2", {"reason": "不想办了，算了。"})


def test_a_lead_with_open_work_is_not_replaced(district: District) -> None:
    docket = in_progress(district)
    work = decide(district, docket)
    other = {"lead": "HOUSING", "leader": str(district.users["leader"].pk), "members": ["URBAN"], "reason": "职责调整"}
    with pytest.raises(Conflict, match="任务没有了结"):
        take(district, docket, "adjust", "supervisor", other)
    do(district, work, "give_up", "supervisor", {"reason": "随分工调整取消。"})
    docket = take(district, docket, "adjust", "supervisor", other)
    assert (docket.holder.code, docket.co_handlers) == ("HOUSING", [district.organisations["urban"].pk])


def test_dissolved_bodies_are_succeeded(district: District) -> None:
    docket = in_progress(district)
    work = decide(district, docket, "HOUSING")
    gone = district.organisations["housing"]
    Organisation.objects.filter(pk=gone.pk).update(
        valid_to=timezone.localdate(), successor=district.organisations["civil"]
    )
    Organisation.objects.filter(code="URBAN").update(valid_to=timezone.localdate())
    from huying.kernel.generation import bump

    bump("organisations")
    settled()
    assert hand_over() == 2
    docket, work = Matter.objects.get(pk=docket.pk), Matter.objects.get(pk=work.pk)
    assert (docket.holder.code, docket.state) == ("CENTRE", "in_progress")
    assert (work.holder.code, work.lead_id) == ("CIVIL", district.organisations["civil"].pk)
    assert work.co_handlers == [district.organisations["centre"].pk]
