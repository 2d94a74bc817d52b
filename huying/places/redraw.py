"""Redrawing grids: split, merge, move a border. The past stays as it was, and what stood on the old grids moves along.

Rooms above register what they keep by grid:

    @movers.register("matters")
    def move_open_matters(redrawn: Redrawn) -> int: ...

A mover runs inside the transaction of the redrawing and returns how many things it moved.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from django.db import transaction
from django.utils import timezone

from huying.kernel.errors import Conflict, Invalid
from huying.kernel.generation import bump
from huying.kernel.geometry import Area, areas_m2
from huying.kernel.registry import Registry
from huying.places.actions import Written, areas_on, end_boundaries, write_places
from huying.places.enums import CODE_LENGTH, GridKind, Level, SpecialKind
from huying.places.locate import OUTSIDE, GridIndex, Located, load_index
from huying.places.models import Boundary, GridLayer, KeyPlace, Place
from huying.places.partition import in_words, partition_faults, united
from huying.places.rows import PlaceRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Redrawn:
    """What has changed, for movers. `affected` are the grids whose things may have to move."""

    day: dt.date
    ended: tuple[int, ...]
    opened: tuple[int, ...]
    reshaped: tuple[int, ...]
    heirs: Mapping[int, Located]  # affected grid → the grid that now holds most of its area
    index: GridIndex  # all grids of `day`

    @property
    def affected(self) -> tuple[int, ...]:
        return self.ended + self.reshaped

    def new_grids(self, grids: Sequence[int], points: Sequence[tuple[float, float] | None]) -> list[Located]:
        """Where things of affected `grids` belong now: by their point, else (none, or outside) to the heir."""
        places = [self.heirs[grid] for grid in grids]
        rows = [i for i, point in enumerate(points) if point is not None]
        if rows:
            known = [point for point in points if point is not None]
            for i, found in zip(rows, self.index.find_many(np.array(known, dtype=np.float64)).tolist(), strict=True):
                if found != OUTSIDE:
                    places[i] = self.index.places[found]
        return places


Mover = Callable[[Redrawn], int]
movers: Registry[Mover] = Registry("movers")


@dataclass(frozen=True, slots=True)
class Redrawing:
    """The outcome: the change itself and how much each room moved."""

    redrawn: Redrawn
    moved: Mapping[str, int]


@transaction.atomic
def redraw(*, ended: Collection[str] = (), rows: Sequence[PlaceRow], day: dt.date) -> Redrawing:
    """End the grids with the codes `ended`, open or reshape those of `rows`, all on `day`, and move what stood there.

    A row with a code in use gives that grid a new boundary (and name); a row with a new code is a new grid. Afterwards
    the grids of every community concerned must divide it as before.

    Raises:
        Invalid: not a grid, drawn twice, without a boundary; overlaps or holes (named, with area); a future day.
        Conflict: a code that has been used before, a grid that has changed since.
    """
    if day > timezone.localdate():
        raise Invalid("生效日期还没有到，请在生效当天再执行调整。", code="future_day")
    drawn = {row.code: row for row in rows}
    if len(drawn) < len(rows) or set(ended) & set(drawn):
        raise Invalid("同一个网格在这次调整里出现了两次，请检查编码。", code="drawn_twice")
    if any(len(code) != CODE_LENGTH[Level.GRID] for code in (*ended, *drawn)):
        raise Invalid("只能调整网格，网格编码为 15 位数字。", code="not_a_grid")
    communities = _locked_communities({code[:12] for code in (*ended, *drawn)})
    held = {grid.code: grid for grid in Place.objects.grids().filter(parent__in=[c.pk for c in communities.values()])}
    _check_codes(ended, drawn, held, day)
    before = {grid.code: grid for grid in held.values() if grid.valid_to is None}
    old_areas = areas_on(day, [grid.pk for grid in before.values()] + [c.pk for c in communities.values()])
    for community in communities.values():
        _check_division(community, before, old_areas, ended, drawn)

    ended_ids = sorted(before[code].pk for code in ended)
    _end(ended_ids, day)
    return _move_along(write_places(rows, day=day), ended_ids, old_areas, day)


@transaction.atomic
def redraw_as_imported(rows: Sequence[PlaceRow], *, day: dt.date) -> Redrawing | None:
    """Write places that an import has checked; where it gives an old grid a new border, things move along as well."""
    codes = [row.code for row in rows if row.level == Level.GRID and row.geometry is not None]
    grids = Place.objects.grids().filter(code__in=codes, boundaries__valid_to__isnull=True)
    old_areas = areas_on(day, list(grids.values_list("pk", flat=True)))
    written = write_places(rows, day=day)
    if not any(len(code) == CODE_LENGTH[Level.GRID] for code in written.reshaped):
        return None
    return _move_along(written, [], old_areas, day)


def _move_along(written: Written, ended: Sequence[int], old_areas: Mapping[int, Area], day: dt.date) -> Redrawing:
    """Tell all movers."""
    index = load_index(day)
    assert index is not None
    grids = {code: pk for code, pk in written.ids.items() if len(code) == CODE_LENGTH[Level.GRID]}
    reshaped = sorted(grids[code] for code in written.reshaped & grids.keys())
    redrawn = Redrawn(
        day=day,
        ended=tuple(ended),
        opened=tuple(sorted(grids[code] for code in written.created & grids.keys())),
        reshaped=tuple(reshaped),
        heirs=_heirs({grid: old_areas.get(grid) for grid in (*ended, *reshaped)}, index, reshaped),
        index=index,
    )
    moved = {"places": _move_key_places(redrawn)}
    moved |= {name: move(redrawn) for name, move in movers.items()}
    return Redrawing(redrawn, moved)


def _locked_communities(codes: Collection[str]) -> dict[str, Place]:
    """One redrawing of a community at a time."""
    found = {
        place.code: place
        for place in Place.objects.communities()
        .current()
        .filter(code__in=codes)
        .order_by("pk")
        .select_for_update(no_key=True)
    }
    if missing := sorted(set(codes) - set(found)):
        raise Invalid(f"没有编码为 {missing[0]} 的社区，请检查网格编码的前 12 位。", code="no_community")
    return found


def _check_codes(
    ended: Collection[str], drawn: Mapping[str, PlaceRow], held: Mapping[str, Place], day: dt.date
) -> None:
    for code in sorted(ended):
        if code not in held or held[code].valid_to is not None:
            raise Conflict(f"网格 {code} 不存在或已经停用，可能刚被别人调整过，请刷新后重试。", code="ended_place")
    for code, row in drawn.items():
        grid = held.get(code)
        if grid is None and row.geometry is None:
            raise Invalid(f"新网格“{row.name}”还没有边界，请先画出边界。", code="no_boundary")
        if grid is not None and grid.valid_to is not None:
            raise Conflict(f"编码 {code}（{grid.name}）已经停用，不能再用，请换一个编码。", code="ended_place")
    for code in (*ended, *drawn):
        if code in held and held[code].valid_from >= day:
            raise Conflict(
                f"“{held[code].name}”自 {held[code].valid_from:%Y-%m-%d} 起启用，调整的生效日期要晚于这一天。",
                code="later_boundary",
            )


def _check_division(
    community: Place,
    before: Mapping[str, Place],
    areas: Mapping[int, Area],
    ended: Collection[str],
    drawn: Mapping[str, PlaceRow],
) -> None:
    here = {code: grid for code, grid in before.items() if grid.parent_id == community.pk}
    after = [
        _as_row(grid, areas.get(grid.pk)) for code, grid in here.items() if code not in ended and code not in drawn
    ]
    for code, row in drawn.items():
        if code.startswith(community.code):
            old = here.get(code)
            after.append(row if row.geometry is not None or old is None else _as_row(old, areas.get(old.pk)))
    outline = areas.get(community.pk) or united(areas[grid.pk] for grid in here.values() if grid.pk in areas)
    if faults := partition_faults(community.name, outline, after):
        raise Invalid(
            f"调整后的网格不能拼满{community.name}：{in_words(faults)}。请修改边界后再提交。", code="bad_division"
        )


def _as_row(grid: Place, area: Area | None) -> PlaceRow:
    return PlaceRow(
        code=grid.code,
        name=grid.name,
        kind=GridKind(grid.kind),
        special_kind=SpecialKind(grid.special_kind) if grid.special_kind else None,
        geometry=area,
    )


def _end(grids: Sequence[int], day: dt.date) -> None:
    end_boundaries(Boundary.objects.filter(place__in=grids), day=day)
    layers = GridLayer.objects.filter(grid__in=grids, valid_to__isnull=True)
    layers.filter(valid_from__gte=day).delete()
    layers.update(valid_to=day)
    Place.objects.filter(pk__in=grids).update(valid_to=day)
    bump("places")


def _heirs(old: Mapping[int, Area | None], index: GridIndex, reshaped: Sequence[int]) -> dict[int, Located]:
    """For each affected grid the grid that holds most of its old area; a reshaped one stays its own heir."""
    by_id = {place.grid_id: place for place in index.places}
    heirs = {grid: by_id[grid] for grid in reshaped if grid in by_id}
    for grid, area in old.items():
        if grid in heirs:
            continue
        if area is None:
            raise Invalid("被停用的网格没有边界，无法判断由哪个网格接替，请先补画边界。", code="no_boundary")
        candidates = index.overlapping(area)
        shared = areas_m2(shapely.intersection(index.geometries[candidates], area))
        heirs[grid] = index.places[int(candidates[int(np.argmax(shared))])]
    return heirs


def _move_key_places(redrawn: Redrawn) -> int:
    key_places = list(KeyPlace.objects.filter(grid__in=redrawn.affected))
    points = [(k.lon, k.lat) if k.lon is not None and k.lat is not None else None for k in key_places]
    moved = []
    for key_place, place in zip(key_places, redrawn.new_grids([k.grid_id for k in key_places], points), strict=True):
        if key_place.grid_id != place.grid_id:
            key_place.grid_id = place.grid_id
            moved.append(key_place)
    KeyPlace.objects.bulk_update(moved, ["grid"])
    return len(moved)
