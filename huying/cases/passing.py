"""Cases that are passed on as they stand: who may, to whom, and the path that pages show (转办、现场核查)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from huying.cases.models import CasePassing
from huying.cases.models.passing import Direction
from huying.matters.aspects import Aspect, aspects
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.people.directory import Listed, directory
from huying.people.enums import OrganisationKind
from huying.places.tree import place_tree

PASSED_ON = "passed"

aspects.declare(
    Aspect(key=PASSED_ON, label="转办", meaning="主办单位转给上级或下级办过，或请网格员到现场核查过", order=61),
)


def unit_of(organisation_id: int | None) -> Listed | None:
    return directory().by_id.get(organisation_id or 0)


def is_out(matter: Matter) -> bool:
    """Whether somebody else has it in hand for the unit that answers for it."""
    return PASSED_ON in matter.aspects and matter.lead_id is not None and matter.holder_id != matter.lead_id


# --- who may: `fits` and `whose` of the steps ------------------------------------------------------------------------


def _holds_as_lead(matter: Matter, kind: OrganisationKind) -> bool:
    unit = unit_of(matter.holder_id)
    return matter.holder_id == matter.lead_id and unit is not None and unit.kind == kind


def may_pass_down(matter: Matter, actor: Actor) -> bool:
    return _holds_as_lead(matter, OrganisationKind.STREET)


def may_pass_up(matter: Matter, actor: Actor) -> bool:
    return _holds_as_lead(matter, OrganisationKind.COMMUNITY) and upper_of(matter.holder_id) is not None


def may_give_back(matter: Matter, actor: Actor) -> bool:
    return is_out(matter)


def may_take_back(matter: Matter, actor: Actor) -> bool:
    return is_out(matter)


def leads(actor: Actor, matter: Matter) -> bool:
    """`whose`: the unit that answers for it, although another has it in hand."""
    return actor.organisation_id is not None and actor.organisation_id == matter.lead_id


def may_send_to_grid(matter: Matter, actor: Actor) -> bool:
    unit = unit_of(matter.holder_id)
    return unit is not None and unit.kind == OrganisationKind.COMMUNITY and bool(grids_for(matter))


def walks_there(actor: Actor, matter: Matter) -> bool:
    """`whose`: a grid worker of the grid where it is."""
    return actor.scope == "grids" and matter.grid_id is not None and matter.grid_id in actor.grid_ids


def upper_of(organisation_id: int) -> Listed | None:
    """The street above a community's body."""
    unit = unit_of(organisation_id)
    upper = unit_of(unit.parent_id) if unit else None
    return upper if upper is not None and upper.kind == OrganisationKind.STREET and upper.current else None


def below(organisation_id: int) -> list[Listed]:
    """Bodies of the communities of a street."""
    return [
        unit
        for unit in directory().handlers()
        if unit.kind == OrganisationKind.COMMUNITY and unit.parent_id == organisation_id
    ]


def grids_for(matter: Matter) -> list[tuple[str, str]]:
    """Where its holder can send somebody to look: the grid in which it is, or any own one as long as that is open."""
    holder = unit_of(matter.holder_id)
    if holder is None or holder.place_id is None:
        return []
    own = [place for place in place_tree().by_id.values() if place.grid_id and place.community_id == holder.place_id]
    return [(place.code, place.name) for place in own if matter.grid_id in (None, place.id)]


# --- the path --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Leg:
    """One passing as pages tell it."""

    sender: str
    receiver: str
    what: str
    at: datetime
    how: str  # how it ended, or how it stands
    open: bool


def path_of(matter: Matter) -> Sequence[Leg]:
    """The way it has gone between bodies, oldest first. One query, and only where it went any."""
    if PASSED_ON not in matter.aspects:
        return ()
    rows = CasePassing.objects.filter(case=matter.pk).select_related("worker").order_by("seq")
    return [_leg(row) for row in rows]


def _leg(row: CasePassing) -> Leg:
    book = directory()
    on_site = row.direction == Direction.GRID
    open_words = "正在核查" if on_site else "正在办理" if row.taken_at else "等待接收"
    receiver = (row.worker.display_name if row.worker else "") if on_site else book.name_of(row.receiver_id)
    what = Direction(row.direction).label + ("，主办责任一并转移" if row.lead_too else "")
    ended = row.get_ending_display()
    return Leg(
        sender=book.name_of(row.sender_id),
        receiver=f"网格员 {receiver}" if on_site else receiver,
        what=what,
        at=row.at,
        how=ended or open_words,
        open=row.ended_at is None,
    )
