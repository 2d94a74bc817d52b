"""Whose a case is in the simulated district: what the dispatch rules say, but for some that somebody judges anew."""

from __future__ import annotations

from random import Random

from huying.knowledge.history import Asked
from huying.places.tree import place_tree
from huying.simulator.scenes import Spot
from huying.simulator.situations import COMMUNITY, STREET, Situation
from huying.simulator.world import World

BY_RULE = 0.85  # of the cases go to whom the rules name; the others to one whom the situation names, often the same
USUAL = 0.72  # of these to the first


def resolved(unit: str, spot: Spot) -> str:
    return spot.street if unit == STREET else spot.community if unit == COMMUNITY else unit


def asked(text: str, situation: Situation, spot: Spot | None, *, urgency: str, channel: str) -> Asked:
    """What is known of it when it is dispatched; without a `spot` no place."""
    places = place_tree().by_code
    return Asked(
        text,
        kind=situation.kind,
        category=situation.category,
        urgency=urgency,
        channel=channel,
        street=places[spot.street].id if spot else None,
        community=places[spot.community].id if spot else None,
    )


def unit_for(world: World, about: Asked, situation: Situation, spot: Spot, chance: Random) -> str:
    """The code of the unit that will have it in the end."""
    own = world.unit_for(about)
    by_rule = chance.random() < BY_RULE
    if own is not None and by_rule and (own.id, "chief") in world.actors:
        return own.code
    local = (STREET, COMMUNITY) if about.street is None else ()
    units = [unit for unit in situation.units if unit not in local]
    first = len(units) == 1 or chance.random() < USUAL
    return resolved(units[0] if first else chance.choice(units[1:]), spot)
