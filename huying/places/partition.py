"""Do the grids of a community divide it without overlap and without a hole? Answers in words that name them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import shapely

from huying.kernel.geometry import Area, overlaps_and_holes
from huying.places.rows import PlaceRow

TOLERANCE_M2 = 1.0  # smaller differences are rounding of the drawing
LISTED = 5


@dataclass(frozen=True, slots=True)
class PartitionFault:
    """One fault; `codes` are the grids that take part in it (none for a hole)."""

    message: str
    codes: tuple[str, ...]


def square_metres(area: float) -> str:
    return f"{area:,.0f} 平方米" if area >= 10 else f"{area:.1f} 平方米"


def partition_faults(
    community: str, outline: Area | None, grids: Sequence[PlaceRow], tolerance_m2: float = TOLERANCE_M2
) -> list[PartitionFault]:
    """What keeps `grids` from being a division of the community named `community`. Empty when it is one.

    Grids without a boundary are left out; without an outline only overlaps and enclosed holes can be found.
    """
    drawn = sorted((grid for grid in grids if grid.geometry is not None), key=lambda grid: grid.code)
    if not drawn:
        return []
    found = overlaps_and_holes([grid.geometry for grid in drawn if grid.geometry is not None], outline, tolerance_m2)
    faults = [
        PartitionFault(
            f"“{drawn[o.first].name}”与“{drawn[o.second].name}”重叠 {square_metres(o.area_m2)}",
            (drawn[o.first].code, drawn[o.second].code),
        )
        for o in found.overlaps
    ]
    faults += [
        PartitionFault(
            f"“{drawn[o.index].name}”超出{community}的边界 {square_metres(o.area_m2)}", (drawn[o.index].code,)
        )
        for o in found.outside
    ]
    faults += [
        PartitionFault(
            f"{community}有 {square_metres(hole.area_m2)} 不属于任何网格"
            f"（在经度 {hole.lon:.6f}、纬度 {hole.lat:.6f} 附近）",
            (),
        )
        for hole in found.holes
    ]
    return faults


def in_words(faults: Sequence[PartitionFault]) -> str:
    """The first few faults in one sentence."""
    words = "；".join(fault.message for fault in faults[:LISTED])
    return f"{words}；等共 {len(faults)} 处" if len(faults) > LISTED else words


def united(areas: Iterable[Area]) -> Area | None:
    """The outline that some areas make together, None when there are none."""
    union = shapely.union_all(list(areas))
    return union if isinstance(union, shapely.Polygon | shapely.MultiPolygon) and not union.is_empty else None
