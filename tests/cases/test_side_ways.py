"""Beside the main way: rework, calls in vain, units that are no more, reporters without a phone."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from pytest_django import Settings

from huying.cases.flow import CASES
from huying.cases.models import Case
from huying.cases.options import checklist_items
from huying.cases.queues import QUEUES, in_queue
from huying.cases.steps.intake import follow_hash, is_follow_code
from huying.kernel import outbox
from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.kernel.files import accept
from huying.kernel.generation import bump
from huying.kernel.parameters import set_value
from huying.kernel.privacy.lookup import lookup_ring
from huying.matters import alarms
from huying.matters.attachments import uploader
from huying.matters.engine import Move, Opening, move, move_one, open_many
from huying.matters.models import Alarm, Attachment, Channel, Delivery, LedgerLine, Matter
from huying.people.actors import Actor, visitor
from huying.people.models import Contact
from tests.factories.cases import MAIN_WAY, advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db


def step(district: District, matter: Matter, key: str, who: str, **data: object) -> Matter:
    return move_one(CASES, key, matter.pk, by=district.actor(who), data=data)


def facts(matter: Matter, key: str) -> dict[str, object]:
    line = LedgerLine.objects.filter(matter=matter, step=key).latest("seq")
    found = json.loads(line.facts)
    assert isinstance(found, dict)
    return found


def test_calls_in_vain_count_anew_after_a_rework(district: District) -> None:
    matter = advance(district, receive(district), "resolved")
    for _ in range(3):
        matter = step(district, matter, "callback", "call_taker", reached=False)
    matter = step(district, matter, "rework", "call_taker", reason="路灯还是不亮。")
    matter = advance(district, matter, "resolved")
    with pytest.raises(Invalid, match="现在是 0 次"):
        step(district, matter, "close_without_callback", "dispatcher", reason="unreachable")
    step(district, matter, "callback", "call_taker", reached=False)
    assert facts(matter, "callback")["attempt"] == 1


def test_what_was_said_of_the_last_round_does_not_outlive_it(district: District) -> None:
    matter = advance(district, receive(district), "closed")
    step(district, matter, "rework", "call_taker", reason="第二天又坏了。")
    case = Case.objects.get(pk=matter.pk)
    assert (case.solved, case.satisfaction) == (False, None)


def test_the_work_of_a_unit_that_is_no_more_is_sorted_anew(district: District) -> None:
    matter = advance(district, receive(district), "resolved")
    urban = district.organisations["urban"]
    urban.valid_to = timezone.localdate()
    urban.save()
    bump("organisations")
    with pytest.raises(Conflict, match="已经撤销"):
        step(district, matter, "callback", "call_taker", reached=True, solved=False, satisfied=1)
    matter = step(district, matter, "rework", "call_taker", reason="路灯还是不亮。")
    assert (matter.state, matter.holder_id, matter.lead_id) == ("received", district.organisations["centre"].pk, None)


def test_who_left_no_phone_need_not_be_called(district: District) -> None:
    matter = advance(district, receive(district, reporter={"handle": "A00045581"}), "acknowledged")
    matter = step(district, matter, "contact", "handler", exemption="anonymous")
    matter = advance(district, matter, "resolved")
    matter = step(district, matter, "close_without_callback", "dispatcher", reason="anonymous")
    assert matter.state == "closed"
    called = advance(district, receive(district), "acknowledged")
    with pytest.raises(Invalid, match="留有联系方式"):
        step(district, called, "contact", "handler", exemption="anonymous")


@pytest.mark.parametrize("wrong", [{"attachments": [str(uuid4())]}, {"closed_at": "2020-01-01T00:00:00+08:00"}])
def test_of_a_refused_case_nobody_is_kept(district: District, wrong: dict[str, object]) -> None:
    before = Contact.objects.count()
    key = "import_history" if "closed_at" in wrong else "receive"
    data = {"channel": "phone", "text": "路灯不亮", "reporter": {"name": "李梅", "phone": "13800002222"}} | wrong
    from huying.people.actors import IMPORT

    [result] = open_many(CASES, key, [Opening(IMPORT, data)])
    assert result.refusal is not None
    assert Contact.objects.count() == before


def test_danger_signs_in_what_is_added_later_raise_an_alarm(district: District) -> None:
    matter = advance(district, receive(district), "closed")
    step(district, matter, "rework", "call_taker", reason="再不解决我就不想活了。")
    outbox.drain()
    assert Alarm.objects.get(matter=matter).words == ["不想活"]
    assert facts(matter, "rework")["alarm"] == ["轻生"]


def test_a_channel_that_is_no_longer_in_use_takes_nothing_in(district: District) -> None:
    Channel.objects.filter(key="visit").update(active=False)
    bump("channels")
    with pytest.raises(Invalid, match="没有这个来源渠道"):
        receive(district, channel="visit")


def test_a_title_stays_out_of_the_ledger(district: District) -> None:
    matter = receive(district)
    step(district, matter, "triage", "call_taker", kind="help", category="02.02.01", title="王秀英家门口路灯不亮")
    assert "王秀英" not in LedgerLine.objects.get(matter=matter, step="triage").facts


def test_a_followers_code_outlives_a_new_key(settings: Settings, tmp_path: Path) -> None:
    settings.KEYS_DIR = tmp_path / "keys"
    stored = follow_hash("ABCD2345")
    lookup_ring.rotate()
    assert is_follow_code("abcd2345 ", stored)
    assert not is_follow_code("ABCD2346", stored)


def test_every_line_of_a_handler_says_what_its_rates_need(district: District) -> None:
    matter = advance(district, receive(district), "closed")
    for key in ("acknowledge", "contact", "propose", "approve", "callback"):
        said = facts(matter, key)
        wanted = {"handler": "URBAN", "category": "02.02.01", "kind": "help", "channel": "phone", "round": 1}
        assert {name: said[name] for name in wanted} == wanted, key
    assert facts(matter, "triage")["community"] == district.places["community0"].code
    other = advance(district, receive(district), "dispatched")
    step(district, other, "hand_back", "handler", reason="not_ours", explanation="应由区住房局办理。")
    assert facts(other, "hand_back")["handler"] == "URBAN"


def test_what_only_the_system_does_nobody_presses(district: District) -> None:
    matter = receive(district)
    step(district, matter, "return_to_reporter", "call_taker", question="请问在哪条路？")
    with pytest.raises(Forbidden):
        step(district, matter, "no_answer", "call_taker")


def test_a_file_named_twice_is_one(district: District) -> None:
    by = district.actor("call_taker")
    file = accept(SimpleUploadedFile("说明.txt", "路灯编号 17".encode()), uploader=uploader(by))
    matter = receive(district, attachments=[str(file.pk), str(file.pk)])
    assert Attachment.objects.filter(matter=matter).count() == 1


def test_after_an_alarm_was_seen_what_is_said_later_raises_another(district: District) -> None:
    matter = advance(district, receive(district, text="楼里有人说不想活了，请快来。"), "closed")
    first = Alarm.objects.get(matter=matter)
    alarms.acknowledge(first.pk, by=district.actor("supervisor"), real=True, at=timezone.now())
    step(district, matter, "rework", "call_taker", reason="屋里还有煤气味，像是煤气泄漏。")
    assert [alarm.groups for alarm in Alarm.objects.filter(matter=matter, acknowledged_at=None)] == [["燃气"]]


def test_what_is_said_while_an_alarm_waits_joins_it(district: District) -> None:
    matter = advance(district, receive(district, text="楼里有人说不想活了，请快来。"), "closed")
    step(district, matter, "rework", "call_taker", reason="屋里还有煤气味，像是煤气泄漏。")
    [alarm] = Alarm.objects.filter(matter=matter)
    assert alarm.groups[0] == "轻生"
    assert "燃气" in alarm.groups


def test_how_long_rework_may_be_asked_for_is_the_districts_own_figure(district: District) -> None:
    matter = advance(district, receive(district), "closed")
    later = timezone.now() + timedelta(days=20)
    [refused] = move(CASES, "rework", [Move(matter.pk, district.actor("call_taker"), {"reason": "又坏了"})], now=later)
    assert refused.refusal is not None and "15 天" in refused.refusal.message
    set_value("cases.rework_days", 30)
    [moved] = move(CASES, "rework", [Move(matter.pk, district.actor("call_taker"), {"reason": "又坏了"})], now=later)
    assert moved.unwrap().state == "handling"


def test_which_answers_count_as_satisfied_is_the_districts_own_figure(district: District) -> None:
    set_value("cases.satisfied_from", 4)
    matter = advance(district, receive(district), "resolved")
    matter = step(district, matter, "callback", "call_taker", reached=True, solved=True, satisfied=3)
    assert matter.state == "handling"


def test_a_second_round_is_talked_over_first(district: District) -> None:
    matter = advance(district, receive(district), "resolved")
    matter = step(district, matter, "callback", "call_taker", reached=True, solved=False, satisfied=1)
    with pytest.raises(Invalid) as refused:
        step(district, matter, "propose", "handler", **dict(MAIN_WAY[4][2]))
    assert "contact" in refused.value.fields


def test_nothing_is_offered_that_could_only_be_refused(district: District) -> None:
    matter = advance(district, receive(district), "closed")
    own = district.actor("call_taker")
    resident = actor_who_raised(matter)

    def offered() -> set[str]:
        return {step.key for step in CASES.available(Matter.objects.get(pk=matter.pk), resident)}

    assert {"rate", "rework"} <= offered()
    move_one(CASES, "rate", matter.pk, by=resident, data={"satisfied": 5})
    assert "rate" not in offered()
    assert "rework" in offered()
    Matter.objects.filter(pk=matter.pk).update(closed_at=timezone.now() - timedelta(days=16))
    assert "rework" not in offered()
    assert "rework" not in {step.key for step in CASES.available(Matter.objects.get(pk=matter.pk), own)}


def actor_who_raised(matter: Matter) -> Actor:
    return visitor("", matter_id=matter.pk)


def test_a_confidential_case_that_is_done_over_waits_for_the_centres_call(district: District) -> None:
    matter = advance_confidential(district)
    outbox.drain()
    assert Delivery.objects.filter(message__key="case.contact_again", user__username="call.taker2").exists()
    centre, unit = district.actor("call_taker"), district.actor("handler")
    waiting = in_queue(QUEUES["confidential"], centre, timezone.now())
    assert [m.pk for m in waiting] == [matter.pk]
    assert "propose" not in {step.key for step in CASES.available(matter, unit)}
    matter = step(
        district, matter, "contact", "call_taker", **dict(MAIN_WAY[3][2]) | {"at": timezone.now().isoformat()}
    )
    assert not in_queue(QUEUES["confidential"], centre, timezone.now()).exists()
    matter = Matter.objects.get(pk=matter.pk)
    assert "propose" in {step.key for step in CASES.available(matter, unit)}


def advance_confidential(district: District) -> Matter:
    matter = advance(district, receive(district, confidential=True), "acknowledged")
    said = dict(MAIN_WAY[3][2]) | {"at": timezone.now().isoformat()}
    matter = step(district, matter, "contact", "call_taker", **said)
    matter = advance_after_contact(district, matter)
    return step(district, matter, "rework", "call_taker", reason="又坏了，请再来看看。")


def advance_after_contact(district: District, matter: Matter) -> Matter:
    checklist = [key for key, _, _, required in checklist_items() if required]
    step(district, matter, "propose", "handler", **dict(MAIN_WAY[4][2]) | {"checklist": checklist})
    return step(district, matter, "approve", "chief")
