"""This room's lines in the frame of every page, and where a message about a supervision or an instruction leads."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from huying.kernel.paging import Counting, counting
from huying.kernel.registry import NavigationEntry, SettingsPage, navigation, settings_pages
from huying.matters.messages import urls
from huying.people.actors import Actor
from huying.supervision.flow import INSTRUCTIONS, SUPERVISIONS
from huying.supervision.queues import COUNTED_TO, instructions_for, supervisions_for, waiting_for


def register() -> None:
    urls.add(SUPERVISIONS.kind, lambda matter: reverse("supervision:detail", args=[matter.number]))
    urls.add(INSTRUCTIONS.kind, lambda matter: reverse("supervision:instruction", args=[matter.number]))
    navigation.declare(
        NavigationEntry(
            key="supervisions",
            label="督办件",
            url_name="supervision:list",
            permission="supervision.view",
            counting=_waiting,
            order=210,
        ),
        NavigationEntry(
            key="supervision-board",
            label="督办台账",
            url_name="supervision:board",
            permission="supervision.board",
            order=212,
        ),
        NavigationEntry(
            key="instructions",
            label="批示交办",
            url_name="supervision:instructions",
            permission="supervision.board",
            counting=_to_do,
            order=214,
        ),
    )
    settings_pages.declare(
        SettingsPage(
            key="letterhead",
            group="文字和消息",
            label="文书抬头",
            line="督办文书的发文机关、文号代字、主送和抄送。",
            url_name="supervision:letterhead",
            permission="matters.configure",
            order=420,
        )
    )


def _waiting(request: HttpRequest) -> Counting | None:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return counting({"waiting": supervisions_for(actor).filter(waiting_for(actor))}, COUNTED_TO)


def _to_do(request: HttpRequest) -> Counting | None:
    """What waits for the centre; leaders read and have nothing to do here."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not actor.may("supervision.assign"):
        return None
    waiting = instructions_for(actor).filter(Q(state__in=("recorded", "to_report"), closed_at=None))
    return counting({"waiting": waiting}, COUNTED_TO)
