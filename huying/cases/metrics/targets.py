"""How many cases of a channel a unit should have at most (件数控制目标), and how many it had."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from huying.cases.models import VolumeTarget


def targets(organisation_id: int, months: Sequence[dt.date]) -> Mapping[str, int]:
    """Per channel, what the targets of these months add up to. A channel that lacks one for any of them has none.

    One query.
    """
    rows = VolumeTarget.objects.filter(organisation=organisation_id, since__lte=max(months)).order_by("since")
    by_channel: dict[str, list[tuple[dt.date, int | None]]] = {}
    for channel, since, most in rows.values_list("channel", "since", "most"):
        by_channel.setdefault(channel, []).append((since, most))
    found: dict[str, int] = {}
    for channel, steps in by_channel.items():
        of_months = [_holding(steps, month) for month in months]
        if None not in of_months:
            found[channel] = sum(most for most in of_months if most is not None)
    return found


def _holding(steps: Sequence[tuple[dt.date, int | None]], month: dt.date) -> int | None:
    """The newest that had begun by then."""
    return next((most for since, most in reversed(steps) if since <= month), None)
