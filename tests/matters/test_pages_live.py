"""Who may hear that something has changed."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.test import RequestFactory

from huying.matters.live import may_hear
from huying.matters.shown import show
from huying.people.sessions import SessionStore
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db


def heard(district: District, name: str, *wanted: str) -> set[str] | None:
    request = RequestFactory().get("/live/")
    session: SessionBase = SessionStore()
    request.session = session
    request.user = district.users[name] if name else AnonymousUser()
    allowed = may_hear(request, frozenset(wanted))
    return None if allowed is None else set(allowed)


def test_own_news_and_the_own_organisations(district: District) -> None:
    own, other = district.users["handler"].pk, district.users["handler2"].pk
    urban, housing = district.organisations["urban"].pk, district.organisations["housing"].pk
    asked = (f"user:{own}", f"user:{other}", f"holder:{urban}", f"holder:{housing}", "kind:case", "nonsense")
    assert heard(district, "handler", *asked) == {f"user:{own}", f"holder:{urban}"}
    centre = district.users["call_taker"].pk
    assert heard(district, "call_taker", *asked, f"user:{centre}") == {f"user:{centre}", "kind:case"}
    assert heard(district, "administrator", *asked) == set()


def test_a_case_by_who_may_see_it(district: District) -> None:
    matter = advance(district, receive(district), "dispatched")
    channel = f"matter:{matter.pk}"
    hearing = {name for name in district.users if heard(district, name, channel) == {channel}}
    assert {"call_taker", "handler", "chief", "street_clerk", "community_clerk", "grid_worker", "leader"} <= hearing
    assert hearing.isdisjoint({"handler2", "chief2", "assistance", "third_party", "administrator", "resident"})


def test_who_looks_at_a_case_is_heard_by_its_staff_alone(district: District) -> None:
    matter = receive(district, by=district.actor("resident"), channel="portal", reporter=None)
    both = (f"matter:{matter.pk}", f"presence:{matter.pk}")
    assert heard(district, "call_taker", *both) == set(both)
    assert heard(district, "call_taker", both[1]) == {both[1]}
    assert heard(district, "resident", *both) == {both[0]}
    assert heard(district, "handler", *both) == set()


@pytest.mark.parametrize("channel", ["matter:", "matter:x", "matter:-1", "matter:99999999999999999999", "matter:１"])
def test_odd_names_are_nothing(district: District, channel: str) -> None:
    assert heard(district, "call_taker", channel) == set()


def test_a_resident_hears_of_the_own_case(district: District) -> None:
    own = receive(district, by=district.actor("resident"), channel="portal", reporter=None)
    other = receive(district)
    asked = (f"matter:{own.pk}", f"matter:{other.pk}", "kind:case")
    assert heard(district, "resident", *asked) == {f"matter:{own.pk}"}


def test_whoever_has_shown_a_code_hears_of_that_case_only(district: District) -> None:
    followed, other = receive(district), receive(district)
    request = RequestFactory().get("/live/")
    session: SessionBase = SessionStore()
    request.session = session
    request.user = AnonymousUser()
    show(request, followed.pk)
    asked = frozenset({f"matter:{followed.pk}", f"matter:{other.pk}", "kind:case"})
    assert may_hear(request, asked) == {f"matter:{followed.pk}"}


def test_nobody_listens_without_signing_in(district: District) -> None:
    assert heard(district, "", "kind:case") is None
