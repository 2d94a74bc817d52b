"""More time: asked for by the unit, endorsed by its chief, granted by the centre, told to the reporter."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from huying.cases.flow import CASES
from huying.cases.models import CaseRequest, Ground
from huying.cases.portal.story import plain_story
from huying.cases.queues import QUEUES, in_queue
from huying.kernel import outbox
from huying.kernel.calendar import SHANGHAI
from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.kernel.generation import bump
from huying.kernel.parameters import set_value
from huying.matters.engine import Move, move
from huying.matters.enums import Warning
from huying.matters.models import Clock, Delivery, LedgerLine, Limit, Matter, Message
from huying.matters.succession import hand_over
from huying.matters.sweep import sweep
from huying.people.actors import visitor
from huying.people.models import Deputy
from tests.cases.desk import at_desk, settled, statements, text_of
from tests.factories.cases import advance, receive
from tests.factories.district import District
from tests.factories.requests import COMPLEX, EXTENSION, endorsed, take

pytestmark = pytest.mark.django_db


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


MONDAY = at("2026-11-09T09:30")


@pytest.fixture
def handling(district: District) -> Matter:
    return advance(district, receive(district), "handling")


def clock(matter: Matter, kind: str = "handle") -> Clock:
    return Clock.objects.get(matter=matter, kind=kind, stopped_at=None)


def fresh(matter: Matter) -> Matter:
    return Matter.objects.get(pk=matter.pk)


def facts(matter: Matter, key: str) -> dict[str, object]:
    found = json.loads(LedgerLine.objects.filter(matter=matter, step=key).latest("seq").facts)
    assert isinstance(found, dict)
    return found


def test_an_extension_that_is_granted_moves_the_due_time(district: District, handling: Matter) -> None:
    before = clock(handling)
    matter = endorsed(district, handling, "ask_extension", **EXTENSION)
    assert matter.state == "handling"  # work goes on
    assert clock(matter).due_at == before.due_at  # asking moves nothing
    matter = take(district, matter, "grant_extension", "dispatcher")
    after = clock(matter)
    assert (after.amount, before.amount) == (10, 5)
    assert after.due_at > before.due_at
    assert matter.next_due_at == after.due_at
    assert set(matter.aspects) == {"extended"}
    said = facts(matter, "grant_extension")
    assert (said["days"], said["handler"], said["verdict"]) == (5, "URBAN", "granted")
    told = said["clocks"]["extended"]["handle"]  # type: ignore[index]
    assert (told["days"], datetime.fromisoformat(told["due"])) == (5, after.due_at)


def test_the_reporter_is_told_until_when_and_why(district: District, handling: Matter) -> None:
    matter = endorsed(district, handling, "ask_extension", **EXTENSION)
    matter = take(district, matter, "grant_extension", "dispatcher")
    outbox.drain()
    due = timezone.localtime(clock(matter).due_at)
    told = Message.objects.get(matter=matter, key="case.extended").body
    assert "天气不合适施工" in told and f"{due.month}月{due.day}日" in told
    story = plain_story(matter, visitor("", matter_id=matter.pk))
    assert story.entries[0].what == f"要多办几天，改到 {due.month}月{due.day}日 前办好：天气不合适施工"


def test_who_has_had_a_hand_in_it_does_not_decide(district: District, handling: Matter) -> None:
    matter = take(district, handling, "ask_extension", "handler", **EXTENSION)
    # The handler stands in for the chief today: the same person all the same.
    today = timezone.localdate()
    chief = district.actor("chief")
    Deputy.objects.create(
        post_id=chief.post_id,
        user=district.users["handler"],
        valid_from=today,
        valid_to=today + timedelta(days=2),
        appointed_by=district.users["administrator"],
    )
    from dataclasses import replace

    stand_in = replace(chief, user_id=district.users["handler"].pk, on_behalf_of_id=district.users["chief"].pk)
    [result] = move(CASES, "endorse_request", [Move(matter.pk, stand_in, {})])
    assert isinstance(result.refusal, Forbidden)
    assert "endorse_request" not in {step.key for step in CASES.available(fresh(matter), stand_in)}
    assert "endorse_request" in {step.key for step in CASES.available(fresh(matter), chief)}
    with pytest.raises(Conflict, match="先由承办单位负责人审核"):
        take(district, matter, "grant_extension", "dispatcher")


def test_the_chief_of_another_unit_has_no_say(district: District, handling: Matter) -> None:
    matter = take(district, handling, "ask_extension", "handler", **EXTENSION)
    [result] = move(CASES, "endorse_request", [Move(matter.pk, district.actor("chief2"), {})])
    assert result.refusal is not None and result.refusal.status in (403, 404)


def test_it_lies_with_the_chief_then_with_the_centre(district: District, handling: Matter) -> None:
    def lies(key: str, who: str) -> list[int]:
        return [m.pk for m in in_queue(QUEUES[key], district.actor(who), timezone.now())]

    matter = take(district, handling, "ask_extension", "handler", **EXTENSION)
    assert (lies("requests_to_chief", "chief"), lies("requests", "dispatcher")) == ([matter.pk], [])
    assert lies("requests_to_chief", "chief2") == []
    page = text_of(at_desk(district, "chief").get("/desk/cases/requests-to-chief/?order=pressing"))
    assert "延期 5 个工作日：受天气影响不能施工" in page
    take(district, matter, "endorse_request", "chief")
    assert (lies("requests_to_chief", "chief"), lies("requests", "dispatcher")) == ([], [matter.pk])


def test_once_a_round_and_no_more_than_ten_days(district: District, handling: Matter) -> None:
    with pytest.raises(Invalid) as refused:
        take(district, handling, "ask_extension", "handler", **EXTENSION | {"days": 11})
    assert refused.value.fields["days"] == ["最多 10 个工作日"]
    matter = endorsed(district, handling, "ask_extension", **EXTENSION | {"days": 2})
    with pytest.raises(Conflict, match="已有一项申请没有批"):
        take(district, matter, "ask_extension", "handler", **EXTENSION)
    matter = take(district, matter, "grant_extension", "dispatcher")
    with pytest.raises(Conflict, match="已经延期过一次"):
        take(district, matter, "ask_extension", "handler", **EXTENSION)


def test_a_round_done_over_has_a_rule_of_its_own(district: District, handling: Matter) -> None:
    matter = endorsed(district, handling, "ask_extension", **EXTENSION)
    matter = advance(district, take(district, matter, "grant_extension", "dispatcher"), "closed")
    matter = take(district, matter, "rework", "call_taker", reason="路灯又不亮了。")
    with pytest.raises(Invalid) as refused:
        take(district, matter, "ask_extension", "handler", **EXTENSION)
    assert refused.value.fields["days"] == ["最多 3 个工作日"]
    matter = endorsed(district, matter, "ask_extension", **EXTENSION | {"days": 3})
    matter = take(district, matter, "grant_extension", "dispatcher")
    assert clock(matter, "rework").amount == 6


def test_asked_in_time_it_may_be_granted_after_the_limit(district: District) -> None:
    """The clock is then as if it had been granted in time."""
    matter = advance(district, receive(district, at=MONDAY), "handling", start=MONDAY + timedelta(minutes=10))
    due = clock(matter).due_at
    asked = due - timedelta(hours=2)
    matter = take(district, matter, "ask_extension", "handler", at=asked, **EXTENSION)
    sweep(due + timedelta(hours=1))
    assert fresh(matter).warning == Warning.RED
    for step, who in (("endorse_request", "chief"), ("grant_extension", "dispatcher")):
        [result] = move(
            CASES, step, [Move(matter.pk, district.actor(who), {}, due + timedelta(hours=20))],
            now=due + timedelta(hours=20),
        )  # fmt: skip
        matter = result.unwrap()
    after = clock(matter)
    assert after.due_at == at("2026-11-23T17:30")
    assert (after.warning, after.red_at, matter.warning) == (Warning.NONE, None, Warning.NONE)


def test_too_late_is_too_late(district: District) -> None:
    matter = advance(district, receive(district, at=MONDAY), "handling", start=MONDAY + timedelta(minutes=10))
    late = clock(matter).due_at + timedelta(minutes=1)
    [result] = move(CASES, "ask_extension", [Move(matter.pk, district.actor("handler"), EXTENSION, late)], now=late)
    assert result.refusal is not None and "到期之前申请" in result.refusal.message


def test_less_may_be_granted_than_was_asked_for(district: District, handling: Matter) -> None:
    matter = endorsed(district, handling, "ask_extension", **EXTENSION)
    with pytest.raises(Invalid):
        take(district, matter, "grant_extension", "dispatcher", days=6)
    matter = take(district, matter, "grant_extension", "dispatcher", days=2)
    assert clock(matter).amount == 7
    assert CaseRequest.objects.get(case=matter.pk).days == 2


def test_refused_or_withdrawn_nothing_moves(district: District, handling: Matter) -> None:
    before = clock(handling).due_at
    matter = take(district, handling, "ask_extension", "handler", **EXTENSION)
    matter = take(district, matter, "refuse_request", "chief", refusal="人手已经安排，不需要延期。")
    assert (matter.aspects, clock(matter).due_at) == ([], before)
    matter = take(district, matter, "ask_extension", "handler", **EXTENSION)  # once means once granted
    matter = take(district, matter, "withdraw_request", "handler")
    assert (matter.aspects, clock(matter).due_at) == ([], before)
    matter = endorsed(district, matter, "ask_extension", **EXTENSION)
    with pytest.raises(Forbidden):
        take(district, matter, "refuse_request", "chief", refusal="再想想还是不批。")
    matter = take(district, matter, "refuse_request", "supervisor", refusal="理由不充分。")
    verdicts = list(CaseRequest.objects.filter(case=matter.pk).order_by("seq").values_list("verdict", flat=True))
    assert verdicts == ["refused", "withdrawn", "refused"]


def test_what_is_asked_for_falls_away_when_the_result_is_approved(district: District, handling: Matter) -> None:
    matter = take(district, handling, "ask_extension", "handler", **EXTENSION)
    matter = advance(district, matter, "awaiting_approval")
    assert "extension_asked" in matter.aspects
    page = at_desk(district, "chief").post(f"/desk/cases/{matter.number}/steps/approve/", {}, follow=True)
    assert "没有批的延期申请随之失效" in text_of(page)
    assert fresh(matter).aspects == []
    assert CaseRequest.objects.get(case=matter.pk).verdict == "lapsed"
    assert facts(matter, "approve")["lapsed"] == "extension"


def test_a_proposal_taken_back_leaves_the_request_where_it_was(district: District, handling: Matter) -> None:
    matter = take(district, handling, "ask_extension", "handler", **EXTENSION)
    matter = advance(district, matter, "awaiting_approval")
    matter = take(district, matter, "endorse_request", "chief")
    matter = take(district, matter, "grant_extension", "dispatcher")
    extended = clock(matter).due_at
    matter = take(district, matter, "withdraw_proposal", "handler")
    assert (matter.state, clock(matter).due_at) == ("handling", extended)


def test_while_the_reporter_is_asked_an_extension_keeps_the_pause(district: District, handling: Matter) -> None:
    matter = endorsed(district, handling, "ask_extension", **EXTENSION)
    matter = take(district, matter, "return_to_reporter", "handler", question="请问是几号门？")
    matter = take(district, matter, "grant_extension", "dispatcher")
    assert clock(matter).paused_at is not None
    assert clock(matter).next_alert_at is None
    assert matter.state == "waiting" and matter.returns_to == "handling"
    matter = take(district, matter, "add_information", "call_taker", text="三号门。")
    assert clock(matter).amount == 10


def test_where_the_district_says_so_the_chief_decides(district: District, handling: Matter) -> None:
    set_value("cases.extension_by_centre", 0)
    matter = endorsed(district, handling, "ask_extension", **EXTENSION)
    assert clock(matter).amount == 10
    assert CaseRequest.objects.get(case=matter.pk).verdict == "granted"
    outbox.drain()
    assert Delivery.objects.filter(message__key="case.extended", message__matter=matter).exists()


def test_the_heirs_chief_decides_what_a_dissolved_unit_asked_for(district: District, handling: Matter) -> None:
    matter = take(district, handling, "ask_extension", "handler", **EXTENSION)
    urban, housing = district.organisations["urban"], district.organisations["housing"]
    urban.valid_to, urban.successor = timezone.localdate(), housing
    urban.save()
    bump("organisations")
    assert hand_over() == 1
    matter = take(district, fresh(matter), "endorse_request", "chief2")
    matter = take(district, matter, "grant_extension", "dispatcher")
    assert clock(matter).amount == 10


def test_the_upper_levels_deadline_stays_above_it(district: District) -> None:
    upper = timezone.now() + timedelta(days=2)
    matter = advance(district, receive(district, upper_due_at=upper.isoformat()), "handling")
    if clock(matter).ceiling_at and clock(matter).due_at == clock(matter).ceiling_at:
        with pytest.raises(Conflict, match="上级时限"):
            take(district, matter, "ask_extension", "handler", **EXTENSION)


def test_many_are_granted_at_once(district: District) -> None:
    matters = [endorsed(district, advance(district, receive(district), "handling"), "ask_extension", **EXTENSION)
               for _ in range(3)]  # fmt: skip
    results = move(CASES, "grant_extension", [Move(m.pk, district.actor("dispatcher"), {}) for m in matters])
    assert [clock(r.unwrap()).amount for r in results] == [10, 10, 10]
    assert all(m.aspects == ["extended"] for m in Matter.objects.filter(pk__in=[m.pk for m in matters]))


def test_its_page_costs_nothing_more_where_something_was_asked_for(district: District, handling: Matter) -> None:
    url = f"/desk/cases/{handling.number}/"
    chief = at_desk(district, "chief")
    plain = len(statements(chief, url))
    take(district, handling, "ask_extension", "handler", **EXTENSION)
    assert len(statements(chief, url)) <= plain
    page = text_of(chief.get(url))
    assert "延期 5 个工作日" in page and "待负责人审核" in page and "同意申请" in page


# --- complex cases ---------------------------------------------------------------------------------------------------


def test_a_complex_case_has_the_limit_of_the_table(district: District, handling: Matter) -> None:
    matter = endorsed(district, handling, "ask_complex", **COMPLEX)
    matter = take(district, matter, "grant_complex", "dispatcher")
    assert clock(matter).amount == 15
    assert "complex" in matter.aspects
    with pytest.raises(Conflict, match="合起来满 10 个工作日"):
        take(district, matter, "ask_extension", "handler", **EXTENSION)


def test_the_limit_of_complex_cases_is_data(district: District, handling: Matter) -> None:
    Limit.objects.filter(aspect="complex").update(amount=12)
    bump("limits")
    matter = endorsed(district, handling, "ask_complex", **COMPLEX)
    matter = take(district, matter, "grant_complex", "dispatcher")
    assert clock(matter).amount == 12
    with pytest.raises(Invalid) as refused:
        take(district, matter, "ask_extension", "handler", **EXTENSION)
    assert refused.value.fields["days"] == ["按复杂件已经延长，最多再延 3 个工作日"]


def test_long_after_dispatch_it_is_no_complex_case_any_more(district: District) -> None:
    matter = advance(district, receive(district, at=MONDAY), "handling", start=MONDAY + timedelta(minutes=10))
    later = MONDAY + timedelta(days=3)
    [result] = move(CASES, "ask_complex", [Move(matter.pk, district.actor("handler"), COMPLEX, later)], now=later)
    assert result.refusal is not None and "2 个工作日" in result.refusal.message


def test_an_emergency_is_not_extended(district: District) -> None:
    matter = advance(district, receive(district, urgency="emergency"), "handling")
    with pytest.raises(Conflict, match="特急件"):
        take(district, matter, "ask_extension", "handler", **EXTENSION)


# --- the list of reasons ---------------------------------------------------------------------------------------------


def test_the_district_has_its_own_grounds(district: District, handling: Matter, settings: Settings) -> None:
    settings.SECOND_FACTOR_ROLES = []  # its own tests ask for it
    admin = at_desk(district, "administrator")
    assert "需资金立项" in text_of(admin.get("/desk/settings/grounds/"))
    own = {"kind": "extension", "label": "等待专家论证", "plain": "要请专家论证", "order": "5", "active": "on"}
    assert "已新增" in text_of(admin.post("/desk/settings/grounds/new/", own, follow=True))
    ground = Ground.objects.get(label="等待专家论证")
    assert "等待专家论证" in text_of(admin.get(f"/desk/settings/grounds/{ground.pk}/"))
    settled()
    matter = take(district, handling, "ask_extension", "handler", **EXTENSION | {"ground": ground.key})
    assert "等待专家论证" in text_of(at_desk(district, "chief").get(f"/desk/cases/{matter.number}/"))
    admin.post(f"/desk/settings/grounds/{ground.pk}/", own | {"active": ""})
    settled()
    take(district, matter, "withdraw_request", "handler")
    with pytest.raises(Invalid, match="没有这条理由"):
        take(district, matter, "ask_extension", "handler", **EXTENSION | {"ground": ground.key})
