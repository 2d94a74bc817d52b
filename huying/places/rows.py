"""Places as plain data, the shape in which they are generated, imported and written."""

from __future__ import annotations

from dataclasses import dataclass

from shapely import MultiPolygon, Polygon

from huying.places.enums import (
    CODE_LENGTH,
    LEVEL_OF_LENGTH,
    PARENT_LEVEL,
    AliasKind,
    GridKind,
    KeyPlaceKind,
    Layer,
    Level,
    SpecialKind,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRow:
    """One place with the boundary it has on the day it is written. `geometry` is in WGS-84 degrees."""

    code: str
    name: str
    kind: GridKind | None = None
    special_kind: SpecialKind | None = None
    households: int | None = None
    population: int | None = None
    geometry: Polygon | MultiPolygon | None = None

    @property
    def level(self) -> Level:
        """`KeyError` for a code of an impossible length: whoever reads input checks first."""
        return LEVEL_OF_LENGTH[len(self.code)]

    @property
    def parent_code(self) -> str | None:
        parent = PARENT_LEVEL.get(self.level)
        return self.code[: CODE_LENGTH[parent]] if parent else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasRow:
    """Words for the place with `code`; an empty code means outside the district."""

    code: str
    words: str
    kind: AliasKind
    first_number: int | None = None
    last_number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPlaceRow:
    """A key place of the grid with code `grid`, at a point."""

    grid: str
    name: str
    kind: KeyPlaceKind
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRow:
    """Who answers for one field of work in the grid with code `grid`."""

    grid: str
    layer: Layer
    person: str
    unit: str
