"""What the scripts and styles do in a real browser, on the pages of the style guide. Needs no database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from playwright.sync_api import Browser, Page, Route, expect
from pytest_django import Settings

from huying.ui.assets import manifest

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = ["staff", "detail", "form", "resident"]
WIDTHS = [1440, 360]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(manifest() is None, reason="前端尚未构建：在 frontend 目录运行 npm ci && npm run build"),
]


class QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The application as it is served, static files compressed and all, but without a database."""
    httpd = ThreadedWSGIServer(("127.0.0.1", 0), QuietHandler)
    httpd.set_app(get_wsgi_application())
    thread = Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@pytest.fixture
def guide(server: str, settings: Settings) -> str:
    settings.DEBUG = True
    return f"{server}/ui/guide"


@pytest.fixture
def desk(page: Page, guide: str) -> Page:
    """The sample list, with every complaint of the browser collected as a failure."""
    page.set_viewport_size({"width": 1440, "height": 900})
    page.route("**/live/**", lambda route: route.fulfill(status=204))
    page.goto(f"{guide}/")
    return page


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_no_page_breaks_the_security_policy_or_overflows(page: Page, guide: str, name: str, width: int) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.route("**/live/**", lambda route: route.fulfill(content_type="text/event-stream", body=": beat\n\n"))
    page.set_viewport_size({"width": width, "height": 900})

    page.goto(f"{guide}/{name}/", wait_until="load")
    page.wait_for_timeout(300)

    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_serious_fault(browser: Browser, guide: str, name: str, width: int) -> None:
    if not AXE.exists():
        pytest.skip("没有 axe-core：在 frontend 目录运行 npm ci")
    context = browser.new_context(bypass_csp=True, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(f"{guide}/{name}/")
    page.add_script_tag(path=AXE)

    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    context.close()

    serious = [
        f"{violation['id']}: {violation['help']}: {[node['html'][:120] for node in violation['nodes']][:3]}"
        for violation in found["violations"]
        if violation["impact"] in {"serious", "critical"}
    ]
    assert serious == []


def test_a_question_is_asked_in_a_dialog(page: Page, guide: str) -> None:
    page.goto(f"{guide}/detail/")
    opener = page.get_by_role("link", name="批准办结")
    dialog = page.get_by_role("dialog", name="批准这份办结意见？")

    opener.click()
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")

    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def test_without_script_the_question_is_a_page(browser: Browser, guide: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{guide}/detail/")

    page.get_by_role("link", name="批准办结").click()

    assert page.url.endswith("/ui/guide/")
    context.close()


def test_a_refused_form_comes_back_with_input_and_errors(page: Page, guide: str) -> None:
    page.goto(f"{guide}/form/")
    page.get_by_label("标题").first.fill("中南路路灯不亮")
    page.get_by_role("button", name="登记").first.click()

    summary = page.locator("[data-error-summary]").first
    expect(summary).to_contain_text("处需要修改")
    expect(page.get_by_label("标题").first).to_have_value("中南路路灯不亮")


def test_an_accepted_form_says_what_happened(page: Page, guide: str) -> None:
    page.goto(f"{guide}/form/")
    form = page.locator("form.card").first
    form.get_by_label("标题").fill("中南路路灯不亮")
    form.get_by_label("诉求内容").fill("六盏路灯一周没有亮。")
    form.get_by_label("求助").check()
    form.get_by_label("联系电话").fill("13900005621")
    form.get_by_role("button", name="登记").click()

    expect(page.get_by_role("status")).to_contain_text("WC20261122000124")
    expect(page.get_by_label("标题").first).to_have_value("")


def test_a_forged_form_is_refused_with_words(page: Page, guide: str) -> None:
    page.goto(f"{guide}/form/")
    page.context.clear_cookies()
    page.get_by_role("button", name="登记").first.click()

    expect(page.get_by_role("status")).to_contain_text("页面放久了")
    page.get_by_role("button", name="登记").first.click()  # as it says: again
    expect(page.get_by_text("请填写这一项").first).to_be_visible()


def test_code_in_attributes_does_not_run(desk: Page) -> None:
    refused = desk.evaluate(
        """async () => {
            const button = document.createElement("button");
            button.setAttribute("hx-on:click", "window.hacked = true");
            document.body.append(button);
            htmx.process(button);
            button.click();
            await new Promise((resolve) => setTimeout(resolve, 50));
            return window.hacked === undefined;
        }"""
    )

    assert refused


def test_a_network_failure_is_told(desk: Page, guide: str) -> None:
    desk.goto(f"{guide}/form/")
    desk.route("**/ui/guide/form/", lambda route: route.abort())
    desk.get_by_role("button", name="登记").first.click()

    expect(desk.get_by_role("status")).to_contain_text("网络不通")


def test_slash_searches_and_question_mark_helps(desk: Page) -> None:
    desk.keyboard.press("/")
    expect(desk.get_by_role("searchbox")).to_be_focused()

    desk.keyboard.type("/?路灯")
    expect(desk.get_by_role("searchbox")).to_have_value("/?路灯")

    desk.get_by_role("heading", level=1).click()
    desk.keyboard.press("?")
    expect(desk.get_by_role("dialog", name="快捷键")).to_be_visible()


def test_menus_close_when_the_user_goes_elsewhere(desk: Page) -> None:
    menu = desk.locator("details.menu").first
    menu.locator("summary").click()
    expect(menu.get_by_role("button", name="接线员")).to_be_visible()

    desk.get_by_role("heading", level=1).click()

    expect(menu.get_by_role("button", name="接线员")).to_be_hidden()


def test_figures_arrive_after_the_page(desk: Page) -> None:
    expect(desk.locator("#count-triage")).to_have_text("1,286")
    expect(desk.locator("#count-unread")).to_have_text("3")
    expect(desk.locator("#count-callback")).to_be_empty()


@pytest.mark.parametrize("script", [True, False])
def test_the_menu_slides_in_on_a_phone(browser: Browser, guide: str, script: bool) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 700}, java_script_enabled=script)
    page = context.new_page()
    page.goto(f"{guide}/")
    line = page.get_by_role("navigation", name="主菜单").get_by_role("link", name="待派单")
    expect(line).to_be_hidden()

    page.get_by_role("link", name="菜单", exact=True).click()
    expect(line).to_be_visible()
    page.get_by_role("link", name="收起菜单").click()

    expect(line).to_be_hidden()
    context.close()


def test_news_asks_before_it_replaces_a_list(page: Page, guide: str) -> None:
    heard: list[str] = []

    def answer(route: Route) -> None:
        heard.append(route.request.url)
        body = "data: guide:list\n\n" if len(heard) == 1 else ": beat\n\n"
        route.fulfill(content_type="text/event-stream", body=f"retry: 60000\n{body}")

    page.set_viewport_size({"width": 1440, "height": 900})
    page.route("**/live/**", answer)
    page.goto(f"{guide}/")
    notice = page.get_by_role("button", name="列表有更新")

    expect(notice).to_be_visible()
    with page.expect_response(lambda response: response.url.endswith("/ui/guide/")):
        notice.click()

    expect(notice).to_be_hidden()
    assert "channel=guide%3Alist" in heard[0]


def test_a_point_is_picked_on_the_map(page: Page, guide: str) -> None:
    page.goto(f"{guide}/resident/")
    box = page.locator("[data-map]")
    expect(box.locator(".leaflet-overlay-pane canvas")).to_be_attached()

    box.click(position={"x": 120, "y": 150})

    expect(box.locator(".map-pin")).to_be_visible()
    lon = float(page.locator("#report-lon").input_value())
    assert 113 < lon < 116


def test_large_type_is_remembered_without_script(browser: Browser, guide: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 700})
    page = context.new_page()
    page.goto(f"{guide}/resident/")

    page.get_by_role("button", name="大字").click()

    expect(page.get_by_role("button", name="普通字")).to_be_visible()
    assert page.url.endswith("/ui/guide/resident/")
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 20
    context.close()


@pytest.mark.parametrize(("name", "most"), [("staff", 300), ("resident", 100)])
def test_the_first_page_stays_light(page: Page, guide: str, name: str, most: int) -> None:
    """Everything that the page loads, as compressed on the way (kilobytes)."""
    weights: dict[str, int] = {}

    def weigh(response: Any) -> None:
        if response.url.startswith(guide.rsplit("/ui/", 1)[0]) and "/live/" not in response.url:
            weights[response.url] = response.request.sizes()["responseBodySize"]

    page.on("requestfinished", lambda request: weigh(request.response()))
    page.route("**/live/**", lambda route: route.fulfill(status=204))
    page.goto(f"{guide}/{name}/", wait_until="networkidle")

    total = sum(weights.values()) / 1024
    print(json.dumps({name: round(total, 1)}))
    assert total <= most, weights
