"""The parts of the board as they stand on the page and come along its stream."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from huying.kernel import live
from huying.kernel.live import Feed
from huying.matters import alarms, regimes
from huying.web.board.content import Absent, Board, Call, board_of
from huying.web.board.seeing import View, view_of

NAMES = ("regime", "figures", "calls", "absent", "streets", "alarms", "late", "points")
FEED = "board"
MOST_ROWS = 5_000  # kept drawn in one process
HEARS = frozenset(
    {
        *("kind:callout", "kind:callout_response", "kind:case", "kind:supervision", "kind:docket"),
        *(regimes.CHANNEL, alarms.CHANNEL),
    }
)

_rows: dict[tuple[str, str, str], SafeString] = {}


def parts_of(view: View, now: datetime | None = None) -> dict[str, str]:
    return drawn(view, board_of(view, now or timezone.now()))


def drawn(view: View, board: Board) -> dict[str, str]:
    """By name, as HTML. Nothing in them depends on who reads beyond the view."""
    context = {
        "board": board,
        "view": view,
        "points": json.dumps(_points(board), ensure_ascii=False),
        "calls_rows": [_row("calls_row", "call", call, view) for call in board.calls],
        "absent_rows": [_row("absent_row", "one", one, view) for one in board.absent],
    }
    return {name: render_to_string(f"web/board/{name}.html", context) for name in NAMES}


def _row(template: str, name: str, shown: Call | Absent, view: View) -> SafeString:
    """A row as it was drawn last, while it says the same: of two hundred rows news changes a few."""
    key = (template, view.query, repr(shown))
    row = _rows.get(key)
    if row is None:
        if len(_rows) >= MOST_ROWS:
            _rows.clear()
        row = _rows[key] = render_to_string(f"web/board/{template}.html", {name: shown, "view": view})
    return row


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
