"""The pool asked from elsewhere: which resources fit a place, a text and a moment.

    found = resources_for(matter.community_id, category=matter.category, words=text, moment=now)
    {% include "dockets/pool/matched.html" with found=found %}

What is offered lies in memory; how much of it is taken is one query, and none where nothing bounded is found. Whoever
shows it asks for the permission `pool.view` first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Avg, F, Q, Sum
from django.urls import reverse
from django.utils import timezone

from huying.dockets.enums import ProviderKind
from huying.dockets.models import Need, Offer, Service
from huying.dockets.models.pool import POOL
from huying.dockets.pool.ranking import Match, Offered, Point, Used, Wanted, Where, judged, services_in
from huying.kernel.generation import cached
from huying.matters.settings.choices import category_paths
from huying.places.enums import Level
from huying.places.models import Boundary
from huying.places.tree import place_tree

MOST, MOST_OTHERS = 6, 4
GOOD, FAIR = 75, 60  # from which score a match is called so


@dataclass(frozen=True, slots=True)
class Resource:
    """One usable offer with what pages tell of it."""

    offered: Offered
    title: str
    provider: str
    kind: str
    organisation: int | None
    phone: str
    service: str  # its name


@dataclass(frozen=True, slots=True)
class Pool:
    resources: Mapping[int, Resource]
    by_service: Mapping[str, Sequence[Offered]]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A line of what was found. `share`: how well it fits, in words."""

    resource: Resource
    match: Match
    url: str
    rank: int

    @property
    def fitness(self) -> str:
        return "很合适" if self.match.score >= GOOD else "合适" if self.match.score >= FAIR else "可用"

    @property
    def id(self) -> int:
        return self.match.offered.id


@dataclass(frozen=True, slots=True)
class Found:
    """`services`: names of what was understood to be needed; `matches`, the best first; `others`: of that service and
    for that place, but not now. `total`: how many fit."""

    services: Sequence[str] = ()
    keys: Sequence[str] = ()
    matches: Sequence[Ranked] = ()
    others: Sequence[Ranked] = ()
    total: int = 0
    moment: dt.datetime | None = field(default=None, compare=False)

    def __bool__(self) -> bool:
        return bool(self.matches or self.others)


@cached(POOL)
def services() -> Mapping[str, Service]:
    """In display order, also those that are out of use."""
    return {one.key: one for one in Service.objects.all()}


def active_services() -> list[tuple[str, str]]:
    return [(key, one.name) for key, one in services().items() if one.active]


@cached("places")
def middles() -> Mapping[int, Point]:
    """The middle of each community and street, from the boxes of its grids."""
    today = timezone.localdate()
    rows = Boundary.objects.at(today).filter(place__level=Level.GRID)
    found: dict[int, Point] = {}
    for above in ("place__street_id", "place__community_id"):
        for key, lon, lat in rows.values_list(above).annotate(
            lon=Avg((F("min_x") + F("max_x")) / 2), lat=Avg((F("min_y") + F("max_y")) / 2)
        ):
            if key is not None and lon is not None and lat is not None:
                found[key] = (lon, lat)
    return found


def where(place: int | None, point: Point | None = None) -> Where:
    """A street, community or grid by its id; `point`, where it is known better."""
    family = place_tree().by_id.get(place) if place is not None else None
    if family is None:
        return Where(point=point)
    nearest = family.community_id or family.street_id
    return Where(family.street_id, family.community_id, point or middles().get(nearest or 0))


@cached(POOL, "places")
def pool() -> Pool:
    """All that can be used; whether it is open is judged for each moment."""
    resources: dict[int, Resource] = {}
    by_service: dict[str, list[Offered]] = {}
    for offer in Offer.objects.usable().select_related("provider", "service").order_by("pk"):
        offered = offered_of(offer)
        by_service.setdefault(offered.service, []).append(offered)
        provider = offer.provider
        resources[offer.pk] = Resource(
            offered,
            offer.title,
            provider.name,
            ProviderKind(provider.kind).label,
            provider.organisation_id,
            provider.phone,
            offer.service.name,
        )
    return Pool(resources, by_service)


def offered_of(offer: Offer) -> Offered:
    """As it is judged; its provider and service must have been read."""
    return Offered(
        id=offer.pk,
        service=offer.service.key,
        valid_from=offer.valid_from,
        places=frozenset(offer.places),
        home=where(offer.provider.place_id),
        weekdays=frozenset(offer.weekdays),
        months=frozenset(offer.months),
        opens=offer.opens,
        closes=offer.closes,
        valid_to=offer.valid_to,
        per_day=offer.per_day,
        per_month=offer.per_month,
        rated=offer.rated,
        stars=offer.stars,
    )


def understood(category: str = "", words: str = "") -> list[str]:
    """Keys of the services that a category's path and a text speak of."""
    text = f"{category_paths().get(category, '')} {words}"
    said = {key: (one.name, *one.words) for key, one in services().items() if one.active}
    return services_in(text, said)


def used_in(offers: Collection[int], first: dt.date, last: dt.date) -> Mapping[tuple[int, dt.date], int]:
    """What of these offers is given away on each day of these months. One query, none for no offers."""
    if not offers:
        return {}
    begins = first.replace(day=1)
    ends = (last.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    rows = Need.objects.filter(Q(offer__in=list(offers)), planned_on__gte=begins, planned_on__lt=ends)
    counted = rows.order_by().values_list("offer", "planned_on").annotate(n=Sum("quantity"))
    return {(offer, day): n for offer, day, n in counted if offer is not None and day is not None}


def resources_for(
    place: int | None,
    *,
    category: str = "",
    words: str = "",
    service: Collection[str] = (),
    moment: dt.datetime | None = None,
    until: dt.datetime | None = None,
    quantity: int = 1,
    point: Point | None = None,
    most: int = MOST,
) -> Found:
    """Resources for something at this place (a street, community or grid by id), the best first, each with its reasons.

    Args:
        category, words: what it is about; the services are understood from them unless `service` names their keys.
        moment, until: from when to when it is wanted; now, and just then.
    """
    starts = timezone.localtime(moment or timezone.now())
    ends = max(starts, timezone.localtime(until)) if until else starts
    keys = list(service) or understood(category, words)
    all_services, held = services(), pool()
    names = [all_services[key].name for key in keys if key in all_services]
    offers = [offered for key in keys for offered in held.by_service.get(key, ())]
    if not offers:
        return Found(names, keys, moment=starts)
    wanted = Wanted(frozenset(keys), where(place, point), starts, ends, quantity)
    bounded = [one.id for one in offers if one.per_day is not None or one.per_month is not None]
    taken = used_in(bounded, starts.date(), ends.date())

    def used(offer: int, day: dt.date) -> Used:
        month = sum(
            n for (key, on), n in taken.items() if key == offer and (on.year, on.month) == (day.year, day.month)
        )
        return Used(taken.get((offer, day), 0), month)

    found = judged(offers, wanted, used)
    fitting = [match for match in found if match.fits]
    others = [match for match in found if not match.fits]
    return Found(
        names,
        keys,
        [_line(match, held, n) for n, match in enumerate(fitting[:most], start=1)],
        [_line(match, held, 0) for match in others[:MOST_OTHERS]],
        len(fitting),
        starts,
    )


def _line(match: Match, held: Pool, rank: int) -> Ranked:
    url = reverse("dockets:pool-offer", args=[match.offered.id])
    return Ranked(held.resources[match.offered.id], match, url, rank)
