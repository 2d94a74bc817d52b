"""Where a point or an address lies, in words and as outlines to draw: for somebody who says where it happened."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely

from huying.kernel.generation import cached
from huying.kernel.geometry import to_geojson
from huying.places.address import find
from huying.places.locate import GridIndex, grid_index, locate
from huying.places.tree import place_tree

FINE, COARSE = 0.00003, 0.0002  # degrees by which drawn outlines may differ: 3 m, 20 m


@dataclass(frozen=True, slots=True)
class Where:
    """`street` is a code: the outlines around."""

    words: str
    street: str = ""
    found: bool = False


def where_point(lon: float, lat: float) -> Where:
    """Raises `Invalid` for what cannot be a position."""
    located = locate(lon, lat)
    if located is None:
        return Where("这个位置不在本区。可以在地图上挪一挪，或者在上面写明地址。")
    tree = place_tree()
    community, grid = tree.name_of(located.community_id), tree.name_of(located.grid_id)
    street = tree.by_id.get(located.street_id)
    name = street.name if street else ""
    return Where(f"{name}{community}{grid}", street.code if street else "", found=True)


def where_words(address: str) -> Where:
    tree = place_tree()
    match = find(address[:200])
    family = tree.by_id.get(match.place_id) if match.place_id is not None else None
    if family is None:
        return Where("看样子不在本区，请核对一下地址。" if match.outside else "")
    street = tree.by_id.get(family.street_id or 0)
    name = street.name if street else ""
    return Where(f"{name}{tree.name_of(family.community_id)}", street.code if street else "", found=True)


@cached("places")
def _drawn() -> dict[str, bytes]:
    return {}


def outlines(street: str = "") -> bytes:
    """GeoJSON of the communities of a street, or of all streets. Unknown codes are like none."""
    family = place_tree().family(street)
    key = street if family is not None and family.street_id == family.id else ""
    drawn = _drawn()
    if key not in drawn:
        drawn[key] = _draw(grid_index(), family.id if key and family else None)
    return drawn[key]


def _draw(index: GridIndex | None, street_id: int | None) -> bytes:
    """Grids dissolved into what lies above them; lines that two share stay shared."""
    tree = place_tree()
    members: dict[int, list[int]] = defaultdict(list)
    if index is not None:
        for position, place in enumerate(index.places):
            if street_id is None:
                members[place.street_id].append(position)
            elif place.street_id == street_id:
                members[place.community_id].append(position)
    ids = list(members)
    areas = np.array(
        [shapely.union_all(index.geometries[members[pk]]) for pk in ids] if index is not None else [], dtype=object
    )
    if len(areas):
        areas = shapely.coverage_simplify(areas, COARSE if street_id is None else FINE)
    features = [
        {"type": "Feature", "properties": {"name": tree.name_of(pk)}, "geometry": to_geojson(area, 5)}
        for pk, area in zip(ids, areas, strict=True)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()
