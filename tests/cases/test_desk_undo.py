"""Taking back at the desk: the button beside the success, and forms that were overtaken."""

from __future__ import annotations

from datetime import timedelta

import pytest

from huying.cases.flow import CASES
from huying.matters.engine import move_one
from huying.matters.models import LedgerLine, Matter
from tests.cases.desk import at_desk, text_of
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db


def url(matter: Matter, step: str) -> str:
    return f"/desk/cases/{matter.number}/steps/{step}/"


def test_after_a_slip_one_press_takes_it_back(district: District) -> None:
    matter = advance(district, receive(district), "triaged")
    client = at_desk(district, "dispatcher")
    done = text_of(client.post(url(matter, "dispatch"), {"version": matter.version, "lead": "URBAN"}, follow=True))
    assert "已派给区城市管理执法局，等待签收" in done
    assert (
        done.count(f'action="{url(matter, "recall_dispatch")}"') == 2
    )  # beside the success, and with what can be done
    version = Matter.objects.get(pk=matter.pk).version
    back = text_of(client.post(url(matter, "recall_dispatch"), {"version": version}, follow=True))
    assert "派单已撤回，回到“待派单”" in back
    assert "派单 → 待签收（后已撤回）" in back
    assert "撤回派单 → 待派单" in back
    assert f'action="{url(matter, "recall_dispatch")}"' not in back


def test_nobody_else_and_nobody_later_is_offered_it(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    matter = advance(district, receive(district), "dispatched")
    address = f"/desk/cases/{matter.number}/"
    assert "撤回派单" in text_of(at_desk(district, "dispatcher").get(address))
    assert "撤回派单" not in text_of(at_desk(district, "dispatcher2").get(address))
    Matter.objects.filter(pk=matter.pk).update(moved_at=matter.moved_at - timedelta(minutes=2))
    assert "撤回派单" not in text_of(at_desk(district, "dispatcher").get(address))
    late = at_desk(district, "dispatcher2").post(url(matter, "recall_dispatch"), {"version": matter.version})
    assert late.status_code == 403
    assert "只有办理这一步的本人能撤回" in text_of(late)


def test_a_handler_withdraws_a_proposal_by_a_step_of_its_own(district: District) -> None:
    matter = advance(district, receive(district), "awaiting_approval")
    Matter.objects.filter(pk=matter.pk).update(moved_at=matter.moved_at - timedelta(hours=2))
    client = at_desk(district, "handler")
    page = text_of(client.get(f"/desk/cases/{matter.number}/"))
    assert f'btn-plain" href="{url(matter, "withdraw_proposal")}"' in page
    answer = client.post(url(matter, "withdraw_proposal"), {"version": matter.version, "reason": ""}, follow=True)
    assert "办理结果已撤回，改好后再提交" in text_of(answer)


def test_an_overtaken_form_keeps_what_was_written_and_can_be_sent(district: District) -> None:
    matter = advance(district, receive(district), "resolved")
    client = at_desk(district, "call_taker")
    seen = matter.version
    move_one(CASES, "callback", matter.pk, by=district.actor("call_taker2"), data={"reached": False})
    data = {"reached": "true", "solved": "true", "satisfied": "5", "note": "他说修好了。"}
    answer = client.post(url(matter, "callback"), {"version": seen, **data})
    page = text_of(answer)
    assert answer.status_code == 409
    assert "这件诉求有了新进展" in page
    assert "他说修好了。</textarea>" in page
    assert f'name="version" value="{seen + 1}"' in page
    assert client.post(url(matter, "callback"), {"version": seen + 1, **data}).status_code == 302


def test_what_can_no_longer_be_sent_can_still_be_copied(district: District) -> None:
    matter = advance(district, receive(district), "triaged")
    seen = matter.version
    move_one(CASES, "dispatch", matter.pk, by=district.actor("dispatcher"), data={"lead": "URBAN"})
    client = at_desk(district, "dispatcher2")
    for lead in ("HOUSING", ""):  # also when something else was wrong with it
        answer = client.post(url(matter, "dispatch"), {"version": seen, "lead": lead, "note": "请当天到场。"})
        assert answer.status_code == 409
        assert "请当天到场。" in text_of(answer)
        assert "没有提交" in text_of(answer)
    assert LedgerLine.objects.filter(matter=matter, step="dispatch").count() == 1
