"""Providers, offers and needs: a volunteers' team of a community, a department and a utility."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.utils import timezone

from huying.dockets.enums import ProviderKind
from huying.dockets.models import Offer, Provider
from huying.dockets.pool import offers
from huying.dockets.pool.matching import services
from huying.dockets.pool.needs.flow import NEEDS
from huying.matters.engine import move_one, open_one
from huying.matters.models import Matter
from tests.factories.district import District

TITLE = "独居老人家里水管漏水"
TEXT = "厨房水管漏水，需要上门修理。"


def provider(district: District, kind: str = "volunteers", name: str = "水岸志愿服务队", **values: object) -> Provider:
    place = district.places["community0"] if kind not in ("department", "utility") else None
    values = {"place": place} | values
    made, _ = Provider.objects.get_or_create(
        kind=ProviderKind(kind), name=name, defaults={"created_at": timezone.now(), **values}
    )
    return made


def offer(
    district: District,
    by: str = "community_clerk",
    of: Provider | None = None,
    service: str = "repair",
    **values: object,
) -> Offer:
    """By whoever may confirm it, so that it can be used at once."""
    content: dict[str, object] = {
        "provider": (of or provider(district)).pk,
        "service": services()[service].pk,
        "title": "上门修水龙头",
        "valid_from": dt.date(2026, 1, 1),
        "places": (district.places["community0"].pk,),
    }
    return offers.save(None, offers.Content(**(content | values)), by=district.actor(by))  # type: ignore[arg-type]


def of_water(district: District, **values: object) -> Offer:
    """By the department of the handler, for the whole district; confirmed by the centre."""
    unit = district.organisations["urban"]
    made = provider(district, "department", unit.name, organisation=unit)
    proposed = offer(district, "handler", made, **({"places": (), "title": "城管维修班"} | values))
    return offers.take(proposed.pk, offers.ACTS["confirm"], by=district.actor("supervisor"))


def need(district: District, by: str = "community_clerk", **values: object) -> Matter:
    now = timezone.now()
    data: dict[str, object] = {
        "service": "repair",
        "community": district.places["community0"].code,
        "title": TITLE,
        "text": TEXT,
        "wanted_from": now.isoformat(),
        "wanted_until": (now + dt.timedelta(days=3)).isoformat(),
    }
    return open_one(NEEDS, "raise", by=district.actor(by), data=data | values)


def take(district: District, matter: Matter, step: str, by: str, data: Mapping[str, object] | None = None) -> Matter:
    return move_one(NEEDS, step, matter.pk, by=district.actor(by), data=data or {})


def claimed(district: District, matter: Matter, of: Offer) -> Matter:
    """Taken on by the handler's department."""
    day = timezone.localdate().isoformat()
    return take(district, matter, "claim", "handler", {"offer": str(of.pk), "planned_on": day})


def finished(district: District, matter: Matter, by: str = "handler", **values: object) -> Matter:
    data = {"text": "换了龙头和软管，试水正常。", "people": 2, "hours": 3}
    return take(district, matter, "finish", by, data | values)
