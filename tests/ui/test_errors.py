"""What a person reads when something does not work."""

from __future__ import annotations

import json
import re
from html import unescape

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
from huying.matters.models import Matter
from tests.factories.district import District
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

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


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
        ("/nowhere/", 404, "请从首页重新找"),
        ("/desk/nowhere/", 404, "请核对网址或编号"),
        ("/raise/denied/", 403, "请从首页进"),
        ("/raise/suspicious/", 400, "请返回上一页"),
        ("/raise/away/", 503, "请过几分钟再试"),
        ("/not-allowed/", 405, "前面一页上的按钮"),
    ],
)
def test_every_error_says_what_to_do_next(client: Client, address: str, status: int, words: str) -> None:
    response = client.get(address)

    assert response.status_code == status
    assert words in response.content.decode()


@pytest.mark.parametrize("address", ["/nowhere/", "/raise/denied/", "/not-allowed/"])
def test_everybody_reads_errors_in_their_own_frame(district: District, address: str) -> None:
    def page(who: str) -> str:
        client = HouseClient()
        if who:
            client.force_login(district.users[who])
        return client.get(address).content.decode()

    for who in ("", "resident", "enterprise"):
        told = page(who)
        assert 'class="resident-bar"' in told
        assert 'href="tel:12345"' in told
        assert "岗位" not in told
        assert "管理员" not in told
    for who in ("call_taker", "handler"):
        told = page(who)
        assert 'id="navigation"' in told
        assert "回到工作台" in told
        assert "打电话说" not in told


def test_too_large_a_request_is_told_as_such(client: Client, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    response = client.post("/ui/type-size/", "next=" + "a" * 200, content_type="application/x-www-form-urlencoded")

    assert response.status_code == 413
    assert "内容太大" in response.content.decode()


def test_our_own_fault_is_owned_without_a_trace() -> None:
    client = HouseClient(raise_request_exception=False)

    response = client.get("/raise/bug/")

    assert response.status_code == 500
    assert "不是您的错" in response.content.decode()
    assert "ZeroDivisionError" not in response.content.decode()


# --- a form whose page stood open too long ---------------------------------------------------------------------------

TYPED = {"text": "门口的路灯坏了\n三天", "address": "水岸星城", "reporter.name": "王小明", "csrfmiddlewaretoken": "old"}


def fields(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return {name: unescape(value) for name, value in found}


def test_an_old_form_goes_once_more_with_what_was_typed(district: District) -> None:
    client = HouseClient(enforce_csrf_checks=True)

    response = client.post("/report/", TYPED, headers={"Origin": "http://testserver"})

    page = response.content.decode()
    assert response.status_code == 403
    assert "页面放久了" in page
    assert 'class="resident-bar"' in page
    assert "岗位" not in page
    assert 'action="/report/"' in page
    again = client.post("/report/", fields(page), headers={"Origin": "http://testserver"})
    assert again.status_code == 302
    matter = Matter.objects.get()
    assert matter.title == "门口的路灯坏了"


def test_an_old_form_of_the_desk_keeps_its_frame_and_words(district: District) -> None:
    client = HouseClient(enforce_csrf_checks=True)
    client.force_login(district.users["call_taker"])

    response = client.post("/desk/cases/new/", TYPED, headers={"Origin": "http://testserver"})

    page = response.content.decode()
    assert response.status_code == 403
    assert 'id="navigation"' in page
    assert fields(page)["text"] == TYPED["text"]


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", ""])
def test_a_strangers_form_is_not_offered_to_be_sent(origin: str) -> None:
    client = HouseClient(enforce_csrf_checks=True)

    response = client.post("/report/", TYPED, headers={"Origin": origin} if origin else {})

    assert response.status_code == 403
    assert "再提交一次" not in response.content.decode()
    assert TYPED["address"] not in response.content.decode()


def test_no_password_is_written_into_a_page() -> None:
    client = HouseClient(enforce_csrf_checks=True)
    typed = {"username": "li.ming", "password": "Secret-1234"}

    response = client.post("/account/sign-in/", typed, headers={"Origin": "http://testserver"})

    assert response.status_code == 403
    assert "请再填一次" in response.content.decode()
    assert "Secret-1234" not in response.content.decode()


def test_a_script_learns_the_token_that_is_good_from_now_on(district: District) -> None:
    client = HouseClient(enforce_csrf_checks=True)
    refused = client.post("/report/place/", {"address": "水岸星城"}, headers={"X-CSRFToken": "old"})
    assert refused.status_code == 403

    fresh = refused.headers["X-CSRFToken"]

    assert client.post("/report/place/", {"address": "水岸星城"}, headers={"X-CSRFToken": fresh}).status_code == 200


def test_a_form_whose_page_stays_is_told_where_it_leads(client: Client) -> None:
    plain = client.post("/ui/type-size/", {"large": "1", "next": "/follow/"})
    assert (plain.status_code, plain["Location"]) == (302, "/follow/")

    response = client.post("/ui/type-size/", {"large": "1", "next": "/follow/"}, headers={"X-Keeps-Page": "yes"})

    assert (response.status_code, response["X-Goes-To"]) == (204, "/follow/")
    assert "Location" not in response.headers
    assert response.cookies["large"].value == "1"
