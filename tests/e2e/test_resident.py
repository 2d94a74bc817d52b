"""A resident on a phone: a photo, a place, a button; then the same page again as often as one likes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from huying.matters.models import Attachment, Matter
from tests.e2e.conftest import NO_NETWORK, Visit, wait_until_true
from tests.factories.district import District

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def large_photos(folder: Path) -> list[Path]:
    """Two as a phone takes them."""
    found = []
    for name in ("近处.jpg", "远处.jpg"):
        found.append(folder / name)
        Image.effect_noise((3000, 2250), 40).convert("RGB").save(found[-1], quality=90)
    return found


def stand_at(page: Page, lon: float, lat: float) -> None:
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"longitude": lon, "latitude": lat})


def test_three_taps_with_a_photo_and_a_moved_pin(visit: Visit, served: District, tmp_path: Path) -> None:
    page = visit(width=360)
    stand_at(page, *served.point(0))
    page.goto("/")
    page.get_by_role("link", name=re.compile("我要反映")).click()
    page.get_by_label("选照片").set_input_files(large_photos(tmp_path))
    expect(page.get_by_text("已传好")).to_have_count(2)
    page.get_by_label("什么事").fill("三号门的路灯坏了三天。")
    page.get_by_role("button", name="用我现在的位置").click()
    expect(page.get_by_text("在徐家棚街道水岸星城社区第1网格")).to_be_visible()

    page.get_by_role("button", name="在地图上看看、挪一挪").click()
    pin = page.locator(".map-pin")
    expect(pin).to_be_visible()
    pin.scroll_into_view_if_needed()
    box = pin.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 14, box["y"] + 14)
    page.mouse.down()
    page.mouse.move(box["x"] + 134, box["y"] + 14, steps=8)  # some hundred metres to the east
    page.mouse.up()
    expect(page.get_by_text("在徐家棚街道水岸星城社区第2网格")).to_be_visible()

    page.reload()  # the phone throws the page away: words, photos and position are still there
    expect(page.get_by_label("什么事")).to_have_value("三号门的路灯坏了三天。")
    expect(page.get_by_text("在徐家棚街道水岸星城社区第2网格")).to_be_visible()
    page.get_by_label("远处.jpg").uncheck()
    page.get_by_label("选照片").set_input_files(large_photos(tmp_path)[0])
    page.get_by_role("button", name="用我现在的位置").click()
    expect(page.get_by_text("在徐家棚街道水岸星城社区第1网格")).to_be_visible()
    page.get_by_role("button", name="提交").click()  # while the photo is on its way
    expect(page.get_by_role("heading", name="收到了，谢谢您")).to_be_visible()

    matter = Matter.objects.get()
    assert matter.grid == served.places["grid0"]
    attached = Attachment.objects.filter(matter=matter).select_related("file")
    assert len(attached) == 2
    assert all(one.file.size < 3_000_000 for one in attached)
    wait_until_true(page, "Object.keys(sessionStorage).every(key => !key.startsWith('draft'))")  # once its script ran
    page.get_by_role("link", name="看进展").click()
    expect(page.get_by_text("我们收到了，正在看怎么办")).to_be_visible()


def test_a_photo_that_failed_does_not_get_lost_unnoticed(visit: Visit, served: District, tmp_path: Path) -> None:
    apples = tmp_path / "IMG_2034.HEIC"
    apples.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"0" * 3000)
    page = visit(width=360)
    page.goto("/report/")
    page.get_by_label("什么事").fill("三号门的路灯坏了三天。")
    page.get_by_label("选照片").set_input_files([apples, large_photos(tmp_path)[0]])
    expect(page.get_by_text("苹果手机的 HEIC 格式照片")).to_be_visible()
    expect(page.get_by_text("已传好")).to_be_visible()

    for _ in range(2):  # pressing again is no choice
        page.get_by_role("button", name="提交", exact=True).click()
        expect(page.get_by_text("这张照片没有传上去：换一张，或者去掉它再提交。")).to_be_visible()
        expect(page.locator(".photo[data-failed]")).to_be_focused()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="换一张").click()
    chooser.value.set_files(apples)
    expect(page.locator(".photo[data-failed]")).to_have_count(1)
    page.get_by_role("button", name="提交", exact=True).click()
    page.get_by_role("button", name="去掉它，提交").click()

    expect(page.get_by_role("heading", name="收到了，谢谢您")).to_be_visible()
    assert Attachment.objects.filter(matter=Matter.objects.get()).count() == 1


def test_without_a_network_nothing_is_lost_and_nothing_comes_twice(
    visit: Visit, served: District, tmp_path: Path
) -> None:
    page = visit(width=360)
    stand_at(page, *served.point(0))
    page.goto("/report/")
    page.get_by_label("什么事").fill("三号门的路灯坏了三天。")
    page.get_by_label("您的电话").fill("13971112222")
    page.get_by_label("选照片").set_input_files(large_photos(tmp_path)[0])
    expect(page.get_by_text("已传好")).to_be_visible()
    page.get_by_role("button", name="用我现在的位置").click()
    expect(page.get_by_text("水岸星城社区第1网格")).to_be_visible()

    page.route("**/report/", lambda route: route.abort(NO_NETWORK))
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("写的都还在，请过一会儿再按一次")).to_be_visible()
    expect(page.get_by_label("您的电话")).to_have_value("13971112222")
    page.unroute("**/report/")

    page.reload()  # the photo and the position are remembered with the words, the phone number is not
    expect(page.get_by_label("近处.jpg")).to_be_checked()
    expect(page.get_by_text("水岸星城社区第1网格")).to_be_visible()
    expect(page.get_by_label("您的电话")).to_have_value("")

    lost: list[int] = []

    def lose_the_answer(route: Route) -> None:
        lost.append(route.fetch(max_redirects=0).status)
        route.abort(NO_NETWORK)

    page.route("**/report/", lose_the_answer)
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("写的都还在，请过一会儿再按一次")).to_be_visible()
    assert lost == [204]  # it has arrived, and nobody here knows
    page.unroute("**/report/")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("heading", name="收到了，谢谢您")).to_be_visible()
    matter = Matter.objects.get()
    assert matter.grid == served.places["grid0"]
    assert Attachment.objects.filter(matter=matter).count() == 1


def test_a_page_that_stood_open_too_long_is_sent_all_the_same(visit: Visit, served: District, tmp_path: Path) -> None:
    page = visit(width=360)
    page.goto("/report/")
    page.get_by_label("什么事").fill("三号门的路灯坏了三天。")
    page.context.clear_cookies()
    page.get_by_label("选照片").set_input_files(large_photos(tmp_path)[0])
    expect(page.get_by_text("已传好")).to_be_visible()
    page.context.clear_cookies(name="csrftoken")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("heading", name="收到了，谢谢您")).to_be_visible()
    assert Attachment.objects.filter(matter=Matter.objects.get()).count() == 1


def test_large_type_costs_nothing_that_was_typed(visit: Visit, served: District) -> None:
    page = visit(width=320)
    page.goto("/report/")
    page.get_by_label("您的电话").fill("13971112222")
    page.get_by_role("button", name="大字").click()
    expect(page.get_by_role("button", name="普通字")).to_be_visible()
    expect(page.get_by_label("您的电话")).to_have_value("13971112222")
    for address in ("/", "/report/", "/follow/", "/account/sign-in/?next=/mine/"):
        page.goto(address)
        assert "is-large" in (page.locator("html").get_attribute("class") or ""), address
        assert page.evaluate("document.documentElement.scrollWidth") == 320, address


def test_a_photo_without_javascript(
    browser: Browser, live_server: LiveServer, served: District, tmp_path: Path
) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/report/")
    expect(page.get_by_role("button", name="用我现在的位置")).to_be_hidden()
    expect(page.get_by_role("button", name="在地图上看看、挪一挪")).to_be_hidden()
    page.get_by_label("选照片").set_input_files(large_photos(tmp_path))
    page.get_by_text("说不清地址？选社区").click()
    page.get_by_label("选社区").select_option(served.places["community1"].code)
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("heading", name="收到了，谢谢您")).to_be_visible()
    matter = Matter.objects.get()
    assert matter.community == served.places["community1"]
    assert Attachment.objects.filter(matter=matter).count() == 2
    context.close()
