"""Resources beside a matter of any kind: what fits it now, and the needs that were raised because of it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from huying.dockets.pool.access import NEED, VIEW
from huying.dockets.pool.matching import resources_for
from huying.dockets.pool.needs.queries import needs_for, rows_of
from huying.dockets.queries import title_of, url_of
from huying.kernel.errors import Missing
from huying.matters.engine import UNKNOWN
from huying.matters.models import Matter, Words
from huying.people.access import desk
from huying.people.requests import UserRequest
from huying.places.tree import place_tree
from huying.ui.components import Crumb

MOST_NEEDS = 20


@desk(VIEW)
@require_GET
def matched(request: UserRequest, number: str) -> HttpResponse:
    actor, now = request.actor, timezone.now()
    matter = Matter.objects.visible_to(actor).filter(number=number).first()
    if matter is None:
        raise Missing(UNKNOWN)
    said = Words.objects.filter(matter=matter, field="text", erased_at=None).order_by("seq")
    words = f"{matter.title} {said.values_list('text', flat=True).first() or ''}"
    point = (matter.lon, matter.lat) if matter.lon is not None and matter.lat is not None else None
    place = matter.grid_id or matter.community_id or matter.street_id
    found = resources_for(place, category=matter.category, words=words, moment=now, point=point, most=12)
    needs = needs_for(actor).filter(need__origin=matter.pk).select_related("need__offer__provider")
    context = {
        "matter": matter,
        "title": title_of(matter, actor),
        "url": url_of(matter),
        "found": found,
        "place": place_tree().name_of(matter.community_id or matter.street_id),
        "needs": rows_of(list(needs.order_by("-id")[:MOST_NEEDS]), actor, now),
        "service": found.keys[0] if found.keys else "",
        "may_raise": actor.may(NEED) and matter.is_open,
        "crumbs": [Crumb(matter.number, url_of(matter)), Crumb("可用的服务资源")],
        "new_url": reverse("dockets:pool-new-need"),
    }
    return render(request, "dockets/pool/beside.html", context)
