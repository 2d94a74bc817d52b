"""Point → grid against a bare Shapely STRtree query: `python -m benchmarks.locate [--grids N] [--points N]`.

Needs no database. The grids are Voronoi cells over the invented district, the points lie anywhere in it. Both sides
are timed alternately in processor time, the best round of each counts.

- `locate`: 200,000 points at once. Floor: `STRtree.query(points, predicate="intersects")` with the points made before;
  ours starts from plain coordinates, checks them and settles ties.
- `locate-one`: one point at a time. Floor: `STRtree.query(Point(lon, lat), predicate="intersects")`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable

import django
import numpy as np
import shapely
from numpy.typing import NDArray

GOAL = 1.5


def district() -> shapely.Polygon:
    from huying.places.synthetic import OUTLINE

    return shapely.Polygon(OUTLINE)


def spread(n: int, outline: shapely.Polygon, seed: int) -> NDArray[np.float64]:
    """`n` random points in the outline."""
    west, south, east, north = outline.bounds
    share = outline.area / ((east - west) * (north - south))
    points = np.random.default_rng(seed).uniform((west, south), (east, north), (round(n / share * 1.02) + 100, 2))
    return points[shapely.contains_xy(outline, points[:, 0], points[:, 1])][:n]


def cells(n: int) -> NDArray[np.object_]:
    """`n` polygons that fill the outline of the invented district."""
    outline = district()
    seeds = spread(n, outline, 7)
    polygons = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(seeds), extend_to=outline))
    shapely.prepare(outline)
    cut = ~shapely.covers(outline, polygons)
    polygons[cut] = shapely.intersection(polygons[cut], outline)
    return polygons


def best(rounds: int, *works: Callable[[], object]) -> list[float]:
    """Processor seconds of the best round of each, taken in turns so that a noisy neighbour disturbs all alike."""
    times = [float("inf")] * len(works)
    for _ in range(rounds):
        for i, work in enumerate(works):
            start = time.process_time()
            work()
            times[i] = min(times[i], time.process_time() - start)
    return times


def report(name: str, ours: float, floor: float, n: int) -> None:
    ratio = ours / floor
    print(
        json.dumps(
            {
                "name": name,
                "value": round(ours / n * 1e6, 3),
                "unit": "microseconds per point",
                "floor": round(floor / n * 1e6, 3),
                "ratio": round(ratio, 2),
                "goal": GOAL,
                "met": ratio <= GOAL,
                "n": n,
                "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
            }
        ),
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--grids", type=int, default=100_000)
    parser.add_argument("--points", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="accepted for symmetry; the output is always JSON lines")
    options = parser.parse_args()

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from huying.places.locate import GridIndex, Located

    polygons = cells(options.grids)
    index = GridIndex([Located(i, i // 13, i // 130) for i in range(len(polygons))], polygons)
    tree = shapely.STRtree(polygons)
    coordinates = spread(options.points, district(), 11)
    ready = shapely.points(coordinates)
    tree.query(shapely.Point(0, 0), predicate="intersects")  # built on first use

    ours, floor = best(
        options.rounds,
        lambda: index.find_many(coordinates),
        lambda: tree.query(ready, predicate="intersects"),
    )
    report("locate", ours, floor, options.points)

    some: list[tuple[float, float]] = [(lon, lat) for lon, lat in coordinates[:20_000].tolist()]
    ours, floor = best(
        options.rounds,
        lambda: [index.find(lon, lat) for lon, lat in some],
        lambda: [tree.query(shapely.Point(lon, lat), predicate="intersects") for lon, lat in some],
    )
    report("locate-one", ours, floor, len(some))


if __name__ == "__main__":
    main()
