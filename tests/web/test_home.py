"""Home after signing in: every role finds its work, none an empty or forbidden page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from django.utils import timezone

from huying.cases.flow import CASES
from huying.matters.engine import move_one
from huying.matters.models import Matter
from huying.people.roles import ROLES
from tests.cases.desk import at_desk, dispatched, many, statements, text_of, written
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

STAFF = [role.key for role in ROLES.values() if role.kind == "staff"]


def answer(district: District, matter: Matter, data: Mapping[str, object]) -> None:
    move_one(CASES, "answer", matter.pk, by=district.actor("call_taker"), data=data)


@pytest.mark.parametrize("role", STAFF)
def test_every_role_has_a_home_and_everything_on_it_opens(district: District, role: str) -> None:
    advance(district, receive(district), "handling")
    client = at_desk(district, role)
    home = client.get("/desk/")
    assert home.status_code == 200
    overview = home.context["overview"]
    figures = [figure for group in overview.groups for figure in group.figures]
    assert figures
    for line in home.context["ui"].menu:
        assert client.get(line.url, follow=True).status_code == 200, line.label
    for figure in figures:
        if figure.url:
            assert client.get(figure.url).status_code == 200, figure.label
    for table in overview.tables:
        for row in table.rows:
            for cell in row.cells:
                if cell.url:
                    assert client.get(cell.url).status_code == 200, (table.title, row.label)


@pytest.mark.parametrize("role", [role for role in STAFF if role != "administrator"])
def test_a_figure_opens_to_as_many_rows_as_it_says(district: District, role: str) -> None:
    for state in ("received", "triaged", "dispatched", "handling", "resolved", "closed"):
        advance(district, receive(district), state)
    receive(district, at=timezone.now() - timedelta(days=4))  # late by now
    advance(district, receive(district), "handling")
    answered = receive(district)
    reply = {
        "reply": "您好，办理地点在政务中心二楼。",
        "basis": "政策清楚，可以直接答复",
        "kind": "consult",
        "category": "02.02.01",
    }
    answer(district, answered, reply)
    client = at_desk(district, role)
    for group in client.get("/desk/").context["overview"].groups:
        for figure in group.figures:
            page = client.get(figure.url)
            assert len(page.context["rows"]) == int(figure.value), f"{group.label} {figure.label}"


@pytest.mark.parametrize("name", ["resident", "enterprise"])
def test_residents_are_led_to_their_own_front_page(district: District, name: str) -> None:
    answer = at_desk(district, name).get("/desk/")
    assert (answer.status_code, answer["Location"]) == (302, "/")


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("call_taker", "received"),
        ("call_taker", "resolved"),
        ("dispatcher", "triaged"),
        ("handler", "dispatched"),
        ("handler", "acknowledged"),
        ("handler", "handling"),
        ("chief", "awaiting_approval"),
        ("grid_worker", "handling"),
    ],
)
def test_what_waits_for_a_role_stands_on_its_home(district: District, name: str, state: str) -> None:
    matter = advance(district, receive(district), state)
    home = at_desk(district, name).get("/desk/")
    assert [row.number for row in home.context["overview"].first.rows] == [matter.number]


def test_what_presses_most_stands_first(district: District) -> None:
    fresh = receive(district)
    late = receive(district, at=timezone.now() - timedelta(days=3))
    asked = advance(district, receive(district), "resolved")
    rows = at_desk(district, "call_taker").get("/desk/").context["overview"].first.rows
    assert [row.number for row in rows] == [late.number, fresh.number, asked.number]


def test_an_alarm_stands_above_everything(district: District) -> None:
    matter = receive(district, text="我不想活了，现在就在楼顶，谁也别拦我。")
    page = text_of(at_desk(district, "supervisor").get("/desk/"))
    assert page.index("有险情等待确认") < page.index("overview-group")
    assert f'href="/desk/cases/{matter.number}/"' in page
    assert "有险情等待确认" not in text_of(at_desk(district, "handler").get("/desk/"))


def test_the_leader_sees_the_district_by_street_and_by_unit(district: District) -> None:
    late = advance(district, receive(district, at=timezone.now() - timedelta(days=40)), "dispatched",
                   start=timezone.now() - timedelta(days=40))  # fmt: skip
    advance(district, receive(district), "dispatched")
    client = at_desk(district, "leader")
    tables = {table.title: table for table in client.get("/desk/").context["overview"].tables}
    (street,) = [row for row in tables["各街道"].rows if row.label == "徐家棚街道"]
    assert [cell.value for cell in street.cells] == ["1", "2", "1"]
    (unit,) = tables["各单位"].rows
    assert (unit.label, [cell.value for cell in unit.cells]) == ("区城市管理执法局", ["2", "0", "1"])
    behind = client.get(unit.cells[2].url)
    assert [row.number for row in behind.context["rows"]] == [late.number]
    assert "区城市管理执法局，已超时" in text_of(behind)


def test_the_analyst_sees_figures_and_nobodys_number(district: District) -> None:
    receive(district, text="13971112222请回电话，小区门口路灯不亮。", category="02.02.01")
    client = at_desk(district, "analyst")
    tables = {table.title: table for table in client.get("/desk/").context["overview"].tables}
    (row,) = tables["收到最多的分类"].rows
    behind = text_of(client.get(row.cells[0].url))
    assert "139****2222" in behind
    assert "13971112222" not in behind


def test_the_administrator_sees_accounts_and_places_and_no_appeal(district: District) -> None:
    matter = receive(district)
    page = text_of(at_desk(district, "administrator").get("/desk/"))
    assert matter.title not in page
    assert "启用的账号" in page
    assert "网格" in page
    assert 'href="/desk/accounts/"' in page
    health = text_of(at_desk(district, "administrator").get("/desk/health/"))
    assert "数据库结构" in health
    assert matter.title not in health


def test_the_third_party_finds_nothing_that_was_not_given_to_it(district: District) -> None:
    matter = advance(district, receive(district, text="13971112222请回电，路灯不亮。"), "closed")
    for _ in range(2):
        again = move_one(CASES, "rework", matter.pk, by=district.actor("call_taker"), data={"reason": "又不亮了"})
        matter = advance(district, again, "closed")
    client = at_desk(district, "third_party")
    page = text_of(client.get("/desk/"))
    assert "没有等您评价的件" in page
    assert matter.number not in page
    assert client.get(f"/desk/cases/{matter.number}/").status_code == 404
    type(matter).objects.filter(pk=matter.pk).update(reviewers=[district.users["third_party"].pk])
    page = text_of(client.get(f"/desk/cases/{matter.number}/"))
    assert "13971112222" not in page


@pytest.mark.parametrize("name", STAFF)
def test_a_home_costs_the_same_with_one_case_and_with_many(district: District, name: str) -> None:
    client = at_desk(district, name)
    dispatched(district, many(district, 2)[:1])
    few = statements(client, "/desk/")
    dispatched(district, many(district, 60)[::2])
    lots = statements(client, "/desk/")
    assert len(few) == len(lots) <= 12
    assert written(lots) <= {"people_session"}
