"""An invented geography for demo, tests and load: district > streets > communities > grids without gap or overlap.

Names and codes are Wuchang's (`data/wuchang.csv`), every line on the map is made up: the outline by hand between a
river in the west and a lake in the east, all else by cutting. A polygon is cut across its longer side into two parts
whose areas are as the numbers of grids they must hold, each part again, and so on, so that all grids of a community
have about the same size and neighbours have following numbers. All cutting lines together are then noded on one grid
of coordinates (a millionth of a degree, about 10 cm): what two neighbours share, they share vertex by vertex.

The same seed gives the same geography on every machine.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiPolygon, Polygon, STRtree

from huying.places.enums import GridKind, KeyPlaceKind, Layer, Level, SpecialKind
from huying.places.rows import KeyPlaceRow, LayerRow, PlaceRow
from huying.places.wuchang import Division, at_level, divisions

GRIDS = 1822
POPULATION = 1_204_000
PRECISION = 1e-6  # degrees
SEED = 20261

# Corners of the invented district, degrees; west bank of the lake on the right, river on the left.
OUTLINE = (
    (114.2795, 30.4930), (114.2868, 30.4899), (114.2983, 30.4951), (114.3102, 30.4928), (114.3217, 30.4876),
    (114.3340, 30.4902), (114.3446, 30.4979), (114.3472, 30.5087), (114.3569, 30.5141), (114.3653, 30.5218),
    (114.3668, 30.5312), (114.3741, 30.5375), (114.3868, 30.5420), (114.3977, 30.5499), (114.3961, 30.5608),
    (114.3852, 30.5662), (114.3781, 30.5741), (114.3790, 30.5839), (114.3727, 30.5921), (114.3749, 30.6014),
    (114.3673, 30.6102), (114.3558, 30.6151), (114.3466, 30.6118), (114.3379, 30.6021), (114.3272, 30.5930),
    (114.3151, 30.5832), (114.3049, 30.5719), (114.2983, 30.5601), (114.2951, 30.5478), (114.2892, 30.5361),
    (114.2823, 30.5241), (114.2779, 30.5113),
)  # fmt: skip

# Roughly where a street lies (only the order along a cut matters), and how spacious its grids are.
STREETS: dict[str, tuple[float, float, float]] = {
    "420106001": (114.318, 30.575, 0.8),
    "420106002": (114.352, 30.606, 1.0),
    "420106003": (114.340, 30.592, 1.0),
    "420106005": (114.310, 30.552, 0.6),
    "420106006": (114.300, 30.550, 0.6),
    "420106007": (114.299, 30.541, 0.7),
    "420106008": (114.304, 30.531, 0.8),
    "420106009": (114.287, 30.507, 1.1),
    "420106010": (114.316, 30.537, 0.8),
    "420106011": (114.333, 30.533, 0.9),
    "420106012": (114.350, 30.553, 1.1),
    "420106013": (114.363, 30.540, 2.2),
    "420106014": (114.318, 30.497, 2.4),
    "420106015": (114.330, 30.502, 1.3),
    "420106490": (114.388, 30.560, 4.0),
}

KM_PER_DEGREE_LAT = 110.9
KM_PER_DEGREE_LON = 95.8  # at this latitude
ORIGIN = (114.33, 30.55)

SPECIAL_SHARE = 0.08
SPECIAL_WEIGHTS = {
    SpecialKind.SCHOOL: 5,
    SpecialKind.BUILDING: 5,
    SpecialKind.MARKET: 3,
    SpecialKind.INSTITUTION: 3,
    SpecialKind.HOSPITAL: 1,
    SpecialKind.PARK: 1,
}
PERSONS_PER_HOUSEHOLD = 2.45

SPECIAL_PLACES = {
    SpecialKind.SCHOOL: ("小学", KeyPlaceKind.SCHOOL),
    SpecialKind.BUILDING: ("大厦", KeyPlaceKind.BUILDING),
    SpecialKind.MARKET: ("集贸市场", KeyPlaceKind.MARKET),
    SpecialKind.INSTITUTION: ("机关大院", KeyPlaceKind.PUBLIC),
    SpecialKind.HOSPITAL: ("医院", KeyPlaceKind.HOSPITAL),
    SpecialKind.PARK: ("创业园", KeyPlaceKind.BUILDING),
}
COMMUNITY_PLACES = (
    ("卫生服务站", KeyPlaceKind.HOSPITAL),
    ("幼儿园", KeyPlaceKind.SCHOOL),
    ("党群服务中心", KeyPlaceKind.PUBLIC),
    ("电动自行车集中充电点", KeyPlaceKind.HAZARD),
)
LAYER_UNITS = {
    Layer.PARTY: "社区党委",
    Layer.SAFETY: "街道安监站",
    Layer.CITY: "街道城管执法中心",
    Layer.HEALTH: "社区卫生服务中心",
    Layer.POLICE: "派出所",
    Layer.FIRE: "微型消防站",
    Layer.MARKET: "市场监管所",
    Layer.WELFARE: "街道民政办",
}
FAMILY_NAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程"
GIVEN_NAMES = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华文辉玲红建国志海波宁云莉斌宇浩凯健俊晨"


def generate(*, grids: int = GRIDS, population: int = POPULATION, seed: int = SEED) -> list[PlaceRow]:
    """The whole district, parents before children. `grids` at least four for each community."""
    chance = random.Random(seed)  # noqa: S311 - an invented map, no secret
    communities = at_level(Level.COMMUNITY)
    if grids < 4 * len(communities):
        raise ValueError(f"{grids} grids are too few for {len(communities)} communities")
    wanted = _numbers_of_grids(communities, grids, chance)
    cells = _cells(_cut_district(wanted, chance), wanted)
    leaves = _people(_grids(cells, communities, chance), population, chance)
    return _with_parents(leaves)


def _numbers_of_grids(communities: Sequence[Division], total: int, chance: random.Random) -> dict[str, int]:
    """How many grids each community has: between about 9 and 16, `total` in all."""
    weights = [chance.uniform(0.75, 1.3) for _ in communities]
    counts = _shares(weights, total - 4 * len(communities))
    return {row.code: 4 + n for row, n in zip(communities, counts, strict=True)}


def _shares(weights: Sequence[float], total: int) -> list[int]:
    """`total` things divided as the weights, by largest remainder."""
    whole = sum(weights)
    exact = [weight / whole * total for weight in weights]
    floors = [math.floor(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (floors[i] - exact[i], i))
    for i in by_remainder[: total - sum(floors)]:
        floors[i] += 1
    return floors


# Cutting, in kilometres on a plane ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    """Something that needs room: `weight` of area, perhaps near `centre`."""

    code: str
    weight: float
    centre: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class _Cut:
    """The map before noding: all lines, and inside each grid one point with its code (community and number)."""

    lines: list[LineString]
    points: list[tuple[float, float]]
    owners: list[tuple[str, int]]


def _to_plane(lon: float, lat: float) -> tuple[float, float]:
    return (lon - ORIGIN[0]) * KM_PER_DEGREE_LON, (lat - ORIGIN[1]) * KM_PER_DEGREE_LAT


def _to_degrees(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    degrees: NDArray[np.float64] = xy / np.array([KM_PER_DEGREE_LON, KM_PER_DEGREE_LAT]) + np.array(ORIGIN)
    return degrees


def _cut_district(wanted: dict[str, int], chance: random.Random) -> _Cut:
    outline = Polygon([_to_plane(*corner) for corner in OUTLINE])
    cut = _Cut([LineString(outline.exterior.coords)], [], [])

    def grids_of(community: str, polygon: Polygon) -> None:
        numbered = [_Part(str(n), chance.uniform(0.7, 1.3)) for n in range(1, wanted[community] + 1)]

        def grid(number: str, cell: Polygon) -> None:
            inside = cell.representative_point()
            cut.points.append((inside.x, inside.y))
            cut.owners.append((community, int(number)))

        _divide(polygon, numbered, cut.lines, chance, grid)

    def communities_of(street: str, polygon: Polygon) -> None:
        members = [_Part(code, n * chance.uniform(0.8, 1.25)) for code, n in wanted.items() if code.startswith(street)]
        chance.shuffle(members)
        _divide(polygon, members, cut.lines, chance, grids_of)

    streets = []
    for code, (lon, lat, spacious) in STREETS.items():
        grids = sum(n for community, n in wanted.items() if community.startswith(code))
        streets.append(_Part(code, grids * spacious, _to_plane(lon, lat)))
    _divide(outline, streets, cut.lines, chance, communities_of)
    return cut


def _divide(
    polygon: Polygon,
    parts: Sequence[_Part],
    lines: list[LineString],
    chance: random.Random,
    found: Callable[[str, Polygon], None],
) -> None:
    """Cut `polygon` among `parts` by halves; `found(code, polygon)` for each, new borders into `lines`."""
    if len(parts) == 1:
        found(parts[0].code, polygon)
        return
    angle = _long_axis(polygon) + chance.uniform(-0.2, 0.2)
    for turn in (0.0, 0.3, -0.3, 0.6, -0.6, 0.9, -0.9, 1.2, -1.2, math.pi / 2):
        direction = (math.cos(angle + turn), math.sin(angle + turn))
        first, second = _halves(_along(parts, direction))
        share = sum(part.weight for part in first) / sum(part.weight for part in parts)
        pieces = _slice(polygon, direction, share)
        if pieces is not None:
            break
    else:
        raise ArithmeticError("no straight line leaves two whole pieces")
    low, high, line = pieces
    lines.append(line)
    _divide(low, first, lines, chance, found)
    _divide(high, second, lines, chance, found)


def _long_axis(polygon: Polygon) -> float:
    """Direction of the longer side of the smallest rectangle around it."""
    corners: list[list[float]] = shapely.get_coordinates(polygon.minimum_rotated_rectangle).tolist()
    (ax, ay), (bx, by), (cx, cy) = corners[:3]
    if math.hypot(bx - ax, by - ay) >= math.hypot(cx - bx, cy - by):
        return math.atan2(by - ay, bx - ax)
    return math.atan2(cy - by, cx - bx)


def _along(parts: Sequence[_Part], direction: tuple[float, float]) -> Sequence[_Part]:
    """Parts with a centre in the order in which they lie along `direction`; the others as they are."""
    if parts[0].centre is None:
        return parts

    def position(part: _Part) -> float:
        assert part.centre is not None
        return part.centre[0] * direction[0] + part.centre[1] * direction[1]

    return sorted(parts, key=position)


def _halves(parts: Sequence[_Part]) -> tuple[Sequence[_Part], Sequence[_Part]]:
    """Split where the weights are most even, both sides non-empty."""
    total = sum(part.weight for part in parts)
    best, least, so_far = 1, math.inf, 0.0
    for i, part in enumerate(parts[:-1], start=1):
        so_far += part.weight
        if abs(total - 2 * so_far) < least:
            best, least = i, abs(total - 2 * so_far)
    return parts[:best], parts[best:]


def _slice(
    polygon: Polygon, direction: tuple[float, float], share: float
) -> tuple[Polygon, Polygon, LineString] | None:
    """Cut across `direction` so that the low side has `share` of the area; None when a side falls apart."""
    dx, dy = direction
    ring = list(polygon.exterior.coords)
    along = [x * dx + y * dy for x, y in ring]
    across = [y * dx - x * dy for x, y in ring]
    low, high = min(along), max(along)
    start = low - 1
    left, right = min(across) - 1, max(across) + 1

    def corner(a: float, c: float) -> tuple[float, float]:
        return a * dx - c * dy, a * dy + c * dx

    def below(a: float) -> Polygon:
        return Polygon([corner(start, left), corner(a, left), corner(a, right), corner(start, right)])

    wanted = polygon.area * share
    for _ in range(14):  # the borders need not be exact to the metre
        middle = (low + high) / 2
        if polygon.intersection(below(middle)).area < wanted:
            low = middle
        else:
            high = middle
    knife = below(high)
    one, other = polygon.intersection(knife), polygon.difference(knife)
    line = LineString([corner(high, left), corner(high, right)]).intersection(polygon)
    if not (isinstance(one, Polygon) and isinstance(other, Polygon) and isinstance(line, LineString)):
        return None
    return one, other, line


def _cells(cut: _Cut, wanted: dict[str, int]) -> dict[tuple[str, int], Polygon]:
    """Node all lines on one grid of coordinates and find the face of every grid."""
    lines = shapely.transform(np.array(cut.lines, dtype=object), _to_degrees)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.union_all(lines, grid_size=PRECISION))))
    if len(faces) != len(cut.points):
        raise ArithmeticError(f"{len(cut.points)} grids were cut, {len(faces)} faces found")
    points = shapely.points(_to_degrees(np.array(cut.points)))
    which, face = STRtree(faces).query(points, predicate="intersects")
    if len(which) != len(cut.points) or len(set(face.tolist())) != len(faces):
        raise ArithmeticError("a grid lost its face")
    polygons: list[Polygon] = shapely.orient_polygons(shapely.normalize(faces)).tolist()
    return {cut.owners[i]: polygons[j] for i, j in zip(which.tolist(), face.tolist(), strict=True)}


# Names and people --------------------------------------------------------------------------------------------------


def _grids(
    cells: dict[tuple[str, int], Polygon], communities: Sequence[Division], chance: random.Random
) -> list[PlaceRow]:
    """Rows of all grids, ordered by code; about one in twelve is special."""
    rows = []
    for code in (row.code for row in communities):
        numbers = sorted(n for community, n in cells if community == code)
        special = [n for n in numbers if chance.random() < SPECIAL_SHARE]
        for n in numbers:
            name, kind, special_kind = f"第{n}网格", GridKind.BASIC, None
            if n in special:
                kind = GridKind.SPECIAL
                special_kind = chance.choices(list(SPECIAL_WEIGHTS), weights=list(SPECIAL_WEIGHTS.values()))[0]
                name = f"第{n}网格（{special_kind.label}）"
            rows.append(
                PlaceRow(
                    code=f"{code}{n:03d}", name=name, kind=kind, special_kind=special_kind, geometry=cells[code, n]
                )
            )
    return rows


def _people(rows: list[PlaceRow], population: int, chance: random.Random) -> list[PlaceRow]:
    """Spread the population: special grids house few, basic ones between half and one and a half of the mean."""
    weights = [
        chance.uniform(0.0, 0.15) if row.kind == GridKind.SPECIAL else chance.triangular(0.4, 1.8, 0.9) for row in rows
    ]
    counts = _shares(weights, population)
    return [
        replace(row, population=n, households=round(n / (PERSONS_PER_HOUSEHOLD * chance.uniform(0.92, 1.08))))
        for row, n in zip(rows, counts, strict=True)
    ]


def _with_parents(grids: Sequence[PlaceRow]) -> list[PlaceRow]:
    """Communities, streets and district as exact unions and sums of what is below."""
    names = {row.code: row.name for row in divisions()}
    levels: list[list[PlaceRow]] = [list(grids)]
    while levels[-1][0].level != Level.DISTRICT:
        families: dict[str, list[PlaceRow]] = {}
        for row in levels[-1]:
            assert row.parent_code is not None
            families.setdefault(row.parent_code, []).append(row)
        levels.append([_sum(code, names[code], children) for code, children in sorted(families.items())])
    return [row for level in reversed(levels) for row in level]


def _sum(code: str, name: str, children: Sequence[PlaceRow]) -> PlaceRow:
    union = shapely.coverage_union_all([child.geometry for child in children])
    assert isinstance(union, Polygon | MultiPolygon)
    return PlaceRow(
        code=code,
        name=name,
        households=sum(child.households or 0 for child in children),
        population=sum(child.population or 0 for child in children),
        geometry=shapely.orient_polygons(shapely.normalize(union)),
    )


# What stands in the grids, and who answers for it ------------------------------------------------------------------


def key_places(rows: Sequence[PlaceRow], *, seed: int = SEED) -> list[KeyPlaceRow]:
    """Invented key places: what a special grid is named for, and a few usual ones in every community."""
    chance = random.Random(seed)  # noqa: S311 - invented
    names = {row.code: row.name.removesuffix("社区") for row in rows if row.level == Level.COMMUNITY}
    basic: dict[str, list[PlaceRow]] = {}
    found = []
    for row in rows:
        if row.level != Level.GRID:
            continue
        if row.special_kind is None:
            basic.setdefault(row.code[:12], []).append(row)
            continue
        what, kind = SPECIAL_PLACES[row.special_kind]
        found.append(_key_place(row, f"{names[row.code[:12]]}{what}", kind))
    for community, grids in basic.items():
        for what, kind in COMMUNITY_PLACES:
            found.append(_key_place(chance.choice(grids), f"{names[community]}{what}", kind))
    return found


def _key_place(grid: PlaceRow, name: str, kind: KeyPlaceKind) -> KeyPlaceRow:
    assert grid.geometry is not None
    point = grid.geometry.representative_point()
    return KeyPlaceRow(grid=grid.code, name=name, kind=kind, lon=round(point.x, 6), lat=round(point.y, 6))


def layers(rows: Sequence[PlaceRow], *, seed: int = SEED) -> list[LayerRow]:
    """Invented persons in charge: one for each layer of a community, answering for all its grids."""
    chance = random.Random(seed)  # noqa: S311 - invented
    persons: dict[tuple[str, Layer], str] = {}
    found = []
    for row in rows:
        if row.level != Level.GRID:
            continue
        for layer, unit in LAYER_UNITS.items():
            key = row.code[:12], layer
            if key not in persons:
                given = "".join(chance.choices(GIVEN_NAMES, k=chance.choice((1, 2))))
                persons[key] = chance.choice(FAMILY_NAMES) + given
            found.append(LayerRow(grid=row.code, layer=layer, person=persons[key], unit=unit))
    return found
