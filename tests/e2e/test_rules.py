"""A rule in real browsers: written with its sentence beside it, tried on past cases, approved by somebody else."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from huying.knowledge.models import RuleRun
from huying.knowledge.tasks import run_rules
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
    page.get_by_role("button", name=name, exact=True).click()


def test_a_rule_is_written_tried_on_history_and_approved(visit: Visit, served: District) -> None:
    past = advance(served, receive(served), "handling")
    waiting = advance(served, receive(served), "triaged")
    wrong = []

    writer = visit("dispatcher")
    writer.goto("/desk/rules/")
    writer.get_by_role("link", name="新增口径").first.click()
    writer.locator("[name=subject]").fill("小区门口路灯不亮")
    writer.locator("[name=any_words]").fill("路灯、照明")
    choose_unit(writer, "主办单位", "区住房")
    expect(writer.locator("#preview")).to_contain_text("说到“路灯”或“照明” → 区住房保障和房屋管理局主办")
    expect(writer.locator("#preview")).to_contain_text("1 件符合这些条件")
    writer.locator("[name=document]").fill("职责清单（示例）")
    writer.locator("[name=clause]").fill("第三条")
    wrong += looked_at(writer)
    press(writer, "保存草稿")
    expect(writer.locator(".toast-note").first).to_contain_text("草稿已保存")
    press(writer, "用历史件回放")
    expect(writer.get_by_text("正在排队")).to_be_visible()
    run_rules.func(pk=RuleRun.objects.get().pk)  # as the worker would
    expect(writer.locator("#run")).to_contain_text("会改派")
    expect(writer.locator("#moves")).to_contain_text(past.number)
    wrong += looked_at(writer)
    writer.get_by_role("link", name="回到草稿").click()
    press(writer, "提交审批")
    expect(writer.locator(".toast-note").first).to_contain_text("已提交")

    chief = visit("supervisor")
    chief.goto("/desk/rules/?list=waiting")
    chief.locator("table.list-table tbody a").first.click()
    chief.get_by_role("link", name="审批", exact=True).click()
    expect(chief.get_by_text("区城市管理执法局").first).to_be_visible()
    wrong += looked_at(chief)
    press(chief, "批准并发布")
    expect(chief.locator(".toast-note").first).to_contain_text("已发布")

    writer.goto(f"/desk/cases/{waiting.number}/steps/dispatch/")
    expect(writer.get_by_role("heading", name="按口径由区住房保障和房屋管理局主办")).to_be_visible()
    wrong += looked_at(writer)

    chief.set_viewport_size({"width": 360, "height": 800})
    chief.reload()
    chief.get_by_role("link", name="撤回这一版").click()
    chief.locator("dialog[open] textarea").fill("派错了")
    chief.locator("dialog[open]").get_by_role("button", name="撤回").click()
    expect(chief.locator(".toast-note").first).to_contain_text("已停用")
    assert wrong == []
