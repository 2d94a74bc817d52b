"""Writes. Each is one transaction, set-wise, and says that what is cached of places has changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import shapely
from django.db import transaction
from django.db.models import QuerySet

from huying.kernel.bulk import insert_rows, reserve_ids, update_rows
from huying.kernel.errors import Conflict
from huying.kernel.generation import bump
from huying.kernel.geometry import Area, areas_m2, to_wkb_many
from huying.kernel.order import sort_key
from huying.places.enums import CODE_LENGTH, GridKind, Level
from huying.places.models import Boundary, GridLayer, KeyPlace, Place, PlaceAlias
from huying.places.rows import AliasRow, KeyPlaceRow, LayerRow, PlaceRow


@dataclass(frozen=True, slots=True)
class Written:
    """What `write_places` did. `reshaped` had another boundary before."""

    ids: Mapping[str, int]
    created: frozenset[str]
    reshaped: frozenset[str]


@transaction.atomic
def write_places(rows: Sequence[PlaceRow], *, day: dt.date) -> Written:
    """Create the places that are new and update the others, as of `day`.

    Parents must exist or be among the rows. Of a place that exists, what a row leaves empty stays; a changed boundary
    ends the old one on `day`. The rows are taken as checked (see `importing` and `redraw`): what is still wrong the
    database refuses.
    """
    codes = {row.code for row in rows}
    ancestors = {row.code[:length] for row in rows for length in CODE_LENGTH.values() if length < len(row.code)}
    known = {
        place.code: place
        # Not more than an update takes: matters that come in meanwhile refer to these rows.
        for place in Place.objects.filter(code__in=codes | ancestors).order_by("pk").select_for_update(no_key=True)
    }
    new = [row for row in rows if row.code not in known]
    old = [row for row in rows if row.code in known]
    if ended := [known[row.code] for row in old if known[row.code].valid_to is not None]:
        raise Conflict(f"编码 {ended[0].code}（{ended[0].name}）已经停用，不能再用，请换一个编码。", code="ended_place")
    ids = {place.code: place.pk for place in known.values()}
    ids |= dict(zip([row.code for row in new], reserve_ids(Place, len(new)), strict=True))
    _insert(new, ids, day)
    _update(old, known)
    reshaped = _draw([row for row in rows if row.geometry is not None], ids, day)
    bump("places")
    return Written({row.code: ids[row.code] for row in rows}, frozenset(row.code for row in new), reshaped)


def _insert(rows: Sequence[PlaceRow], ids: Mapping[str, int], day: dt.date) -> None:
    def ancestor(row: PlaceRow, level: Level) -> int | None:
        length = CODE_LENGTH[level]
        return ids[row.code[:length]] if length < len(row.code) else None

    names = (
        "id", "level", "code", "name", "parent", "street", "community", "kind", "special_kind",
        "households", "population", "sort_key", "valid_from",
    )  # fmt: skip
    insert_rows(
        Place,
        names,
        [
            (
                ids[row.code],
                row.level,
                row.code,
                row.name,
                ids[row.parent_code] if row.parent_code else None,
                ancestor(row, Level.STREET),
                ancestor(row, Level.COMMUNITY),
                row.kind or (GridKind.BASIC if row.level == Level.GRID else ""),
                row.special_kind or "",
                row.households,
                row.population,
                sort_key(row.name),
                day,
            )
            for row in rows
        ],
    )


def _update(rows: Sequence[PlaceRow], known: Mapping[str, Place]) -> None:
    changed = []
    for row in rows:
        place = known[row.code]
        kind, special_kind = (row.kind, row.special_kind or "") if row.kind else (place.kind, place.special_kind)
        changed.append(
            (
                place.pk,
                row.name,
                sort_key(row.name),
                kind,
                special_kind,
                place.households if row.households is None else row.households,
                place.population if row.population is None else row.population,
            )
        )
    update_rows(Place, ("name", "sort_key", "kind", "special_kind", "households", "population"), changed)


def _draw(rows: Sequence[PlaceRow], ids: Mapping[str, int], day: dt.date) -> frozenset[str]:
    """Boundaries of the rows as of `day`; those that did not change stay. Returns the codes of changed ones."""
    areas = [row.geometry for row in rows if row.geometry is not None]
    wkbs = to_wkb_many(areas)
    place_ids = [ids[row.code] for row in rows]
    open_ones = {b.place_id: b for b in Boundary.objects.filter(place__in=place_ids, valid_to__isnull=True)}
    changed = []
    for i, place_id in enumerate(place_ids):
        held = open_ones.get(place_id)
        if held is not None and bytes(held.geometry) == wkbs[i]:
            continue
        if held is not None and held.valid_from > day:
            raise Conflict(
                f"“{rows[i].name}”自 {held.valid_from:%Y-%m-%d} 起已有新的边界，不能再登记更早的边界。",
                code="later_boundary",
            )
        changed.append(i)
    end_boundaries(Boundary.objects.filter(place__in=[place_ids[i] for i in changed]), day=day)
    sizes, bounds = areas_m2(areas).tolist(), shapely.bounds(areas).tolist()
    insert_rows(
        Boundary,
        ("place", "geometry", "min_x", "min_y", "max_x", "max_y", "area_m2", "valid_from"),
        [(place_ids[i], wkbs[i], *bounds[i], sizes[i], day) for i in changed],
    )
    return frozenset(rows[i].code for i in changed if place_ids[i] in open_ones)


def end_boundaries(boundaries: QuerySet[Boundary], *, day: dt.date) -> None:
    """Close those still open; `day` is the first day on which they no longer hold. One drawn on that day never held."""
    still_open = boundaries.filter(valid_to__isnull=True)
    still_open.filter(valid_from__gte=day).delete()
    still_open.update(valid_to=day)


def areas_on(day: dt.date, places: Collection[int]) -> dict[int, Area]:
    """Boundaries of some places on a day, by primary key."""
    rows = list(Boundary.objects.at(day).filter(place__in=places).values_list("place_id", "geometry"))
    shapes = shapely.from_wkb([bytes(wkb) for _, wkb in rows]).tolist()
    return {place_id: shape for (place_id, _), shape in zip(rows, shapes, strict=True)}


@transaction.atomic
def write_aliases(rows: Sequence[AliasRow]) -> int:
    """Add words by which addresses name places; those that are there already stay. Returns how many are new.

    `KeyError` names a code that does not exist.
    """
    ids = _ids_of({row.code for row in rows if row.code})
    kept = {
        (place_id, words, first)
        for place_id, words, first in PlaceAlias.objects.values_list("place_id", "words", "first_number")
    }
    new = {}
    for row in rows:
        key = ids[row.code] if row.code else None, row.words, row.first_number
        if key not in kept:
            new[key] = (*key, row.last_number, row.kind)
    insert_rows(PlaceAlias, ("place", "words", "first_number", "last_number", "kind"), list(new.values()))
    bump("places")
    return len(new)


@transaction.atomic
def rename(place: Place, *, name: str, households: int | None, population: int | None) -> None:
    """The name and the figures of a place; whoever was reported under the old name keeps the place."""
    place.name, place.sort_key, place.households, place.population = name, sort_key(name), households, population
    place.full_clean(exclude=["district_code", "parent_code", "street_code", "community_code"])
    place.save(update_fields=["name", "sort_key", "households", "population"])
    bump("places")


@transaction.atomic
def remove_alias(alias: PlaceAlias) -> None:
    alias.delete()
    bump("places")


@transaction.atomic
def write_key_places(rows: Sequence[KeyPlaceRow]) -> None:
    """Add key places to grids. `KeyError` names a code that does not exist."""
    ids = _ids_of({row.grid for row in rows})
    insert_rows(
        KeyPlace, ("grid", "name", "kind", "lon", "lat"), [(ids[r.grid], r.name, r.kind, r.lon, r.lat) for r in rows]
    )


@transaction.atomic
def write_layers(rows: Sequence[LayerRow], *, day: dt.date) -> None:
    """Put persons in charge of layers from `day` on; whoever was in charge before ends then."""
    ids = _ids_of({row.grid for row in rows})
    before = GridLayer.objects.filter(grid__in=ids.values(), valid_to__isnull=True)
    replaced = {(ids[row.grid], str(row.layer)) for row in rows}
    held = [pk for pk, grid, layer in before.values_list("pk", "grid_id", "layer") if (grid, layer) in replaced]
    ending = GridLayer.objects.filter(pk__in=held)
    ending.filter(valid_from__gte=day).delete()
    ending.update(valid_to=day)
    insert_rows(
        GridLayer,
        ("grid", "layer", "person", "unit", "valid_from"),
        [(ids[r.grid], r.layer, r.person, r.unit, day) for r in rows],
    )


def _ids_of(codes: Collection[str]) -> dict[str, int]:
    return dict(Place.objects.filter(code__in=codes).values_list("code", "pk"))
