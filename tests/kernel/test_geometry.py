"""Coordinates, areas and partitions against published values and figures worked out otherwise."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, Polygon, box

from huying.kernel.errors import Invalid, Refusal, TooLarge
from huying.kernel.geometry import (
    Datum,
    area_m2,
    areas_m2,
    checked_area,
    convert,
    convert_geometry,
    faults,
    from_geojson,
    from_wkb,
    from_wkb_many,
    overlaps_and_holes,
    to_geojson,
    to_wkb,
    to_wkb_many,
)

WGS84, GCJ02, BD09 = Datum

WUHAN = (114.30, 30.55)
BOW_TIE = Polygon([(114.0, 30.0), (114.1, 30.1), (114.1, 30.0), (114.0, 30.1)])


# --- datums ---


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        (WGS84, GCJ02, (116.41024449916938, 39.91640428150164)),
        (GCJ02, BD09, (116.41036949371029, 39.92133699351021)),
    ],
)
def test_published_values(source: Datum, target: Datum, expected: tuple[float, float]) -> None:
    """Tian'anmen as the test suites of the public implementations have it (npm coordtransform)."""
    assert convert(116.404, 39.915, source, target) == pytest.approx(expected, abs=1e-11)


def test_baidu_is_the_shift_after_the_shift() -> None:
    assert convert(*WUHAN, WGS84, BD09) == convert(*convert(*WUHAN, WGS84, GCJ02), GCJ02, BD09)


def test_the_shift_in_wuhan_is_some_hundred_metres() -> None:
    lon, lat = convert(*WUHAN, WGS84, GCJ02)
    assert 0.003 < abs(lon - WUHAN[0]) + abs(lat - WUHAN[1]) < 0.02


@settings(max_examples=300, deadline=None)
@given(
    st.floats(73.6, 135.0),
    st.floats(3.9, 53.5),
    st.sampled_from([(WGS84, GCJ02), (GCJ02, BD09), (WGS84, BD09)]),
)
def test_there_and_back(lon: float, lat: float, pair: tuple[Datum, Datum]) -> None:
    there = convert(lon, lat, *pair)
    assert there != (lon, lat)
    assert convert(*there, *pair[::-1]) == pytest.approx((lon, lat), abs=1e-8)


def test_arrays_give_what_single_points_give() -> None:
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(75, 134, 500), rng.uniform(5, 52, 500)
    for source in Datum:
        for target in Datum:
            x, y = convert(lon, lat, source, target)
            singles = [convert(a, b, source, target) for a, b in zip(lon.tolist(), lat.tolist(), strict=True)]
            assert np.abs(np.column_stack((x, y)) - singles).max() < 1e-9


def test_outside_china_nothing_moves_and_nan_stays() -> None:
    assert convert(2.35, 48.85, WGS84, BD09) == (2.35, 48.85)
    assert convert(2.35, 48.85, GCJ02, WGS84) == (2.35, 48.85)
    x, y = convert(np.array([np.nan, 114.3]), np.array([30.0, 30.55]), GCJ02, WGS84)
    assert np.isnan(x[0])
    assert (x[1], y[1]) == pytest.approx(convert(*WUHAN, GCJ02, WGS84), abs=1e-9)


def test_whole_polygons_are_converted_with_their_holes() -> None:
    ring = box(114.0, 30.0, 114.1, 30.1).difference(box(114.04, 30.04, 114.06, 30.06))
    assert isinstance(ring, Polygon)
    moved = convert_geometry(ring, WGS84, GCJ02)
    assert len(moved.interiors) == 1
    lon, lat = ring.exterior.coords[0]
    assert moved.exterior.coords[0] == pytest.approx(convert(lon, lat, WGS84, GCJ02))
    several = convert_geometry(np.array([ring, ring], dtype=object), WGS84, GCJ02)
    assert several[1].equals(moved)


# --- areas ---


def test_the_whole_ellipsoid() -> None:
    assert area_m2(box(-180, -90, 180, 90)) == pytest.approx(510_065_621_724_088, rel=1e-9)


def test_a_cell_of_the_graticule_by_integration() -> None:
    """∫∫ M(φ) N(φ) cos φ over 0.1° × 0.1° at Wuhan."""
    a, e2 = 6378137.0, 0.0066943799901413165
    phi = np.radians(np.linspace(30.5, 30.6, 2001))
    inner = a * a * (1 - e2) * np.cos(phi) / (1 - e2 * np.sin(phi) ** 2) ** 2
    expected = np.radians(0.1) * np.sum((inner[1:] + inner[:-1]) / 2) * (phi[1] - phi[0])
    assert area_m2(box(114.3, 30.5, 114.4, 30.6)) == pytest.approx(float(expected), rel=1e-8)


def test_the_stated_error_for_slanted_edges_of_a_kilometre() -> None:
    triangle = Polygon([(114.30, 30.55), (114.3074, 30.5564), (114.2985, 30.5588)])
    assert area_m2(triangle) == pytest.approx(area_m2(shapely.segmentize(triangle, 1e-5)), rel=1e-5)
    assert 200_000 < area_m2(triangle) < 1_000_000


def test_holes_are_subtracted_and_points_have_no_area() -> None:
    whole, hole = box(114.0, 30.0, 114.1, 30.1), box(114.04, 30.04, 114.06, 30.06)
    assert area_m2(whole.difference(hole)) == pytest.approx(area_m2(whole) - area_m2(hole))
    assert areas_m2([Point(114, 30), whole]).tolist() == [0.0, area_m2(whole)]
    assert areas_m2([]).tolist() == []


# --- in and out ---


def test_wkb_there_and_back() -> None:
    shapes = [box(114.0, 30.0, 114.1, 30.1), MultiPolygon([box(0, 0, 1, 1), box(2, 2, 3, 3)])]
    assert [shape.equals(back) for shape, back in zip(shapes, from_wkb_many(to_wkb_many(shapes)), strict=True)] == [
        True,
        True,
    ]
    assert from_wkb(memoryview(to_wkb(shapes[0]))).equals(shapes[0])
    assert len(to_wkb(Polygon([(0, 0, 5), (1, 0, 5), (1, 1, 5)]))) == len(to_wkb(Polygon([(0, 0), (1, 0), (1, 1)])))


@pytest.mark.parametrize("data", [b"", b"\x01", b"nonsense", b"\x01\x03\x00\x00\x00\xff\xff\xff\xff"])
def test_broken_wkb_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid, match="WKB"):
        from_wkb(data)


def test_geojson_there_and_back() -> None:
    shape = MultiPolygon([box(114.0, 30.0, 114.1, 30.1), box(114.2, 30.0, 114.3, 30.1)])
    text = json.dumps(to_geojson(shape))
    assert from_geojson(text).equals(shape)
    assert from_geojson({"type": "Feature", "properties": None, "geometry": json.loads(text)}).equals(shape)
    one = {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": json.loads(text)}]}
    assert from_geojson(json.dumps(one).encode()).equals(shape)
    assert to_geojson(Point(114.123456789, 30.5)) == {"type": "Point", "coordinates": [114.123457, 30.5]}


def test_heights_are_dropped() -> None:
    shape = from_geojson({"type": "Point", "coordinates": [114.3, 30.5, 22.0]})
    assert not shape.has_z


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "GeoJSON 文本"),
        ("{", "GeoJSON 文本"),
        ("[" * 100_000, "GeoJSON 文本"),
        (b"\xff\xfe", "GeoJSON 文本"),
        ("[1, 2]", "对象"),
        ("null", "对象"),
        ("{}", "type"),
        ('{"type": "Polygon"}', "type"),
        ('{"type": "Polygon", "coordinates": "x"}', "type"),
        ('{"type": "Polygon", "coordinates": [[[1, 2], ["a", 3], [4, 5]]]}', "type"),
        ('{"type": "Polygon", "coordinates": [[[1, 2]]]}', "type"),
        ('{"type": "Polygon", "coordinates": [[[1], [2], [3], [1]]]}', "type"),
        ('{"type": "Circle", "coordinates": [1, 2]}', "type"),
        ('{"type": "Feature", "geometry": null}', "type"),
        ('{"type": "Polygon", "coordinates": []}', "空"),
        ('{"type": "FeatureCollection", "features": []}', "一个要素"),
        ('{"type": "Point", "coordinates": [30.55, 114.3]}', "纬度, 经度"),
        ('{"type": "Point", "coordinates": [535000.0, 3380000.0]}', "超出范围"),
        ('{"type": "Point", "coordinates": [NaN, 30]}', "GeoJSON 文本"),
        ('{"type": "Point", "coordinates": [1e999, 30]}', "不是数字"),
    ],
)
def test_unusable_geojson_is_explained(source: str | bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        from_geojson(source)


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        max_leaves=12,
    ),
    st.sampled_from(["Point", "LineString", "Polygon", "MultiPolygon", "GeometryCollection", "Feature"]),
)
def test_any_json_is_a_geometry_or_a_refusal(contents: object, kind: str) -> None:
    try:
        from_geojson({"type": kind, "coordinates": contents, "geometries": contents, "geometry": contents})
    except Refusal as refusal:
        assert refusal.message.endswith("。")


def test_a_shape_with_too_many_vertices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huying.kernel.geometry.MAX_VERTICES", 4)
    with pytest.raises(TooLarge, match="顶点"):
        from_geojson(to_geojson(box(0, 0, 1, 1)))


def test_faults_name_kind_and_place() -> None:
    good, line, empty = box(0, 0, 1, 1), shapely.LineString([(0, 0), (1, 1)]), Polygon()
    assert faults([good, BOW_TIE, line, empty]) == [
        None,
        "边界自相交，位置约在 114.05, 30.05",
        "边界应是多边形（Polygon 或 MultiPolygon）",
        "边界应是多边形（Polygon 或 MultiPolygon）",
    ]
    assert checked_area(good) is good
    for bad in (BOW_TIE, line, empty):
        with pytest.raises(Invalid, match="请修正"):
            checked_area(bad)


# --- partitions ---

CELL = 0.01


def grid(columns: int, rows: int) -> list[Polygon]:
    return [
        box(114 + CELL * i, 30 + CELL * j, 114 + CELL * (i + 1), 30 + CELL * (j + 1))
        for j in range(rows)
        for i in range(columns)
    ]


OUTLINE = box(114, 30, 114 + 5 * CELL, 30 + 4 * CELL)


def test_a_clean_partition_has_no_faults() -> None:
    assert not overlaps_and_holes(grid(5, 4), OUTLINE)
    assert not overlaps_and_holes(grid(5, 4))


def test_each_kind_of_fault_is_measured() -> None:
    cells: list[Polygon] = grid(5, 4)
    missing = cells.pop(7)
    narrow = box(114, 30, 114 + CELL / 2, 30 + CELL)
    cells[0] = narrow
    wide = box(114 + CELL * 3, 30, 114 + CELL * 5.5, 30 + CELL)  # over its right neighbour and out of the outline
    cells[3] = wide
    result = overlaps_and_holes(cells, OUTLINE)

    (overlap,) = result.overlaps
    assert (overlap.first, overlap.second) == (3, 4)
    assert overlap.area_m2 == pytest.approx(area_m2(cells[4]))

    assert [round(hole.area_m2) for hole in result.holes] == [round(area_m2(missing)), round(area_m2(narrow))]
    assert missing.contains(Point(result.holes[0].lon, result.holes[0].lat))

    (outside,) = result.outside
    assert outside.index == 3
    assert outside.area_m2 == pytest.approx(area_m2(narrow), rel=1e-3)


def test_without_an_outline_enclosed_gaps_are_found() -> None:
    cells = grid(3, 3)
    missing = cells.pop(4)
    result = overlaps_and_holes(cells)
    assert [round(hole.area_m2) for hole in result.holes] == [round(area_m2(missing))]
    assert not result.outside
    assert not result.overlaps


def test_rounding_is_no_fault() -> None:
    shaken = shapely.set_precision(np.array(grid(5, 4), dtype=object), 0)
    shaken = shapely.transform(shaken, lambda xy: xy + np.sin(xy * 1e6) * 1e-11)
    assert not overlaps_and_holes(shaken, OUTLINE)
    assert overlaps_and_holes(shaken, OUTLINE, tolerance_m2=0.0)


def test_nothing_leaves_the_whole_outline_open() -> None:
    result = overlaps_and_holes([], OUTLINE)
    assert [hole.area_m2 for hole in result.holes] == [pytest.approx(area_m2(OUTLINE))]
    assert not overlaps_and_holes([])


def test_twins_and_nested_cells_overlap() -> None:
    big, small = box(0, 0, 1, 1), box(0.2, 0.2, 0.3, 0.3)
    result = overlaps_and_holes([big, small, small])
    assert [(one.first, one.second) for one in result.overlaps] == [(0, 1), (0, 2), (1, 2)]
