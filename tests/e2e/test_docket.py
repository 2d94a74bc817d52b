"""A docket in real browsers: opened by the centre, met about, decided, fed back, accepted; nothing keeps people out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from huying.dockets.work import WORK
from huying.matters.models import Matter
from tests.e2e.conftest import Visit
from tests.e2e.test_axe import NEEDS_AXE, WIDTHS, faults
from tests.factories.cases import advance, receive
from tests.factories.district import District
from tests.factories.dockets import WORK_TEXT, draft

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    NEEDS_AXE,
]


def press(page: Page, name: str) -> None:
    page.locator(".step-buttons").get_by_role("link", name=name, exact=True).click()


def send(page: Page, name: str) -> None:
    page.locator("form.card").get_by_role("button", name=name).click()
    expect(page.locator(".step-buttons, .is-turn").first).to_be_visible()


def looked_at(page: Page) -> list[str]:
    """What stands against this page at both widths."""
    wrong: list[str] = []
    for width in reversed(WIDTHS):
        page.set_viewport_size({"width": width, "height": 900})
        wrong += [f"{width} {page.url} {fault}" for fault in faults(page)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append(f"{width} {page.url} wider than the screen")
    return wrong


def choose_unit(page: Page, label: str, typed: str) -> None:
    page.locator("input[role=combobox]").and_(page.get_by_label(label)).fill(typed)
    page.locator(".combobox-list:not([hidden])").get_by_role("option").first.click()


def test_a_docket_goes_its_way(visit: Visit, served: District) -> None:
    case = advance(served, receive(served), "dispatched")
    docket = draft(served, case)
    url, wrong = f"/desk/dockets/{docket.number}/", []

    centre = visit("supervisor")
    centre.goto(url)
    wrong += looked_at(centre)
    press(centre, "立项")
    choose_unit(centre, "牵头单位", "区城市管理执法局")
    centre.get_by_label("包案领导").select_option(index=1)
    centre.get_by_label("区住房保障和房屋管理局").check()
    wrong += looked_at(centre)
    send(centre, "立项")

    lead = visit("handler")
    lead.goto(url)
    press(lead, "启动办理")
    send(lead, "启动办理")
    press(lead, "安排联席会议")
    at = timezone.localtime() + timedelta(days=2)
    lead.get_by_label("会议时间").fill(f"{at:%Y-%m-%dT%H:%M}")
    lead.get_by_label("地点").fill("区政府三楼会议室")
    lead.get_by_label("议程").fill("研究分工。")
    send(lead, "安排联席会议")

    member = visit("handler2", width=360)
    member.goto("/desk/dockets/?list=asked")
    member.get_by_role("link", name=docket.title).click()
    press(member, "回复会议邀请")
    member.get_by_label("是", exact=True).check()
    send(member, "回复会议邀请")
    expect(member.get_by_text("参加", exact=True)).to_be_visible()

    lead.goto(url)
    press(lead, "登记会议纪要")
    lead.get_by_label("主持人").fill("何致远副区长")
    lead.get_by_label("会议内容").fill("会议听取了汇报，研究了分工。")
    send(lead, "登记会议纪要")
    press(lead, "登记议定事项")
    lead.get_by_label("议定事项").fill(WORK_TEXT)
    choose_unit(lead, "责任单位", "区住房保障")
    send(lead, "登记议定事项")
    wrong += looked_at(lead)
    with lead.expect_download() as download:
        lead.get_by_role("link", name="下载纪要").click()
    assert download.value.suggested_filename.endswith(".docx")

    work = Matter.objects.get(kind=WORK.kind)
    member.goto(f"/desk/dockets/work/{work.number}/")
    press(member, "反馈结果")
    member.get_by_label("落实情况").fill("电缆已全部更换。")
    send(member, "反馈结果")
    lead.goto(f"/desk/dockets/work/{work.number}/")
    wrong += looked_at(lead)
    press(lead, "验收通过")
    send(lead, "确认验收通过")
    for page in ("/desk/dockets/?list=all", "/desk/dockets/work/?list=ended", f"{url}matters/", "/desk/dockets/new/"):
        centre.goto(page)
        wrong += looked_at(centre)
    work.refresh_from_db()
    assert work.state == "accepted"
    assert wrong == [], "\n".join(wrong)
