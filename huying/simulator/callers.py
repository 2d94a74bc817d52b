"""Who brings a case in, and who raised it."""

from __future__ import annotations

from random import Random

from huying.people.actors import Actor, machine_actor, visitor
from huying.people.enums import ContactKind
from huying.simulator import names
from huying.simulator.arrivals import Arrival
from huying.simulator.scenes import Scene
from huying.simulator.world import Grid, World

VOICE = {
    "phone": "接线", "hotline": "热线", "mayor": "热线", "city_board": "留言", "leaders_board": "留言", "visit": "来访",
    "grid": "网格", "portal": "网上", "neighbours": "网上", "enterprise": "企业", "proposal": "留言",
}  # fmt: skip
NUMBERED = {"hotline": "RX", "mayor": "SZ", "city_board": "CS", "leaders_board": "LD", "proposal": "TA"}


def receiver(world: World, arrival: Arrival, channel: str, grid: Grid, chance: Random) -> Actor:
    """Who registers it."""
    if arrival.owner:
        return world.users[arrival.owner]
    match channel:
        case "hotline" | "mayor" | "city_board" | "leaders_board" | "proposal":
            if chance.random() < 0.75:
                return machine_actor(world.machine, channel, frozenset({"cases.receive"}))
            return world.at_centre("call_taker", chance)
        case "portal" | "neighbours" | "enterprise":
            return visitor()
        case "grid":
            return world.workers.get(grid.place_id) or world.at_centre("call_taker", chance)
        case _:
            return world.at_centre("call_taker", chance)


def reporter_of(scene: Scene, chance: Random) -> dict[str, object]:
    """A few hundred people come again and again."""
    known = chance.random() < 0.12
    chance = Random(chance.randrange(400)) if known else chance  # noqa: S311
    if scene.situation.has("企业"):
        phone = f"027-0000-8{chance.randrange(1000):03}"
        return {"kind": ContactKind.ENTERPRISE, "name": scene["公司"], "phone": phone}
    return {"name": names.person(chance), "phone": names.mobile(chance)}
