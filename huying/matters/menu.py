"""This room's lines in the frame of every page."""

from __future__ import annotations

from django.http import HttpRequest

from huying.kernel import live
from huying.kernel.paging import Counting, counting
from huying.kernel.registry import NavigationEntry, navigation
from huying.matters import alarms, queries, regimes, replies
from huying.matters.live import channels_of, may_hear
from huying.people.actors import Actor
from huying.ui.shell import shell


def register() -> None:
    shell.messages_url = "matters:messages"
    shell.unread = lambda request: queries.unread(_actor(request))
    shell.channels = lambda request: channels_of(_actor(request))
    live.authorise_by(may_hear)
    navigation.declare(
        NavigationEntry(
            key="alarms",
            label="险情",
            url_name="matters:alarms",
            permission=alarms.PERMISSION,
            counting=_alarms,
            order=300,
        )
    )
    navigation.declare(
        NavigationEntry(
            key="regimes",
            label="平急转换",
            url_name="matters:regimes",
            permission=regimes.PERMISSION,
            order=310,
        )
    )
    navigation.declare(
        NavigationEntry(
            key="templates",
            label="答复模板",
            url_name="matters:templates",
            permission=replies.PERMISSION,
            order=320,
        )
    )


def _alarms(request: HttpRequest) -> Counting:
    return counting({"alarms": queries.alarms_for(_actor(request)).filter(acknowledged_at=None)}, 1000)


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor
