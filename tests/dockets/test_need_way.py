"""A need from whoever raises it to its rating, and everything that stands against a step."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from huying.dockets.models import Need, Offer
from huying.kernel import outbox
from huying.kernel.errors import Conflict, Forbidden, Invalid, Missing
from huying.kernel.generation import bump
from huying.matters import ledger
from huying.matters.models import Clock, Delivery, Matter
from huying.matters.succession import hand_over
from huying.people.models import Contact, Organisation
from tests.cases.desk import many, settled
from tests.factories.district import District
from tests.factories.pool import claimed, finished, need, of_water, offer, take

pytestmark = pytest.mark.django_db


def clock(matter: Matter, kind: str) -> Clock:
    return Clock.objects.filter(matter=matter, kind=kind).latest("pk")


def told(user: str) -> list[str]:
    outbox.drain()
    rows = Delivery.objects.filter(user__username=user).order_by("pk")
    return list(rows.values_list("message__key", flat=True))


def test_the_whole_way_by_a_department(district: District) -> None:
    of = of_water(district)
    [case] = many(district, 1)
    wanted = need(district, origin=case.number, person_name="李奶奶", person_phone="13800003333")
    unit, raiser = district.organisations["urban"].pk, district.organisations["community0"].pk
    assert (wanted.state, wanted.number[:4], wanted.holder_id) == ("raised", "WCXQ", raiser)
    assert wanted.co_handlers == [unit]  # its offer fits, so it may take it on by itself
    assert "need.open" in told("handler")
    wanted = take(district, wanted, "ask", "community_clerk", {"offer": str(of.pk)})
    assert (wanted.state, wanted.holder_id, wanted.lead_id, wanted.co_handlers) == ("asked", unit, unit, [raiser])
    assert clock(wanted, "match").met is True
    wanted = claimed(district, wanted, of)
    assert wanted.state == "claimed"
    row = Need.objects.get()
    assert abs(clock(wanted, "serve").due_at - row.wanted_until) < timedelta(minutes=1)
    assert (row.offer_id, row.planned_on, row.origin_id) == (of.pk, timezone.localdate(), case.pk)
    wanted = finished(district, wanted)
    assert (wanted.state, wanted.holder_id) == ("done", raiser)
    wanted = take(district, wanted, "confirm", "community_clerk", {"rating": "5"})
    assert (wanted.state, wanted.is_open) == ("confirmed", False)
    row.refresh_from_db()
    assert (float(row.hours or 0), row.rating, row.points) == (3.0, 5, 30)
    assert Offer.objects.values_list("rated", "stars").get() == (1, 5)
    assert "need.confirmed" in told("handler")
    assert Contact.objects.filter(pk=wanted.raised_by_id)[0].masked().name == "李**"
    ledger.take_anchor(timezone.now())
    assert ledger.verify().holds


def test_a_team_without_an_account_is_arranged_by_the_community(district: District) -> None:
    of = offer(district)
    wanted = take(district, need(district), "ask", "community_clerk", {"offer": str(of.pk)})
    raiser = district.organisations["community0"].pk
    assert (wanted.state, wanted.lead_id, wanted.holder_id) == ("claimed", raiser, raiser)
    wanted = finished(district, wanted, "community_clerk")
    with pytest.raises(Forbidden, match="不能确认自己报告的"):
        take(district, wanted, "confirm", "community_clerk", {"rating": "5"})
    wanted = take(district, wanted, "confirm", "street_clerk", {"rating": "4", "hours": 2.5})
    assert Need.objects.values_list("points", flat=True).get() == 25


def test_two_needs_do_not_get_the_last_of_an_offer(district: District) -> None:
    of = of_water(district, per_day=1)
    first, second = need(district), need(district)
    day = timezone.localdate().isoformat()
    take(district, first, "ask", "community_clerk", {"offer": str(of.pk), "planned_on": day})
    with pytest.raises(Conflict, match="只剩 0 个余量"):
        take(district, second, "ask", "community_clerk", {"offer": str(of.pk), "planned_on": day})
    take(district, first, "decline", "handler", {"reason": "人手都派出去了。"})
    assert take(district, second, "ask", "community_clerk", {"offer": str(of.pk), "planned_on": day}).state == "asked"


def test_who_declines_is_not_asked_again_and_the_clock_runs_anew(district: District) -> None:
    of = of_water(district)
    wanted = take(district, need(district), "ask", "community_clerk", {"offer": str(of.pk)})
    wanted = take(district, wanted, "decline", "handler", {"reason": "不在我们的维修范围。"})
    assert (wanted.state, wanted.co_handlers, wanted.lead_id) == ("raised", [], None)
    assert clock(wanted, "match").stopped_at is None
    assert Need.objects.values_list("offer", "planned_on").get() == (None, None)
    ended = take(district, wanted, "give_up", "community_clerk", {"reason": "没有别的单位能做。"})
    assert (ended.state, ended.is_open) == ("unmet", False)


def test_what_is_refused(district: District) -> None:
    of = of_water(district)
    other = of_water(district, service="legal", title="法律咨询")
    with pytest.raises(Invalid) as refused:
        need(district, wanted_until=timezone.now().isoformat(), wanted_from=timezone.now().isoformat())
    assert "wanted_until" in refused.value.fields
    with pytest.raises(Invalid, match="只能为本地的社区"):
        need(district, community=district.places["community1"].code)
    with pytest.raises(Invalid, match="没有这个编号"):
        need(district, origin="WC20260101000001")
    wanted = need(district)
    with pytest.raises(Invalid, match="不能用"):
        take(district, wanted, "ask", "community_clerk", {"offer": str(other.pk)})
    with pytest.raises(Missing):  # it was not invited, so it does not see it
        take(district, wanted, "claim", "handler2", {"offer": str(of.pk), "planned_on": "2026-12-01"})
    with pytest.raises(Invalid, match="不能早于今天"):
        past = (timezone.localdate() - timedelta(days=1)).isoformat()
        take(district, wanted, "claim", "handler", {"offer": str(of.pk), "planned_on": past})


def test_a_street_sees_and_judges_what_its_communities_raise(district: District) -> None:
    of = of_water(district)
    wanted = finished(district, claimed(district, need(district), of))
    wanted = take(district, wanted, "send_back", "street_clerk", {"reason": "还在滴水，请再来一次。"})
    assert (wanted.state, wanted.holder_id) == ("claimed", district.organisations["urban"].pk)
    assert take(district, wanted, "withdraw", "street_clerk", {"reason": "住户自己修好了。"}).state == "withdrawn"


def test_dissolved_bodies_are_succeeded(district: District) -> None:
    of = of_water(district)
    wanted = claimed(district, need(district), of)
    today = timezone.localdate()
    urban, housing = district.organisations["urban"], district.organisations["housing"]
    Organisation.objects.filter(pk=urban.pk).update(valid_to=today, successor=housing)
    bump("organisations")
    settled()
    assert hand_over() == 1
    wanted.refresh_from_db()
    assert (wanted.holder_id, wanted.lead_id, wanted.state) == (housing.pk, housing.pk, "claimed")
