"""What the simulation knows of the district it plays in: who acts for whom, where things happen, when people work."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from itertools import accumulate
from random import Random

import numpy as np
import shapely
from django.utils import timezone
from shapely.geometry.base import BaseGeometry

from huying.cases.options import checklist_items
from huying.kernel.calendar import DEFAULT_HOURS, Calendar, Unit, WorkingHours, current_calendar, due
from huying.knowledge.history import Asked
from huying.knowledge.rules import samples
from huying.knowledge.rules.book import matcher_of
from huying.knowledge.rules.matcher import Matcher
from huying.matters.models import Matter
from huying.people.actors import Actor, actor_for
from huying.people.directory import Listed, directory
from huying.people.models import Post, User
from huying.people.roles import role_of
from huying.places.enums import AliasKind, Level
from huying.places.models import Boundary, Place
from huying.places.wuchang import aliases
from huying.simulator.accounts import COMMUNITY, MACHINE, STREET
from huying.simulator.scenes import Spot
from huying.simulator.shelf import Shelf

POINTS = 12  # so many doors to each grid
HANDLERS = ("handler", "street_clerk", "community_clerk", "assistance")
# Streets whose roads are not among the committed aliases.
MORE_ROADS = {
    "420106009": ("白沙洲大道", "八铺街", "武金堤路"),
    "420106014": ("白沙洲大道", "青菱路"),
    "420106015": ("宁松路", "恒安路", "丁字桥南路"),
    "420106490": ("沿湖大道", "黄鹂路"),
}
_WHOLE_NAMES = ("花园", "苑", "国际", "新村", "华府", "紫都", "蓝湾", "城", "里", "风华", "桃源", "景瑞")


@dataclass(frozen=True, slots=True)
class Grid:
    """One grid with its words, its weight and points inside it."""

    code: str
    place_id: int
    spot: Spot
    weight: float
    points: tuple[tuple[float, float], ...]


class World:
    """Read once from the database; nothing here changes while time passes."""

    def __init__(self, seed: int, *, run: str = "") -> None:
        """`run` tells the external numbers of several runs apart; those that play together share it."""
        self.run = run or f"{Matter.objects.count() % 1000:03}"
        self.book = directory()
        self.calendar: Calendar = current_calendar()
        self.centre = self.book.centre
        self.actors: dict[tuple[int, str], list[Actor]] = {}
        self.users: dict[str, Actor] = {}
        self.reviewers: dict[int, Actor] = {}  # by user
        self.names: dict[int, str] = {}
        self.mains: dict[int, str] = {}  # numbers of cases that others about the same thing are joined to
        self.workers: dict[int, Actor] = {}
        self._people()
        self.grids = _grids(seed)
        self.by_community: dict[str, list[Grid]] = defaultdict(list)
        for grid in self.grids:
            self.by_community[grid.spot.community].append(grid)
        self._weights = list(accumulate(grid.weight for grid in self.grids))
        self.machine = User.objects.get(username=MACHINE.username).pk
        self.home = (STREET, COMMUNITY)
        # Who is taken for somebody else's unit now and then.
        self.wrong_units = [code for code, unit in self.book.by_code.items() if unit.kind == "department"]
        self._items = checklist_items()
        self._shelf: Shelf | None = None
        self._rules: Matcher | None = None

    def unit_for(self, asked: Asked) -> Listed | None:
        """Whose it is by the district's dispatch rules, which are read when somebody first asks."""
        if self._rules is None:
            self._rules = matcher_of(samples.rulings())
        hit = self._rules.decide(asked)
        return self.book.by_id[hit.lead] if hit is not None else None

    @property
    def shelf(self) -> Shelf:
        """What an answer at once may cite; read when the first one is given."""
        if self._shelf is None:
            self._shelf = Shelf()
        return self._shelf

    def _people(self) -> None:
        today = timezone.localdate()
        grids: dict[int, list[int]] = defaultdict(list)
        for post_id, place_id in Post.grids.through.objects.values_list("post_id", "place_id"):
            grids[post_id].append(place_id)
        for post in Post.objects.at(today).select_related("user", "organisation").order_by("pk"):
            actor = Actor(
                role=role_of(post.role),
                via="desk",
                user_id=post.user_id,
                post_id=post.pk,
                organisation_id=post.organisation_id,
                place_id=post.organisation.place_id,
                grid_ids=tuple(sorted(grids.get(post.pk, ()))),
            )
            self.names[post.user_id] = post.user.full_name
            self.users[post.user.username] = actor
            self.actors.setdefault((post.organisation_id, post.role), []).append(actor)
            if post.role == "third_party":
                self.reviewers[post.user_id] = actor
            if post.role == "grid_worker":
                for grid in actor.grid_ids:
                    self.workers.setdefault(grid, actor)
        for user in User.objects.exclude(contact=None):
            self.users[user.username] = actor_for(user)

    # --- people -----------------------------------------------------------------------------------------------------

    def at_centre(self, role: str, chance: Random) -> Actor:
        return chance.choice(self.actors[self.centre.id, role])

    def handler(self, unit: Listed, chance: Random, *, relief: bool = False) -> Actor:
        """Somebody of the unit who handles; the assistance officers when it is about relief."""
        for role in ("assistance", *HANDLERS) if relief else HANDLERS:
            if found := self.actors.get((unit.id, role)):
                return chance.choice(found)
        raise LookupError(unit.name)

    def checklist(self, chance: Random) -> list[int]:
        """Ticked points: all that must be, and some of the others."""
        return [key for key, unit, _, must in self._items if unit is None and (must or chance.random() < 0.5)]

    def chief(self, unit: Listed) -> Actor:
        return self.actors[unit.id, "chief"][0]

    # --- places -----------------------------------------------------------------------------------------------------

    def grid(self, chance: Random) -> Grid:
        """By population."""
        return self.grids[bisect_left(self._weights, chance.random() * self._weights[-1])]

    # --- time -------------------------------------------------------------------------------------------------------

    def after(self, start: dt.datetime, minutes: float, hours: WorkingHours) -> dt.datetime:
        """So many working minutes later."""
        return due(start, max(1, int(minutes)), Unit.WORKING_MINUTES, hours, self.calendar).at

    def before(self, end: dt.datetime, minutes: float, hours: WorkingHours = DEFAULT_HOURS) -> dt.datetime:
        """A moment from which `minutes` working minutes pass until `end`."""
        left = dt.timedelta(minutes=minutes)
        local = timezone.localtime(end)
        day = local.date()
        while True:
            if self.calendar.is_workday(day):
                for opens, closes in reversed(hours.spans):
                    first = dt.datetime.combine(day, opens, local.tzinfo)
                    last = min(dt.datetime.combine(day, closes, local.tzinfo), end)
                    if last <= first:
                        continue
                    if last - first >= left:
                        return last - left
                    left -= last - first
            day -= dt.timedelta(days=1)


def _grids(seed: int) -> list[Grid]:
    chance = np.random.default_rng(seed)
    places = {place.code: place for place in Place.objects.current()}
    shapes = {
        code: bytes(wkb)
        for code, wkb in Boundary.objects.at(timezone.localdate())
        .filter(place__level=Level.GRID)
        .values_list("place__code", "geometry")
    }
    words = _Words()
    found = []
    spots: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {}
    for code in sorted(shapes):
        community, street = places[code[:12]], places[code[:9]]
        if community.code not in spots:
            spots[community.code] = (
                words.estates(community.code, community.name),
                words.roads(street.code, street.name),
                words.landmarks(street.code),
            )
        estates, roads, landmarks = spots[community.code]
        spot = Spot(code, community.code, street.code, community.name, street.name, estates, roads, landmarks)
        points = _inside(shapely.from_wkb(shapes[code]), chance)
        found.append(Grid(code, places[code].pk, spot, float(places[code].population or 1) + 60, points))
    return found


def _inside(shape: BaseGeometry, chance: np.random.Generator) -> tuple[tuple[float, float], ...]:
    west, south, east, north = shape.bounds
    points: list[tuple[float, float]] = []
    while len(points) < POINTS:
        tried = chance.uniform((west, south), (east, north), size=(POINTS * 3, 2)).round(6)
        kept = tried[shapely.contains_xy(shape, tried[:, 0], tried[:, 1])]
        points += [(float(lon), float(lat)) for lon, lat in kept]
    return tuple(points[:POINTS])


class _Words:
    """What people call places, from the committed aliases."""

    def __init__(self) -> None:
        self._by: dict[tuple[str, AliasKind], list[str]] = defaultdict(list)
        for row in aliases():
            self._by[row.code, row.kind].append(row.words)

    def estates(self, community: str, name: str) -> tuple[str, ...]:
        stem = name.removesuffix("社区")
        own = [stem] if stem.endswith(_WHOLE_NAMES) else [f"{stem}小区", f"{stem}宿舍"]
        return tuple(dict.fromkeys([*self._by[community, AliasKind.ESTATE], *own]))

    def roads(self, street: str, name: str) -> tuple[str, ...]:
        known = (*self._by[street, AliasKind.ROAD], *MORE_ROADS.get(street, ()))
        return known or (f"{name.removesuffix('街道')}路",)

    def landmarks(self, street: str) -> tuple[str, ...]:
        """Open spaces and crossings only: no institution is to be found in an invented complaint."""
        fit = ("公园", "广场", "汉街", "江滩", "桥", "徐东", "司门口", "水果湖", "码头", "汉阳门", "紫阳湖")
        return tuple(words for words in self._by[street, AliasKind.LANDMARK] if words.endswith(fit))
