"""What every test may rely on."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.test import TransactionTestCase
from playwright.sync_api import Browser, BrowserType, Playwright, sync_playwright
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from huying.cli.chinese import speak_chinese
from tests import emptying
from tests.factories.district import district
from tests.gate import Gate
from tests.ui.house import HouseClient

__all__ = ["district"]

speak_chinese()  # as `main` does before a command is asked for anything: click keeps what it once said

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if BROWSER is None and item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason="没有浏览器：apt-get install chromium fonts-noto-cjk"))


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """For one file and not, as the plugin has it, for the session: while it lives an event loop is running in the
    test's thread, and no other test could start one of its own."""
    with pytest.MonkeyPatch.context() as environment, sync_playwright() as playing:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Django takes that loop for asynchronous code
        yield playing


@pytest.fixture(scope="module")
def browser_type(playwright: Playwright, browser_name: str) -> BrowserType:
    found: BrowserType = getattr(playwright, browser_name)
    return found


@pytest.fixture(scope="module")
def launch_browser(browser_type: BrowserType, browser_type_launch_args: dict[str, Any]) -> Callable[..., Browser]:
    return partial(browser_type.launch, **browser_type_launch_args)


@pytest.fixture(scope="module")
def browser(launch_browser: Callable[..., Browser]) -> Iterator[Browser]:
    with launch_browser() as opened:
        yield opened


# What Chromium would do beside showing a page. Two pages under the address bar of every new window took as long as all
# that was asked of it. Of several such lists only the last counts: this one repeats what Playwright switches off.
SWITCHED_OFF = (
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup",
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled",
    "PreconnectToSearch",
)  # fmt: skip


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    arguments = [
        "--no-sandbox",  # as root Chromium does not start otherwise
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",  # looks for its maker's hosts at every start
        "--disable-component-update",
        "--disable-sync",
        f"--disable-features={','.join(SWITCHED_OFF)}",
    ]
    return {**browser_type_launch_args, "executable_path": BROWSER, "args": arguments}


@pytest.fixture(scope="module")
def browser_context_args() -> dict[str, Any]:
    return {"locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        emptying.remember()
    TransactionTestCase._fixture_teardown = emptying.restore  # type: ignore[attr-defined]


@pytest.fixture
def live_server(live_server: LiveServer, transactional_db: None) -> Iterator[LiveServer]:
    """The server of the whole run. What a page sends as it closes (a draft, that somebody has left) must not meet a
    database that is being emptied: between two tests it answers nothing."""
    server = live_server.thread.httpd
    app = server.get_app()
    assert app is not None
    gate = app if isinstance(app, Gate) else Gate(app)
    server.set_app(gate)
    gate.open()
    yield live_server
    gate.shut()


@pytest.fixture
def client() -> HouseClient:
    """Django's test client; every page it is given must pass the checks of the house."""
    return HouseClient()


@pytest.fixture(autouse=True)
def fresh_process_caches() -> None:
    """What one test cached must not be seen by the next."""
    from huying.kernel.generation import forget_all
    from huying.knowledge.rules.sampling import lately as cases_lately
    from huying.matters.frequencies import lately

    forget_all()
    lately.forget()
    cases_lately.forget()
