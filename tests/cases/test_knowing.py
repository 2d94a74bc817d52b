"""Cases and the knowledge base: cited in an answer, beside intake, before somebody reports, from a closed case."""

from __future__ import annotations

from dataclasses import replace

import pytest

from huying.cases.flow import CASES
from huying.kernel.errors import Invalid
from huying.knowledge.articles import actions
from huying.knowledge.models import Article
from huying.matters.engine import move_one
from huying.matters.models import LedgerLine, Matter
from tests.cases.desk import at_desk, settled, statements, text_of
from tests.factories.articles import CARD, publish
from tests.factories.cases import advance, receive
from tests.factories.district import District
from tests.ui.house import HouseClient

pytestmark = pytest.mark.django_db

ASKS = "我妈妈今年七十岁了，想问老年卡怎么办理，要带什么材料？"
ANSWER = {"reply": "带身份证到社区申请。", "kind": "consult", "category": "02.02.01"}


def test_what_is_typed_finds_the_article_and_one_button_leads_to_the_answer(district: District) -> None:
    number = publish(district).number
    taker = at_desk(district, "call_taker")
    beside = text_of(taker.post("/desk/cases/new/knowledge/", {"text": ASKS}))
    assert CARD.answer in beside
    assert f'name="answers" value="{number}"' in beside
    call = {"channel": "phone", "text": ASKS, "kind": "consult", "category": "02.02.01", "wants_reply": "on"}
    registered = taker.post("/desk/cases/new/", call | {"answers": number}, follow=True)
    page = text_of(registered)
    assert "查询码" in page
    assert CARD.answer in page
    assert f'value="{number}"' in page
    matter = Matter.objects.get()
    taker.post(f"/desk/cases/{matter.number}/steps/answer/", ANSWER | {"article": number, "version": matter.version})
    matter.refresh_from_db()
    assert matter.state == "closed"
    assert Article.objects.get().uses == 1
    assert number in LedgerLine.objects.get(matter=matter, step="answer").facts
    assert number in text_of(taker.get(f"/desk/cases/{matter.number}/"))


def test_who_may_not_answer_reads_and_finds_no_button(district: District) -> None:
    publish(district)
    beside = text_of(at_desk(district, "grid_worker").post("/desk/cases/new/knowledge/", {"text": ASKS}))
    assert CARD.answer in beside
    assert "登记并即时答复" not in beside


def test_an_answer_rests_on_an_article_in_force_or_says_why(district: District) -> None:
    version = publish(district)
    matter = receive(district)
    with pytest.raises(Invalid) as refused:
        move_one(CASES, "answer", matter.pk, by=district.actor("call_taker"), data=ANSWER)
    assert "basis" in refused.value.fields
    actions.withdraw(version.article_id, "政策调整", by=district.actor("dispatcher"))
    with pytest.raises(Invalid) as refused:
        move_one(CASES, "answer", matter.pk, by=district.actor("call_taker"), data=ANSWER | {"article": version.number})
    assert "article" in refused.value.fields
    move_one(CASES, "answer", matter.pk, by=district.actor("call_taker"), data=ANSWER | {"basis": "办事指南"})


def test_a_closed_case_begins_an_article_that_names_nobody(district: District) -> None:
    matter = receive(district, reporter={"name": "欧阳栖梧", "phone": "13987654321"}, title="欧阳栖梧问老年卡")
    said = ANSWER | {"reply": "欧阳栖梧您好，回拨 13987654321 已说明：带身份证到社区。", "basis": "办事指南"}
    move_one(CASES, "answer", matter.pk, by=district.actor("call_taker"), data=said)
    taker = at_desk(district, "call_taker")
    page = text_of(taker.get(f"/desk/cases/{matter.number}/"))
    assert f"/desk/knowledge/articles/new/?case={matter.number}" in page
    form = text_of(taker.get(f"/desk/knowledge/articles/new/?case={matter.number}"))
    assert "带身份证到社区" in form
    assert "欧阳栖梧" not in form
    assert "13987654321" not in form
    assert at_desk(district, "leader").get(f"/desk/knowledge/articles/new/?case={matter.number}").status_code == 403
    assert at_desk(district, "handler2").get(f"/desk/knowledge/articles/new/?case={matter.number}").status_code == 404


def test_an_open_or_confidential_case_begins_none(district: District) -> None:
    matter = receive(district)
    advance(district, matter, "handling")
    taker = at_desk(district, "call_taker")
    assert "写成知识" not in text_of(taker.get(f"/desk/cases/{matter.number}/"))
    assert taker.get(f"/desk/knowledge/articles/new/?case={matter.number}").status_code == 404


def test_residents_see_answers_before_they_report_without_script(district: District) -> None:
    publish(district)
    publish(district, replace(CARD, question="老年卡内部办理口径是什么？", audience="staff"))
    settled()
    visitor = HouseClient()
    page = visitor.get("/report/")
    assert "先看看有没有现成的答案" in text_of(page)
    asked = visitor.post("/report/", {"text": ASKS, "look": "1"})
    assert asked.status_code == 200
    assert CARD.answer in text_of(asked)
    assert "内部办理口径" not in text_of(asked)
    assert ASKS in text_of(asked)  # nothing of what was written is lost
    assert not Matter.objects.exists()
    near = visitor.post("/answers/near/", {"text": ASKS})
    assert "也许已有答案" in near.content.decode()


def test_the_page_of_intake_asks_no_more_than_before(district: District) -> None:
    publish(district)
    assert len(statements(at_desk(district, "call_taker"), "/desk/cases/new/")) <= 12
