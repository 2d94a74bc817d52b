"""What a person reads when something does not work."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.test import Client
from django.urls import path
from pytest_django import Settings

from config.urls import handler400, handler403, handler404, handler500  # noqa: F401 (Django looks for them here)
from config.urls import urlpatterns as real
from huying.kernel.errors import Conflict, Forbidden, Invalid, Missing, Refusal, TooLarge, TooMany
from tests.ui.house import HouseClient

REFUSALS: dict[int, Refusal] = {
    403: Forbidden("只有派单员可以派单。"),
    404: Missing("没有找到编号为 WC20261122000123 的诉求件。"),
    409: Conflict("刚刚已由王芳派单，请刷新页面。"),
    413: TooLarge("附件不能超过 20 MB，请压缩后再传。"),
    422: Invalid("请写明事情发生在哪里。"),
    429: TooMany("查询太频繁，请 10 分钟后再试。", retry_after=600),
}


def refuse(request: HttpRequest, status: int) -> HttpResponse:
    raise REFUSALS[status]


def raises(request: HttpRequest, name: str) -> HttpResponse:
    raise {
        "denied": PermissionDenied,
        "suspicious": SuspiciousOperation,
        "bug": ZeroDivisionError,
        "away": OperationalError,
    }[name]


def not_allowed(request: HttpRequest) -> HttpResponse:
    return HttpResponseNotAllowed(["POST"])


urlpatterns = [
    *real,
    path("refuse/<int:status>/", refuse),
    path("api/v1/refuse/<int:status>/", refuse),
    path("raise/<str:name>/", raises),
    path("not-allowed/", not_allowed),
]

pytestmark = pytest.mark.urls(__name__)


@pytest.mark.parametrize("status", REFUSALS)
def test_the_domains_own_words_reach_the_reader(client: Client, status: int) -> None:
    response = client.get(f"/refuse/{status}/")

    assert response.status_code == status
    assert REFUSALS[status].message in response.content.decode()


def test_too_many_says_when_to_come_back(client: Client) -> None:
    assert client.get("/refuse/429/").headers["Retry-After"] == "600"


def test_a_fragment_gets_a_note_instead_of_a_page(client: Client) -> None:
    response = client.get("/refuse/409/", headers={"HX-Request": "true"})

    assert response.status_code == 409
    assert response.headers["HX-Retarget"] == "#toasts"
    assert "刚刚已由王芳派单" in response.content.decode()
    assert "<html" not in response.content.decode()


def test_programs_get_a_problem_document(client: Client) -> None:
    response = client.get("/api/v1/refuse/422/")

    assert response.headers["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["detail"] == "请写明事情发生在哪里。"


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/nowhere/", 404, "请核对网址或编号"),
        ("/raise/denied/", 403, "请在右上角切换后再试"),
        ("/raise/suspicious/", 400, "请返回上一页"),
        ("/raise/away/", 503, "请过几分钟再试"),
        ("/not-allowed/", 405, "点页面上的按钮"),
    ],
)
def test_every_error_says_what_to_do_next(client: Client, address: str, status: int, words: str) -> None:
    response = client.get(address)

    assert response.status_code == status
    assert words in response.content.decode()


def test_too_large_a_request_is_told_as_such(client: Client, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    response = client.post("/ui/type-size/", "next=" + "a" * 200, content_type="application/x-www-form-urlencoded")

    assert response.status_code == 413
    assert "内容太大" in response.content.decode()


def test_our_own_fault_is_owned_without_a_trace() -> None:
    client = HouseClient(raise_request_exception=False)

    response = client.get("/raise/bug/")

    assert response.status_code == 500
    assert "不是您的操作有误" in response.content.decode()
    assert "ZeroDivisionError" not in response.content.decode()


def test_an_old_form_is_explained() -> None:
    client = HouseClient(enforce_csrf_checks=True)

    response = client.post("/ui/type-size/", {"large": "1"})

    assert response.status_code == 403
    assert "页面停留太久" in response.content.decode()
