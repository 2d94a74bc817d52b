"""The knowledge base in real browsers: found at intake, put into the answer, cited; found by a resident beforehand."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from huying.knowledge.models import Article
from huying.matters.models import Matter
from tests.e2e.conftest import Visit
from tests.e2e.test_axe import NEEDS_AXE
from tests.e2e.test_docket import looked_at
from tests.factories.articles import CARD, publish
from tests.factories.district import District

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), NEEDS_AXE]

ASKS = "我妈妈今年七十岁了，想问老年卡怎么办理，要带什么材料？"


def test_an_article_answers_a_call_and_a_resident_before_filing(visit: Visit, served: District) -> None:
    number = publish(served).number
    wrong = []

    taker = visit("call_taker")
    taker.goto("/desk/cases/new/")
    taker.locator("textarea[name=text]").fill(ASKS)
    near = taker.locator("#near")
    expect(near).to_contain_text(CARD.question)
    near.locator("summary").first.click()
    expect(near).to_contain_text(CARD.answer)
    wrong += looked_at(taker)
    near.get_by_role("button", name="登记并即时答复").click()
    expect(taker.locator(".toast-note").first).to_contain_text("查询码")
    reply = taker.locator("#id_reply")
    expect(reply).to_have_value(CARD.answer)
    reply.fill("")
    taker.locator("#id_article").fill("")
    taker.locator("#near").get_by_role("link", name="插入答复").click()
    expect(reply).to_have_value(CARD.answer)
    expect(taker.locator("#id_article")).to_have_value(number)
    taker.locator("#near-q").fill("敬老卡")
    expect(taker.locator("#near")).to_contain_text(CARD.question)
    wrong += looked_at(taker)
    taker.locator("select[name=kind]").select_option("consult")
    taker.locator("select[name=category]").evaluate("s => { s.value = '02.02.01'; }")
    taker.get_by_role("button", name="确认即时答复").click()
    expect(taker.locator(".toast-note").first).to_contain_text("已结案")
    expect(taker.locator("body")).to_contain_text(number)
    assert Matter.objects.get().state == "closed"
    assert Article.objects.get().uses == 1

    resident = visit(width=360)
    resident.goto("/report/")
    resident.locator("textarea[name=text]").fill(ASKS)
    answers = resident.locator(".near-answers")
    expect(answers).to_contain_text("也许已有答案")
    answers.locator("summary").first.click()
    expect(answers).to_contain_text(CARD.answer)
    wrong += looked_at(resident)
    resident.goto("/answers/")
    resident.get_by_label("您想问什么").fill("敬老卡")
    resident.get_by_role("button", name="找").click()
    expect(resident.locator(".answer-list")).to_contain_text(CARD.question)
    wrong += looked_at(resident)
    assert wrong == []
