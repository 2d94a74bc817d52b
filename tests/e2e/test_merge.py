"""Three cases that are one, in real browsers: ticked, merged, looked at, one of them set free."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from huying.matters.models import Matter
from tests.e2e.conftest import Visit
from tests.e2e.test_docket import looked_at
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SECOND = {"text": "水岸星城三号门路灯全黑了", "reporter": {"name": "李大勇", "phone": "13600002222"}}


def test_three_become_one_and_one_is_set_free(visit: Visit, served: District) -> None:
    main = advance(served, receive(served), "handling")
    others = [advance(served, receive(served, **SECOND), state) for state in ("dispatched", "acknowledged")]
    page = visit("dispatcher")
    page.goto("/desk/cases/open/")
    for case in (main, *others):
        page.get_by_label(f"勾选 {case.number}").check()
    page.get_by_role("button", name="批量并案").click()
    expect(page.get_by_role("heading", name="3 件并成一件")).to_be_visible()
    expect(page.get_by_label(f"{main.number} 作主件")).to_be_checked()  # it has come furthest
    wrong = looked_at(page)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_label("并案说明").fill("同一处路灯。")
    page.get_by_role("button", name="并案", exact=True).click()
    expect(page.get_by_text("2 件已并案")).to_be_visible()
    wrong += looked_at(page)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.locator("tr", has_text=others[1].number).get_by_role("button", name="撤回").click()
    expect(page.get_by_text("1 件已撤回并案")).to_be_visible()
    page.get_by_role("link", name="看主件").click()
    expect(page.get_by_text("1 件诉求并入了这一件")).to_be_visible()
    wrong += looked_at(page)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("link", name=f"改为单独办理 {others[0].number}").click()
    page.get_by_label("为什么要单独办").fill("不是同一处，另行办理。")
    page.locator(".form-foot").get_by_role("button", name="改为单独办理").click()
    expect(page.locator(".toast-note")).to_contain_text("交还区城市管理执法局")
    states = dict(Matter.objects.values_list("number", "state"))
    assert states == {main.number: "handling", others[0].number: "dispatched", others[1].number: "acknowledged"}
    assert wrong == [], "\n".join(wrong)
