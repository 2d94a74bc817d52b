"""Appeals judged unreasonable: evidence, the chief, two people of the centre; nothing of it on the reporter's page."""

from __future__ import annotations

import json

import pytest

from huying.cases.flow import CASES
from huying.cases.models import CaseRequest
from huying.cases.portal.story import plain_story
from huying.kernel import outbox
from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.matters.models import Delivery, LedgerLine, Matter
from huying.people.actors import visitor
from tests.cases.desk import at_desk, text_of
from tests.factories.cases import advance, receive
from tests.factories.district import District
from tests.factories.requests import take, unreasonable

pytestmark = pytest.mark.django_db
ANSWER = {"reply": "已答复您。", "basis": "知识库", "kind": "consult", "category": "02.02.01"}


def judged(district: District, matter: Matter) -> Matter:
    matter = take(district, matter, "propose_unreasonable", "handler", **unreasonable(district))
    matter = take(district, matter, "endorse_request", "chief")
    matter = take(district, matter, "approve_unreasonable", "dispatcher")
    return take(district, matter, "approve_unreasonable", "supervisor")


def facts(matter: Matter) -> dict[str, object]:
    found = json.loads(LedgerLine.objects.filter(matter=matter).latest("seq").facts)
    assert isinstance(found, dict)
    return found


@pytest.fixture
def handling(district: District) -> Matter:
    return advance(district, receive(district), "handling")


def test_two_people_of_different_posts_judge(district: District, handling: Matter) -> None:
    matter = take(district, handling, "propose_unreasonable", "handler", **unreasonable(district))
    matter = take(district, matter, "endorse_request", "chief")
    matter = take(district, matter, "approve_unreasonable", "dispatcher")
    assert "unreasonable" not in matter.aspects
    with pytest.raises(Forbidden):
        take(district, matter, "approve_unreasonable", "dispatcher")
    assert "approve_unreasonable" not in {s.key for s in CASES.available(matter, district.actor("dispatcher"))}
    matter = take(district, matter, "approve_unreasonable", "supervisor")
    assert matter.aspects == ["unreasonable"]
    assert (matter.state, facts(matter)["excluded"], facts(matter)["handler"]) == ("handling", "unreasonable", "URBAN")


def test_without_evidence_nobody_is_judged(district: District, handling: Matter) -> None:
    with pytest.raises(Invalid) as refused:
        take(district, handling, "propose_unreasonable", "handler", **unreasonable(district) | {"attachments": []})
    assert "attachments" in refused.value.fields


def test_the_reporter_reads_nothing_of_it_and_is_answered(district: District, handling: Matter) -> None:
    matter = judged(district, handling)
    outbox.drain()
    assert not Delivery.objects.filter(
        message__matter=matter, contact__isnull=False, message__key="case.request_granted"
    ).exists()
    story = plain_story(matter, visitor("", matter_id=matter.pk))
    told = "".join([story.state, *(entry.what + entry.text for entry in story.entries)])
    for word in ("不合理", "恶意", "认定"):
        assert word not in told
    matter = advance(district, matter, "closed")
    assert "unreasonable" in matter.aspects  # it is still counted apart
    assert plain_story(matter, visitor("", matter_id=matter.pk)).reply


def test_it_can_be_revoked(district: District, handling: Matter) -> None:
    matter = judged(district, handling)
    with pytest.raises(Conflict, match="已经认定过"):
        take(district, matter, "propose_unreasonable", "handler", **unreasonable(district))
    matter = take(district, matter, "revoke_unreasonable", "supervisor", reason="有了新的事实。")
    assert matter.aspects == []
    assert (facts(matter)["excluded"], facts(matter)["revoked"]) == ("", "unreasonable")
    assert CaseRequest.objects.get(case=matter.pk).over_at is not None


def test_a_call_taker_may_propose_it_also_after_closing(district: District, handling: Matter) -> None:
    matter = advance(district, handling, "closed")
    matter = take(district, matter, "propose_unreasonable", "call_taker", **unreasonable(district, "call_taker"))
    assert "withdraw_request" in {s.key for s in CASES.available(matter, district.actor("call_taker"))}
    assert "withdraw_request" not in {s.key for s in CASES.available(matter, district.actor("dispatcher"))}
    matter = take(district, matter, "endorse_request", "chief")
    assert matter.state == "closed"
    page = text_of(at_desk(district, "dispatcher").get("/desk/cases/requests/?order=pressing"))
    assert "不合理诉求认定（已解释 3 次）" in page


def test_what_was_answered_at_once_has_no_unit_to_ask(district: District) -> None:
    matter = receive(district)
    matter = take(district, matter, "answer", "call_taker", **ANSWER)
    with pytest.raises(Conflict, match="没有承办单位"):
        take(district, matter, "propose_unreasonable", "call_taker", **unreasonable(district, "call_taker"))


def test_what_was_judged_is_not_done_over_after_a_callback(district: District, handling: Matter) -> None:
    matter = advance(district, judged(district, handling), "resolved")
    matter = take(district, matter, "callback", "call_taker", reached=True, solved=False, satisfied=1)
    assert (matter.state, matter.rework_count) == ("closed", 0)
    assert facts(matter)["excluded"] == "unreasonable"
    plain = advance(district, receive(district), "resolved")
    plain = take(district, plain, "callback", "call_taker", reached=True, solved=False, satisfied=1)
    assert plain.state == "handling"
