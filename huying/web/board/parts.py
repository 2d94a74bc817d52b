"""The parts of the board as they stand on the page and come along its stream."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from huying.kernel import live
from huying.kernel.live import Feed
from huying.matters import alarms, regimes
from huying.web.board.content import Board, board_of
from huying.web.board.seeing import View, view_of

NAMES = ("regime", "figures", "calls", "absent", "streets", "alarms", "late", "points")
FEED = "board"
HEARS = frozenset(
    {
        *("kind:callout", "kind:callout_response", "kind:case", "kind:supervision", "kind:docket"),
        *(regimes.CHANNEL, alarms.CHANNEL),
    }
)


def parts_of(view: View, now: datetime | None = None) -> dict[str, str]:
    return drawn(view, board_of(view, now or timezone.now()))


def drawn(view: View, board: Board) -> dict[str, str]:
    """By name, as HTML. Nothing in them depends on who reads beyond the view."""
    context = {"board": board, "view": view, "points": json.dumps(_points(board), ensure_ascii=False)}
    return {name: render_to_string(f"web/board/{name}.html", context) for name in NAMES}


def _points(board: Board) -> list[Mapping[str, object]]:
    """For the map: what, where (longitude, latitude), and whether somebody is late."""
    return [
        {
            "number": call.number,
            "title": call.title,
            "at": [round(call.point[0], 6), round(call.point[1], 6)],
            "exact": call.exact,
            "late": call.late,
            "emergency": call.emergency,
        }
        for call in board.calls
        if call.point is not None
    ]


def stream_url(view: View) -> str:
    return "/live/?feed=" + FEED + (f"&{view.query}" if view.query else "")


def areas_url(view: View, level: str = "") -> str:
    query = "&".join(filter(None, (f"level={level}" if level else "", f"street={view.street}" if view.street else "")))
    return reverse("web:board-areas") + (f"?{query}" if query else "")


def register() -> None:
    live.feed(Feed(name=FEED, hears=HEARS, key=view_of, make=parts_of))
