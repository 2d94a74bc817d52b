"""One case in front of people: seeing each other, taking back, templates, pictures."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.e2e.conftest import Visit
from tests.factories.cases import advance, receive
from tests.factories.district import PASSWORD, District

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def picture(colour: str) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(data, "PNG")
    return data.getvalue()


def test_two_people_see_each_other_and_a_slip_is_taken_back(visit: Visit, served: District) -> None:
    matter = advance(served, receive(served), "triaged")
    first, second = visit("dispatcher"), visit("call_taker")
    first.goto(f"/desk/cases/{matter.number}/")
    first.get_by_role("link", name="派单", exact=True).click()
    expect(first.get_by_role("heading", name="派单", exact=True)).to_be_visible()
    first.wait_for_timeout(600)  # until it has told that it is here
    second.goto(f"/desk/cases/{matter.number}/")
    expect(second.get_by_text("派单审核员甲（派单审核员）正在填写“派单”")).to_be_visible()
    expect(first.locator("input[role=combobox]").first).to_be_focused()
    first.keyboard.type("csgl")  # 城市管理, by its sounds
    first.keyboard.press("Enter")
    first.locator(".form-foot").get_by_role("button", name="派单").click()
    toast = first.locator(".toast-note")
    expect(toast).to_contain_text("已派给区城市管理执法局，等待签收")
    toast.get_by_role("button", name="撤回派单").click()
    expect(first.locator(".toast-note")).to_contain_text("派单已撤回，回到“待派单”")
    expect(first.get_by_role("link", name="派单", exact=True)).to_be_visible()


def test_several_units_are_chosen_by_keyboard_and_let_go_again(visit: Visit, served: District) -> None:
    matter = advance(served, receive(served), "triaged")
    page = visit("dispatcher")
    page.goto(f"/desk/cases/{matter.number}/steps/dispatch/")
    page.keyboard.type("csgl")
    page.keyboard.press("Enter")
    lead = page.locator("input[role=combobox]").and_(page.get_by_label("主办单位"))
    expect(lead).to_have_value("区城市管理执法局")  # its name alone; what kind of unit it is stands in the list
    page.get_by_text("更多（选填）").click()
    helpers = page.locator("input[role=combobox]").and_(page.get_by_label("协办单位"))
    helpers.click()
    helpers.press("Tab")  # looking at what there is chooses nothing
    chips = page.get_by_role("list", name="协办单位：已选").get_by_role("listitem")
    expect(chips).to_have_count(0)
    for typed in ("qzls", "qzf", "徐家棚"):
        helpers.fill(typed)
        page.keyboard.press("Enter")
    expect(chips).to_have_count(3)
    expect(page.get_by_role("status").filter(has_text="共 3 个")).to_have_count(1)
    expect(helpers).to_have_value("")
    page.keyboard.press("Backspace")
    expect(chips).to_have_count(2)
    chips.first.get_by_role("button").click()
    expect(chips).to_have_count(1)
    expect(helpers).to_be_focused()
    page.locator(".form-foot").get_by_role("button", name="派单").click()
    expect(page.locator(".toast-note")).to_contain_text("区城市管理执法局")
    matter.refresh_from_db()
    assert len(matter.co_handlers) == 1


def test_filters_of_a_list_stand_behind_one_button_on_a_phone(visit: Visit, served: District) -> None:
    receive(served)
    page = visit("handler", width=360)
    page.goto("/desk/cases/?order=newest")
    state = page.get_by_role("search", name="筛选").get_by_label("状态")
    expect(state).to_be_hidden()
    page.get_by_role("button", name="筛选").click()
    expect(state).to_be_visible()
    page.get_by_role("button", name="筛选").first.click()
    expect(state).to_be_hidden()


def test_a_template_goes_where_the_cursor_stands_and_pictures_open_over_the_page(
    visit: Visit, served: District
) -> None:
    from huying.matters.models import ReplyTemplate

    ReplyTemplate.objects.create(title="已上门", use="outcome", text="已到现场查看“{标题}”。")
    matter = advance(served, receive(served), "handling")
    page = visit("handler", width=360)
    page.goto(f"/desk/cases/{matter.number}/")
    page.get_by_role("link", name="办前沟通").click()  # in the bar under the thumb
    page.get_by_label("联系上了").check()
    box = page.get_by_label("沟通情况", exact=True)
    box.fill("先电话联系。")
    page.get_by_label("答复模板").select_option(label="已上门")
    page.get_by_role("button", name="插入模板").click()
    assert box.input_value() == f"先电话联系。\n已到现场查看“{matter.title}”。"
    page.locator("input[type=file]").set_input_files(
        [
            {"name": f"照片{n}.png", "mimeType": "image/png", "buffer": picture(colour)}
            for n, colour in enumerate(("navy", "teal", "olive"), start=1)
        ]
    )
    page.locator(".form-foot").get_by_role("button", name="办前沟通").click()
    page.locator("a[data-picture]", has_text="照片1").click()
    viewer = page.locator("dialog.viewer")
    expect(viewer).to_contain_text("照片1.png")
    expect(viewer).to_contain_text("内部")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(viewer).to_contain_text("照片3.png")
    expect(viewer.get_by_role("button", name="下一张")).to_be_disabled()
    page.keyboard.press("ArrowLeft")
    expect(viewer).to_contain_text("2 / 3")
    page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()


def test_a_session_that_ends_while_somebody_writes_costs_no_word(visit: Visit, served: District) -> None:
    matter = advance(served, receive(served), "handling")
    page = visit("handler", width=360)
    page.goto(f"/desk/cases/{matter.number}/steps/propose/")
    page.get_by_label("办理情况").fill("更换灯头三盏。")
    page.context.clear_cookies(name="sessionid")
    page.locator("[data-presence]").dispatch_event("beat")  # what the page does by itself every few seconds
    expect(page.locator(".toast-note")).to_contain_text("您的登录已经失效，写的内容还在这一页")
    page.locator(".form-foot").get_by_role("button", name="提交办理结果").click()
    expect(page.get_by_role("alert")).to_contain_text("写的文字已保存为草稿")
    page.get_by_label("用户名").fill(served.users["handler"].username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_label("草稿", exact=True)).to_contain_text("没有提交成功，写的内容已保存为草稿")
    expect(page.get_by_label("办理情况")).to_have_value("更换灯头三盏。")


def test_a_revealed_number_is_in_sight_and_can_be_dialled(visit: Visit, served: District) -> None:
    matter = advance(served, receive(served), "acknowledged")
    page = visit("handler", width=360)
    page.goto(f"/desk/cases/{matter.number}/")
    page.locator(".reveal > summary").click()
    page.get_by_label("用途").select_option(label="办前沟通")
    page.locator(".reveal").get_by_role("button", name="查看").click()
    call = page.get_by_role("link", name="拨打 13971112222")
    expect(call).to_be_in_viewport()
    assert call.get_attribute("href") == "tel:13971112222"
