from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from huying.kernel.geometry import overlaps_and_holes
from huying.places import synthetic
from huying.places.enums import GridKind, Layer, Level, SpecialKind
from huying.places.locate import OUTSIDE, GridIndex, Located
from huying.places.rows import PlaceRow

OUTLINE = shapely.Polygon(synthetic.OUTLINE)
WEST, SOUTH, EAST, NORTH = OUTLINE.bounds


def at(level: Level, rows: list[PlaceRow]) -> list[PlaceRow]:
    return [row for row in rows if row.level == level]


def test_wuchang_has_15_streets_144_communities_and_1822_grids(invented: list[PlaceRow]) -> None:
    assert [len(at(level, invented)) for level in Level] == [1, 15, 144, 1822]
    assert len({row.code for row in invented}) == len(invented)
    assert invented[0].name == "武昌区"
    assert {row.name for row in at(Level.STREET, invented)} >= {"水果湖街道", "中华路街道"}


def test_parents_come_before_children(invented: list[PlaceRow]) -> None:
    seen: set[str | None] = {None}
    for row in invented:
        assert row.parent_code in seen
        seen.add(row.code)


def test_every_level_divides_the_one_above_without_overlap_or_hole(invented: list[PlaceRow]) -> None:
    shapes = {row.code: row.geometry for row in invented}
    assert all(isinstance(shape, shapely.Polygon) and shape.is_valid for shape in shapes.values())
    for parent in invented:
        if parent.level != Level.GRID:
            children = [row.geometry for row in invented if row.parent_code == parent.code]
            assert shapely.coverage_is_valid(children)
            assert shapely.coverage_union_all(children).equals(parent.geometry)
            assert not overlaps_and_holes([c for c in children if c], parent.geometry, tolerance_m2=0.001)


def test_coordinates_are_on_one_grid_so_neighbours_share_every_vertex(invented: list[PlaceRow]) -> None:
    vertices = shapely.get_coordinates([row.geometry for row in invented])
    assert np.abs(vertices - np.round(vertices, 6)).max() < 1e-12


def test_grids_are_of_a_size_that_one_worker_can_walk(invented: list[PlaceRow]) -> None:
    areas = shapely.area([row.geometry for row in at(Level.GRID, invented)]) * 110.9 * 95.8
    assert areas.min() > 0.01
    assert areas.max() < 0.5
    per_community = np.bincount([int(row.code[:12][-3:]) for row in at(Level.GRID, invented)])
    assert per_community[per_community > 0].min() >= 4


def test_population_adds_up_on_every_level(invented: list[PlaceRow]) -> None:
    for level in Level:
        assert sum(row.population or 0 for row in at(level, invented)) == synthetic.POPULATION
    households = invented[0].households or 0
    assert 2.0 < synthetic.POPULATION / households < 3.0


def test_special_grids_are_named_for_what_they_are(invented: list[PlaceRow]) -> None:
    special = [row for row in at(Level.GRID, invented) if row.kind == GridKind.SPECIAL]
    assert 100 < len(special) < 220
    assert {row.special_kind for row in special} == set(SpecialKind)
    assert all(row.special_kind and row.special_kind.label in row.name for row in special)


def test_the_same_seed_gives_the_same_map() -> None:
    assert synthetic.generate(grids=600) == synthetic.generate(grids=600)
    assert synthetic.generate(grids=600) != synthetic.generate(grids=600, seed=1)


def test_too_few_grids_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        synthetic.generate(grids=500)


@pytest.fixture(scope="session")
def index(invented: list[PlaceRow]) -> GridIndex:
    grids = at(Level.GRID, invented)
    return GridIndex([Located(i, 0, 0) for i in range(len(grids))], [g.geometry for g in grids if g.geometry])


@settings(max_examples=300, deadline=None)
@given(st.floats(WEST, EAST), st.floats(SOUTH, NORTH))
def test_every_point_of_the_district_lies_in_exactly_one_grid(index: GridIndex, lon: float, lat: float) -> None:
    point = shapely.Point(lon, lat)
    holders = [i for i in index.overlapping(point).tolist() if not index.geometries[i].boundary.intersects(point)]
    inside = OUTLINE.contains(point) and OUTLINE.boundary.distance(point) > 2 * synthetic.PRECISION
    found = index.find(lon, lat)
    assert len(holders) <= 1
    if inside:
        assert found is not None
        assert holders in ([], [found.grid_id])
    assert index.find_many(np.array([[lon, lat]])).tolist() == [found.grid_id if found else OUTSIDE]


def test_key_places_stand_in_their_grids_and_layers_have_somebody(invented: list[PlaceRow], index: GridIndex) -> None:
    codes = [row.code for row in at(Level.GRID, invented)]
    key_places = synthetic.key_places(invented)
    for place in key_places:
        found = index.find(place.lon, place.lat)
        assert found is not None
        assert codes[found.grid_id] == place.grid
    assert len({(place.grid, place.name) for place in key_places}) == len(key_places)
    layers = synthetic.layers(invented)
    assert {(row.grid, row.layer) for row in layers} == {(code, layer) for code in codes for layer in Layer}
    assert all(2 <= len(row.person) <= 3 for row in layers)
