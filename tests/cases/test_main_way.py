"""A case along its way, as each role would take it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from huying.cases.flow import CASES
from huying.kernel.errors import Conflict, Forbidden, Invalid, Missing
from huying.matters.engine import move_one
from huying.matters.ledger import verify
from huying.matters.models import Clock, LedgerLine, Matter, Words
from tests.factories.cases import TEXT, advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db


def test_a_voice_becomes_a_closed_case(district: District) -> None:
    matter = receive(district)
    assert matter.number.startswith("WC")
    assert matter.state == "received"
    assert matter.grid_id == district.places["grid0"].pk
    matter = advance(district, matter, "closed")
    fresh = Matter.objects.get(pk=matter.pk)
    assert fresh.closed_at is not None
    assert fresh.next_due_at is None
    assert not Clock.objects.filter(matter=fresh, stopped_at=None).exists()
    steps = list(LedgerLine.objects.filter(matter=fresh).order_by("seq").values_list("step", flat=True))
    assert steps == ["receive", "triage", "dispatch", "acknowledge", "contact", "propose", "approve", "callback"]
    assert verify().holds, verify().broken


def test_the_ledger_keeps_no_words_and_no_personal_data(district: District) -> None:
    matter = receive(district)
    line = LedgerLine.objects.get(matter=matter)
    facts = json.loads(line.facts)
    assert TEXT not in line.facts
    assert "王秀英" not in line.facts
    assert "13971112222" not in line.facts
    assert facts["words"]["text"]
    assert Words.objects.get(matter=matter, field="text").text == TEXT


def test_a_unit_sees_and_moves_only_what_it_holds(district: District) -> None:
    matter = advance(district, receive(district), "dispatched")
    with pytest.raises(Missing):
        move_one(CASES, "acknowledge", matter.pk, by=district.actor("handler2"), data={"officer": "赵工"})
    with pytest.raises(Forbidden):
        move_one(CASES, "acknowledge", matter.pk, by=district.actor("call_taker"), data={"officer": "赵工"})
    moved = move_one(CASES, "acknowledge", matter.pk, by=district.actor("handler"), data={"officer": "李工"})
    assert moved.first_holder_id == district.organisations["urban"].pk


def test_who_comes_second_reads_what_has_happened(district: District) -> None:
    matter = advance(district, receive(district), "triaged")
    seen = matter.version
    move_one(CASES, "dispatch", matter.pk, by=district.actor("dispatcher"), data={"lead": "URBAN"}, version=seen)
    with pytest.raises(Conflict, match="已是“待签收”"):
        move_one(CASES, "dispatch", matter.pk, by=district.actor("dispatcher2"), data={"lead": "HOUSING"}, version=seen)


def test_a_resolution_without_its_parts_is_refused_with_the_list(district: District) -> None:
    matter = advance(district, receive(district), "handling")
    with pytest.raises(Invalid) as refused:
        move_one(
            CASES,
            "propose",
            matter.pk,
            by=district.actor("handler"),
            data={"true": True, "solved": True, "done": "已处理好了", "by_whom": "李工", "public_reply": "已处理好了"},
        )
    assert "一次面对面或电话沟通" in refused.value.fields["checklist"][0]
    assert Matter.objects.get(pk=matter.pk).state == "handling"
    with pytest.raises(Invalid) as refused:
        move_one(CASES, "propose", matter.pk, by=district.actor("handler"), data={})
    assert refused.value.fields["public_reply"] == ["请填写这一项"]


@pytest.mark.parametrize("field", ["happened_at", "upper_due_at"])
@pytest.mark.parametrize("when", ["0001-01-01T00:00:00+08:00", "1950-01-01T00:00:00Z", "9999-12-31T23:59:59-08:00"])
def test_a_time_that_cannot_be_counted_with_is_refused(district: District, field: str, when: str) -> None:
    with pytest.raises(Invalid) as refused:
        receive(district, **{field: when})
    assert refused.value.fields == {field: ["时间应在 1992–2100 年之间"]}


def test_a_contact_in_the_minute_of_the_report_is_told_to_the_minute(district: District) -> None:
    """Forms know no seconds: 21:09 is not before 21:09:30."""
    matter = advance(district, receive(district), "acknowledged")
    contact = {"means": "phone", "reached": True, "outcome": "已电话了解情况。"}
    minute = matter.opened_at.replace(second=0, microsecond=0)
    early = {**contact, "at": (minute - timedelta(minutes=1)).isoformat()}
    with pytest.raises(Invalid, match="不能早于受理时间"):
        move_one(CASES, "contact", matter.pk, by=district.actor("handler"), data=early)
    told = {**contact, "at": minute.isoformat()}
    assert move_one(CASES, "contact", matter.pk, by=district.actor("handler"), data=told).state == "handling"
