"""Coordinates and areas of the earth, in process with Shapely 2 and NumPy.

Datums. WGS-84 and CGCS2000 differ by centimetres and are one here. GCJ-02 is the shifted datum that Chinese map
services must use, BD-09 Baidu's further shift of it. The formulas are the well-known public ones (Krasovsky ellipsoid);
the inverses are found by iteration to better than 1e-9 degrees (0.1 mm) of the forward formula. Outside China nothing
is shifted.

Coordinates are longitude, latitude in degrees, always in this order. Areas are on the WGS-84 ellipsoid: polygons are
drawn in Lambert's cylindrical equal-area projection, whose areas are exact; the only error is that an edge is taken as
straight there, below 0.001 % for edges up to one kilometre in China, growing with the square of their length.

What comes from outside and cannot be used raises `Invalid` with a Chinese text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar, overload

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from huying.kernel.errors import Invalid, TooLarge

Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]
Area = Polygon | MultiPolygon
G = TypeVar("G", bound=BaseGeometry)

MAX_VERTICES = 500_000  # of one geometry that comes from outside


class Datum(StrEnum):
    WGS84 = "wgs84"  # CGCS2000 as well
    GCJ02 = "gcj02"
    BD09 = "bd09"


# --- datums ----------------------------------------------------------------------------------------------------------

_SEMI_MAJOR = 6378245.0  # Krasovsky 1940
_ECCENTRICITY_2 = 0.00669342162296594323
_BD_TURN = np.pi * 3000.0 / 180.0
_CLOSE = 1e-10  # degrees
_ROUNDS = 30  # each round divides the error by about a thousand; only points at the edge of China need several


def _in_china(lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    return (lon >= 72.004) & (lon <= 137.8347) & (lat >= 0.8293) & (lat <= 55.8271)


def _wgs84_to_gcj02(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    short = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    dlat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + short
    dlat += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    dlat += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    dlon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + short
    dlon += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    dlon += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    phi = np.radians(lat)
    magic = 1.0 - _ECCENTRICITY_2 * np.sin(phi) ** 2
    dlat = np.degrees(dlat / (_SEMI_MAJOR * (1.0 - _ECCENTRICITY_2) / (magic * np.sqrt(magic))))
    dlon = np.degrees(dlon / (_SEMI_MAJOR / np.sqrt(magic) * np.cos(phi)))
    inside = _in_china(lon, lat)
    return np.where(inside, lon + dlon, lon), np.where(inside, lat + dlat, lat)


def _gcj02_to_bd09(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_TURN)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_TURN)
    inside = _in_china(lon, lat)
    return (
        np.where(inside, radius * np.cos(angle) + 0.0065, lon),
        np.where(inside, radius * np.sin(angle) + 0.006, lat),
    )


_Step = Callable[[Floats, Floats], tuple[Floats, Floats]]


def _inverse(forward: _Step) -> _Step:
    """Fixed point iteration: move the guess by what its image misses."""

    def backward(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        guess_lon, guess_lat = lon, lat
        for _ in range(_ROUNDS):
            image_lon, image_lat = forward(guess_lon, guess_lat)
            off_lon, off_lat = lon - image_lon, lat - image_lat
            guess_lon, guess_lat = guess_lon + off_lon, guess_lat + off_lat
            if not (np.maximum(np.abs(off_lon), np.abs(off_lat)) > _CLOSE).any():
                break
        return guess_lon, guess_lat

    return backward


_gcj02_to_wgs84 = _inverse(_wgs84_to_gcj02)
_bd09_to_gcj02 = _inverse(_gcj02_to_bd09)

_STEPS: dict[tuple[Datum, Datum], tuple[_Step, ...]] = {
    (Datum.WGS84, Datum.GCJ02): (_wgs84_to_gcj02,),
    (Datum.WGS84, Datum.BD09): (_wgs84_to_gcj02, _gcj02_to_bd09),
    (Datum.GCJ02, Datum.WGS84): (_gcj02_to_wgs84,),
    (Datum.GCJ02, Datum.BD09): (_gcj02_to_bd09,),
    (Datum.BD09, Datum.GCJ02): (_bd09_to_gcj02,),
    (Datum.BD09, Datum.WGS84): (_bd09_to_gcj02, _gcj02_to_wgs84),
}


@overload
def convert(lon: float, lat: float, source: Datum, target: Datum) -> tuple[float, float]: ...
@overload
def convert(lon: Floats, lat: Floats, source: Datum, target: Datum) -> tuple[Floats, Floats]: ...
def convert(
    lon: float | Floats, lat: float | Floats, source: Datum, target: Datum
) -> tuple[float, float] | tuple[Floats, Floats]:
    """The same places in another datum. Two numbers give two numbers, two arrays of one shape give two arrays.

    NaN stays NaN.
    """
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    for step in _STEPS.get((source, target), ()):
        x, y = step(x, y)
    if isinstance(lon, np.ndarray):
        return x, y
    return float(x), float(y)


@overload
def convert_geometry(geometry: G, source: Datum, target: Datum) -> G: ...
@overload
def convert_geometry(geometry: Geometries, source: Datum, target: Datum) -> Geometries: ...
def convert_geometry(geometry: G | Geometries, source: Datum, target: Datum) -> G | Geometries:
    """Every vertex of one geometry, or of an array of them, in another datum."""

    def vertices(coordinates: Floats) -> Floats:
        return np.column_stack(convert(coordinates[:, 0], coordinates[:, 1], source, target))

    return shapely.transform(geometry, vertices)


# --- areas -----------------------------------------------------------------------------------------------------------

_A = 6378137.0  # WGS-84
_F = 1.0 / 298.257223563
_E2 = _F * (2.0 - _F)
_E = _E2**0.5


def _equal_area(coordinates: Floats) -> Floats:
    """Longitude, latitude in degrees → metres in Lambert's cylindrical equal-area projection of the ellipsoid."""
    sine = np.sin(np.radians(coordinates[:, 1]))
    q = (1.0 - _E2) * (sine / (1.0 - _E2 * sine * sine) + np.arctanh(_E * sine) / _E)
    return np.column_stack((_A * np.radians(coordinates[:, 0]), _A * q / 2.0))


def areas_m2(geometries: Sequence[BaseGeometry] | Geometries) -> Floats:
    """Area of each geometry in m² (holes subtracted; 0 for points and lines)."""
    return shapely.area(shapely.transform(_array(geometries), _equal_area))


def area_m2(geometry: BaseGeometry) -> float:
    """Area of one geometry in m²."""
    return float(areas_m2([geometry])[0])


def _array(geometries: Sequence[BaseGeometry] | Geometries) -> Geometries:
    if isinstance(geometries, np.ndarray):
        return geometries
    array = np.empty(len(geometries), dtype=object)
    array[:] = geometries
    return array


# --- in and out ------------------------------------------------------------------------------------------------------


def to_wkb(geometry: BaseGeometry) -> bytes:
    """Two-dimensional little-endian WKB, as stored."""
    return bytes(shapely.to_wkb(geometry, output_dimension=2, byte_order=1))


def to_wkb_many(geometries: Sequence[BaseGeometry] | Geometries) -> list[bytes]:
    return shapely.to_wkb(_array(geometries), output_dimension=2, byte_order=1).tolist()  # type: ignore[no-any-return]


def from_wkb(data: bytes | memoryview) -> BaseGeometry:
    """`Invalid` when it is not WKB."""
    return from_wkb_many([data])[0]  # type: ignore[no-any-return]


def from_wkb_many(data: Sequence[bytes | memoryview]) -> Geometries:
    """Array of geometries, in order. `Invalid` when one of them is not WKB."""
    array = np.empty(len(data), dtype=object)
    array[:] = [bytes(one) for one in data]
    try:
        return shapely.from_wkb(array)
    except ShapelyError:
        raise Invalid("边界数据不是有效的 WKB，请重新导入该边界。") from None


def to_geojson(geometry: BaseGeometry, digits: int = 6) -> dict[str, object]:
    """A GeoJSON geometry with coordinates rounded to `digits` (6 = 0.1 m), for drawing."""

    def rounded(part: object) -> object:
        if isinstance(part, float | int):
            return round(float(part), digits)
        return [rounded(each) for each in part] if isinstance(part, Sequence) else part

    described: Mapping[str, object] = shapely.geometry.mapping(geometry)
    return {"type": described["type"], "coordinates": rounded(described["coordinates"])}


def from_geojson(source: str | bytes | Mapping[str, object]) -> BaseGeometry:
    """A geometry from GeoJSON text or an already parsed object; a Feature gives its geometry.

    Two-dimensional afterwards. `Invalid` for anything that is not a geometry with finite coordinates in range,
    `TooLarge` above `MAX_VERTICES`.
    """
    described = _parsed(source)
    if described.get("type") == "FeatureCollection":
        features = described.get("features")
        if not isinstance(features, list) or len(features) != 1 or not isinstance(features[0], Mapping):
            raise Invalid("GeoJSON 中应恰好有一个要素，请逐个提交，或使用批量导入。")
        described = features[0]
    if described.get("type") == "Feature":
        inner = described.get("geometry")
        described = inner if isinstance(inner, Mapping) else {}
    try:
        geometry: BaseGeometry = shapely.force_2d(shapely.geometry.shape(dict(described)))
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError, OverflowError):
        raise Invalid("无法识别的 GeoJSON 图形，请检查 type 和 coordinates 是否完整。") from None
    if geometry.is_empty:
        raise Invalid("图形是空的，请画出至少三个顶点的边界。")
    if shapely.get_num_coordinates(geometry) > MAX_VERTICES:
        raise TooLarge(f"图形的顶点超过 {MAX_VERTICES:,} 个，请先简化边界。")
    _check_range(geometry)
    return geometry


def _parsed(source: str | bytes | Mapping[str, object]) -> Mapping[str, object]:
    if isinstance(source, str | bytes):
        try:
            source = json.loads(source, parse_constant=_no_such_number)
        except (ValueError, RecursionError):
            raise Invalid("这不是有效的 GeoJSON 文本，请检查后重试。") from None
    if not isinstance(source, Mapping):
        raise Invalid('GeoJSON 应是一个对象，例如 {"type": "Polygon", "coordinates": […]}。')
    return source


def _no_such_number(word: str) -> float:
    raise ValueError(word)


def _check_range(geometry: BaseGeometry) -> None:
    vertices = shapely.get_coordinates(geometry)
    lon, lat = vertices[:, 0], vertices[:, 1]
    if not np.isfinite(vertices).all():
        raise Invalid("坐标中有不是数字的值，请检查后重试。")
    if (np.abs(lon) <= 180).all() and (np.abs(lat) <= 90).all():
        return
    if (np.abs(lat) <= 180).all() and (np.abs(lon) <= 90).all():
        raise Invalid("坐标似乎写成了“纬度, 经度”。请按“经度, 纬度”的顺序填写，例如 114.30, 30.55。")
    raise Invalid("坐标超出范围：经度应在 -180 到 180 之间，纬度在 -90 到 90 之间（单位：度，不是米）。")


_FAULTS = {
    "Self-intersection": "边界自相交",
    "Ring Self-intersection": "边界在一点上接触自身",
    "Hole lies outside shell": "内环在外环之外",
    "Holes are nested": "内环互相嵌套",
    "Nested shells": "各部分互相嵌套",
    "Interior is disconnected": "图形内部被分成几块",
    "Duplicate Rings": "有重复的环",
    "Too few points in geometry component": "顶点太少",
    "Invalid Coordinate": "坐标无效",
    "Ring is not closed": "环没有闭合",
}


def faults(geometries: Sequence[BaseGeometry] | Geometries) -> list[str | None]:
    """What is wrong with each as the boundary of an area, in Chinese with the place; None for a good one."""
    array = _array(geometries)
    areal = np.isin(shapely.get_type_id(array), (3, 6)) & ~shapely.is_empty(array)
    return [
        _fault(reason) if good_type else "边界应是多边形（Polygon 或 MultiPolygon）"
        for good_type, reason in zip(areal.tolist(), shapely.is_valid_reason(array).tolist(), strict=True)
    ]


def _fault(reason: str) -> str | None:
    """GEOS says `Valid Geometry` or, for example, `Self-intersection[114.3 30.5]`."""
    if reason == "Valid Geometry":
        return None
    kind, _, place = reason.partition("[")
    where = f"，位置约在 {place.rstrip(']').replace(' ', ', ')}" if place else ""
    return _FAULTS.get(kind, "图形无效") + where


def checked_area(geometry: BaseGeometry) -> Area:
    """The geometry when it can be a boundary: a valid polygon or multipolygon. Otherwise `Invalid` says why not."""
    (fault,) = faults([geometry])
    if fault or not isinstance(geometry, Polygon | MultiPolygon):
        raise Invalid(f"{fault}，请修正后重新提交。")
    return geometry


# --- partitions ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Overlap:
    """Polygons `first` < `second` (positions in the input) share `area_m2`."""

    first: int
    second: int
    area_m2: float


@dataclass(frozen=True, slots=True)
class Gap:
    """A piece of the outline that no polygon covers; `lon`, `lat` is a point inside it."""

    lon: float
    lat: float
    area_m2: float


@dataclass(frozen=True, slots=True)
class Outside:
    """So much of polygon `index` lies outside the outline."""

    index: int
    area_m2: float


@dataclass(frozen=True, slots=True)
class PartitionFaults:
    overlaps: tuple[Overlap, ...]
    holes: tuple[Gap, ...]
    outside: tuple[Outside, ...]

    def __bool__(self) -> bool:
        return bool(self.overlaps or self.holes or self.outside)


def overlaps_and_holes(
    polygons: Sequence[BaseGeometry] | Geometries, outline: BaseGeometry | None = None, tolerance_m2: float = 1.0
) -> PartitionFaults:
    """Where `polygons` fail to divide `outline` without overlap and gap. Falsy when they do.

    All must be valid areas. Differences up to `tolerance_m2` each are rounding, not faults. Without an outline only
    overlaps are looked for, and gaps that the polygons enclose. Largest first in each list.
    """
    array = _array(polygons)
    if len(array) == 0:
        gaps = _gaps(outline, tolerance_m2) if outline is not None else ()
        return PartitionFaults((), gaps, ())
    union = shapely.union_all(array)
    outside: tuple[Outside, ...] = ()
    if outline is None:
        parts = shapely.get_parts(union)
        rings = shapely.polygons(shapely.get_exterior_ring(parts[shapely.get_type_id(parts) == 3]))
        whole = shapely.union_all(rings)
    else:
        whole = outline
        outside = _outside(array, outline, tolerance_m2)
    gaps = _gaps(shapely.difference(whole, union), tolerance_m2)
    return PartitionFaults(_overlaps(array, tolerance_m2), gaps, outside)


def _overlaps(array: Geometries, tolerance_m2: float) -> tuple[Overlap, ...]:
    first, second = shapely.STRtree(array).query(array, predicate="intersects")
    once = first < second
    first, second = first[once], second[once]
    # Neighbours share a border; only shared interiors are worth computing.
    inner = shapely.relate_pattern(array[first], array[second], "T********")
    first, second = first[inner], second[inner]
    shared = areas_m2(shapely.intersection(array[first], array[second]))
    found = [
        Overlap(a, b, area)
        for a, b, area in zip(first.tolist(), second.tolist(), shared.tolist(), strict=True)
        if area > tolerance_m2
    ]
    return tuple(sorted(found, key=lambda one: (-one.area_m2, one.first, one.second)))


def _gaps(rest: BaseGeometry, tolerance_m2: float) -> tuple[Gap, ...]:
    parts = shapely.get_parts(rest)
    sizes = areas_m2(parts)
    large = sizes > tolerance_m2
    places = shapely.get_coordinates(shapely.point_on_surface(parts[large]))
    found = [Gap(lon, lat, area) for (lon, lat), area in zip(places.tolist(), sizes[large].tolist(), strict=True)]
    return tuple(sorted(found, key=lambda one: (-one.area_m2, one.lon, one.lat)))


def _outside(array: Geometries, outline: BaseGeometry, tolerance_m2: float) -> tuple[Outside, ...]:
    shapely.prepare(outline)
    suspects = np.flatnonzero(~shapely.covers(outline, array))
    sizes = areas_m2(shapely.difference(array[suspects], outline))
    found = [
        Outside(index, area)
        for index, area in zip(suspects.tolist(), sizes.tolist(), strict=True)
        if area > tolerance_m2
    ]
    return tuple(sorted(found, key=lambda one: (-one.area_m2, one.index)))
