"""What the desk says of steps: what was done, why something cannot be done yet, what is missing in a reply."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from huying.cases.flow import CASES
from huying.cases.options import checklist_items
from huying.kernel.errors import Invalid
from huying.matters.engine import move_one
from huying.matters.models import Matter
from tests.cases.desk import at_desk, text_of
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

BLANK = "您好，根据《　　　》第　条的规定，已于【填：日期】办好。"


def url(matter: Matter, step: str) -> str:
    return f"/desk/cases/{matter.number}/steps/{step}/"


# --- contact ---------------------------------------------------------------------------------------------------------


def contact(**values: str) -> dict[str, str]:
    now = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    return {"at": now, "means": "phone", "outcome": "已说明办理安排。"} | values


def test_whether_the_reporter_was_reached_must_be_said(district: District) -> None:
    matter = advance(district, receive(district, at=timezone.now() - timedelta(hours=1)), "acknowledged")
    client = at_desk(district, "handler")
    page = text_of(client.get(url(matter, "contact")))
    for value, words in (("true", "联系上了"), ("false", "没有联系上")):
        [radio] = [tag for tag in page.split("<label") if f'name="reached" value="{value}"' in tag]
        assert words in radio
        assert " checked" not in radio
    silent = client.post(url(matter, "contact"), contact())
    assert silent.status_code == 422
    assert 'id="id_reached_error"><li>请填写这一项；不用联系的，选择免联系理由</li>' in text_of(silent)
    missed = text_of(client.post(url(matter, "contact"), contact(reached="false"), follow=True))
    assert "办前沟通已记下：这次没有联系上。" in missed
    assert "<dt>联系结果</dt><dd>没有联系上</dd>" in missed
    assert Matter.objects.get(pk=matter.pk).state == "acknowledged"
    talked = text_of(client.post(url(matter, "contact"), contact(reached="true"), follow=True))
    assert "办前沟通已记下：联系上了。" in talked
    assert "<dt>联系结果</dt><dd>联系上了</dd>" in talked


def test_a_program_says_it_too_unless_there_is_a_reason_for_no_contact(district: District) -> None:
    matter = advance(district, receive(district, anonymous=True, reporter=None), "acknowledged")
    handler = district.actor("handler")
    with pytest.raises(Invalid) as refused:
        move_one(CASES, "contact", matter.pk, by=handler, data={"outcome": "好"})
    assert set(refused.value.fields) == {"reached", "at", "means"}
    moved = move_one(CASES, "contact", matter.pk, by=handler, data={"exemption": "anonymous"})
    assert moved.state == "handling"


# --- blanks ----------------------------------------------------------------------------------------------------------


def test_no_reply_goes_out_with_blanks(district: District) -> None:
    matter = advance(district, receive(district), "handling")
    data = {"true": "true", "solved": "true", "done": "已经办好。", "by_whom": "李工", "public_reply": BLANK}
    ticked = [str(key) for key, *_ in checklist_items()]
    answer = at_desk(district, "handler").post(url(matter, "propose"), {**data, "checklist": ticked})
    assert answer.status_code == 422
    assert "还有 3 处空白没有填" in text_of(answer)
    for step, field in (("answer", "reply"), ("return_to_reporter", "question")):
        with pytest.raises(Invalid) as refused:
            other = receive(district)
            asked = {field: BLANK, "basis": "政策"} if step == "answer" else {field: BLANK}
            move_one(CASES, step, other.pk, by=district.actor("call_taker"), data=asked)
        assert list(refused.value.fields) == [field]


def test_a_chief_is_warned_of_blanks_in_what_was_proposed_before(district: District) -> None:
    from huying.matters.models import Words

    matter = advance(district, receive(district), "awaiting_approval")
    chief = at_desk(district, "chief")
    assert "空白" not in text_of(chief.get(url(matter, "approve")))
    Words._base_manager.filter(matter=matter, field="public_reply").delete()
    seq = matter.version
    Words.objects.create(matter=matter, seq=seq, field="public_reply", text=BLANK, salt=b"0" * 16)
    assert "给诉求人的答复还有 3 处空白没有填" in text_of(chief.get(url(matter, "approve")))


# --- not now ---------------------------------------------------------------------------------------------------------


def test_a_step_opened_too_early_says_why_and_leads_back(district: District) -> None:
    matter = advance(district, receive(district), "acknowledged")
    client = at_desk(district, "handler")
    answer = client.get(url(matter, "propose"))
    page = text_of(answer)
    assert answer.status_code == 409
    assert "现在还不能提交办理结果" in page
    assert "因为这件诉求现在是“待沟通”，这一步要在“办理中”时办理" in page
    assert f'href="/desk/cases/{matter.number}/"' in page
    for untrue in ("没有办成", "新进展", "您打开之后"):
        assert untrue not in page
    page = text_of(client.get(url(matter, "acknowledge")))
    assert "现在不能签收" in page


def test_whose_turn_it_is_and_what_is_missing_are_reasons_too(district: District) -> None:
    matter = advance(district, receive(district), "handling")
    page = text_of(at_desk(district, "call_taker").get(url(matter, "contact")))
    assert "办前沟通由承办单位进行" in page


# --- taking back -----------------------------------------------------------------------------------------------------


def test_taking_back_is_offered_twice_at_most(district: District) -> None:
    matter = advance(district, receive(district), "handling")
    client = at_desk(district, "handler")
    data = {
        "true": "true",
        "solved": "true",
        "done": "已经办好",
        "by_whom": "李工",
        "public_reply": "您好，门口路灯已经修好",
    }
    ticked = [str(key) for key, *_ in checklist_items()]
    page = text_of(client.post(url(matter, "propose"), {**data, "checklist": ticked}, follow=True))
    assert page.count("steps/withdraw_proposal/") == 2  # in the corner and among the steps
    assert "办错了可以马上撤回" not in page
