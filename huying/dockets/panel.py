"""所属议题: on the page of a matter, the dockets it stands in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.db.models import Exists, OuterRef
from django.http import HttpRequest

from huying.dockets.flow import DOCKETS
from huying.dockets.models import DocketMatter
from huying.dockets.queries import title_of, url_of
from huying.kernel.registry import DetailPanel, detail_panels
from huying.matters.detail import TONES, along
from huying.matters.scopes import scope_of
from huying.people.directory import directory
from huying.people.requests import UserRequest

ASKED = "in_dockets"  # told by the door of the matter, so that a matter in no docket costs no query

along.add(ASKED, lambda: Exists(DocketMatter.objects.standing().filter(matter=OuterRef("pk"))))


def dockets_of(request: HttpRequest, subject: Any) -> Mapping[str, object] | None:
    """Those the reader may see, and how many there are besides; one query."""
    actor = cast(UserRequest, request).actor
    if not getattr(subject, ASKED, True):
        return None
    links = DocketMatter.objects.standing().filter(matter=subject).select_related("docket__matter").order_by("-pk")
    dockets = [link.docket.matter for link in links]
    if not dockets:
        return None
    seen = [docket for docket in dockets if scope_of(actor).allows(actor, docket)]
    rows = []
    for docket in seen:
        state = DOCKETS.state[docket.state]
        lead = directory().name_of(docket.lead_id)
        rows.append((url_of(docket), title_of(docket, actor), state.label, TONES[state.tone], lead))
    return {"dockets": rows, "hidden": len(dockets) - len(seen)}


detail_panels.declare(
    DetailPanel(
        key="dockets",
        label="所属议题",
        template="dockets/desk_panel.html",
        context=dockets_of,
        permission="dockets.view",
        order=60,
    )
)
