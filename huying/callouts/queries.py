"""Call-outs and responses as pages read them."""

from __future__ import annotations

from django.conf import settings
from django.db.models import QuerySet

from huying.callouts.flow import CALLOUTS
from huying.callouts.responses import RESPONSES
from huying.kernel.errors import Missing
from huying.matters.engine import UNKNOWN
from huying.matters.models import Matter
from huying.people.actors import Actor


def callouts_for(actor: Actor) -> QuerySet[Matter]:
    """Every call-out this actor may see. All lists, counts and doors of call-outs start here."""
    return Matter.objects.visible_to(actor).filter(district=settings.DISTRICT_CODE, kind=CALLOUTS.kind)


def responses_for(actor: Actor) -> QuerySet[Matter]:
    """The same of the responses to them."""
    return Matter.objects.visible_to(actor).filter(district=settings.DISTRICT_CODE, kind=RESPONSES.kind)


def callout_door(actor: Actor, number: str) -> Matter:
    """The call-out behind a number, if this actor may see it; otherwise it sounds as if there were none.

    Raises:
        Missing
    """
    matter = callouts_for(actor).filter(number=number).select_related("callout", "holder_user").first()
    if matter is None:
        raise Missing(UNKNOWN)
    return matter


def response_door(actor: Actor, number: str) -> Matter:
    """The response behind a number.

    Raises:
        Missing
    """
    rows = responses_for(actor).filter(number=number)
    matter = rows.select_related("response__callout__matter", "holder_user").first()
    if matter is None:
        raise Missing(UNKNOWN)
    return matter
