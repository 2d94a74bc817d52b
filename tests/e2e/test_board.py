"""The command board in a real browser, with its live stream: a call shows itself without reloading, and is pressed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from huying.callouts.models import Response
from huying.kernel import outbox
from tests.e2e.test_axe import NEEDS_AXE, faults
from tests.factories.callouts import TITLE, call, do, responses
from tests.factories.district import PASSWORD, District

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    NEEDS_AXE,
]


class Served:
    """Pages and streams on one port, as in production; can be taken away and come back."""

    def __init__(self) -> None:
        self.port = 0
        self.start()

    def start(self) -> None:
        from config.asgi import application

        self._server = uvicorn.Server(uvicorn.Config(application, port=self.port, log_level="warning", lifespan="off"))
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        end = time.monotonic() + 20
        while not self._server.started:
            assert time.monotonic() < end
            time.sleep(0.05)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]

    def stop(self) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(20)


@pytest.fixture
def server(served: District) -> Iterator[Served]:
    here = Served()
    yield here
    here.stop()


@pytest.fixture
def page(browser: Browser, server: Served, served: District) -> Iterator[Page]:
    context = browser.new_context(
        base_url=f"http://127.0.0.1:{server.port}", viewport={"width": 1920, "height": 1080}, locale="zh-CN"
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/account/sign-in/")
    page.get_by_label("用户名").fill(served.users["leader"].username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda url: "sign-in" not in url)
    yield page
    context.close()
    assert complaints == []


def test_a_call_shows_itself_and_is_pressed_from_the_board(page: Page, served: District) -> None:
    page.goto("/board/")
    expect(page.locator("#board-age")).to_contain_text("实时")
    page.evaluate("window.stayed = true")
    expect(page.get_by_text("现在没有呼叫")).to_be_visible()

    callout = call(served, "URBAN", "HOUSING")
    outbox.drain()
    row = page.locator(f"#board-calls [data-key='{callout.number}']")
    expect(row).to_contain_text(TITLE)
    expect(page.locator("#board-absent")).to_contain_text("区城市管理执法局")
    expect(page.locator("#board-told")).to_contain_text("新呼叫")
    expect(page.locator(".board-mark")).to_have_count(1)
    assert faults(page) == []

    row.get_by_role("link").first.click()
    panel = page.locator("#board-panel")
    panel.get_by_role("link", name="催办全部 2 个单位").click()
    panel.locator("dialog[open]").get_by_role("button", name="催办").click()
    expect(panel.get_by_role("status")).to_contain_text("已催办")
    assert set(Response.objects.values_list("presses", flat=True)) == {1}

    do(served, responses(callout)[0], "respond", "handler")
    outbox.drain()
    expect(row).to_contain_text("已响应")
    assert faults(page) == []
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    assert page.evaluate("window.stayed"), "the page was loaded anew"
    for size in ((3840, 2160), (1440, 900), (360, 780)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        wide, tall = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
        assert wide <= size[0]
        assert tall <= size[1] or size[0] == 360, "the screen does not scroll"


def test_a_broken_stream_is_admitted(page: Page, server: Served) -> None:
    page.goto("/board/")
    expect(page.locator("#board-age")).to_contain_text("实时")
    server.stop()
    expect(page.locator("#board-age")).to_contain_text("连接断开，数据截至", timeout=60_000)
    server.start()
    expect(page.locator("#board-age")).to_contain_text("实时", timeout=60_000)
