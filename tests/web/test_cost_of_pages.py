"""Every page that can be opened by its address alone asks the database as often with one case as with two hundred, and
not more than twelve times."""

from __future__ import annotations

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from huying.people.access import Rule
from tests.cases.desk import dispatched, many, settled
from tests.factories.cases import advance, receive
from tests.factories.district import District
from tests.test_routes import ruled

pytestmark = pytest.mark.django_db

MOST = 12
STATES = ("received", "triaged", "dispatched", "awaiting_approval", "resolved", "handling")  # nobody's list is empty
# One check after the other looks at something else; it is fetched behind the page.
BEYOND = {"/desk/health/"}
# Each page is asked for by the first of these who may open it.
ROLES = ("resident", "call_taker", "dispatcher", "handler", "chief", "supervisor", "administrator")


def addresses(district: District, role: str, number: str) -> list[str]:
    def first(rule: Rule) -> str | None:
        return next((key for key in ROLES if rule.kind != "public" and rule.admits(district.actor(key))), None)

    own = [address for address, rule in ruled() if first(rule) == role]
    named = [
        f"/{address}".replace("<number:number>", number)
        .replace("<str:code>", "URBAN")
        .replace("figures/<slug:key>", "figures/open")
        for address in own
    ]
    return [*(["/desk/"] if role != "resident" else []), *(url for url in named if "<" not in url)]


def cost(client: Client, url: str) -> int | None:
    """Statements of one page once its caches are warm; None when it is no page."""
    answer = client.get(url)
    if answer.streaming:  # a file is to be closed, the connection that the test's transaction is in is not
        request_finished.disconnect(close_old_connections)
        answer.close()
        request_finished.connect(close_old_connections)
    if answer.status_code != 200 or not answer.headers["Content-Type"].startswith("text/html"):
        return None
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    return len([query for query in queries if "kernel_generation" not in query["sql"]])


@pytest.mark.parametrize("role", ROLES)
def test_a_page_costs_the_same_however_much_there_is(district: District, role: str, settings: object) -> None:
    settings.SECOND_FACTOR_ROLES = []  # type: ignore[attr-defined]
    number = [advance(district, receive(district), state) for state in STATES][-1].number
    client = Client()
    settled()
    client.force_login(district.users[role])
    few = {url: cost(client, url) for url in dict.fromkeys(addresses(district, role, number))}
    assert any(n is not None for n in few.values())
    dispatched(district, many(district, 200)[::2])
    settled()
    wrong = []
    for url, before in few.items():
        if before is not None and url not in BEYOND:
            after = cost(client, url)
            if after != before or before > MOST:
                wrong.append(f"{url}: {before}, then {after}")
    assert wrong == []
