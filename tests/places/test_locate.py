from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path

import numpy as np
import pytest
import shapely

from huying.kernel.errors import Invalid
from huying.kernel.generation import forget_all
from huying.places.actions import write_places
from huying.places.locate import OUTSIDE, GridIndex, Located, grid_index, locate, locate_many
from huying.places.models import Boundary, Place
from huying.places.rows import PlaceRow
from tests.places.conftest import BORN, COMMUNITY, centre, family, square

SHARED = Path(os.environ.get("HUYING_SHARED_DATA", "../shared/data")) / "places"


def test_a_point_knows_its_grid_community_and_street(four_grids: dict[str, int]) -> None:
    assert locate(*centre(1, 0)) == Located(
        grid_id=four_grids[f"{COMMUNITY}002"],
        community_id=four_grids[COMMUNITY],
        street_id=four_grids["420106001"],
    )


def test_many_points_keep_their_order_and_outside_is_none(four_grids: dict[str, int]) -> None:
    found = locate_many([centre(1, 1), (114.5, 30.5), centre(0, 0)])
    assert [one and one.grid_id for one in found] == [
        four_grids[f"{COMMUNITY}004"], None, four_grids[f"{COMMUNITY}001"],
    ]  # fmt: skip
    assert locate_many([]) == []
    assert locate_many([centre(0, 1)]) == [locate(*centre(0, 1))]


def test_a_point_on_a_border_always_goes_to_the_smaller_code(four_grids: dict[str, int]) -> None:
    corner = (114.301, 30.551)
    first = four_grids[f"{COMMUNITY}001"]
    assert locate(*corner) == locate_many([corner, corner])[1]
    assert (locate(*corner) or pytest.fail()).grid_id == first
    edge = (114.3015, 30.551)  # between the second and the fourth
    assert [(one or pytest.fail()).grid_id for one in locate_many([edge, corner])] == [
        four_grids[f"{COMMUNITY}002"], first,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lon", "lat", "message"),
    [
        (30.5505, 114.3005, "经度和纬度好像写反了：经度 30.5505"),
        (30.9, 120.0, "好像写反了"),
        (float("nan"), 30.5, "不是有效的数字"),
        (114.3, float("inf"), "不是有效的数字"),
        (12730000.0, 3570000.0, "超出范围.*单位是度"),
        (181.0, 30.0, "超出范围"),
    ],
)
def test_coordinates_that_cannot_be_meant_are_refused_with_the_reason(
    four_grids: dict[str, int], lon: float, lat: float, message: str
) -> None:
    with pytest.raises(Invalid, match=message) as refusal:
        locate(lon, lat)
    assert set(refusal.value.fields) == {"lon", "lat"}
    with pytest.raises(Invalid, match=f"第 2 个点.*{message}"):
        locate_many([centre(0, 0), (lon, lat)])


def test_a_swapped_pair_is_noticed_even_where_both_numbers_are_possible() -> None:
    index = GridIndex([Located(1, 2, 3)], [shapely.box(87.5, 43.7, 87.7, 43.9)])  # far west: both below 90
    with pytest.raises(Invalid, match="写反了"):
        index.find(43.8, 87.6)
    with pytest.raises(Invalid, match="写反了"):
        index.find_many(np.array([[43.8, 87.6], [87.6, 43.8]]))


@pytest.mark.django_db
def test_no_grids_yet_means_nowhere_but_nonsense_is_still_refused() -> None:
    assert grid_index() is None
    assert locate(114.3, 30.55) is None
    assert locate_many([(114.3, 30.55)] * 2) == [None, None]
    with pytest.raises(Invalid):
        locate(30.55, 114.3)


def test_last_years_point_lies_in_last_years_grid(four_grids: dict[str, int]) -> None:
    day = dt.date(2025, 3, 1)
    old = four_grids[f"{COMMUNITY}001"]
    Place.objects.filter(pk=old).update(valid_to=day)
    Boundary.objects.filter(place=old).update(valid_to=day)
    written = write_places([PlaceRow(code=f"{COMMUNITY}005", name="第5网格", geometry=square(0, 0))], day=day)
    new = written.ids[f"{COMMUNITY}005"]
    forget_all()

    def grid_on(day: dt.date | None) -> int | None:
        found = locate(*centre(0, 0), day)
        return found.grid_id if found else None

    assert grid_on(dt.date(2025, 2, 28)) == old
    assert grid_on(day) == grid_on(None) == new
    assert grid_on(dt.date(2019, 12, 31)) is None


@pytest.mark.django_db(transaction=True)
def test_the_index_is_kept_until_a_boundary_changes() -> None:
    write_places(family((0, 0)), day=BORN)
    first = grid_index()
    assert first is grid_index()
    assert locate(*centre(1, 0)) is None
    write_places([PlaceRow(code=f"{COMMUNITY}002", name="第2网格", geometry=square(1, 0))], day=BORN)
    assert grid_index() is not first
    assert locate(*centre(1, 0)) is not None


def test_hundred_thousand_grids_agree_with_the_plain_answer() -> None:
    from benchmarks.locate import cells

    polygons = cells(100_000)
    assert len(polygons) >= 100_000
    index = GridIndex([Located(i, 0, 0) for i in range(len(polygons))], polygons)
    points = np.random.default_rng(3).uniform(*(shapely.total_bounds(polygons).reshape(2, 2)), (3000, 2))
    found = index.find_many(points)
    row, holder = shapely.STRtree(polygons).query(shapely.points(points), predicate="intersects")
    expected = np.full(len(points), len(polygons))
    np.minimum.at(expected, row, holder)
    expected[expected == len(polygons)] = OUTSIDE
    assert (found == expected).all()
    singly = [index.find(lon, lat) for lon, lat in points[:300].tolist()]
    assert [one.grid_id if one else OUTSIDE for one in singly] == found[:300].tolist()


@pytest.mark.skipif(not (SHARED / "villages_8067.topo.json").exists(), reason="needs the real polygons beside the tree")
def test_real_village_polygons_hold_their_own_inner_points() -> None:
    polygons = villages(SHARED / "villages_8067.topo.json")
    assert len(polygons) > 7500
    index = GridIndex([Located(i, 0, 0) for i in range(len(polygons))], polygons)
    inner = shapely.get_coordinates(shapely.point_on_surface(polygons))
    found = index.find_many(inner)
    holds = shapely.intersects(np.array(polygons)[found], shapely.points(inner))
    assert (found != OUTSIDE).all()
    assert holds.all()
    assert (found == np.arange(len(polygons))).mean() > 0.99  # a few real villages overlap


def villages(path: Path) -> list[shapely.Polygon | shapely.MultiPolygon]:
    """TopoJSON: arcs of steps on a lattice, polygons as lists of arcs (~i is arc i backwards)."""
    topology = json.loads(path.read_text())
    scale, translate = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + translate for arc in topology["arcs"]]

    def ring(numbers: list[int]) -> np.ndarray:
        parts = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in numbers]
        return np.vstack([parts[0], *(part[1:] for part in parts[1:])])

    polygons = []
    for geometry in topology["objects"]["layer1"]["geometries"]:
        kind = geometry.get("type")
        groups = {"Polygon": [geometry.get("arcs")], "MultiPolygon": geometry.get("arcs")}.get(kind, [])
        rings = [[ring(numbers) for numbers in group] for group in groups]
        shape = shapely.make_valid(shapely.MultiPolygon([(r[0], r[1:]) for r in rings if len(r[0]) > 3]))
        if isinstance(shape, shapely.Polygon | shapely.MultiPolygon) and not shape.is_empty:
            polygons.append(shape)
    return polygons
