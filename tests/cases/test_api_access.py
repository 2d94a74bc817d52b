"""Every operation × keys with each single scope; the document; the page."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from huying.people import bearer
from huying.people.access import rule_of
from huying.people.keys import GRANTABLE
from huying.people.roles import PERSONAL
from huying.web.api import api, urlpatterns
from tests.factories.api import ROOT, Program, program
from tests.factories.cases import receive
from tests.factories.district import District
from tests.ui.house import HouseClient

pytestmark = pytest.mark.django_db

OPERATIONS = [
    (method.upper(), path, tuple(operation.get("x-permissions", ())))
    for path, operations in api.document["paths"].items()
    for method, operation in operations.items()
]


@pytest.fixture(autouse=True)
def full_buckets() -> None:
    bearer.throttle.forget()


def test_every_operation_is_open_to_the_scopes_it_names_and_to_no_other(district: District) -> None:
    number = receive(district).number
    keys = {scope: program([scope], per_minute=10_000) for scope in sorted(GRANTABLE)}
    wrong: list[str] = []
    for method, path, scopes in OPERATIONS:
        address = path.removeprefix(ROOT).format(number=number, id=uuid.uuid4())
        if Program().request(method, address).status_code != 401:
            wrong.append(f"{method} {path}: open without a key")
        for scope, one in keys.items():
            refused = one.request(method, address, b"{}" if method == "POST" else b"").status_code == 403
            if refused == (not scopes or scope in scopes):
                wrong.append(f"{method} {path} with {scope}: {'refused' if refused else 'let through'}")
    assert wrong == []


def test_every_operation_but_me_names_its_scopes() -> None:
    assert [path for _, path, scopes in OPERATIONS if not scopes] == [f"{ROOT}/me"]
    assert {scope for _, _, scopes in OPERATIONS for scope in scopes} <= GRANTABLE
    assert not GRANTABLE & PERSONAL


def test_every_address_of_the_api_has_a_rule() -> None:
    assert [pattern for pattern in urlpatterns if rule_of(pattern.callback) is None] == []
    asked = {str(pattern.pattern): rule_of(pattern.callback) for pattern in urlpatterns}
    assert asked["api/v1/cases"] is not None
    assert set(asked["api/v1/cases"].permissions) == {"cases.receive", "cases.view"}


def test_the_document_is_served_to_everybody(client: HouseClient) -> None:
    answer = client.get(f"{ROOT}/openapi.json")
    document = answer.json()
    assert answer.status_code == 200
    assert document["openapi"].startswith("3.1")
    triage = document["paths"][f"{ROOT}/cases/{{number}}/steps/triage"]["post"]
    assert triage["security"] == [{"Bearer": ["cases.triage"]}]
    assert triage["responses"]["409"]["content"].keys() == {"application/problem+json"}
    assert document["components"]["schemas"]["Receive"]["properties"]["text"]["maxLength"] == 20_000


def test_the_page_explains_every_operation_without_anything_from_elsewhere(client: HouseClient) -> None:
    client.words = frozenset({"UTF-8", "JSON", "WGS-84"})
    answer = client.get(f"{ROOT}/docs")
    page = answer.content.decode()
    assert answer.status_code == 200
    for _, path, scopes in OPERATIONS:
        assert path in page
        assert all(scope in page for scope in scopes)
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert 'id="status-409"' in page


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("POST", "/cases/", 404),
        ("GET", "/", 404),
        ("DELETE", "/cases", 405),
        ("PUT", "/me", 405),
        ("GET", "/cases/WC1/steps/triage", 405),
    ],
)
def test_what_does_not_exist_is_told_in_json(db: None, method: str, path: str, status: int) -> None:
    answer = Program().request(method, path)
    assert answer.status_code == status
    if status == 405:
        assert answer.headers["Allow"]


def test_a_foreign_host_name_is_told_in_json(db: None) -> None:
    answer = Client(SERVER_NAME="evil.example").get(f"{ROOT}/me")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_mistake_of_ours_shows_nothing(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    from huying.cases.api import answers

    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    here = program()
    monkeypatch.setattr(answers, "brief_fields", broken)
    answer = here.post("/cases", {"channel": "hotline", "text": "路灯坏了，请维修。"})
    assert answer.status_code == 500
    assert b"secret" not in answer.content


def test_a_database_that_is_away_is_told_to_come_back(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    from huying.cases.api import operations

    def away(*_: object) -> None:
        raise OperationalError("connection refused")

    here = program()
    monkeypatch.setattr(operations, "open_many", away)
    answer = here.post("/cases", {"channel": "hotline", "text": "路灯坏了，请维修。"})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
