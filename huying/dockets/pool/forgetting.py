"""Whose data are kept for as long as they are needed here: contacts of providers and offers, and who has checked in.
Whom a need is for stands on the matter and goes with it. Who asks to be forgotten is erased from the contact; offers,
check-ins and hours stay, without a name."""

from __future__ import annotations

from huying.dockets.enums import CheckInState, OfferState
from huying.dockets.models import CheckIn, Offer, Provider
from huying.matters.retaining import in_use

in_use.add("pool.providers", lambda: Provider.objects.filter(active=True))
in_use.add("pool.offers", lambda: Offer.objects.exclude(state__in=(OfferState.WITHDRAWN, OfferState.EXPIRED)))
in_use.add("pool.check_ins", lambda: CheckIn.objects.filter(state__in=(CheckInState.PROPOSED, CheckInState.ACTIVE)))
