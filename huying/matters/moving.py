"""Open matters go along when a grid is redrawn; closed ones stay where they were counted."""

from __future__ import annotations

from huying.kernel.bulk import update_rows
from huying.matters.models import Matter
from huying.places.redraw import Redrawn, movers


@movers.register("matters")
def move_open_matters(redrawn: Redrawn) -> int:
    """Give the open matters of affected grids their new grid, community and street. Returns how many moved."""
    rows = list(
        Matter.objects.open()
        .filter(grid__in=redrawn.affected)
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk", "grid_id", "lon", "lat")
    )
    points = [(lon, lat) if lon is not None and lat is not None else None for _, _, lon, lat in rows]
    places = redrawn.new_grids([grid for _, grid, _, _ in rows], points)
    moved = [
        (pk, place.grid_id, place.community_id, place.street_id)
        for (pk, grid, _, _), place in zip(rows, places, strict=True)
        if place.grid_id != grid
    ]
    return update_rows(Matter, ("grid", "community", "street"), moved)
