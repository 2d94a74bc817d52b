"""Home after signing in: every role finds its work, none an empty or forbidden page."""

from __future__ import annotations

import pytest

from huying.people.roles import ROLES
from tests.cases.desk import at_desk, dispatched, many, statements, text_of, written
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

STAFF = [role.key for role in ROLES.values() if role.kind == "staff"]


@pytest.mark.parametrize("role", STAFF)
def test_every_role_has_a_home_and_every_line_of_its_menu_opens(district: District, role: str) -> None:
    advance(district, receive(district), "handling")
    client = at_desk(district, role)
    home = client.get("/desk/")
    assert home.status_code == 200
    assert home.context["panes"] or home.context["figures"]
    for line in home.context["ui"].menu:
        assert client.get(line.url).status_code == 200, line.label
    for figure in home.context["figures"]:
        if figure.url:
            assert client.get(figure.url).status_code == 200, figure.label
    for pane in home.context["panes"]:
        assert client.get(pane.url).status_code == 200


@pytest.mark.parametrize("name", ["resident", "enterprise"])
def test_residents_are_led_to_their_own_front_page(district: District, name: str) -> None:
    answer = at_desk(district, name).get("/desk/")
    assert (answer.status_code, answer["Location"]) == (302, "/")


@pytest.mark.parametrize(
    ("name", "state", "heading"),
    [
        ("call_taker", "received", "待研判"),
        ("call_taker", "resolved", "待回访"),
        ("dispatcher", "triaged", "待派单"),
        ("handler", "dispatched", "待签收"),
        ("handler", "acknowledged", "待沟通"),
        ("handler", "handling", "办理中"),
        ("chief", "awaiting_approval", "待审批"),
        ("grid_worker", "handling", "在办"),
        ("analyst", "handling", "在办"),
    ],
)
def test_what_waits_for_a_role_stands_on_its_home(district: District, name: str, state: str, heading: str) -> None:
    matter = advance(district, receive(district), state)
    home = at_desk(district, name).get("/desk/")
    panes = {pane.queue.label: [row.number for row in pane.rows] for pane in home.context["panes"]}
    assert panes[heading] == [matter.number]


def test_the_administrator_sees_accounts_and_places_and_no_appeal(district: District) -> None:
    matter = receive(district)
    page = text_of(at_desk(district, "administrator").get("/desk/"))
    assert matter.title not in page
    assert "启用的账号" in page
    assert "网格" in page
    assert 'href="/desk/accounts/"' in page
    assert 'role="search"' not in page  # nothing to search


def test_the_third_party_finds_what_was_reworked_twice(district: District) -> None:
    from huying.cases.flow import CASES
    from huying.matters.engine import move_one

    matter = advance(district, receive(district, text="13971112222请回电，路灯不亮。"), "closed")
    for _ in range(2):
        again = move_one(CASES, "rework", matter.pk, by=district.actor("call_taker"), data={"reason": "又不亮了"})
        matter = advance(district, again, "closed")
    once = advance(district, receive(district), "closed")
    client = at_desk(district, "third_party")
    page = text_of(client.get("/desk/"))
    assert matter.number in page
    assert once.number not in page
    assert "13971112222" not in page
    assert client.get(f"/desk/cases/{matter.number}/").status_code == 200


@pytest.mark.parametrize("name", ["call_taker", "handler", "supervisor", "leader", "street_clerk", "administrator"])
def test_a_home_costs_the_same_with_one_case_and_with_many(district: District, name: str) -> None:
    client = at_desk(district, name)
    dispatched(district, many(district, 2)[:1])
    few = statements(client, "/desk/")
    dispatched(district, many(district, 60)[::2])
    lots = statements(client, "/desk/")
    assert len(few) == len(lots) <= 12
    assert written(lots) <= {"people_session"}
