"""More time in real browsers: asked for, endorsed on a phone, granted; the due time moves, the resident reads it."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from huying.cases.models import Case
from huying.cases.steps.intake import follow_hash
from huying.matters.models import Clock
from tests.e2e.conftest import Visit
from tests.e2e.test_axe import NEEDS_AXE
from tests.e2e.test_docket import looked_at
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    NEEDS_AXE,
]

CODE = "ABCD2345"


def test_an_extension_goes_its_way(visit: Visit, served: District) -> None:
    case = advance(served, receive(served), "handling")
    Case.objects.filter(pk=case.pk).update(follow_hash=follow_hash(CODE))
    before = Clock.objects.get(matter=case, kind="handle").due_at
    url, wrong = f"/desk/cases/{case.number}/", []

    handler = visit("handler")
    handler.goto(url)
    handler.get_by_text("其他办理").click()
    handler.get_by_role("link", name="申请延期", exact=True).click()
    handler.get_by_label("延长几个工作日").fill("5")
    handler.locator("form.card").get_by_label("理由").select_option(label="受天气影响不能施工")
    handler.locator("form.card").get_by_label("说明").fill("连续降雨，路面不能施工，放晴后两天完成。")
    wrong += looked_at(handler)
    handler.locator("form.card").get_by_role("button", name="申请延期").click()
    expect(handler.get_by_text("延期申请等负责人审核")).to_be_visible()

    chief = visit("chief", width=360)
    chief.goto("/desk/cases/requests-to-chief/?order=pressing")
    expect(chief.get_by_text("延期 5 个工作日：受天气影响不能施工")).to_be_visible()
    chief.get_by_role("link", name=case.title).click()
    chief.get_by_role("link", name="同意申请").click()
    chief.locator("form.card").get_by_role("button", name="同意申请").click()
    expect(chief.get_by_text("延期申请等区中心审批")).to_be_visible()

    centre = visit("dispatcher")
    centre.goto("/desk/cases/requests/?order=pressing")
    wrong += looked_at(centre)
    centre.goto(url)
    centre.set_viewport_size({"width": 1440, "height": 900})
    centre.get_by_role("link", name="批准延期").click()
    expect(centre.get_by_label("批准几个工作日")).to_have_value("5")
    centre.locator("form.card").get_by_role("button", name="批准延期").click()
    expect(centre.get_by_text("时限已经延长，并告知诉求人")).to_be_visible()
    after = Clock.objects.get(matter=case, kind="handle").due_at
    assert after > before
    local = timezone.localtime(after)
    expect(centre.locator(".is-clocks")).to_contain_text(f"{local.year}年{local.month}月{local.day}日")
    wrong += looked_at(centre)

    resident = visit(width=360)
    resident.goto("/follow/")
    resident.get_by_label("编号").fill(case.number)
    resident.get_by_label("查询码").fill(CODE)
    resident.get_by_role("button", name="查").first.click()
    expect(
        resident.get_by_text(f"要多办几天，改到 {local.month}月{local.day}日 前办好：天气不合适施工")
    ).to_be_visible()
    assert wrong == [], "\n".join(wrong)
