"""Top bar, menu, headers and the large type."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import Client, RequestFactory
from django.urls import path

from config.urls import handler404  # noqa: F401 (Django looks for it here)
from config.urls import urlpatterns as real
from huying.kernel import registry
from huying.kernel.registry import EntryRegistry, NavigationEntry
from huying.ui import context
from huying.ui.components import Confirmation
from huying.ui.context import Frame
from huying.ui.csp import policy, tile_origin
from huying.ui.guide import ReasonForm
from huying.ui.pages import confirm_page
from huying.ui.shell import PostChoice, Shell


def page(request: HttpRequest) -> HttpResponse:
    return render(request, "ui/guide/form_part.html")


def question(request: HttpRequest) -> HttpResponse:
    form = ReasonForm(request.POST or None)
    form.is_valid()
    confirmation = Confirmation(
        id="back", label="退回", title="退回给承办人？", body="时限不停。", verb="退回", action="/question/", form=form
    )
    return confirm_page(request, confirmation)


urlpatterns = [
    *real,
    path("cases/", page, name="cases-list"),
    path("cases/new/", page, name="cases-new"),
    path("question/", question),
]

pytestmark = pytest.mark.urls(__name__)


class Dispatcher:
    is_signed_in = True

    def may(self, permission: str) -> bool:
        return permission == "cases.view"


@pytest.fixture
def navigation(monkeypatch: pytest.MonkeyPatch) -> Iterator[EntryRegistry[NavigationEntry]]:
    entries: EntryRegistry[NavigationEntry] = EntryRegistry("navigation", order=registry._by_order)
    monkeypatch.setattr(context, "navigation", entries)
    entries.declare(
        NavigationEntry(key="new", label="登记来件", url_name="cases-new", order=20),
        NavigationEntry(
            key="cases", label="诉求件", url_name="cases-list", permission="cases.view", count=lambda _: 12, order=10
        ),
        NavigationEntry(key="people", label="人员", url_name="cases-list", permission="people.manage"),
        NavigationEntry(key="later", label="尚无页面", url_name="nowhere"),
    )
    yield entries


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Shell:
    shell = Shell()
    monkeypatch.setattr(context, "shell", shell)
    monkeypatch.setattr("huying.ui.views.shell", shell)
    return shell


def request_of(actor: object, address: str = "/cases/") -> HttpRequest:
    request = RequestFactory().get(address)
    request.actor = actor  # type: ignore[attr-defined]
    return request


@pytest.mark.usefixtures("navigation")
def test_the_menu_shows_what_this_post_may_open() -> None:
    menu = Frame(request_of(Dispatcher())).menu

    assert [line.label for line in menu] == ["诉求件", "登记来件"]


@pytest.mark.usefixtures("navigation")
def test_the_line_nearest_to_the_page_is_marked() -> None:
    menu = Frame(request_of(Dispatcher(), "/cases/new/?draft=1")).menu

    assert [line.label for line in menu if line.current] == ["登记来件"]


@pytest.mark.usefixtures("navigation")
def test_visitors_have_no_menu() -> None:
    assert Frame(request_of(SimpleNamespace(is_signed_in=False))).menu == []


@pytest.mark.usefixtures("navigation")
def test_figures_are_fetched_after_the_page(shell: Shell) -> None:
    from huying.ui.views import counts

    shell.unread = lambda _: 3
    frame = Frame(request_of(Dispatcher()))
    assert frame.counts_url == "/ui/counts/"

    html = counts(request_of(Dispatcher())).content.decode()
    assert 'id="count-cases" hx-swap-oob="true">12</span>' in html
    assert 'class="count is-new" id="count-unread"' in html


def test_the_frame_draws_only_what_rooms_have_filled_in(shell: Shell) -> None:
    frame = Frame(request_of(Dispatcher()))
    assert (frame.search_url, frame.messages_url, frame.posts, frame.person) == ("", "", [], "")

    shell.posts = lambda _: [PostChoice(1, "派单员"), PostChoice(2, "接线员", current=True)]
    assert Frame(request_of(Dispatcher())).current_post == "接线员"


def test_a_question_as_a_page_keeps_what_was_refused(client: Client) -> None:
    assert "退回给承办人？" in client.get("/question/").content.decode()

    response = client.post("/question/", {"reason": ""})

    assert response.status_code == 422
    assert "请填写这一项" in response.content.decode()


# ---- headers ---------------------------------------------------------------------------------------------------------
def test_nothing_inline_and_nothing_from_outside_may_run(client: Client) -> None:
    header = client.get("/desk/nowhere/").headers["Content-Security-Policy"]

    assert "unsafe" not in header
    assert "script-src 'self'" in header
    assert "style-src 'self'" in header
    assert "frame-ancestors 'none'" in header


@pytest.mark.parametrize(
    ("tiles", "origin"),
    [
        ("", ""),
        ("https://tiles.example.cn/{z}/{x}/{y}.png", "https://tiles.example.cn"),
        ("https://t{s}.tianditu.gov.cn/vec_w/wmts?tk=1", "https://*.tianditu.gov.cn"),
        ("http://10.0.0.8:8080/{z}/{x}/{y}.png", "http://10.0.0.8:8080"),
        ("//no-scheme.example.cn/{z}", ""),
    ],
)
def test_pictures_may_come_from_the_map_server(tiles: str, origin: str) -> None:
    assert tile_origin(tiles) == origin
    assert (f"img-src 'self' data: blob: {origin}".strip() + ";") in policy(tiles)


# ---- large type ------------------------------------------------------------------------------------------------------
def test_large_type_is_remembered_and_given_up(client: Client) -> None:
    response = client.post("/ui/type-size/", {"large": "1", "next": "/follow/?n=1"})
    assert response.headers["Location"] == "/follow/?n=1"
    assert client.cookies["large"].value == "1"

    client.post("/ui/type-size/", {"large": "0", "next": "/"})
    assert client.cookies["large"].value == ""


def test_large_type_leads_nowhere_else(client: Client) -> None:
    response = client.post("/ui/type-size/", {"large": "1", "next": "https://elsewhere.example/"})
    assert response.headers["Location"] == "/"
