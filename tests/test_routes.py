"""Every address × every role: who may open it is said by its rule, and what is said holds."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from huying.people.access import Rule, rule_of
from huying.people.roles import ROLES
from tests.factories.cases import receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

# The ui room lies below people and has nothing to hide: type size, counts of one's own menu, the guide of components.
WITHOUT_RULE = ("ui/",)
BY_KEY = "api/"  # keys and scopes, tested with the API


def routes() -> Iterator[tuple[str, URLPattern]]:
    def walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[tuple[str, URLPattern]]:
        for pattern in patterns:
            address = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, address)
            elif not address.startswith((*WITHOUT_RULE, BY_KEY)):
                yield address, pattern

    yield from walk(get_resolver().url_patterns, "")


def ruled() -> list[tuple[str, Rule]]:
    return [(address, rule) for address, pattern in routes() if (rule := rule_of(pattern.callback)) is not None]


def test_every_address_says_who_may_open_it() -> None:
    silent = [
        address for address, pattern in routes() if rule_of(pattern.callback) is None and "metrics" not in address
    ]
    probes = {"healthz", "readyz", "metrics"}
    assert [address for address in silent if address.strip("/") not in probes] == []


def filled(address: str, number: str) -> str:
    values = {
        "str:number": number,
        "number:number": number,
        "slug:key": "triage",
        "str:key": "x",
        "uuid:pk": str(uuid.uuid4()),
        "int:pk": "1",
    }
    values |= {"str:code": "URBAN", "slug:code": "K001", "slug:name": "none", "uuid:key": str(uuid.uuid4())}
    for name, value in values.items():
        address = address.replace(f"<{name}>", value)
    assert "<" not in address, f"give {address} a value here"
    return f"/{address}"


@pytest.mark.parametrize("role", [*ROLES, "visitor"])
def test_every_role_opens_what_it_may_and_nothing_else(district: District, role: str, settings: object) -> None:
    settings.SECOND_FACTOR_ROLES = []  # type: ignore[attr-defined]  # its own tests ask for it
    if role == "integrator":
        pytest.skip("接口凭密钥使用，不登录页面；由接口的测试逐项核对")
    number = receive(district).number
    client = Client()  # not the house's: what the pages look like is tested with the pages
    actor = None
    if role != "visitor":
        user = district.users[role]
        client.force_login(user)
        actor = district.actor(role)
    wrong: list[str] = []
    for address, rule in ruled():
        url = filled(address, number)
        answer = client.get(url)
        if answer.streaming:
            list(answer.streaming_content)  # a file: read to its end it is closed
        if answer.status_code >= 500:
            wrong.append(f"{url}: {answer.status_code}")
        elif rule.kind == "public":
            if answer.status_code == 403:
                wrong.append(f"{url}: refused, though public")
        elif actor is None:
            if answer.status_code != 302 or "sign-in" not in answer["Location"]:
                wrong.append(f"{url}: {answer.status_code} for a visitor")
        elif rule.admits(actor) != (answer.status_code != 403) and not own_refusal(answer):
            wrong.append(f"{url}: {answer.status_code}, rule says {rule.admits(actor)}")
    assert wrong == []


def own_refusal(answer: HttpResponse) -> bool:
    """A view may be open to the role and still refuse this step or this object, in its own words."""
    content = b"" if answer.streaming else answer.content
    return "您的岗位不能" in content.decode() or "不在您的岗位手上" in content.decode()
