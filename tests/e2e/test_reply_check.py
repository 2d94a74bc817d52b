"""The reply check in real browsers: its writer is stopped once and goes on, the chief sees the passage and sends it
back, the mended reply passes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from huying.matters.models import LedgerLine
from tests.cases.test_reply_check import BUS, GOOD
from tests.e2e.conftest import Visit
from tests.e2e.test_axe import NEEDS_AXE
from tests.e2e.test_docket import looked_at
from tests.e2e.test_objection import press, send
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    NEEDS_AXE,
]


def fill(page: Page, reply: str) -> None:
    for question in ("诉求是否属实", "是否已解决"):
        page.get_by_role("group", name=question).get_by_label("是", exact=True).check()
    page.get_by_label("办理情况").fill("当日更换灯头三盏，现场已恢复照明。")
    for item in ("一次面对面或电话沟通", "一份办理记录", "一个明确答复"):
        page.get_by_label(re.compile(item)).check()
    page.get_by_label("给诉求人的答复").fill(reply)


def test_a_reply_to_another_matter_does_not_leave_unseen(visit: Visit, served: District) -> None:
    matter = advance(served, receive(served), "handling")
    url, wrong = f"/desk/cases/{matter.number}/", []

    handler = visit("handler", width=360)
    handler.goto(url)
    press(handler, "提交办理结果")
    fill(handler, BUS)
    handler.locator(".form-foot").get_by_role("button", name="提交办理结果").click()
    check = handler.locator("#reply-check")
    expect(check).to_contain_text("还没有提交")
    expect(check).to_contain_text("可能答非所问")
    wrong += looked_at(handler)
    handler.set_viewport_size({"width": 360, "height": 800})
    send(handler, "已核对，提交办理结果")

    chief = visit("chief")
    chief.goto(url)
    press(chief, "审批通过")
    expect(chief.locator("#reply-check mark").first).to_be_visible()
    wrong += looked_at(chief)
    chief.goto(url)
    press(chief, "退回重拟")
    expect(chief.locator("#reply-check")).to_contain_text("可能答非所问")
    chief.locator("[name=reason]").fill("这是另一件的答复，请重新写。")
    send(chief, "退回重拟")

    handler.goto(url)
    press(handler, "提交办理结果")
    handler.get_by_label("给诉求人的答复").fill(GOOD)
    handler.get_by_role("button", name="先检查答复").click()
    expect(handler.locator("#reply-check")).not_to_contain_text("可能答非所问")
    send(handler, "提交办理结果")

    chief.goto(url)
    press(chief, "审批通过")
    expect(chief.locator("#reply-check")).not_to_contain_text("可能答非所问")
    send(chief, "确认审批通过")
    first, second = LedgerLine.objects.filter(matter=matter, step="propose").order_by("seq")
    assert "off_topic" in first.facts and "off_topic" not in second.facts
    assert wrong == []
