"""Stars on pages of call-outs and responses: what one response got, each dimension with its reason when it has none.

    {% include "callouts/stars/response.html" with stars=stars %}     stars: `of_response(matter, now)` or None
    {% include "callouts/stars/mark.html" with mark=mark %}           mark: a `league.Mark`

Pages that draw `matters.detail.panels_of` have it as a panel.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from huying.callouts.flow import CALLOUTS
from huying.callouts.responses import RESPONSES
from huying.callouts.stars import PERMISSION
from huying.callouts.stars.computing import overall
from huying.callouts.stars.league import Mark
from huying.callouts.stars.measured import REASONS, SIDES, Measured, Side, measured
from huying.callouts.stars.standards import standard_for
from huying.kernel.registry import DetailPanel, detail_panels
from huying.matters.models import Matter
from huying.people.directory import Listed, directory


@dataclass(frozen=True, slots=True)
class Got:
    """One dimension of one response."""

    name: str
    mark: Mark | None
    reason: str


@dataclass(frozen=True, slots=True)
class SideStars:
    """What one side of one response got: the unit by its caller and the clocks, or the caller by the unit."""

    side: Side
    unit: Listed | None
    mark: Mark | None
    parts: Sequence[Got]

    @property
    def label(self) -> str:
        return SIDES[self.side]

    @property
    def url(self) -> str:
        if self.unit is None:
            return ""
        query = "" if self.side == "called" else "?side=caller"
        return reverse("stars:unit", args=[self.unit.code]) + query


@dataclass(frozen=True, slots=True)
class ResponseStars:
    called: SideStars
    caller: SideStars

    @property
    def sides(self) -> tuple[SideStars, SideStars]:
        return self.called, self.caller


def of_response(matter: Matter, now: dt.datetime) -> ResponseStars | None:
    return next(iter(_found(Q(matter=matter.pk), now)), None)


def of_callout(matter: Matter, now: dt.datetime) -> list[ResponseStars]:
    """Of all responses to a call-out, in the order in which units were called. Two queries."""
    return _found(Q(callout=matter.pk), now)


def _found(wanted: Q, now: dt.datetime) -> list[ResponseStars]:
    return [ResponseStars(_side(row, "called"), _side(row, "caller")) for row in measured(wanted, now)]


def _side(row: Measured, side: Side) -> SideStars:
    standard = standard_for(row)
    got: dict[str, float] = {}
    parts = []
    for dimension in standard.of(side):
        stars = standard.stars(row, dimension.key)
        if stars is None:
            parts.append(Got(dimension.name, None, REASONS[row.missing[dimension.key]]))
        else:
            got[dimension.key] = stars
            parts.append(Got(dimension.name, Mark(stars), ""))
    value = overall(got, standard.weights(side))
    unit = directory().by_id.get(row.unit if side == "called" else row.caller)
    return SideStars(side, unit, None if value is None else Mark(value), parts)


# --- the panel -------------------------------------------------------------------------------------------------------


def register() -> None:
    detail_panels.declare(
        DetailPanel(
            key="stars",
            label="四维度五星级",
            template="callouts/stars/panel.html",
            context=_panel,
            permission=PERMISSION,
            order=60,
        )
    )


def _panel(request: HttpRequest, matter: Matter) -> Mapping[str, object] | None:
    """None, and no query, on the page of any other kind of matter and of calls that have not gone out."""
    if matter.kind == RESPONSES.kind:
        one = of_response(matter, timezone.now())
        return {"responses": [one]} if one else None
    if matter.kind == CALLOUTS.kind and matter.co_handlers:
        found = of_callout(matter, timezone.now())
        judged = [one for one in found if any(side.mark for side in one.sides)]
        return {"responses": judged, "unrated": len(found) - len(judged)} if found else None
    return None
