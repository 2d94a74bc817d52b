"""Point → grid, in process: one Shapely STRtree over all grids of a day.

Points are longitude and latitude in WGS-84. A point on a border shared by several grids belongs to the one with the
smallest code; a point outside every grid belongs to none.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, isqrt

import numpy as np
import shapely
from django.utils import timezone
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from huying.kernel.errors import Invalid
from huying.kernel.generation import cached
from huying.places.models import Boundary

Points = NDArray[np.float64]  # n × 2, longitude and latitude
Positions = NDArray[np.intp]
Geometries = NDArray[np.object_]

KEPT_INDEXES = 4  # today's and a few past ones that a report is walking through
OUTSIDE = -1


@dataclass(frozen=True, slots=True)
class Located:
    """The grid of a point and the family above it, as primary keys."""

    grid_id: int
    community_id: int
    street_id: int


class GridIndex:
    """All grids of one day. Nothing here touches the database."""

    def __init__(self, places: Sequence[Located], geometries: Sequence[BaseGeometry] | Geometries) -> None:
        """`geometries[i]` is the boundary of `places[i]`; the order decides who gets a shared border."""
        self.places = tuple(places)
        self.geometries = np.array(geometries, dtype=object)
        self._tree = shapely.STRtree(self.geometries)
        self._extent: tuple[float, float, float, float] = tuple(shapely.total_bounds(self.geometries).tolist())
        self._tree.query(shapely.points((0.0, 0.0)))  # GEOS builds it on first use; later threads only read

    def find(self, lon: float, lat: float) -> Located | None:
        """The grid of one point. `Invalid` for coordinates that cannot be meant."""
        if not (isfinite(lon) and isfinite(lat)):
            check_point(lon, lat)
        found: list[int] = self._tree.query(shapely.points((lon, lat)), "intersects").tolist()
        if not found:
            self._refuse_nonsense(lon, lat)
            return None
        return self.places[found[0] if len(found) == 1 else min(found)]

    def find_many(self, points: Points) -> Positions:
        """Position in `places` for every point, `OUTSIDE` where there is none. `Invalid` names the first bad row."""
        finite = np.isfinite(points).all(axis=1)
        if not finite.all():
            self._refuse_row(points, int(np.argmin(finite)))
        order = self._walk(points)
        row, candidate = self._tree.query(shapely.points(points[order]), "intersects")
        found = np.full(len(points), len(self.places), dtype=np.intp)
        np.minimum.at(found, order[row], candidate)
        found[found == len(self.places)] = OUTSIDE
        lon, lat = points[:, 0], points[:, 1]
        doubtful = (found == OUTSIDE) & ((np.abs(lon) > 180) | (np.abs(lat) > 90) | self._covers(lat, lon))
        if doubtful.any():
            self._refuse_row(points, int(np.argmax(doubtful)))
        return found

    def overlapping(self, area: BaseGeometry) -> Positions:
        """Positions of the grids that share ground, or a border, with an area; in order."""
        return np.sort(self._tree.query(area, "intersects"))

    def _walk(self, points: Points) -> Positions:
        """Order in strips from south to north: points that follow each other meet the same nodes of the tree, still
        in the processor's cache. Among 100,000 grids that halves the time, and sorting costs little."""
        west, south, east, north = self._extent
        strips = max(1, isqrt(len(self.places)))
        across = np.clip((points[:, 0] - west) / (east - west), 0, 1) * strips
        along = np.clip((points[:, 1] - south) / (north - south), 0, 0.999)
        return np.argsort(np.floor(across) + along)

    def _covers(self, lon: Points, lat: Points) -> NDArray[np.bool_]:
        west, south, east, north = self._extent
        return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)

    def _refuse_row(self, points: Points, row: int) -> None:
        try:
            self._refuse_nonsense(float(points[row, 0]), float(points[row, 1]))
        except Invalid as refusal:
            text = refusal.message if len(points) == 1 else f"第 {row + 1} 个点：{refusal.message}"
            raise Invalid(text, code=refusal.code, fields=refusal.fields) from None

    def _refuse_nonsense(self, lon: float, lat: float) -> None:
        check_point(lon, lat)
        west, south, east, north = self._extent
        if west <= lat <= east and south <= lon <= north:
            raise _swapped(lon, lat)


def check_point(lon: float, lat: float) -> None:
    """`Invalid` unless these can be a longitude and a latitude in degrees."""
    if not (isfinite(lon) and isfinite(lat)):
        raise Invalid("经纬度不是有效的数字，请重新选点或留空。", code="bad_point", fields=_both("不是有效的数字。"))
    if abs(lat) > 90 and abs(lon) <= 90 and abs(lat) <= 180:
        raise _swapped(lon, lat)
    if abs(lon) > 180 or abs(lat) > 90:
        raise Invalid(
            f"经纬度（{lon:g}，{lat:g}）超出范围：经度应在 -180 到 180 之间，纬度应在 -90 到 90 之间，单位是度。",
            code="bad_point",
            fields=_both("超出范围。"),
        )


def _swapped(lon: float, lat: float) -> Invalid:
    return Invalid(
        f"经度和纬度好像写反了：经度 {lon:g}，纬度 {lat:g}。请把两个数对调后再试。",
        code="swapped_point",
        fields=_both("经度和纬度好像写反了。"),
    )


def _both(text: str) -> dict[str, list[str]]:
    return {"lon": [text], "lat": [text]}


class _Today:
    """`timezone.localdate()`, asked again only after midnight: computing it takes as long as finding a grid."""

    def __init__(self) -> None:
        self._day, self._from, self._to = dt.date.min, 0.0, 0.0

    def __call__(self) -> dt.date:
        now = time.time()
        if not self._from <= now < self._to:
            zone = timezone.get_default_timezone()
            day = dt.datetime.fromtimestamp(now, zone).date()
            midnight = dt.datetime.combine(day, dt.time(), zone)
            self._from, self._to = midnight.timestamp(), (midnight + dt.timedelta(days=1)).timestamp()
            self._day = day
        return self._day


_today = _Today()


class _History:
    """Indexes by the stretch of days in which no boundary changes."""

    def __init__(self, days: Sequence[dt.date]) -> None:
        self._days = days
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, GridIndex | None] = OrderedDict()

    def on(self, day: dt.date) -> GridIndex | None:
        """None when there is no grid at all on that day."""
        stretch = bisect_right(self._days, day)
        try:
            return self._kept[stretch]
        except KeyError:
            pass
        with self._lock:
            if stretch not in self._kept:
                self._kept[stretch] = load_index(day)
                if len(self._kept) > KEPT_INDEXES:
                    self._kept.popitem(last=False)
            return self._kept[stretch]


@cached("places")
def _history() -> _History:
    rows = Boundary.objects.of_grids().values_list("valid_from", "valid_to").distinct().order_by()
    return _History(sorted({day for pair in rows for day in pair if day is not None}))


def load_index(day: dt.date) -> GridIndex | None:
    """A fresh index of a day, past the cache."""
    rows = (
        Boundary.objects.at(day)
        .of_grids()
        .order_by("place__code")
        .values_list("place_id", "place__community_id", "place__street_id", "geometry")
    )
    places, geometries = [], []
    for grid_id, community_id, street_id, wkb in rows.iterator(chunk_size=5000):
        assert community_id is not None and street_id is not None
        places.append(Located(grid_id, community_id, street_id))
        geometries.append(bytes(wkb))
    return GridIndex(places, shapely.from_wkb(geometries)) if places else None


def grid_index(day: dt.date | None = None) -> GridIndex | None:
    """The index of a day (today when not given); None where no grid is recorded yet."""
    return _history().on(day or _today())


def locate(lon: float, lat: float, day: dt.date | None = None) -> Located | None:
    """The grid that holds the point on `day`, None outside. `Invalid` for impossible or swapped coordinates."""
    index = grid_index(day)
    if index is None:
        check_point(lon, lat)
        return None
    return index.find(lon, lat)


def locate_many(points: Sequence[tuple[float, float]], day: dt.date | None = None) -> list[Located | None]:
    """`locate` for many points at once, in their order."""
    if not points:
        return []
    index = grid_index(day)
    if index is None or len(points) == 1:
        return [locate(lon, lat, day) for lon, lat in points]
    places = (*index.places, None)  # OUTSIDE is the last one
    return [places[i] for i in index.find_many(np.array(points, dtype=np.float64)).tolist()]
