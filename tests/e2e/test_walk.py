"""The main job on screen: a resident files, the centre sorts, a unit handles, the resident is asked and sees."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from huying.matters.models import Matter
from tests.e2e.conftest import Visit
from tests.factories.district import District

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def files(page: Page) -> tuple[str, str]:
    """On a phone, without an account. Returns number and code."""
    page.goto("/")
    page.get_by_role("link", name=re.compile("我要反映")).click()
    page.get_by_label("什么事").fill("小区三号门的路灯坏了三天，晚上看不见路，老人出门不方便。")
    page.get_by_label("在哪里").fill("徐家棚街道水岸星城社区三号门")
    page.get_by_label("怎么称呼您").fill("王秀英")
    page.get_by_label("您的电话").fill("13971112222")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("heading", name="收到了，谢谢您")).to_be_visible()
    told = page.locator("dd.number")
    return told.nth(0).inner_text(), told.nth(1).inner_text()


def at(page: Page, number: str, step: str) -> None:
    page.goto(f"/desk/cases/{number}/")
    page.get_by_role("link", name=step, exact=True).click()


def chooses(page: Page, field: str, typed: str) -> None:
    """As one does in a long list: a few characters, and Enter."""
    page.locator("input[role=combobox]").and_(page.get_by_label(field)).fill(typed)
    page.keyboard.press("Enter")


def done(page: Page, button: str) -> None:
    page.locator(".form-foot").get_by_role("button", name=button).click()
    page.wait_for_url(re.compile(r"/desk/cases/WC\d+/$"))


def test_a_voice_is_answered(visit: Visit, served: District) -> None:
    phone = visit(width=360)
    number, code = files(phone)

    desk = visit("call_taker")
    desk.goto("/desk/")
    expect(desk.get_by_text(number).first).to_be_visible()
    at(desk, number, "研判")
    desk.get_by_label("诉求类型").select_option("help")
    chooses(desk, "分类", "路灯")
    done(desk, "研判")

    dispatcher = visit("dispatcher")
    at(dispatcher, number, "派单")
    chooses(dispatcher, "主办单位", "城管局")
    done(dispatcher, "派单")

    handler = visit("handler", width=360)  # handlers do all of theirs on a phone as well
    at(handler, number, "签收")
    handler.get_by_label("经办人").fill("李工")
    done(handler, "签收")
    at(handler, number, "办前沟通")
    handler.get_by_label("联系上了").check()
    handler.get_by_label("沟通情况").fill("电话联系，约好今晚到场查看。")
    done(handler, "办前沟通")
    at(handler, number, "提交办理结果")
    handler.get_by_role("group", name="诉求是否属实").get_by_label("是", exact=True).check()
    handler.get_by_role("group", name="是否已解决").get_by_label("是", exact=True).check()
    handler.get_by_label("办理情况").fill("当晚更换灯头三盏，现场已恢复照明。")
    handler.get_by_label("给诉求人的答复").fill("您好，三号门的路灯已经修好，请您再看看。")
    for item in ("一次面对面或电话沟通", "一份办理记录", "一个明确答复"):
        handler.get_by_label(re.compile(item)).check()
    done(handler, "提交办理结果")

    chief = visit("chief", width=360)
    at(chief, number, "审批通过")
    done(chief, "确认审批通过")

    at(desk, number, "回访")
    desk.get_by_role("group", name="是否接通").get_by_label("是", exact=True).check()
    desk.get_by_label("问题是否解决").select_option("true")
    desk.get_by_label("满意度").select_option("5")
    done(desk, "回访")
    assert Matter.objects.get(number=number).state == "closed"

    phone.goto("/follow/")
    phone.get_by_label("编号").fill(number)
    phone.get_by_label("查询码").fill(code)
    phone.get_by_role("button", name="查一下").click()
    expect(phone.get_by_text("这件事办完了")).to_be_visible()
    expect(phone.get_by_text("三号门的路灯已经修好").first).to_be_visible()
    phone.get_by_role("link", name="评价一下").click()
    phone.get_by_label("非常满意").check()
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_text("谢谢您的评价")).to_be_visible()


def test_two_dispatchers_on_one_case(visit: Visit, served: District) -> None:
    """Both have the form open; the second reads what has happened meanwhile."""
    from tests.factories.cases import advance, receive

    number = advance(served, receive(served), "triaged").number
    first, second = visit("dispatcher"), visit("dispatcher2")
    for page in (first, second):
        at(page, number, "派单")
    chooses(first, "主办单位", "城管局")
    done(first, "派单")
    chooses(second, "主办单位", "住房")
    second.locator(".form-foot").get_by_role("button", name="派单").click()
    expect(second.get_by_text("待签收").first).to_be_visible()
    assert Matter.objects.get(number=number).lead == served.organisations["urban"]


def test_a_resident_without_javascript(browser: object, live_server: object, served: District) -> None:
    from playwright.sync_api import Browser
    from pytest_django.live_server_helper import LiveServer

    assert isinstance(browser, Browser)
    assert isinstance(live_server, LiveServer)
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    number, code = files(page)
    page.goto("/follow/")
    page.get_by_label("编号").fill(number)
    page.get_by_label("查询码").fill(code)
    page.get_by_role("button", name="查一下").click()
    expect(page.get_by_text("我们收到了您反映的事")).to_be_visible()
    context.close()


PAGES = {
    "": ["/", "/report/", "/follow/", "/account/sign-in/"],
    "call_taker": ["/desk/", "/desk/cases/", "/desk/cases/new/", "/desk/messages/", "/desk/alarms/", "/account/"],
    "dispatcher": ["/desk/", "/desk/cases/"],
    "handler": ["/desk/", "/desk/cases/"],
    "chief": ["/desk/"],
    "leader": ["/desk/"],
    "administrator": ["/desk/"],
    "grid_worker": ["/desk/"],
    "resident": ["/", "/mine/"],
}


@pytest.mark.parametrize("width", [1440, 360])
def test_no_page_is_wider_than_the_screen(visit: Visit, served: District, width: int, settings: object) -> None:
    from tests.factories.cases import advance, receive

    settings.SECOND_FACTOR_ROLES = []  # type: ignore[attr-defined]
    number = advance(served, receive(served), "handling").number
    wide: list[str] = []
    for who, addresses in PAGES.items():
        page = visit(who, width=width)
        own = [f"/desk/cases/{number}/"] if who in ("call_taker", "handler", "leader") else []
        for address in [*addresses, *own]:
            answer = page.goto(address)
            assert answer is not None
            assert answer.status == 200, f"{who} {address}: {answer.status}"
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wide.append(f"{who} {address}")
    assert wide == []
