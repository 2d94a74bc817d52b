"""A unit's page: who may see whose, what stands on it, and that its figures open to their rows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from huying.cases.flow import CASES
from huying.matters.engine import move_one
from huying.matters.enums import Warning
from huying.matters.models import Matter
from tests.cases.desk import at_desk, dispatched, many, statements, text_of, written
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

ALL = ("call_taker", "dispatcher", "supervisor", "leader", "analyst")
OWN = {"handler": "URBAN", "chief": "URBAN", "street_clerk": "STREET", "community_clerk": "COMMUNITY0"}


@pytest.mark.parametrize("name", ALL)
def test_whoever_sees_everything_sees_every_unit(district: District, name: str) -> None:
    client = at_desk(district, name)
    page = text_of(client.get("/desk/units/?kind=department"))
    assert 'href="/desk/units/URBAN/"' in page
    assert client.get("/desk/units/URBAN/").status_code == 200
    assert client.get("/desk/units/WATER/").status_code == 200


@pytest.mark.parametrize(("name", "code"), OWN.items())
def test_a_unit_is_led_to_its_own_page_and_sees_no_other(district: District, name: str, code: str) -> None:
    client = at_desk(district, name)
    answer = client.get("/desk/units/")
    assert (answer.status_code, answer["Location"]) == (302, f"/desk/units/{code}/")
    assert client.get(f"/desk/units/{code}/").status_code == 200
    assert client.get("/desk/units/HOUSING/").status_code == 404


@pytest.mark.parametrize("name", ["grid_worker", "third_party", "administrator", "resident"])
def test_others_have_no_pages_of_units(district: District, name: str) -> None:
    client = at_desk(district, name)
    assert client.get("/desk/units/").status_code == 403
    assert client.get("/desk/units/COMMUNITY0/").status_code == 403


def test_a_unit_that_is_none_is_not_found(district: District) -> None:
    assert at_desk(district, "leader").get("/desk/units/NOBODY/").status_code == 404


def test_the_page_says_who_the_unit_is(district: District) -> None:
    unit = district.organisations["urban"]
    unit.duty_phone, unit.chief = "027-88886666", district.users["chief"]
    unit.save()
    page = text_of(at_desk(district, "supervisor").get("/desk/units/URBAN/"))
    for words in ("027-88886666", "09:00–12:00、14:00–17:30", "承办单位经办人甲", "承办单位负责人甲", "部门"):
        assert words in page


def test_figures_of_a_unit_open_to_their_rows(district: District) -> None:
    long_ago = timezone.now() - timedelta(days=60)
    late = advance(district, receive(district, at=long_ago), "handling", start=long_ago)
    closed = advance(district, receive(district), "closed")
    soon = advance(district, receive(district), "dispatched")
    Matter.objects.filter(pk=soon.pk).update(warning=Warning.YELLOW)
    beside = advance(district, receive(district), "triaged")
    together = {"lead": "HOUSING", "co_handlers": ["URBAN"]}
    move_one(CASES, "dispatch", beside.pk, by=district.actor("dispatcher"), data=together)
    client = at_desk(district, "leader")
    page = client.get("/desk/units/URBAN/").context["page"]
    told = {figure.label: figure for figure in (*page.states, *page.beyond)}
    assert {label: figure.value for label, figure in told.items() if figure.value != "0"} == {
        "待签收": "1",
        "办理中": "1",
        "已超时": "1",
        "快到期": "1",
        "协办": "1",
    }
    for figure in told.values():
        assert len(client.get(figure.url).context["rows"]) == int(figure.value), figure.label
    assert [row.number for row in page.late] == [late.number]
    assert (page.share.part, page.share.whole, page.share.words) == (1, 1, "100.0%")
    for url in (page.share.part_url, page.share.whole_url):
        assert [row.number for row in client.get(url).context["rows"]] == [closed.number]


def test_what_was_done_after_its_limit_is_not_on_time(district: District) -> None:
    start = timezone.now() - timedelta(days=60)
    slow = advance(district, receive(district, at=start), "awaiting_approval", start=start)
    advance(district, slow, "closed")
    client = at_desk(district, "supervisor")
    share = client.get("/desk/units/URBAN/").context["page"].share
    assert (share.part, share.whole, share.words) == (0, 1, "0.0%")
    assert client.get(share.part_url).context["rows"] == []
    overdue = client.get("/desk/figures/overdue/?unit=URBAN").context["rows"]
    assert [row.number for row in overdue] == [slow.number]


@pytest.mark.parametrize("address", ["?unit=NOBODY", "?place=1", "?category=99", "?channel=none"])
def test_a_figure_of_nobody_is_not_found(district: District, address: str) -> None:
    assert at_desk(district, "leader").get(f"/desk/figures/late/{address}").status_code == 404


def test_a_unit_finds_no_rows_of_others_behind_a_figure(district: District) -> None:
    advance(district, receive(district), "handling")
    rows = at_desk(district, "handler2").get("/desk/figures/open/?unit=URBAN").context["rows"]
    assert rows == []


@pytest.mark.parametrize(
    "url", ["/desk/units/?kind=department", "/desk/units/URBAN/", "/desk/figures/open/?unit=URBAN"]
)
def test_pages_of_units_cost_the_same_with_one_case_and_with_many(district: District, url: str) -> None:
    client = at_desk(district, "supervisor")
    dispatched(district, many(district, 1))
    few = statements(client, url)
    dispatched(district, many(district, 80))
    lots = statements(client, url)
    assert len(few) == len(lots) <= 12
    assert written(lots) <= {"people_session"}
