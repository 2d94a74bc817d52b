"""People in front of real browsers: each in a context of their own, every complaint of the browser a failure."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from huying.ui.assets import manifest
from tests.factories.district import PASSWORD, District, make_district

SIGN_IN_AS = {"call_taker": "call.taker", "street_clerk": "street.clerk"}

NO_NETWORK = "blockedbyclient"  # for `route.abort`: what a test takes away is no complaint

# A stream on which nothing ever comes: the server of these tests has none. Not a `route`, which would make the browser
# forget every script and style between two pages.
NO_NEWS = """window.EventSource = class extends EventTarget {
  static CLOSED = 2;
  readyState = 1;
  constructor() { super(); setTimeout(() => this.dispatchEvent(new Event("open"))); }
  close() { this.readyState = 2; }
};"""

Visit = Callable[..., Page]


@pytest.fixture
def served(live_server: LiveServer, transactional_db: None) -> District:
    if manifest() is None:
        pytest.skip("前端尚未构建：在 frontend 目录运行 npm ci && npm run build")
    return make_district()


@pytest.fixture
def visit(browser: Browser, live_server: LiveServer, served: District) -> Iterator[Visit]:
    """`visit("handler")`: a page signed in as that person; `visit()`: nobody's phone. Width in pixels."""
    opened: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(who: str = "", *, width: int = 1440) -> Page:
        size = {"width": width, "height": 800 if width < 600 else 900}
        context = browser.new_context(base_url=live_server.url, viewport=size, locale="zh-CN")  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        opened.append(context)
        page = context.new_page()
        context.add_init_script(NO_NEWS)
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" and not _refusal(m.text) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if who:
            page.goto("/account/sign-in/")
            page.get_by_label("用户名").fill(served.users[who].username)
            page.get_by_label("密码").fill(PASSWORD)
            page.get_by_role("button", name="登录").click()
            page.wait_for_url(lambda url: "sign-in" not in url)
        return page

    yield open_page
    heard = list(complaints)
    for context in opened:
        context.close()
    assert heard == []


def wait_until_true(page: Page, expression: str, seconds: float = 15) -> None:
    """Asks again and again from outside: `Page.wait_for_function` evaluates a string inside the page, which its CSP
    refuses whenever the first look finds it false."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never became true: {expression}"
        page.wait_for_timeout(50)


def _refusal(text: str) -> bool:
    """The browser reports every 4xx answer as an error; ours are meant."""
    return "Failed to load resource" in text and (" 4" in text or "ERR_BLOCKED_BY_CLIENT" in text)
