"""A call is taken without touching the mouse; what is half written survives; the same thing is joined in one press."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from huying.matters.models import Attachment, Matter
from huying.people.models import Draft
from tests.cases.test_desk_steps import picture
from tests.e2e.conftest import Visit
from tests.factories.cases import receive
from tests.factories.district import District

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NEW = "/desk/cases/new/"
SAID = "小区三号门的路灯坏了三天，晚上看不见路，老人出门不方便。"


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def kept(page: Page) -> None:
    expect(page.locator("[data-kept-draft-said]")).to_contain_text("草稿已存")


def test_the_telephone_system_pushes_the_number(visit: Visit, served: District) -> None:
    known = receive(served)
    page = visit("call_taker")
    page.goto(f"{NEW}#phone=139-7111-2222")
    expect(page.locator("#caller")).to_contain_text(known.number)
    expect(page.get_by_label("诉求内容")).to_be_focused()
    assert page.url.endswith(NEW)
    page.evaluate("location.hash = 'phone=13800000000'")  # it rings again while somebody writes
    expect(page.get_by_label("联系电话")).to_have_value("139-7111-2222")
    assert "13800000000" not in page.url


def test_a_case_is_registered_without_a_mouse(visit: Visit, served: District) -> None:
    known = receive(served)
    page = visit("call_taker")
    page.goto(NEW)
    expect(page.get_by_label("联系电话")).to_be_focused()
    page.keyboard.type("13971112222")
    press(page, "Enter")
    expect(page.locator("#caller")).to_contain_text(known.number)
    expect(page.get_by_label("姓名或单位名称")).to_be_focused()
    page.keyboard.type("王秀英")
    press(page, "Enter")
    page.keyboard.insert_text(SAID)
    press(page, "Alt+3")
    page.keyboard.insert_text("徐家棚街道水岸星城社区三号门")
    press(page, "Enter")
    expect(page.locator("#found")).to_contain_text("水岸星城社区")
    page.keyboard.type("ts")  # 投诉, by its sounds
    press(page, "Enter")
    expect(page.get_by_label("诉求类型", exact=True)).to_have_value("投诉")
    page.keyboard.insert_text("路灯不亮")
    press(page, "Enter")
    expect(page.get_by_label("分类", exact=True)).to_have_value(re.compile("路灯不亮$"))
    press(page, "Alt+6")
    expect(page.get_by_label("发生时间")).to_be_focused()
    press(page, "Alt+2", "Control+Enter")
    page.wait_for_url(re.compile(r"/received/$"))
    matter = Matter.objects.exclude(pk=known.pk).get()
    expect(page.locator("dd.number").first).to_have_text(matter.number)
    assert (matter.subkind, matter.category) == ("complaint", "02.02.01")
    assert matter.community == served.places["community0"]
    expect(page.get_by_role("link", name="再登记一件")).to_be_focused()
    press(page, "Enter")
    expect(page.get_by_label("联系电话")).to_be_focused()
    assert not Draft.objects.exists()


@pytest.mark.parametrize(("who", "form"), [("call_taker", NEW), ("", "/report/")])
def test_going_back_does_not_register_it_again(visit: Visit, served: District, who: str, form: str) -> None:
    page = visit(who)
    page.goto(form)
    page.locator("[name=text]").fill(SAID)
    page.locator("[name=address]").fill("徐家棚街道水岸星城社区三号门")
    page.locator("main button[type=submit].btn-primary").first.click()
    page.wait_for_url(lambda url: not url.endswith(form))
    page.go_back()
    expect(page.locator("[name=text]")).to_have_value("")


def test_keys_are_told_in_a_table(visit: Visit, served: District) -> None:
    page = visit("call_taker")
    page.goto(NEW)
    press(page, "Escape", "Shift+?")
    table = page.get_by_role("dialog", name="快捷键")
    expect(table).to_contain_text("到“分类”")


def test_half_a_case_survives_a_closed_tab(visit: Visit, served: District) -> None:
    page = visit("call_taker")
    page.goto(NEW)
    page.get_by_label("诉求内容").fill(SAID)
    page.get_by_label("分类", exact=True).fill("路灯不亮")
    press(page, "Enter")
    kept(page)
    tab = page.context.new_page()
    page.close()
    tab.goto(NEW)
    expect(tab.get_by_text("没登记完的草稿")).to_be_visible()
    tab.get_by_role("link", name="继续填写").click()
    expect(tab.get_by_label("诉求内容")).to_have_value(SAID)
    expect(tab.get_by_label("分类", exact=True)).to_have_value(re.compile("路灯不亮$"))


def test_the_same_thing_is_joined_in_one_press(visit: Visit, served: District) -> None:
    main = receive(served, text=SAID)
    lon, lat = served.point(0)
    page = visit("call_taker")
    page.goto(NEW)
    page.get_by_label("诉求内容").fill("三号门路灯不亮，晚上一片漆黑")
    page.evaluate(
        """([lon, lat]) => {
            for (const [name, value] of [["lon", lon], ["lat", lat]]) {
                const box = document.querySelector(`#id_${name}`);
                box.value = value;
                box.dispatchEvent(new Event("change", { bubbles: true }));
            }
        }""",
        [str(lon), str(lat)],
    )  # as the map does
    like = page.locator(f"#alike-{main.number}")
    expect(like).to_contain_text("100 米内")
    like.get_by_role("button", name="并入这件").click()
    page.wait_for_url(re.compile(r"/received/$"))
    expect(page.get_by_text(f"已并入 {main.number}")).to_be_visible()
    assert Matter.objects.exclude(pk=main.pk).get().state == "joined"


def test_the_map_sets_the_point(visit: Visit, served: District) -> None:
    page = visit("call_taker")
    page.goto(NEW)
    page.get_by_label("事发地址").fill("水岸星城社区")
    expect(page.locator("#found")).to_contain_text("按地址判定")
    page.wait_for_timeout(600)  # the outline has been fitted
    page.locator("[data-map]").click()
    expect(page.locator("#found")).to_contain_text("按地图上的点")
    assert page.get_by_label("经度").input_value().startswith("114.3")


def test_files_are_dropped_pasted_and_let_go(visit: Visit, served: District, tmp_path: Path) -> None:
    page = visit("call_taker")
    page.goto(NEW)
    upload = picture()
    (tmp_path / "路灯.png").write_bytes(upload.read())
    page.get_by_label("附件").set_input_files(tmp_path / "路灯.png")
    rows = page.locator("label.choice:has(input[name='attachments.kept'])")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("路灯.png（")
    page.evaluate(
        """(bytes) => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], "image.png", { type: "image/png" }));
            const pasted = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
            document.querySelector("#id_text").dispatchEvent(pasted);
        }""",
        list((tmp_path / "路灯.png").read_bytes()),
    )
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text("粘贴的图片")
    rows.first.get_by_role("checkbox").uncheck()
    page.get_by_label("诉求内容").fill(SAID)
    press(page, "Control+Enter")
    page.wait_for_url(re.compile(r"/received/$"))
    assert Attachment.objects.get().file.name.startswith("粘贴的图片")
