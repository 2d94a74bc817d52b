"""An objection in real browsers: the handler objects with a file, the chief endorses, another dispatcher upholds it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.cases.test_objections import colleague
from tests.e2e.conftest import Visit
from tests.e2e.test_axe import NEEDS_AXE
from tests.e2e.test_docket import choose_unit, looked_at
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    NEEDS_AXE,
]


def press(page: Page, name: str) -> None:
    page.locator(".step-buttons").get_by_role("link", name=name, exact=True).click()


def send(page: Page, name: str) -> None:
    page.locator(".form-foot").get_by_role("button", name=name).click()
    expect(page.locator(".toast-note").first).to_be_visible()


def test_a_wrong_dispatch_comes_back_to_be_given_anew(visit: Visit, served: District) -> None:
    matter = advance(served, receive(served), "dispatched")
    colleague(served, "reviewer", "dispatcher", "centre")
    url, wrong = f"/desk/cases/{matter.number}/", []

    handler = visit("handler", width=360)
    handler.goto(url)
    handler.get_by_text("其他办理").click()
    handler.get_by_role("link", name="派单申诉", exact=True).click()
    handler.get_by_label("申诉理由").select_option(label="不属本单位职责")
    handler.locator("[name=explanation]").fill("小区内部的路灯由房管部门督促物业维护。")
    handler.locator("[name=basis]").fill("《武汉市物业管理条例》")
    handler.locator("form.card input[type=file]").set_input_files(
        [{"name": "职责分工.txt", "mimeType": "text/plain", "buffer": "第三条：小区内部设施由房管部门负责。".encode()}]
    )
    choose_unit(handler, "建议承办单位", "区住房")
    wrong += looked_at(handler)
    handler.set_viewport_size({"width": 360, "height": 800})
    send(handler, "派单申诉")
    expect(handler.locator(".toast-note").first).to_contain_text("等本单位负责人审核")
    expect(handler.locator("body")).to_contain_text("撤回申诉")

    chief = visit("chief")
    chief.goto("/desk/cases/objecting/")
    chief.locator("table.list-table tbody a").first.click()
    wrong += looked_at(chief)
    press(chief, "同意申诉")
    expect(chief.get_by_role("heading", name="请审核申诉")).to_be_visible()
    expect(chief.get_by_text("职责分工.txt").first).to_be_visible()
    send(chief, "同意申诉")

    mine = visit("dispatcher")
    mine.goto(url)
    expect(mine.get_by_text("由另一位派单审核员裁定")).to_be_visible()
    expect(mine.locator(".step-buttons").get_by_role("link", name="裁定申诉")).to_have_count(0)

    other = visit("reviewer")
    other.goto("/desk/cases/objected/")
    other.locator("table.list-table tbody a").first.click()
    wrong += looked_at(other)
    press(other, "裁定申诉")
    other.get_by_label("申诉成立，重新派单").check()
    other.locator("[name=reason]").fill("小区尚未移交市政，不属城管职责。")
    wrong += looked_at(other)
    send(other, "裁定申诉")
    expect(other.locator(".toast-note").first).to_contain_text("申诉成立，转重新派单")
    expect(other.locator("body")).to_contain_text("待派单")
    press(other, "派单")
    expect(other.get_by_role("heading", name="上一家单位说不归自己管")).to_be_visible()
    expect(other.locator("body")).to_contain_text("区住房保障和房屋管理局")
    wrong += looked_at(other)
    assert wrong == []
