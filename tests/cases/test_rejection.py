"""What is not accepted here: with reason and where to go, by two people, and handed over where that can be done."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone

from huying.cases.flow import CASES
from huying.cases.models import HandoverAct, RejectionReason
from huying.cases.portal.story import plain_story
from huying.cases.queues import QUEUES, in_queue
from huying.kernel import outbox
from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.kernel.generation import bump
from huying.matters.engine import Move, move, move_one
from huying.matters.models import Clock, LedgerLine, Matter, Message
from huying.people.actors import Actor, visitor
from tests.cases.desk import at_desk, settled, statements, text_of
from tests.cases.test_objections import act, running
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

IN_COURT = {"reason": "litigation", "explanation": "武昌区法院已立案，案号见来信。"}


def own(matter: Matter) -> Actor:
    return visitor("", matter_id=matter.pk)


def rejected(district: District, **data: object) -> Matter:
    matter = act(district, receive(district), "propose_rejection", "call_taker", **(IN_COURT | data))
    return act(district, matter, "approve_rejection", "dispatcher")


@pytest.mark.parametrize("state", ["received", "triaged"])
def test_one_proposes_and_another_approves(district: District, state: str) -> None:
    matter = advance(district, receive(district), state)
    matter = act(district, matter, "propose_rejection", "call_taker", **IN_COURT)
    assert (matter.state, matter.holder_id) == ("rejecting", district.organisations["centre"].pk)
    assert running(matter) == {"triage" if state == "received" else "dispatch": True, "rejection": False}
    assert in_queue(QUEUES["rejecting"], district.actor("dispatcher"), timezone.now()).get().pk == matter.pk
    story = plain_story(matter, own(matter))
    assert story.state == "正在核实这件事能不能受理"
    assert "法律程序" not in "".join(entry.text for entry in story.entries)  # it is not decided yet
    matter = act(district, matter, "approve_rejection", "dispatcher")
    assert (matter.state, matter.aspects) == ("closed", ["rejected"])
    assert running(matter) == {}
    assert set(Clock.objects.filter(matter=matter).exclude(kind="triage").values_list("kind", "met")) <= {
        ("rejection", True),
        ("dispatch", None),
    }
    facts = json.loads(LedgerLine.objects.get(matter=matter, step="approve_rejection").facts)
    assert (facts["excluded"], facts["reason"]) == ("rejected", "litigation")
    assert facts["proposed_by"] == district.users["call_taker"].pk
    outbox.drain()
    assert Message.objects.filter(matter=matter, key="case.rejected").exists()


def test_nobody_approves_the_own_proposal(district: District) -> None:
    matter = act(district, receive(district), "propose_rejection", "dispatcher", **IN_COURT)
    with pytest.raises(Forbidden, match="自己提请"):
        act(district, matter, "approve_rejection", "dispatcher")
    shown = CASES.available(Matter.objects.get(pk=matter.pk), district.actor("dispatcher"))
    assert "approve_rejection" not in {step.key for step in shown}


def test_declined_it_goes_on_where_it_was(district: District) -> None:
    matter = advance(district, receive(district), "triaged")
    act(district, matter, "propose_rejection", "call_taker", **IN_COURT)
    matter = act(district, matter, "decline_rejection", "dispatcher", reason="法院只受理了其中一部分。")
    assert (matter.state, matter.returns_to, matter.aspects) == ("triaged", "", [])
    assert running(matter) == {"dispatch": False}
    assert advance(district, matter, "closed").state == "closed"


def test_where_minutes_count_one_decides_alone(district: District) -> None:
    matter = act(district, receive(district), "propose_rejection", "call_taker", reason="police")
    assert (matter.state, matter.aspects) == ("closed", ["rejected"])
    facts = json.loads(LedgerLine.objects.get(matter=matter, step="propose_rejection").facts)
    assert facts["excluded"] == "rejected"
    story = plain_story(matter, own(matter))
    assert story.state == "这件事我们不能受理"
    assert "110" in story.reply


def test_the_reporter_reads_why_and_where_to_go_and_may_ask_again(district: District) -> None:
    matter = rejected(district)
    story = plain_story(matter, own(matter))
    assert story.state == "这件事我们不能受理"
    assert "12368" in story.reply
    assert "案号" not in "".join(entry.text for entry in story.entries)  # what is said inside stays inside
    assert story.way == []
    assert (story.again, story.step_keys) == ("请再看一次", {"rework"})
    assert "重新看" in story.afterwards
    again = move_one(CASES, "rework", matter.pk, by=own(matter), data={"reason": "法院没有立案，退回来了。"})
    assert (again.state, again.aspects, again.rework_count, again.closed_at) == ("received", [], 0, None)
    assert running(again) == {"triage": False}
    assert json.loads(LedgerLine.objects.get(matter=again, step="rework").facts)["after"] == ["rejected"]


def test_the_words_can_be_written_for_the_one_case(district: District) -> None:
    matter = rejected(district, guidance="您的案子在武昌区法院办，请打 88936666 问经办法官。")
    assert "88936666" in plain_story(matter, own(matter)).reply


def test_what_is_missing_is_told_beside_its_field(district: District) -> None:
    matter = receive(district)
    for data, field in (
        ({"reason": "nothing"}, "reason"),
        ({"reason": "litigation"}, "explanation"),
        ({"reason": "other", "explanation": "另有专门渠道"}, "guidance"),
    ):
        with pytest.raises(Invalid) as refused:
            act(district, matter, "propose_rejection", "call_taker", **data)
        assert field in refused.value.fields
    assert Matter.objects.get(pk=matter.pk).state == "received"


def test_it_is_handed_over_and_the_reporter_learns_the_number_there(district: District) -> None:
    matter = rejected(district)
    client = at_desk(district, "dispatcher")
    page = text_of(client.get(f"/desk/cases/{matter.number}/"))
    assert "登记移交" in page
    assert "不予受理" in page
    form = text_of(client.get(f"/desk/cases/{matter.number}/steps/hand_over/"))
    assert '<option value="outside.court" selected>' in form
    done = client.post(
        f"/desk/cases/{matter.number}/steps/hand_over/",
        {"target": "outside.court", "means": "letter", "receipt": "信访转 2026-118", "version": matter.version},
        follow=True,
    )
    assert "移交已登记" in text_of(done)
    assert "人民法院" in text_of(done)
    handed = HandoverAct.objects.get(case=matter.pk)
    assert (handed.target, handed.receipt) == ("outside.court", "信访转 2026-118")
    told = plain_story(Matter.objects.get(pk=matter.pk), own(matter)).entries[0]
    assert (told.what, told.text) == ("转给了人民法院", "对方的编号：信访转 2026-118。")


def test_only_what_was_not_accepted_is_handed_over(district: District) -> None:
    closed = advance(district, receive(district), "closed")
    data = {"target": "outside.court", "means": "phone"}
    with pytest.raises(Conflict):
        act(district, closed, "hand_over", "dispatcher", **data)
    with pytest.raises(Invalid) as refused:
        act(district, rejected(district), "hand_over", "dispatcher", **{**data, "target": "outside.nobody"})
    assert "target" in refused.value.fields


def test_it_is_not_rated(district: District) -> None:
    with pytest.raises(Conflict, match="没有办理过"):
        matter = rejected(district)
        move_one(CASES, "rate", matter.pk, by=own(matter), data={"satisfied": 1})


def test_reasons_and_bodies_are_the_districts_own(district: District) -> None:
    client = at_desk(district, "administrator")
    page = text_of(client.get("/desk/settings/rejection/"))
    assert "已进入诉讼、仲裁、行政复议" in page
    assert "12388" in page
    reason = RejectionReason.objects.get(key="litigation")
    answer = client.post(
        "/desk/settings/rejection/reasons/litigation/",
        {"label": reason.label, "guidance": "请问经办的法院。", "body": "court", "order": "20", "active": "on"},
    )
    assert answer.status_code == 302
    settled()
    matter = rejected(district)
    assert "请问经办的法院。" in plain_story(matter, own(matter)).reply
    made = client.post(
        "/desk/settings/rejection/bodies/new/",
        {"name": "区劳动监察大队", "phone": "88850000", "order": "90", "active": "on"},
    )
    assert made.status_code == 302
    settled()
    assert "区劳动监察大队" in text_of(client.get("/desk/settings/rejection/"))
    refused = client.post("/desk/settings/rejection/bodies/new/", {"name": "", "order": "90"})
    assert refused.status_code == 422


def test_a_reason_out_of_use_is_not_offered(district: District) -> None:
    RejectionReason.objects.filter(key="petition").update(active=False)
    bump("rejections")
    with pytest.raises(Invalid):
        act(district, receive(district), "propose_rejection", "call_taker", reason="petition", explanation="已办结")


def test_units_neither_propose_nor_approve(district: District) -> None:
    matter = advance(district, receive(district), "dispatched")
    for who in ("handler", "chief", "street_clerk"):
        with pytest.raises(Forbidden):
            act(district, matter, "propose_rejection", who, **IN_COURT)


def test_many_at_once(district: District) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for n in (1, 5):
        matters = [receive(district) for _ in range(n)]
        settled()
        with CaptureQueriesContext(connection) as asked:
            for key, who, data in (
                ("propose_rejection", "call_taker", IN_COURT),
                ("approve_rejection", "dispatcher", {}),
                ("hand_over", "dispatcher", {"target": "outside.court", "means": "phone"}),
            ):
                for result in move(CASES, key, [Move(m.pk, district.actor(who), data) for m in matters]):
                    result.unwrap()
        counts.append(len(asked))
    assert counts[1] <= counts[0] + 3


def test_its_page_costs_no_more_than_twelve(district: District) -> None:
    matter = act(district, receive(district), "propose_rejection", "call_taker", **IN_COURT)
    assert len(statements(at_desk(district, "dispatcher"), f"/desk/cases/{matter.number}/")) <= 12
    asked = text_of(at_desk(district, "dispatcher").get(f"/desk/cases/{matter.number}/steps/approve_rejection/"))
    assert asked.index("请审核不予受理") < asked.index("已立案")
