"""How many cases of a channel a unit should have at most (件数控制目标), and how many it had."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from huying.cases.models import VolumeTarget
from huying.kernel.generation import cached


def targets(organisation_id: int, months: Sequence[dt.date]) -> Mapping[str, int]:
    """Per channel, what the targets of these months add up to. A channel that lacks one for any of them has none."""
    found: dict[str, int] = {}
    for channel, steps in _all().get(organisation_id, {}).items():
        of_months = [_holding(steps, month) for month in months]
        if None not in of_months:
            found[channel] = sum(most for most in of_months if most is not None)
    return found


@cached("volume_targets")
def _all() -> Mapping[int, Mapping[str, Sequence[tuple[dt.date, int | None]]]]:
    """Unit → channel → when they begin. A few hundred rows, changed a few times a year."""
    found: dict[int, dict[str, list[tuple[dt.date, int | None]]]] = {}
    rows = VolumeTarget.objects.order_by("since").values_list("organisation", "channel", "since", "most")
    for organisation, channel, since, most in rows:
        found.setdefault(organisation, {}).setdefault(channel, []).append((since, most))
    return found


def _holding(steps: Sequence[tuple[dt.date, int | None]], month: dt.date) -> int | None:
    """The newest that had begun by then."""
    return next((most for since, most in reversed(steps) if since <= month), None)
