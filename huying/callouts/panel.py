"""呼叫: on the page of a matter, the call-outs that it has caused, and the button that calls because of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.urls import reverse

from huying.callouts.flow import CALLOUTS
from huying.callouts.models import CausingMatter
from huying.callouts.queries import title_of, url_of
from huying.callouts.steps.linking import OWN_KINDS
from huying.kernel.registry import DetailPanel, detail_panels
from huying.matters.detail import TONES, along
from huying.matters.models import Matter
from huying.matters.scopes import scope_of
from huying.people.directory import directory
from huying.people.requests import UserRequest

ASKED = "caused_callouts"  # told by the door of the matter, so that a matter without call-outs costs no query

along.add(ASKED, lambda: Exists(CausingMatter.objects.standing().filter(matter=OuterRef("pk"))))


def callouts_of(request: HttpRequest, subject: Any) -> Mapping[str, object] | None:
    """Those the reader may see, and how many there are besides; one query where there are any."""
    actor, matter = cast(UserRequest, request).actor, cast(Matter, subject)
    if matter.kind in OWN_KINDS:
        return None
    may_call = actor.may("callouts.call") and matter.is_open
    caused = getattr(matter, ASKED, True)
    if not caused and not may_call:
        return None
    callouts: list[Matter] = []
    if caused:
        links = CausingMatter.objects.standing().filter(matter=matter.pk).select_related("callout__matter")
        callouts = [link.callout.matter for link in links.order_by("-pk")]
    if not callouts and not may_call:
        return None
    seen = [callout for callout in callouts if scope_of(actor).allows(actor, callout)]
    rows = []
    for callout in seen:
        state = CALLOUTS.state[callout.state]
        caller = directory().name_of(callout.lead_id)
        rows.append((url_of(callout), title_of(callout, actor), state.label, TONES[state.tone], caller))
    new_url = f"{reverse('callouts:new')}?{urlencode({'number': matter.number})}" if may_call else ""
    return {"callouts": rows, "hidden": len(callouts) - len(seen), "new_url": new_url}


detail_panels.declare(
    DetailPanel(
        key="callouts",
        label="呼叫",
        template="callouts/desk_panel.html",
        context=callouts_of,
        permission="callouts.view",
        order=55,
    )
)
