"""All current streets, communities and grids by code, in memory: who is inside whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from huying.kernel.generation import cached
from huying.places.enums import Level
from huying.places.models import Place


@dataclass(frozen=True, slots=True)
class Family:
    """One place with what it lies in; ids that do not apply are None."""

    id: int
    code: str
    name: str
    level: str
    street_id: int | None
    community_id: int | None
    grid_id: int | None


@dataclass(frozen=True, slots=True)
class PlaceTree:
    by_code: Mapping[str, Family]
    by_id: Mapping[int, Family]

    def family(self, code: str) -> Family | None:
        return self.by_code.get(code)

    def name_of(self, place_id: int | None) -> str:
        found = self.by_id.get(place_id) if place_id is not None else None
        return found.name if found else ""

    def code_of(self, place_id: int | None) -> str:
        found = self.by_id.get(place_id) if place_id is not None else None
        return found.code if found else ""


@cached("places")
def place_tree() -> PlaceTree:
    """After a change to any place: `bump("places")`."""
    families = [
        Family(
            id=pk,
            code=code,
            name=name,
            level=level,
            street_id=pk if level == Level.STREET else street,
            community_id=pk if level == Level.COMMUNITY else community,
            grid_id=pk if level == Level.GRID else None,
        )
        for pk, code, name, level, street, community in Place.objects.current()
        .order_by("code")
        .values_list("pk", "code", "name", "level", "street_id", "community_id")
    ]
    return PlaceTree({f.code: f for f in families}, {f.id: f for f in families})
