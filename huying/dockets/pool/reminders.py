"""Its people and whoever confirmed it are told once before an offer ends; whoever confirms, of what waits."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from huying.dockets.enums import OfferState
from huying.dockets.models import Offer
from huying.dockets.pool.access import unit_of
from huying.dockets.pool.parameters import EXPIRY_DAYS
from huying.matters.messages import GIVERS, Posts, tell, templates
from huying.matters.wording import OTHERS, Template
from huying.people.directory import directory

BATCH = 500

templates.add(
    "offer.ends",
    Template("服务资源快到期", "{number}“{title}”（{holder}）有效期到 {due}，过后不再推荐；还能提供的请延长有效期。"),
)
OTHERS["offer.ends"] = ("服务资源快到期", "提供单位和所在社区、街道")
templates.add("offer.proposed", Template("服务资源待确认", "{number}“{title}”由{holder}登记，请确认。"))
OTHERS["offer.proposed"] = ("登记服务资源", "所在社区、街道或区中心")


def keepers(offer: Offer) -> list[int]:
    """Organisations that keep it: its provider's, and those of the places it names."""
    units = [offer.provider.organisation_id]
    for place in {offer.provider.place_id, *offer.places} - {None}:
        unit = unit_of(place)
        units.append(unit.id if unit else None)
    return list(dict.fromkeys(unit for unit in units if unit is not None))


def _told(offer: Offer, posts: Posts) -> set[int]:
    found = {user for unit in keepers(offer) for user in posts.of_unit(unit)}
    return found or posts.users(GIVERS)


def _words(offer: Offer, **more: str) -> dict[str, str]:
    return {"number": offer.number, "title": offer.title, "holder": offer.provider.name, **more}


def remind(now: datetime) -> int:
    """Each is told once of each end. Returns how many offers were spoken of."""
    today = timezone.localdate(now)
    soon = today + timedelta(days=EXPIRY_DAYS.value)
    rows = Offer.objects.filter(
        Q(told_until=None) | ~Q(told_until=F("valid_to")),
        state__in=(OfferState.ACTIVE, OfferState.PAUSED),
        valid_to__gte=today,
        valid_to__lte=soon,
    )
    with transaction.atomic():
        locked = rows.select_for_update(of=("self",), skip_locked=True).select_related("provider").order_by("pk")
        ends = list(locked[:BATCH])
        posts = Posts.read({unit for offer in ends for unit in keepers(offer)}) if ends else Posts([])
        for offer in ends:
            due = f"{offer.valid_to:%-m月%-d日}"
            url = reverse("dockets:pool-offer", args=[offer.pk])
            tell("offer.ends", _told(offer, posts), _words(offer, due=due), url=url, at=now)
        Offer.objects.filter(pk__in=[one.pk for one in ends]).update(told_until=F("valid_to"))
    return len(ends)


def tell_proposed(offer: Offer, *, apart: int | None) -> None:
    """Whoever can confirm it; for the whole district, the centre."""
    units = [unit.id for unit in (unit_of(place) for place in offer.places) if unit is not None]
    posts = Posts.read(units or [directory().centre.id])
    users = {user for unit in units for user in posts.of_unit(unit)} or posts.users((*GIVERS, "supervisor"))
    url = reverse("dockets:pool-offer", args=[offer.pk])
    tell("offer.proposed", users - {apart or 0}, _words(offer), url=url, at=timezone.now())
