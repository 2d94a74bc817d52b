"""That a browser test can be written at all: a real browser, the live server, the test's own database."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer


@pytest.mark.browser
def test_the_browser_speaks_chinese_and_reaches_the_server(page: Page, live_server: LiveServer) -> None:
    response = page.goto(f"{live_server.url}/readyz")
    assert response is not None
    assert response.status == 200
    assert page.evaluate("navigator.language") == "zh-CN"
    assert page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone") == "Asia/Shanghai"
