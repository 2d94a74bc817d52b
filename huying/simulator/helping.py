"""What happens beside the main way of one case: units that help, and a street that lets its community do it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from huying.people.actors import Actor
from huying.people.directory import Listed
from huying.people.enums import OrganisationKind
from huying.simulator.scenes import Scene
from huying.simulator.world import Grid, World

BESIDE = frozenset(
    {
        "take_part",
        "report_part",
        "accept_part",
        "pass_down",
        "take_on",
        "give_back",
        "send_to_grid",
        "report_check",
    }
)
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

    # --- what is said -----------------------------------------------------------------------------------------------

    def data(self, step: str, scene: Scene, lead: Actor) -> tuple[Actor, Mapping[str, object]]:
        """Who takes one of these steps, and its input. `lead`: who has the case in hand at the unit that leads."""
        match step:
            case "take_part":
                unit = self.to_take.pop(0)
                actor = self.world.handler(unit, self.chance)
                self.to_report.append((unit, actor))
                return actor, {"officer": self._name(actor)}
            case "report_part":
                unit, actor = self.to_report.pop(0)
                self.to_accept.append(unit)
                return actor, {"opinion": scene.phrase("协办意见")}
            case "accept_part":
                return lead, {"unit": self.to_accept.pop(0).code}
            case "send_to_grid":
                self.to_look = False
                return lead, {"grid": self.grid.code, "task": scene.phrase("请核查")}
            case "report_check":
                lon, lat = self.grid.points[0]
                found = {"true": True, "found": scene.phrase("核查"), "lon": lon, "lat": lat}
                return self.world.workers[self.grid.place_id], found
        below = self.below
        assert below is not None
        if step == "pass_down":
            self.out = True
            return lead, {"to": below.code, "task": scene.phrase("转社区")}
        clerk = self.world.handler(below, self.chance)
        if step == "take_on":
            return clerk, {"officer": self._name(clerk)}
        self.below = None
        return clerk, {"result": scene.phrase("交回")}

    def _name(self, actor: Actor) -> str:
        assert actor.user_id is not None
        return self.world.names[actor.user_id]
