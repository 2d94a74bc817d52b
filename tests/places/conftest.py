from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest
import shapely

from huying.places import synthetic
from huying.places.actions import write_places
from huying.places.rows import PlaceRow

BORN = dt.date(2020, 1, 1)
COMMUNITY = "420106001001"


@pytest.fixture(scope="session")
def invented() -> list[PlaceRow]:
    """The whole invented district; made once, nobody changes it."""
    return synthetic.generate()


def family(*squares: tuple[int, int], size: float = 0.001, outline: bool = False) -> list[PlaceRow]:
    """District, street and one community whose grids are squares, numbered in the order given."""
    grids = [
        PlaceRow(code=f"{COMMUNITY}{n:03d}", name=f"第{n}网格", geometry=square(x, y, size))
        for n, (x, y) in enumerate(squares, start=1)
    ]
    whole = shapely.unary_union([grid.geometry for grid in grids]) if outline else None
    return [
        PlaceRow(code="420106", name="武昌区"),
        PlaceRow(code="420106001", name="积玉桥街道"),
        PlaceRow(code=COMMUNITY, name="尚隆苑社区", geometry=whole),
        *grids,
    ]


def square(x: float, y: float, size: float = 0.001, width: float = 1, height: float = 1) -> shapely.Polygon:
    west, south = 114.30 + x * size, 30.55 + y * size
    return shapely.box(west, south, west + width * size, south + height * size)


def centre(x: float, y: float) -> tuple[float, float]:
    """Middle of the unit square at x, y."""
    return 114.30 + (x + 0.5) * 0.001, 30.55 + (y + 0.5) * 0.001


@pytest.fixture
def four_grids(db: None) -> dict[str, int]:
    """Two by two squares of one community, in force since 2020; primary keys by code."""
    return dict(write_places(family((0, 0), (1, 0), (0, 1), (1, 1), outline=True), day=BORN).ids)


def codes(rows: Sequence[PlaceRow]) -> list[str]:
    return [row.code for row in rows]
