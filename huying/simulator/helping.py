"""What happens beside the main way of one case: units that help, and a street that lets its community do it."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from huying.people.actors import Actor
from huying.people.directory import Listed
from huying.people.enums import OrganisationKind
from huying.simulator.world import Grid, World

PASSED_DOWN = 0.12  # of what a street has in hand
LOOKED_AT = 0.1  # of what a community has in hand


class Helping:
    """Drawn from a generator of its own, so that cases without helpers are what they were."""

    def __init__(self, world: World, grid: Grid, hold: str, seed: int) -> None:
        self.world, self.grid, self.hold, self.chance = world, grid, hold, Random(seed)  # noqa: S311
        self.to_take: list[Listed] = []
        self.to_report: list[tuple[Listed, Actor]] = []
        self.to_accept: list[Listed] = []
        self.alone: list[Listed] = []  # asked, but nobody works there
        self.below: Listed | None = None  # the community that may get it
        self.out = False
        self.to_look = False  # somebody is asked to look on site

    def begin(self, lead: Listed, units: Sequence[str]) -> None:
        """It was dispatched, perhaps once more."""
        asked = [self.world.book.by_code[code] for code in units]
        self.alone = [unit for unit in asked if not self._handlers(unit)]
        self.to_take = [unit for unit in asked if unit not in self.alone]
        self.to_report, self.to_accept, self.out, self.below = [], [], False, None
        roll = self.chance.random()
        own = lead.code == self.grid.spot.community and self.grid.place_id in self.world.workers
        self.to_look = own and (roll < LOOKED_AT or self.hold == "checking")
        if lead.kind == OrganisationKind.STREET and not asked and (roll < PASSED_DOWN or self.hold == "passed"):
            unit = self.world.book.by_code.get(self.grid.spot.community)
            if unit is not None and unit.parent_id == lead.id and self.world.actors.get((unit.id, "community_clerk")):
                self.below = unit

    def _handlers(self, unit: Listed) -> bool:
        return any(self.world.actors.get((unit.id, role)) for role in ("handler", "street_clerk", "community_clerk"))

    def next(self) -> str:
        """The step that is due before a result is proposed; "" when there is none."""
        if self.to_take:
            return "take_part"
        if self.to_report:
            return "report_part"
        if self.to_accept:
            return "accept_part"
        if self.below is not None:
            return "give_back" if self.out else "pass_down"
        if self.to_look:
            return "send_to_grid"
        return ""

    def take(self) -> Actor:
        unit = self.to_take.pop(0)
        actor = self.world.handler(unit, self.chance)
        self.to_report.append((unit, actor))
        return actor

    def report(self) -> Actor:
        unit, actor = self.to_report.pop(0)
        self.to_accept.append(unit)
        return actor

    def accept(self) -> Listed:
        return self.to_accept.pop(0)

    def clerk(self) -> Actor:
        """Of the community that has it in hand."""
        assert self.below is not None
        return self.world.handler(self.below, self.chance)
