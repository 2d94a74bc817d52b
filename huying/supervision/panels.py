"""What this room says on the page of a matter: who supervises it, and the button to do so; and in lists of matters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from huying.kernel.registry import DetailPanel, ListAct, detail_panels, list_acts
from huying.matters.detail import along
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.supervision.flow import INSTRUCTIONS, SUPERVISIONS
from huying.supervision.models import SupervisedMatter
from huying.supervision.queries import brief_rows, listed
from huying.supervision.queues import MOST_NAMED, supervisions_for

MOST = 10
ASKED = "supervised"  # told by the door of the matter, so that a matter nobody supervises costs no query


def register() -> None:
    along.add(ASKED, lambda: Exists(SupervisedMatter.objects.filter(matter=OuterRef("pk"))))
    detail_panels.declare(
        DetailPanel(
            key="supervision",
            label="督办",
            template="supervision/panel.html",
            context=supervisions_of,
            permission="supervision.view",
            order=50,
        )
    )
    list_acts.declare(
        ListAct(
            key="supervise",
            label="发起督办",
            url=lambda numbers: _new_url("supervision:new", numbers),
            permission="supervision.issue",
            most=MOST_NAMED,
        )
    )


def _new_url(name: str, numbers: Sequence[str]) -> str:
    return f"{reverse(name)}?{urlencode({'matter': ','.join(numbers)})}"


def supervisions_of(request: HttpRequest, matter: Matter) -> Mapping[str, object] | None:
    """Those this reader may see, the newest first; None where there is nothing to see and nothing to do."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if matter.kind in (SUPERVISIONS.kind, INSTRUCTIONS.kind):
        return None
    found: list[Matter] = []
    if getattr(matter, ASKED, True):
        rows = supervisions_for(actor).filter(supervision__about__matter=matter.pk)
        found = list(listed(rows).order_by("-id")[:MOST])
    may_issue, writes = actor.may("supervision.issue"), actor.role.key == "leader"
    if not found and not may_issue and not writes:
        return None
    return {
        "rows": brief_rows(found, actor, timezone.now()),
        "new_url": _new_url("supervision:new", [matter.number]) if may_issue else "",
        "write_url": _new_url("supervision:new-instruction", [matter.number]) if writes else "",
    }
